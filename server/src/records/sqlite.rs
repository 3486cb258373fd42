//! The embedded store: SQLite, one writer, group commit.
//!
//! An event is a row whose key is its place in the log, so that rows are only ever appended; the one index that is not
//! (`near`, `seq`) begins with the hour in which a subject was made, so that new subjects append to it
//! too. A batch of everything that waits is one transaction, durable before anyone is answered.

use std::collections::{HashMap, VecDeque};
use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::thread;
use std::time::Instant;

use mixus_privacy::ledger::{Hash, Log, Subject, Tile, Tiles, leaf};
use rusqlite::{Connection, OpenFlags, OptionalExtension as _, Transaction, params};
use tokio::sync::mpsc;

use super::kept::{Answer, Append, Around, Incoming, Place, Stored, Tip, Unavailable, judge};
use super::metrics::Metrics;

/// As many events are committed together at most.
const MOST_TOGETHER: usize = 1024;
/// As many requests wait for the writer before others have to.
const WAITING: usize = 4096;
/// As many tiles of the newest commits are held in memory.
const RECENT: usize = 16;

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
enum Work {
    Append(Append),
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
        let writer = Writer {
            connection: None,
            log,
            recent: VecDeque::new(),
            tip: Arc::clone(&tip),
            clock,
            news,
            metrics,
        };
        connection.set_prepared_statement_cache_capacity(64);
        thread::Builder::new()
            .name("mixus-writer".into())
            .spawn(move || {
                Writer {
                    connection: Some(connection),
                    ..writer
                }
                .run(receiver)
            })
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

struct Writer {
    connection: Option<Connection>,
    log: Log,
    recent: VecDeque<(u32, u64, Arc<Tile>)>,
    tip: Arc<RwLock<Tip>>,
    clock: fn() -> u64,
    news: News,
    metrics: Arc<Metrics>,
}

impl Writer {
    fn run(mut self, mut work: mpsc::Receiver<Work>) {
        let Some(mut connection) = self.connection.take() else {
            return;
        };
        let mut next = work.blocking_recv();
        while let Some(first) = next.take() {
            let mut together = Vec::new();
            let mut count = 0;
            let mut other = None;
            let mut now = Some(first);
            while let Some(item) = now.take() {
                match item {
                    Work::Append(append) => {
                        count += append.events.len();
                        together.push(append);
                    }
                    Work::Other(task) => other = Some(task),
                }
                if count < MOST_TOGETHER && other.is_none() {
                    now = work.try_recv().ok();
                }
            }
            if !together.is_empty() {
                self.commit(&mut connection, together);
            }
            if let Some(task) = other {
                task.run(&mut connection);
            }
            next = work.blocking_recv();
        }
    }

    /// Commits what came together, and only then answers.
    fn commit(&mut self, connection: &mut Connection, together: Vec<Append>) {
        let before = (self.log.clone(), self.recent.clone());
        let mut touched = Vec::new();
        let begin = Instant::now();
        let answers = self.take(connection, &together, &mut touched);
        self.metrics.commit.observe(begin.elapsed().as_secs_f64());
        self.metrics
            .together
            .observe(together.iter().map(|it| it.events.len()).sum::<usize>() as f64);
        if answers.is_err() {
            self.metrics.failures.inc();
            // As if it had not been: the log in memory must not be ahead of that on the disk.
            (self.log, self.recent) = before;
        } else {
            let recent = self.recent.iter().cloned().collect();
            let tip = Tip {
                log: self.log.clone(),
                recent,
                ..Tip::default()
            };
            *self.tip.write().unwrap_or_else(PoisonError::into_inner) = tip;
        }
        match answers {
            Ok(answers) => {
                for (append, answers) in together.into_iter().zip(answers) {
                    // Whoever asked may have gone; the events are kept all the same.
                    let _ = append.answer.send(Ok(answers));
                }
                (self.news)(&touched);
            }
            Err(error) => {
                for append in together {
                    let _ = append.answer.send(Err(error.clone()));
                }
            }
        }
    }

