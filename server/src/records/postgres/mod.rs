//! The store that several processes share: `PostgreSQL`.

mod address;
mod chains;
mod ear;
mod edge;
mod forget;
mod group;
mod line;
mod migrate;
mod readers;
mod statements;
mod trouble;
mod work;
mod writer;

use std::sync::{Arc, PoisonError, RwLock};

use mixus_privacy::ledger::{Hash, Subject, Tile};
use tokio::sync::{mpsc, oneshot};
use tokio_postgres::Row;

use super::kept::{Append, Place, Stored, Tip, Unavailable};
use super::store::{Around, TileAt};
use address::Address;
use chains::near;
use edge::{bytes, number, tile};
use line::Line;
use readers::Readers;
use statements::Reading;
use trouble::Trouble;
use work::{Ask, Queues};

/// As many requests wait for the writer before others have to.
const WAITING: usize = 4096;

const KEY: &str = "SELECT value FROM meta WHERE name = 'key'";

/// A database, as one of the processes that share it.
#[derive(Debug)]
pub(crate) struct Postgres {
    appends: mpsc::Sender<Append>,
    asks: mpsc::Sender<Ask>,
    readers: Readers,
    tip: Arc<RwLock<Arc<Tip>>>,
    clock: fn() -> u64,
}

fn closed() -> Unavailable {
    Unavailable("the writer has ended".into())
}

impl Postgres {
    /// Opens the database of this URL, and gives it its form if it has none or an older one.
    pub(crate) async fn open(url: &str, around: &Around) -> Result<Postgres, Unavailable> {
        let address = Address::parse(url)?;
        let tip = Arc::new(RwLock::new(Arc::new(Tip::default())));
        let (append_sender, appends) = mpsc::channel(WAITING);
        let (ask_sender, asks) = mpsc::channel(WAITING);
        let queues = Queues { appends, asks };
        work::start(address.clone(), queues, Arc::clone(&tip), around.clone()).await?;
        Ok(Postgres {
            appends: append_sender,
            asks: ask_sender,
            readers: Readers::new(address),
            tip,
            clock: around.clock,
        })
    }

    /// Hands events to the writer.
    pub(crate) async fn append(&self, append: Append) -> Result<(), Unavailable> {
        self.appends.send(append).await.map_err(|_| closed())
    }

    pub(crate) fn tip(&self) -> Arc<Tip> {
        Arc::clone(&self.tip.read().unwrap_or_else(PoisonError::into_inner))
    }

    pub(crate) async fn events(
        &self,
        sub: Subject,
        acct: String,
        after: u64,
        most: u32,
    ) -> Result<Vec<Stored>, Unavailable> {
        let (near, sub, after, most) = (near(&sub), &sub.0[..], after.cast_signed(), i64::from(most));
        let acct = acct.as_str();
        let ask = |line: Arc<Line<Reading>>| async move {
            let (client, its) = (&line.client, &line.statements);
            Ok(if acct.is_empty() {
                client.query(&its.subject, &[&near, &sub, &after, &most]).await?
            } else {
                client.query(&its.account_events, &[&near, &sub, &after, &most, &acct]).await?
            })
        };
        let stored = |row: &Row| -> Result<Stored, Trouble> {
            Ok(Stored {
                place: Place {
                    index: number(row, 0)?,
                    taken: number(row, 1)?,
                },
                hash: bytes(row, 2)?,
                body: row.try_get(3)?,
            })
        };
        let rows = self.readers.ask(ask).await?;
        Ok(rows.iter().map(stored).collect::<Result<_, _>>()?)
    }

    pub(crate) async fn account(&self, sub: Subject) -> Result<String, Unavailable> {
        let (near, sub) = (near(&sub), &sub.0[..]);
        let ask = |line: Arc<Line<Reading>>| async move {
            let row = line.client.query_opt(&line.statements.account, &[&near, &sub]).await?;
            Ok(row.map(|it| it.try_get(0)).transpose()?.unwrap_or_default())
        };
        self.readers.ask(ask).await
    }

    pub(crate) async fn tile(&self, (level, at): TileAt) -> Result<Option<Tile>, Unavailable> {
        let (level, at) = (i64::from(level), at.cast_signed());
        let ask = |line: Arc<Line<Reading>>| async move {
            let row = line.client.query_opt(&line.statements.tile, &[&level, &at]).await?;
            row.map(|it| tile(&it, 0)).transpose()
        };
        self.readers.ask(ask).await
    }

    pub(crate) async fn key(&self, fresh: Vec<u8>) -> Result<Vec<u8>, Unavailable> {
        let fresh = &fresh[..];
        let ask = |line: Arc<Line<Reading>>| async move {
            // A log that has begun has its key: with another it would be another log.
            let begin = "INSERT INTO meta SELECT 'key', $1::bytea WHERE NOT EXISTS (SELECT 1 FROM event)
                         ON CONFLICT (name) DO NOTHING";
            line.client.execute(begin, &[&fresh]).await?;
            let row = line.client.query_opt(KEY, &[]).await?;
            Ok(row.map(|it| it.try_get(0)).transpose()?)
        };
        let key: Option<Vec<u8>> = self.readers.ask(ask).await?;
        key.ok_or_else(|| Unavailable("the log's key is gone".into()))
    }

    pub(crate) async fn peek_key(url: &str) -> Result<Option<Vec<u8>>, Unavailable> {
        let ask = |line: Arc<Line<Reading>>| async move {
            let row = line.client.query_opt(KEY, &[]).await?;
            Ok(row.map(|it| it.try_get(0)).transpose()?)
        };
        Readers::new(Address::parse(url)?).ask(ask).await
    }

    pub(crate) async fn keep_notice(&self, hash: Hash, body: String) -> Result<bool, Unavailable> {
        let taken = (self.clock)().cast_signed();
        let (hash, body) = (&hash[..], body.as_str());
        let ask = |line: Arc<Line<Reading>>| async move {
            let kept = line
                .client
                .execute(
                    "INSERT INTO notice VALUES ($1, $2, $3) ON CONFLICT (hash) DO NOTHING",
                    &[&hash, &taken, &body],
                )
                .await?;
            Ok(kept == 1)
        };
        self.readers.ask(ask).await
    }

    pub(crate) async fn notice(&self, hash: Hash) -> Result<Option<(u64, String)>, Unavailable> {
        let ask = |line: Arc<Line<Reading>>| async move {
            let row = line.client.query_opt(&line.statements.notice, &[&&hash[..]]).await?;
            row.map(|it| Ok((number(&it, 0)?, it.try_get(1)?))).transpose()
        };
        self.readers.ask(ask).await
    }

    pub(crate) async fn notices(&self) -> Result<u64, Unavailable> {
        let ask = |line: Arc<Line<Reading>>| async move {
            number(&line.client.query_one("SELECT count(*) FROM notice", &[]).await?, 0)
        };
        self.readers.ask(ask).await
    }

    pub(crate) async fn purge(&self, before: u64) -> Result<u64, Unavailable> {
        forget::purge(&self.readers.own().await?, before).await
    }

    pub(crate) async fn erase_account(&self, acct: String) -> Result<u64, Unavailable> {
        forget::erase_account(&self.readers.own().await?, &acct).await
    }

    pub(crate) async fn scrub(&self) -> Result<bool, Unavailable> {
        forget::scrub(&self.readers.own().await?, (self.clock)()).await
    }

    pub(crate) async fn ready(&self) -> Result<(), Unavailable> {
        let (sender, receiver) = oneshot::channel();
        self.asks.send(sender).await.map_err(|_| closed())?;
        receiver.await.map_err(|_| closed())?
    }
}
