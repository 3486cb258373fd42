//! What becomes of an event that has arrived, by what is known around it.
//!
//! Every store judges by this: it looks up what [`Known`] asks for, and keeps the event if it is told to.

use alloc::borrow::ToOwned as _;
use alloc::string::String;
use alloc::vec::Vec;

use crate::ledger::{Event, Hash, Id, Kind, Subject};

/// As many events as one subject may have.
const MOST: u64 = 10_000;
/// As many events of one device may have the same number.
const MOST_FORKS: usize = 16;

/// What a site's server has signed so that a subject may be linked to an account: good for one link, once. Who signs
/// out is signed out: nobody at the same browser links it again with what is still lying about there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Token {
    /// Its hash.
    pub hash: Hash,
    /// Until when it may be used, in seconds since 1970; as long a store remembers that it was.
    pub exp: u64,
}

/// An event whose form and signature are right, on its way into the log.
#[derive(Clone, Debug)]
pub struct Incoming {
    /// The subject.
    pub sub: Subject,
    /// The device.
    pub dev: [u8; 8],
    /// Place in the device's chain, from 1.
    pub seq: u64,
    /// Hash of the device's event before.
    pub prev: Hash,
    /// The event's own.
    pub hash: Hash,
    /// Its hybrid clock.
    pub hlc: u64,
    /// The account; empty for none.
    pub acct: String,
    /// What it is.
    pub kind: Kind,
    /// The event as it was sent.
    pub body: String,
    /// For a link: the token, which is one for this subject and account.
    pub token: Option<Token>,
}

impl Incoming {
    /// An event with its hash and the text that it was read from.
    pub fn new(event: &Event<'_>, hash: Hash, body: &str) -> Incoming {
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
            token: None,
        }
    }

    /// The event's id.
    pub fn id(&self) -> Id {
        Id::of(self.hlc, &self.hash)
    }
}

/// Where an event stands in the log, and when it was taken in, in seconds since 1970.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// The place, from 0.
    pub index: u64,
    /// The time.
    pub taken: u64,
}

/// What became of one event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
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
pub enum Refusal {
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
    /// The stable code.
    pub const fn code(self) -> &'static str {
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
pub struct Known {
    /// Events of the same device with the same number.
    pub same: Vec<(Hash, Place)>,
    /// The event before it: the account for which it was decided.
    pub before: Option<String>,
    /// The subject was erased.
    pub erased: bool,
    /// The event's token has linked before.
    pub spent: bool,
}

/// Decides about an event, by what is known; `Ok` says whether it is a fork.
pub fn judge(event: &Incoming, known: &Known) -> Result<bool, Answer> {
    // What is there stays there: a retry is answered as the first try was, whatever has become of the token, or of the
    // subject that asked to be erased.
    if let Some((_, place)) = known.same.iter().find(|(hash, _)| *hash == event.hash) {
        return Err(Answer::Duplicate(*place));
    }
    if known.erased {
        return Err(Answer::Rejected(Refusal::Erased));
    }
    if event.seq > MOST || known.same.len() >= MOST_FORKS {
        return Err(Answer::Rejected(Refusal::Many));
    }
    let before = match &known.before {
        Some(acct) => acct.as_str(),
        None if event.seq == 1 => "",
        None => return Err(Answer::Rejected(Refusal::Gap)),
    };
    let linked = match event.kind {
        Kind::Unlink => true,
        // A link to the account for which it decides already changes nothing.
        Kind::Link => event.acct == before || event.token.is_some() && !known.spent,
        _ => event.acct == before,
    };
    if linked {
        Ok(!known.same.is_empty())
    } else {
        Err(Answer::Rejected(Refusal::Account))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(kind: Kind, seq: u64, acct: &str, token: bool) -> Incoming {
        Incoming {
            sub: Subject([1; 20]),
            dev: [2; 8],
            seq,
            prev: [3; 32],
            hash: [4; 32],
            hlc: 5,
            acct: acct.into(),
            kind,
            body: String::new(),
            token: token.then_some(Token {
                hash: [6; 32],
                exp: 7,
            }),
        }
    }

    fn known(before: &str) -> Known {
        Known {
            before: Some(before.into()),
            ..Known::default()
        }
    }

    #[test]
    fn a_link_needs_a_token_that_has_not_linked() {
        let spent = |before| Known {
            spent: true,
            ..known(before)
        };
        let refused = Err(Answer::Rejected(Refusal::Account));
        for (event, known, wanted) in [
            (event(Kind::Link, 2, "a", true), known(""), Ok(false)),
            (event(Kind::Link, 2, "a", false), known(""), refused),
            (event(Kind::Link, 2, "a", true), spent(""), refused),
            // From one account to another, too.
            (event(Kind::Link, 2, "a", false), known("b"), refused),
            (event(Kind::Link, 2, "a", true), known("b"), Ok(false)),
            // It is linked: nothing changes.
            (event(Kind::Link, 2, "a", false), known("a"), Ok(false)),
            (event(Kind::Link, 2, "a", true), spent("a"), Ok(false)),
            (event(Kind::Unlink, 2, "", false), known("a"), Ok(false)),
            (event(Kind::Decision, 2, "a", true), known(""), refused),
            (event(Kind::Decision, 2, "", false), known("a"), refused),
            (event(Kind::Decision, 2, "a", false), known("a"), Ok(false)),
        ] {
            assert_eq!(judge(&event, &known), wanted, "{event:?} {known:?}");
        }
    }

    #[test]
    fn what_is_there_is_answered_as_before() {
        let place = Place { index: 8, taken: 9 };
        for kind in [Kind::Link, Kind::Erase, Kind::Decision] {
            let known = Known {
                same: [([4; 32], place)].into(),
                before: None,
                erased: true,
                spent: true,
            };
            assert_eq!(judge(&event(kind, 2, "a", false), &known), Err(Answer::Duplicate(place)));
        }
        let known = Known {
            erased: true,
            ..known("")
        };
        let refused = Err(Answer::Rejected(Refusal::Erased));
        assert_eq!(judge(&event(Kind::Decision, 2, "", false), &known), refused);
    }
}
