//! The embedded store: `SQLite`, one writer, group commit.
//!
//! An event is a row whose key is its place in the log, so that rows are only ever appended; what they are found by
//! otherwise is beside them ([`index`]). A batch of everything that waits is one transaction, durable before anyone is
//! answered. What was committed moves from the write-ahead log into the database beside the writer ([`checkpoint`]).

mod checkpoint;
mod forget;
mod index;
mod merge;
mod opened;
mod place;
mod queries;
mod sizes;
mod writer;

use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use std::thread;
use std::time::Duration;

use mixus_privacy::ledger::{Hash, Subject, Tile};
use rusqlite::{OpenFlags, OptionalExtension as _, params};
use tokio::sync::{mpsc, oneshot};

use super::kept::{Append, Stored, Tip, Unavailable};
use super::store::{Around, TileAt};
use index::Index;
use opened::{After, How, Opened, Reader, Readers};
use writer::Writer;

/// How long one connection waits for another.
const PATIENCE: Duration = Duration::from_secs(5);

/// As many requests wait for the writer before others have to.
const WAITING: usize = 4096;

const SCHEMA: &str = "
    CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS event (
        place INTEGER PRIMARY KEY, taken INTEGER NOT NULL, sub BLOB NOT NULL, dev BLOB NOT NULL,
        seq INTEGER NOT NULL, hash BLOB NOT NULL, hlc INTEGER NOT NULL, acct TEXT NOT NULL, body TEXT);
    CREATE TABLE IF NOT EXISTS tile (
        level INTEGER NOT NULL, at INTEGER NOT NULL, hashes BLOB NOT NULL, PRIMARY KEY (level, at)) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS erased (sub BLOB PRIMARY KEY, at INTEGER NOT NULL) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS forget (
        near INTEGER NOT NULL, rest BLOB NOT NULL, before INTEGER NOT NULL, PRIMARY KEY (near, rest)) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS spent (token BLOB PRIMARY KEY, exp INTEGER NOT NULL) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS notice (hash BLOB PRIMARY KEY, taken INTEGER NOT NULL, body TEXT NOT NULL) WITHOUT ROWID;";

/// The embedded store.
#[derive(Debug)]
pub(crate) struct Sqlite {
    writer: mpsc::Sender<Work>,
    readers: Arc<Readers>,
    tip: Arc<RwLock<Arc<Tip>>>,
    clock: fn() -> u64,
}

/// What the writer is asked to do.
#[derive(Debug)]
enum Work {
    Append(Append),
    Other(Box<dyn Task>),
}

/// Something that is done between two commits, in a transaction of its own.
trait Task: Send + std::fmt::Debug {
    /// Does it, if the database is open.
    fn run(self: Box<Self>, store: Result<(&mut Reader, &Index), Unavailable>) -> After;
}

struct Call<F>(F);

impl<F> std::fmt::Debug for Call<F> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Call")
    }
}

impl<F: FnOnce(Result<(&mut Reader, &Index), Unavailable>) -> After + Send> Task for Call<F> {
    fn run(self: Box<Self>, store: Result<(&mut Reader, &Index), Unavailable>) -> After {
        (self.0)(store)
    }
}

impl Sqlite {
    /// Opens the database of this path, or makes it. A path that begins with `file:` is a URI as `SQLite` reads it.
    pub(crate) fn open(path: &Path, around: &Around) -> Result<Sqlite, Unavailable> {
        let lock = opened::lock(path)?;
        let (opened, log) = Opened::open(path, How::First).map_err(|it| it.1)?;
        let tip = Arc::new(RwLock::new(Arc::new(Tip {
            log: log.clone(),
            ..Tip::default()
        })));
        let readers = Arc::new(Readers::new(path, &opened.index));
        let (sender, receiver) = mpsc::channel(WAITING);
        let writer = Writer::new(opened, log, Arc::clone(&readers), Arc::clone(&tip), around.clone());
        thread::Builder::new()
            .name("mixus-writer".into())
            .spawn(move || {
                writer.run(receiver);
                // Only now may another process write.
                drop(lock);
            })
            .map_err(|error| Unavailable(error.to_string()))?;
        Ok(Sqlite {
            writer: sender,
            readers,
            tip,
            clock: around.clock,
        })
    }

    /// Hands events to the writer.
    pub(crate) async fn append(&self, append: Append) -> Result<(), Unavailable> {
        let closed = |_| Unavailable("the writer has ended".into());
        self.writer.send(Work::Append(append)).await.map_err(closed)
    }

    /// Does something with the writer's connections, between two commits.
    async fn write<T: Send + 'static>(
        &self,
        task: impl FnOnce(&mut Reader, &Index) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, Unavailable> {
        let closed = || Unavailable("the writer has ended".into());
        let (sender, receiver) = oneshot::channel();
        let call = move |open: Result<(&mut Reader, &Index), Unavailable>| {
            let mut after = After::Well;
            let done = open.and_then(|(store, index)| {
                Ok(task(store, index).inspect_err(|error| after = After::of(error))?)
            });
            // Whoever asked may have gone.
            let _ = sender.send(done);
            after
        };
        self.writer
            .send(Work::Other(Box::new(Call(call))))
            .await
            .map_err(|_| closed())?;
        receiver.await.map_err(|_| closed())?
    }