    fn take(
        &mut self,
        connection: &mut Connection,
        together: &[Append],
        touched: &mut Vec<(Subject, String)>,
    ) -> Result<Vec<Vec<Answer>>, Unavailable> {
        let transaction = connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
        let taken = (self.clock)();
        let mut full = HashMap::new();
        let mut answers = Vec::new();
        for append in together {
            let mut these = Vec::new();
            for event in &append.events {
                let around = around(&transaction, event)?;
                these.push(match judge(event, &around) {
                    Err(answer) => answer,
                    Ok(fork) => {
                        let place = Place {
                            index: self.log.size(),
                            taken,
                        };
                        insert(&transaction, event, place)?;
                        self.log.push(leaf(&event.hash, place.index, taken), |level, at, tile| {
                            full.insert((level, at), tile);
                        });
                        touched.push((event.sub, event.acct.clone()));
                        if fork { Answer::Fork(place) } else { Answer::Stored(place) }
                    }
                });
            }
            answers.push(these);
        }
        if touched.is_empty() {
            return Ok(answers);
        }
        for (level, at, tile) in self.log.edge() {
            if !tile.hashes().is_empty() {
                keep(&transaction, level, at, tile)?;
            }
        }
        for ((level, at), tile) in full {
            keep(&transaction, level, at, &tile)?;
            self.recent.push_back((level, at, Arc::new(tile)));
        }
        while self.recent.len() > RECENT {
            self.recent.pop_front();
        }
        transaction.commit()?;
        Ok(answers)
    }
}

fn keep(transaction: &Transaction<'_>, level: u32, at: u64, tile: &Tile) -> rusqlite::Result<()> {
    let mut statement = transaction.prepare_cached("INSERT OR REPLACE INTO tile VALUES (?, ?, ?)")?;
    statement.execute(params![level, at, tile.hashes().as_flattened()])?;
    Ok(())
}

fn insert(transaction: &Transaction<'_>, event: &Incoming, place: Place) -> rusqlite::Result<()> {
    let mut statement =
        transaction.prepare_cached("INSERT INTO event VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")?;
    statement.execute(params![
        place.index,
        place.taken,
        near(&event.sub),
        event.sub.0,
        event.dev,
        event.seq,
        event.hash,
        event.hlc.cast_signed(),
        event.acct,
        event.body
    ])?;
    Ok(())
}

/// The first 8 bytes of a subject as a number: an index of these has twice as many entries to a page, and is half as
/// much to write.
fn near(sub: &Subject) -> i64 {
    let [a, b, c, d, e, f, g, h, ..] = sub.0;
    i64::from_be_bytes([a, b, c, d, e, f, g, h])
}

/// What is known of an event's subject, as far as it matters to the event.
fn around(transaction: &Transaction<'_>, event: &Incoming) -> rusqlite::Result<Around> {
    let mut around = Around::default();
    let mut statement = transaction.prepare_cached(
        "SELECT seq, dev, hash, place, taken, acct FROM event WHERE near = ?3 AND sub = ?1 AND seq BETWEEN ?2 - 1 AND ?2",
    )?;
    let mut rows = statement.query(params![event.sub.0, event.seq, near(&event.sub)])?;
    while let Some(row) = rows.next()? {
        let (seq, dev, hash): (u64, [u8; 8], Hash) = (row.get(0)?, row.get(1)?, row.get(2)?);
        if dev != event.dev {
            continue;
        }
        if seq == event.seq {
            around.same.push((
                hash,
                Place {
                    index: row.get(3)?,
                    taken: row.get(4)?,
                },
            ));
        } else if hash == event.prev {
            around.before = Some(row.get(5)?);
        }
    }
    let mut statement = transaction.prepare_cached("SELECT 1 FROM erased WHERE sub = ?")?;
    around.erased = statement.exists([event.sub.0])?;
    Ok(around)
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
