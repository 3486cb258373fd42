//! The embedded store: `SQLite`, one writer, group commit.
//!
//! An event is a row whose key is its place in the log, so that rows are only ever appended; the one index that is not
//! (`near`, `seq`) begins with the hour in which a subject was made, so that new subjects append to it
//! too. A batch of everything that waits is one transaction, durable before anyone is answered.

use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::thread;

use mixus_privacy::ledger::{Log, Subject, Tile, Tiles};
use rusqlite::{Connection, OpenFlags, OptionalExtension as _, params};
use tokio::sync::mpsc;

use super::kept::{Append, Place, Stored, Tip, Unavailable};
use super::metrics::Metrics;
use super::writer::Writer;

/// As many requests wait for the writer before others have to.
const WAITING: usize = 4096;

const SCHEMA: &str = "
    CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS event (
        place INTEGER PRIMARY KEY, taken INTEGER NOT NULL, near INTEGER NOT NULL, sub BLOB NOT NULL, dev BLOB NOT NULL,
        seq INTEGER NOT NULL, hash BLOB NOT NULL, hlc INTEGER NOT NULL, acct TEXT NOT NULL, body TEXT);
    CREATE INDEX IF NOT EXISTS event_near ON event (near, seq);
    CREATE INDEX IF NOT EXISTS event_acct ON event (acct, place) WHERE acct <> '';
    CREATE TABLE IF NOT EXISTS tile (
        level INTEGER NOT NULL, at INTEGER NOT NULL, hashes BLOB NOT NULL, PRIMARY KEY (level, at)) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS erased (sub BLOB PRIMARY KEY, at INTEGER NOT NULL) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS notice (hash BLOB PRIMARY KEY, taken INTEGER NOT NULL, body TEXT NOT NULL) WITHOUT ROWID;";

/// The embedded store.
#[derive(Debug)]
pub(crate) struct Sqlite {
    path: PathBuf,
    writer: mpsc::Sender<Work>,
    readers: Mutex<Vec<Connection>>,
    tip: Arc<RwLock<Tip>>,
    /// Held as long as this process writes.
    _lock: File,
}

/// What the writer is asked to do.
#[derive(Debug)]
pub(super) enum Work {
    Append(Append),
    Other(Box<dyn Task>),
}

/// Something that is done between two commits, in a transaction of its own.
pub(super) trait Task: Send + std::fmt::Debug {
    fn run(self: Box<Self>, connection: &mut Connection);
}

struct Call<F>(F);

impl<F> std::fmt::Debug for Call<F> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Call")
    }
}

impl<F: FnOnce(&mut Connection) + Send> Task for Call<F> {
    fn run(self: Box<Self>, connection: &mut Connection) {
        (self.0)(connection);
    }
}

/// What happened in a commit: whose events.
pub(crate) type News = Arc<dyn Fn(&[(Subject, String)]) + Send + Sync>;

