//! The embedded store: `SQLite`, one writer, group commit.
//!
//! An event is a row whose key is its place in the log, so that rows are only ever appended; what they are found by
//! otherwise is beside them ([`index`]). A batch of everything that waits is one transaction, durable before anyone is
//! answered. What was committed moves from the write-ahead log into the database beside the writer ([`checkpoint`]).

mod checkpoint;
mod forget;
mod index;
mod merge;
mod queries;
mod writer;

use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::thread;

use mixus_privacy::ledger::{Hash, Log, Subject, Tile};
use rusqlite::{Connection, OpenFlags, OptionalExtension as _, params};
use tokio::sync::{mpsc, oneshot};

use super::kept::{Append, Stored, Tip, Unavailable};
use super::store::{Around, TileAt};
use index::Index;
use queries::Rows;
use writer::Writer;

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
    CREATE TABLE IF NOT EXISTS notice (hash BLOB PRIMARY KEY, taken INTEGER NOT NULL, body TEXT NOT NULL) WITHOUT ROWID;";

/// The embedded store.
#[derive(Debug)]
pub(crate) struct Sqlite {
    path: PathBuf,
    writer: mpsc::Sender<Work>,
    readers: Mutex<Vec<Reader>>,
    index: Arc<Index>,
    tip: Arc<RwLock<Arc<Tip>>>,
    clock: fn() -> u64,
    /// Held as long as this process writes.
    _lock: Option<File>,
}

/// Connections to the database and to the file of its index, to read.
struct Reader {
    main: Connection,
    file: Connection,
}

impl std::fmt::Debug for Reader {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Reader")
    }
}

/// What the writer is asked to do.
#[derive(Debug)]
enum Work {
    Append(Append),
    Purge(u64, oneshot::Sender<Result<u64, Unavailable>>),
    Other(Box<dyn Task>),
}

/// Something that is done between two commits, in a transaction of its own.
trait Task: Send + std::fmt::Debug {
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

impl Sqlite {
    /// Opens the database of this path, or makes it. A path that begins with `file:` is a URI as `SQLite` reads it.
    pub(crate) fn open(path: &Path, around: &Around) -> Result<Sqlite, Unavailable> {
        let lock = lock(path)?;
        let write = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE;
        let mut main = connect(path, write)?;
        main.execute_batch(SCHEMA)?;
        let size: u64 =
            main.query_row("SELECT coalesce(max(place) + 1, 0) FROM event", [], |row| row.get(0))?;
        let log = queries::last_leaves(&main, size)
            .ok()
            .and_then(|leaves| Log::open(size, &leaves, &mut Rows(&main)))
            .ok_or_else(|| Unavailable("the log's tiles do not fit its events".into()))?;
        let tip = Arc::new(RwLock::new(Arc::new(Tip {
            log: log.clone(),
            ..Tip::default()
        })));
        let (index, file) = merge::open(path, &main, size)?;
        let index = Arc::new(index);
        let jobs = merge::start(path, &index, file)?;
        checkpoint::start(path, &mut main)?;
        let (sender, receiver) = mpsc::channel(WAITING);
        let file = connect(&merge::path(path), OpenFlags::SQLITE_OPEN_READ_ONLY)?;
        main.set_prepared_statement_cache_capacity(64);
        let writer = Writer::new(log, Arc::clone(&tip), Arc::clone(&index), jobs, around.clone());
        thread::Builder::new()
            .name("mixus-writer".into())
            .spawn(move || writer.run(Reader { main, file }, receiver))
            .map_err(|error| Unavailable(error.to_string()))?;
        Ok(Sqlite {
            path: path.into(),
            writer: sender,
            readers: Mutex::default(),
            index,
            tip,
            clock: around.clock,
            _lock: lock,
        })
    }

    /// Hands events to the writer.
    pub(crate) async fn append(&self, append: Append) -> Result<(), Unavailable> {
        let closed = |_| Unavailable("the writer has ended".into());
        self.writer.send(Work::Append(append)).await.map_err(closed)
    }

    /// Does something with the writer's connection, between two commits.
    async fn write<T: Send + 'static>(
        &self,
        task: impl FnOnce(&mut Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, Unavailable> {
        let (sender, receiver) = oneshot::channel();
        let call = Call(move |connection: &mut Connection| drop(sender.send(task(connection))));
        let closed = || Unavailable("the writer has ended".into());
        self.writer.send(Work::Other(Box::new(call))).await.map_err(|_| closed())?;
        Ok(receiver.await.map_err(|_| closed())??)
    }

    /// Reads, on a thread where that may take its time.
    async fn read<T: Send + 'static>(
        self: &Arc<Self>,
        task: impl FnOnce(&Reader, &Index) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, Unavailable> {
        let store = Arc::clone(self);
        let done = tokio::task::spawn_blocking(move || {
            let free = store.readers.lock().unwrap_or_else(PoisonError::into_inner).pop();
            let reader = match free {
                Some(reader) => reader,
                None => Reader {
                    main: connect(&store.path, OpenFlags::SQLITE_OPEN_READ_ONLY)?,
                    file: connect(&merge::path(&store.path), OpenFlags::SQLITE_OPEN_READ_ONLY)?,
                },
            };
            let answer = task(&reader, &store.index);
            store.readers.lock().unwrap_or_else(PoisonError::into_inner).push(reader);
            answer
        });
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

    pub(crate) async fn secret(&self, fresh: Hash) -> Result<Hash, Unavailable> {
        self.write(move |connection| {
            connection.execute("INSERT OR IGNORE INTO meta VALUES ('key', ?)", [fresh])?;
            connection.query_row("SELECT value FROM meta WHERE name = 'key'", [], |row| row.get(0))
        })
        .await
    }

    pub(crate) async fn keep_notice(&self, hash: Hash, body: String) -> Result<bool, Unavailable> {
        let taken = (self.clock)();
        self.write(move |connection| {
            let kept = connection
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

    pub(crate) async fn purge(self: &Arc<Self>, before: u64) -> Result<u64, Unavailable> {
        let (sender, receiver) = oneshot::channel();
        let closed = || Unavailable("the writer has ended".into());
        self.writer.send(Work::Purge(before, sender)).await.map_err(|_| closed())?;
        receiver.await.map_err(|_| closed())?
    }

    pub(crate) async fn ready(&self) -> Result<(), Unavailable> {
        self.write(|connection| connection.query_row("SELECT 1", [], |_| Ok(()))).await
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

/// One process writes a database. The lock ends with the process, however that ends.
fn lock(path: &Path) -> Result<Option<File>, Unavailable> {
    if path.as_os_str().as_encoded_bytes().starts_with(b"file:") {
        return Ok(None);
    }
    let file = File::create(beside(path, ".lock")).map_err(|error| Unavailable(error.to_string()))?;
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(TryLockError::WouldBlock) => Err(Unavailable("another process has this database".into())),
        Err(TryLockError::Error(error)) => Err(Unavailable(error.to_string())),
    }
}

fn connect(path: &Path, flags: OpenFlags) -> rusqlite::Result<Connection> {
    let flags = flags | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_URI;
    let connection = Connection::open_with_flags(path, flags)?;
    // FULL: a commit is on the disk when it returns. In the write-ahead log that is one flush.
    connection.execute_batch(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA cache_size = -8192; PRAGMA temp_store = MEMORY;
         PRAGMA busy_timeout = 5000; PRAGMA wal_autocheckpoint = 0;",
    )?;
    Ok(connection)
}
