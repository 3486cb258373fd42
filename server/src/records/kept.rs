//! What a store is given and what it answers.

use std::sync::{Arc, OnceLock};

use mixus_privacy::ledger::{Hash, Log, Tile, Tiles};
pub(crate) use mixus_privacy::sync::{Answer, Incoming, Known, Place, judge};
use tokio::sync::oneshot;

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
    pub note: OnceLock<String>,
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