impl Sqlite {
    /// Opens the database of this path, or makes it. `news` is called after every commit.
    pub(crate) fn open(
        path: &Path,
        clock: fn() -> u64,
        news: News,
        metrics: Arc<Metrics>,
    ) -> Result<Sqlite, Unavailable> {
        let lock = lock(path)?;
        let connection = connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE)?;
        connection.execute_batch(SCHEMA)?;
        let size: u64 =
            connection.query_row("SELECT coalesce(max(place) + 1, 0) FROM event", [], |row| row.get(0))?;
        let log = Log::open(size, &mut Rows(&connection))
            .ok_or_else(|| Unavailable("the log's tiles do not fit its events".into()))?;
        let tip = Arc::new(RwLock::new(Tip {
            log: log.clone(),
            ..Tip::default()
        }));
        let (sender, receiver) = mpsc::channel(WAITING);
        let writer = Writer::new(log, Arc::clone(&tip), clock, news, metrics);
        connection.set_prepared_statement_cache_capacity(64);
        thread::Builder::new()
            .name("mixus-writer".into())
            .spawn(move || writer.run(connection, receiver))
            .map_err(|error| Unavailable(error.to_string()))?;
        Ok(Sqlite {
            path: path.into(),
            writer: sender,
            readers: Mutex::default(),
            tip,
            _lock: lock,
        })
    }

    /// Hands events to the writer.
    pub(crate) async fn append(&self, append: Append) -> Result<(), Unavailable> {
        let closed = |_| Unavailable("the writer has ended".into());
        self.writer.send(Work::Append(append)).await.map_err(closed)
    }

    /// Does something with the writer's connection, between two commits.
    pub(crate) async fn write<T: Send + 'static>(
        &self,
        task: impl FnOnce(&mut Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, Unavailable> {
        let (sender, receiver) = tokio::sync::oneshot::channel();
        let call = Call(move |connection: &mut Connection| drop(sender.send(task(connection))));
        let closed = || Unavailable("the writer has ended".into());
        self.writer.send(Work::Other(Box::new(call))).await.map_err(|_| closed())?;
        Ok(receiver.await.map_err(|_| closed())??)
    }

    /// Reads, on a thread where that may take its time.
    pub(crate) async fn read<T: Send + 'static>(
        self: &Arc<Self>,
        task: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, Unavailable> {
        let store = Arc::clone(self);
        let done = tokio::task::spawn_blocking(move || {
            let free = store.readers.lock().unwrap_or_else(PoisonError::into_inner).pop();
            let connection = match free {
                Some(connection) => connection,
                None => connect(&store.path, OpenFlags::SQLITE_OPEN_READ_ONLY)?,
            };
            let answer = task(&connection);
            store.readers.lock().unwrap_or_else(PoisonError::into_inner).push(connection);
            answer
        });
        Ok(done.await.map_err(|error| Unavailable(error.to_string()))??)
    }

    /// What was committed last.
    pub(crate) fn tip(&self) -> Tip {
        self.tip.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// One process writes a database. The lock ends with the process, however that ends.
fn lock(path: &Path) -> Result<File, Unavailable> {
    let mut name = path.as_os_str().to_owned();
    name.push(".lock");
    let file = File::create(&name).map_err(|error| Unavailable(error.to_string()))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(Unavailable("another process has this database".into())),
        Err(TryLockError::Error(error)) => Err(Unavailable(error.to_string())),
    }
}

fn connect(path: &Path, flags: OpenFlags) -> rusqlite::Result<Connection> {
    let connection = Connection::open_with_flags(path, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    // FULL: a commit is on the disk when it returns. In the write-ahead log that is one flush.
    connection.execute_batch(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA cache_size = -8192; PRAGMA temp_store = MEMORY;
         PRAGMA busy_timeout = 5000; PRAGMA wal_autocheckpoint = 1000;",
    )?;
    Ok(connection)
}

/// Tiles as they stand in the database.
pub(crate) struct Rows<'c>(pub &'c Connection);

impl Tiles for Rows<'_> {
    fn tile(&mut self, level: u32, at: u64) -> Option<Tile> {
        let hashes: Option<Vec<u8>> = self
            .0
            .prepare_cached("SELECT hashes FROM tile WHERE level = ? AND at = ?")
            .ok()?
            .query_row(params![level, at], |row| row.get(0))
            .optional()
            .ok()?;
        Some(Tile::of(hashes?.as_chunks::<32>().0.iter().copied()))
    }
}

/// The first 8 bytes of a subject as a number: an index of these has twice as many entries to a page, and is half as
/// much to write.
pub(super) fn near(sub: &Subject) -> i64 {
    sub.0.first_chunk().map_or(0, |first| i64::from_be_bytes(*first))
}

/// The events of a subject, and of the account if it speaks for one, from a place on.
pub(crate) fn events(
    connection: &Connection,
    sub: &Subject,
    acct: &str,
    after: u64,
    most: u32,
) -> rusqlite::Result<Vec<Stored>> {
    let stored = |row: &rusqlite::Row<'_>| {
        Ok(Stored {
            place: Place {
                index: row.get(0)?,
                taken: row.get(1)?,
            },
            hash: row.get(2)?,
            body: row.get(3)?,
        })
    };
    let mut statement = connection.prepare_cached(
        "SELECT place, taken, hash, body FROM event WHERE near = ?5 AND sub = ?1 AND place >= ?3
         UNION SELECT place, taken, hash, body FROM event WHERE ?2 <> '' AND acct <> '' AND acct = ?2 AND place >= ?3
         ORDER BY place LIMIT ?4",
    )?;
    let rows = statement.query_map(params![sub.0, acct, after, most, near(sub)], stored)?;
    rows.collect()
}

/// The account for which a subject decides now; empty for none.
pub(crate) fn account(connection: &Connection, sub: &Subject) -> rusqlite::Result<String> {
    let mut statement = connection
        .prepare_cached("SELECT acct FROM event WHERE near = ? AND sub = ? ORDER BY seq DESC LIMIT 1")?;
    Ok(statement
        .query_row(params![near(sub), sub.0], |row| row.get(0))
        .optional()?
        .unwrap_or_default())
}
