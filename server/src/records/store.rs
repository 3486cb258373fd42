//! Where records are kept: embedded, or in a database that several processes share.
//!
//! Every store keeps to the same promises. What is answered is durable. An event is in the log once, whoever sends it
//! how often, to whichever process. Places are given in the order of commits, without a gap; the log in memory is never
//! ahead of the one that is kept. A token links once. What is erased or purged loses its body and every name in its row; its leaf
//! stays, so that the log still verifies.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use mixus_privacy::ledger::{Hash, Log, Subject, Tile, Tiles};
use tokio::sync::oneshot;

use super::kept::{Answer, Append, Incoming, Recent, Stored, Tip, Unavailable};
use super::metrics::Metrics;
use super::sqlite::Sqlite;

/// What happened in a commit: whose events, and for which account.
pub(crate) type News = Arc<dyn Fn(&[(Subject, String)]) + Send + Sync>;

/// A tile's level and its place in it.
pub(crate) type TileAt = (u32, u64);

/// What a store is told when it is opened.
#[derive(Clone)]
pub(crate) struct Around {
    /// Seconds since 1970.
    pub clock: fn() -> u64,
    /// Called after every commit.
    pub news: News,
    pub metrics: Arc<Metrics>,
}

/// The store of one process.
#[derive(Clone, Debug)]
pub(crate) enum Store {
    /// The embedded one: a file, and one process that writes it.
    Sqlite(Arc<Sqlite>),
}

impl Store {
    /// Opens a database, or makes it.
    pub(crate) fn open(database: &Path, around: &Around) -> Result<Store, Unavailable> {
        Ok(Store::Sqlite(Arc::new(Sqlite::open(database, around)?)))
    }

    /// Takes events in, and answers about each once all that are kept are durable.
    pub(crate) async fn append(&self, events: Vec<Incoming>) -> Result<Vec<Answer>, Unavailable> {
        if events.is_empty() {
            return Ok(Vec::new());
        }
        let (answer, answered) = oneshot::channel();
        let append = Append { events, answer };
        match self {
            Store::Sqlite(store) => store.append(append).await?,
        }
        answered.await.map_err(|_| Unavailable("the writer has ended".into()))?
    }

    /// What was committed last, as far as this process knows.
    pub(crate) fn tip(&self) -> Arc<Tip> {
        match self {
            Store::Sqlite(store) => store.tip(),
        }
    }

    /// The events of a subject, and of an account if it speaks for one, from a place on, in the order of the log.
    pub(crate) async fn events(
        &self,
        sub: Subject,
        acct: String,
        after: u64,
        most: u32,
    ) -> Result<Vec<Stored>, Unavailable> {
        match self {
            Store::Sqlite(store) => store.events(sub, acct, after, most).await,
        }
    }

    /// The account for which a subject decides now; empty for none.
    pub(crate) async fn account(&self, sub: Subject) -> Result<String, Unavailable> {
        match self {
            Store::Sqlite(store) => store.account(sub).await,
        }
    }

    /// A tile of the log.
    async fn tile(&self, at: TileAt) -> Result<Option<Tile>, Unavailable> {
        match self {
            Store::Sqlite(store) => store.tile(at).await,
        }
    }

    /// Asks the log of a tip something: with the tiles at hand, and with those of the store where these do not do.
    pub(crate) async fn proved<T>(
        &self,
        tip: &Tip,
        ask: impl Fn(&Log, &mut dyn Tiles) -> Option<T>,
    ) -> Result<T, Unavailable> {
        let mut at_hand = AtHand {
            recent: Recent(tip),
            read: BTreeMap::new(),
            missing: None,
        };
        loop {
            if let Some(proof) = ask(&tip.log, &mut at_hand) {
                return Ok(proof);
            }
            let missing = || Unavailable("a tile is missing".into());
            let at = at_hand.missing.take().ok_or_else(missing)?;
            let tile = self.tile(at).await?.ok_or_else(missing)?;
            at_hand.read.insert(at, tile);
        }
    }

    /// The key of the log, or what it says of it: `fresh` if there was none.
    pub(crate) async fn key(&self, fresh: Vec<u8>) -> Result<Vec<u8>, Unavailable> {
        match self {
            Store::Sqlite(store) => store.key(fresh).await,
        }
    }

    /// The same without opening the database, which another process may have; nothing where there is no log.
    #[allow(clippy::unused_async, reason = "another store asks over a connection")]
    pub(crate) async fn peek_key(database: &Path) -> Result<Option<Vec<u8>>, Unavailable> {
        Ok(Sqlite::peek_key(database))
    }

    /// Keeps a notice under its hash. Whether it is new.
    pub(crate) async fn keep_notice(&self, hash: Hash, body: String) -> Result<bool, Unavailable> {
        match self {
            Store::Sqlite(store) => store.keep_notice(hash, body).await,
        }
    }

    /// A notice, and when it was taken in.
    pub(crate) async fn notice(&self, hash: Hash) -> Result<Option<(u64, String)>, Unavailable> {
        match self {
            Store::Sqlite(store) => store.notice(hash).await,
        }
    }

    /// How many notices there are.
    pub(crate) async fn notices(&self) -> Result<u64, Unavailable> {
        match self {
            Store::Sqlite(store) => store.notices().await,
        }
    }

    /// Takes away the bodies of events that were taken in before a time, and the names of subjects that have no later
    /// ones; not more than some thousand at once. How many events lost their body: 0 when there is nothing left to do.
    pub(crate) async fn purge(&self, before: u64) -> Result<u64, Unavailable> {
        match self {
            Store::Sqlite(store) => store.purge(before).await,
        }
    }

    /// Takes away the bodies of all events of an account, and its name wherever no chain goes on from there. How many
    /// events lost their body.
    pub(crate) async fn erase_account(&self, acct: String) -> Result<u64, Unavailable> {
        match self {
            Store::Sqlite(store) => store.erase_account(acct).await,
        }
    }

    /// Does away with what is left on the disk of what was erased or purged, as far as the store itself has it, and
    /// with tokens that could not be used any more. `false` if it has to be done again a little later.
    pub(crate) async fn scrub(&self) -> Result<bool, Unavailable> {
        match self {
            Store::Sqlite(store) => store.scrub().await,
        }
    }

    /// Whether it can write.
    pub(crate) async fn ready(&self) -> Result<(), Unavailable> {
        match self {
            Store::Sqlite(store) => store.ready().await,
        }
    }
}

/// The tiles of a tip, those that were read for a question, and the one that it lacked.
struct AtHand<'t> {
    recent: Recent<'t>,
    read: BTreeMap<TileAt, Tile>,
    missing: Option<TileAt>,
}

impl Tiles for AtHand<'_> {
    fn tile(&mut self, level: u32, at: u64) -> Option<Tile> {
        let found = self.read.get(&(level, at)).cloned().or_else(|| self.recent.tile(level, at));
        if found.is_none() {
            self.missing = Some((level, at));
        }
        found
    }
}
