//! What a store is given and what it answers.

use std::sync::{Arc, OnceLock};

use mixus_privacy::ledger::{Event, Hash, Id, Kind, Log, Subject, Tile, Tiles};
use tokio::sync::oneshot;

/// An event whose form and signature are right, on its way into the log.
#[derive(Clone, Debug)]
pub(crate) struct Incoming {
    pub sub: Subject,
    pub dev: [u8; 8],
    pub seq: u64,
    pub prev: Hash,
    pub hash: Hash,
    pub hlc: u64,
    /// Empty for none.
    pub acct: String,
    pub kind: Kind,
    pub body: String,
}

impl Incoming {
    pub(crate) fn new(event: &Event<'_>, hash: Hash, body: &str) -> Incoming {
        Incoming {
            sub: event.sub,
            dev: event.dev,
            seq: event.seq,
            prev: event.prev,
            hash,
            hlc: event.hlc,
            acct: event.acct.to_owned(),
            kind: event.kind,
            body: body.to_owned(),
        }
    }

    pub(crate) fn id(&self) -> Id {
        Id::of(self.hlc, &self.hash)
    }
}

/// Where an event stands in the log, and when it was taken in, in seconds since 1970.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    pub index: u64,
    pub taken: u64,
}

/// What became of one event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    /// It is in the log from now on.
    Stored(Place),
    /// It was there before.
    Duplicate(Place),
    /// It is in the log, beside another with its number: two devices use one name.
    Fork(Place),
    /// It is not taken.
    Rejected(Refusal),
}

/// Why an event is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// The event before it is not here.
    Gap,
    /// It speaks for an account to which its device is not linked.
    Account,
    /// Its subject was erased.
    Erased,
    /// Its subject has as many events as one may have.
    Many,
}

impl Refusal {
    pub(crate) const fn code(self) -> &'static str {
        match self {
            Refusal::Gap => "event/gap",
            Refusal::Account => "event/account",
            Refusal::Erased => "subject/erased",
            Refusal::Many => "subject/too-many",
        }
    }
}

/// What is already known of an event's surroundings.
#[derive(Clone, Debug, Default)]
pub(crate) struct Known {
    /// Events of the same device with the same number.
    pub same: Vec<(Hash, Place)>,
    /// The event before it: the account for which it was decided.
    pub before: Option<String>,
    /// The subject was erased.
    pub erased: bool,
}

/// As many events as one subject may have.
const MOST: u64 = 10_000;
/// As many events of one device may have the same number.
const MOST_FORKS: usize = 16;

/// Decides about an event, by what is known; `Ok` says whether it is a fork.
pub(crate) fn judge(event: &Incoming, known: &Known) -> Result<bool, Answer> {
    if known.erased {
        return Err(Answer::Rejected(Refusal::Erased));
    }
    if let Some((_, place)) = known.same.iter().find(|(hash, _)| *hash == event.hash) {
        return Err(Answer::Duplicate(*place));
    }
    if event.seq > MOST || known.same.len() >= MOST_FORKS {
        return Err(Answer::Rejected(Refusal::Many));
    }
    let before = match &known.before {
        Some(acct) => acct.as_str(),
        None if event.seq == 1 => "",
        None => return Err(Answer::Rejected(Refusal::Gap)),
    };
    // That a link is allowed was checked before: it came with a token.
    let linked = matches!(event.kind, Kind::Link | Kind::Unlink) || event.acct == before;
    if linked {
        Ok(!known.same.is_empty())
    } else {
        Err(Answer::Rejected(Refusal::Account))
    }
}

/// A request to append, and where the answers go.
#[derive(Debug)]
pub(crate) struct Append {
    pub events: Vec<Incoming>,
    pub answer: oneshot::Sender<Result<Vec<Answer>, Unavailable>>,
}

/// The store did not do what it should; nothing was acknowledged.
#[derive(Clone, Debug, thiserror::Error)]
#[error("the store failed: {0}")]
pub struct Unavailable(pub String);

impl From<rusqlite::Error> for Unavailable {
    fn from(error: rusqlite::Error) -> Unavailable {
        Unavailable(error.to_string())
    }
}

/// An event as it is read back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Stored {
    pub place: Place,
    pub hash: Hash,
    /// Nothing once it was erased.
    pub body: Option<String>,
}

/// What was committed last.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tip {
    pub log: Log,
    /// Full tiles of the newest commits, so that their receipts need no reading.
    pub recent: Vec<(u32, u64, Arc<Tile>)>,
    /// The signed checkpoint, once somebody has asked for it.
    pub note: Arc<OnceLock<String>>,
}

/// The tiles that a tip has at hand.
pub(crate) struct Recent<'t>(pub &'t Tip);

impl Tiles for Recent<'_> {
    fn tile(&mut self, level: u32, at: u64) -> Option<Tile> {
        let mut recent = self.0.recent.iter();
        recent
            .find(|it| (it.0, it.1) == (level, at))
            .map(|(.., tile)| tile.as_ref().clone())
    }
}