    /// Reads, on a thread where that may take its time.
    async fn read<T: Send + 'static>(
        self: &Arc<Self>,
        task: impl FnOnce(&Reader, &Index) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, Unavailable> {
        let store = Arc::clone(self);
        let done = tokio::task::spawn_blocking(move || store.readers.read(task));
        Ok(done.await.map_err(|error| Unavailable(error.to_string()))??)
    }

    pub(crate) fn tip(&self) -> Arc<Tip> {
        Arc::clone(&self.tip.read().unwrap_or_else(PoisonError::into_inner))
    }

    pub(crate) async fn events(
        self: &Arc<Self>,
        sub: Subject,
        acct: String,
        after: u64,
        most: u32,
    ) -> Result<Vec<Stored>, Unavailable> {
        self.read(move |reader, index| queries::events(reader, index, &sub, &acct, after, most))
            .await
    }

    pub(crate) async fn account(self: &Arc<Self>, sub: Subject) -> Result<String, Unavailable> {
        self.read(move |reader, index| queries::account(reader, index, &sub)).await
    }

    pub(crate) async fn tile(self: &Arc<Self>, at: TileAt) -> Result<Option<Tile>, Unavailable> {
        self.read(move |reader, _| queries::tile(&reader.main, at)).await
    }

    pub(crate) async fn key(&self, fresh: Vec<u8>) -> Result<Vec<u8>, Unavailable> {
        let key = self.write(move |store, _| {
            // One that has begun has its key: with another it would be another log.
            store.main.execute(
                "INSERT OR IGNORE INTO meta SELECT 'key', ? WHERE NOT EXISTS (SELECT 1 FROM event)",
                [fresh],
            )?;
            queries::key(&store.main).optional()
        });
        key.await?.ok_or_else(|| Unavailable("the log's key is gone".into()))
    }

    pub(crate) fn peek_key(path: &Path) -> Option<Vec<u8>> {
        let connection = opened::connect(path, OpenFlags::SQLITE_OPEN_READ_ONLY).ok()?;
        // A database that another process is only just making has no tables yet.
        queries::key(&connection).ok()
    }

    pub(crate) async fn keep_notice(&self, hash: Hash, body: String) -> Result<bool, Unavailable> {
        let taken = (self.clock)();
        self.write(move |store, _| {
            let kept = store
                .main
                .execute("INSERT OR IGNORE INTO notice VALUES (?, ?, ?)", params![hash, taken, body]);
            Ok(kept? == 1)
        })
        .await
    }

    pub(crate) async fn notice(self: &Arc<Self>, hash: Hash) -> Result<Option<(u64, String)>, Unavailable> {
        self.read(move |reader, _| {
            let mut statement =
                reader.main.prepare_cached("SELECT taken, body FROM notice WHERE hash = ?")?;
            statement.query_row([hash], |row| Ok((row.get(0)?, row.get(1)?))).optional()
        })
        .await
    }

    pub(crate) async fn notices(self: &Arc<Self>) -> Result<u64, Unavailable> {
        self.read(|reader, _| reader.main.query_row("SELECT count(*) FROM notice", [], |row| row.get(0)))
            .await
    }

    pub(crate) async fn purge(&self, before: u64) -> Result<u64, Unavailable> {
        self.write(move |store, index| forget::purge(store, index, before)).await
    }

    pub(crate) async fn erase_account(&self, acct: String) -> Result<u64, Unavailable> {
        self.write(move |store, index| forget::erase_account(store, index, &acct)).await
    }

    pub(crate) async fn scrub(&self) -> Result<bool, Unavailable> {
        let now = (self.clock)();
        self.write(move |store, _| forget::scrub(&store.main, now)).await
    }

    pub(crate) async fn ready(&self) -> Result<(), Unavailable> {
        let now = (self.clock)();
        // As the writer writes: a full disk lets itself be read.
        self.write(move |store, _| {
            store
                .main
                .execute("INSERT OR REPLACE INTO meta VALUES ('ready', ?)", [now])
                .map(|_| ())
        })
        .await
    }
}

/// A file beside another: `name` comes behind its path or, in a URI, before what is asked of it.
fn beside(path: &Path, name: &str) -> PathBuf {
    let text = path.as_os_str().as_encoded_bytes();
    if let Some(uri) = path.to_str().filter(|_| text.starts_with(b"file:"))
        && let Some((before, after)) = uri.split_once('?')
    {
        return format!("{before}{name}?{after}").into();
    }
    let mut whole = path.as_os_str().to_owned();
    whole.push(name);
    whole.into()
}
