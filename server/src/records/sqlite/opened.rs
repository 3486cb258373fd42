//! A database as it is opened, and given up again: all that is read in it is on the disk, and its log fits its rows.

use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::Sender;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::thread::JoinHandle;

use mixus_privacy::ledger::Log;
use rusqlite::config::DbConfig;
use rusqlite::hooks::Wal;
use rusqlite::{Connection, ErrorCode, OpenFlags, OptionalExtension as _};

use super::super::kept::Unavailable;
use super::index::Index;
use super::merge::Job;
use super::place::Place;
use super::queries::{Rows, last_leaves};
use super::sizes::Sizes;
use super::{PATIENCE, SCHEMA, beside, checkpoint, merge};

/// Counts how often the database was opened: any change would do.
const OPENED: &str =
    "INSERT INTO meta VALUES ('opened', 1) ON CONFLICT (name) DO UPDATE SET value = value + 1;";

/// One process writes a database. The lock ends with the process, however that ends.
pub(super) fn lock(path: &Path) -> Result<Option<File>, Unavailable> {
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

/// Connections to the database and to the file of its index.
pub(super) struct Reader {
    pub main: Connection,
    pub file: Connection,
}

impl std::fmt::Debug for Reader {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Reader")
    }
}

/// What is known after something was done with a database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum After {
    /// It went well.
    Well,
    /// It did not happen: there was no room for it, or somebody else was in the way.
    Nothing,
    /// It may have happened, or half of it; and what was written before may not be on the disk.
    Unsure,
}

impl After {
    pub(super) fn of(error: &rusqlite::Error) -> After {
        match error.sqlite_error_code() {
            Some(ErrorCode::DiskFull | ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => After::Nothing,
            _ => After::Unsure,
        }
    }
}

/// Why a database could not be opened, and what is known of it then.
#[derive(Debug)]
pub(super) struct NotOpen(pub After, pub Unavailable);

impl From<rusqlite::Error> for NotOpen {
    fn from(error: rusqlite::Error) -> NotOpen {
        NotOpen(After::of(&error), error.into())
    }
}

impl From<Unavailable> for NotOpen {
    fn from(error: Unavailable) -> NotOpen {
        NotOpen(After::Nothing, error)
    }
}

/// How a database is opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum How {
    /// For the first time in this process; it is made where there is none.
    First,
    /// Again, after something did not happen.
    Again,
    /// Again, and what was written last may not be on the disk.
    Unsure,
}

/// Whether something has failed with an open database, so that it has to be opened anew.
#[derive(Clone, Debug, Default)]
pub(super) struct Failed(Arc<AtomicBool>);

impl Failed {
    pub(super) fn is_so(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    /// Looks at what came of moving a write-ahead log. That somebody else does it is no failure; nor that there is no room,
    /// for it is tried again.
    pub(super) fn look<T>(&self, moved: rusqlite::Result<T>) {
        if let Err(error) = moved {
            tracing::error!(error = %error, "checkpoint");
            if After::of(&error) == After::Unsure {
                self.is();
            }
        }
    }

    pub(super) fn is(&self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// An open database: the writer's connections, and the threads beside it.
#[derive(Debug)]
pub(super) struct Opened {
    pub store: Reader,
    pub index: Arc<Index>,
    pub jobs: Sender<Job>,
    pub failed: Failed,
    pub sizes: Sizes,
    /// When the log's last event was taken in.
    pub taken: u64,
    place: Place,
    threads: [JoinHandle<()>; 2],
}

impl Opened {
    /// Opens a database, with the log as it stands on the disk.
    ///
    /// A process that was killed, or whose sync failed, may leave commits in the write-ahead log that are not on the
    /// disk: whoever reads them finds them all the same, in the system's cache. Nothing that anyone is told may rest on
    /// these. A commit syncs all that was written before it; but what a sync has failed with counts as written from then
    /// on, and no later sync writes it. So all of that log is moved into the database, which writes it once more.
    pub(super) fn open(path: &Path, how: How) -> Result<(Opened, Log), NotOpen> {
        let mut main = open(path, how == How::First)?;
        if how == How::First {
            main.execute_batch(SCHEMA)?;
        }
        if how != How::Unsure {
            main.execute_batch(OPENED)?;
        }
        // Where it is not that unsure, the log may be left as it is. What keeps a copy elsewhere reads an old state for as
        // long as it runs, and must keep nobody from starting; and a disk that is almost full has no room for it.
        match how {
            How::First => match move_log(&main) {
                Err(error) if After::of(&error) == After::Unsure => return Err(error.into()),
                _ => {}
            },
            How::Unsure if !move_log(&main)? => {
                return Err(Unavailable("somebody reads an old state of the database".into()).into());
            }
            How::Again | How::Unsure => {}
        }
        let size: u64 =
            main.query_row("SELECT coalesce(max(place) + 1, 0) FROM event", [], |row| row.get(0))?;
        let taken = main
            .query_row("SELECT taken FROM event WHERE place = ?1 - 1", [size], |row| row.get(0))
            .optional()?;
        let log = Log::open(size, &last_leaves(&main, size)?, &mut Rows(&main))
            .ok_or_else(|| Unavailable("the log's tiles do not fit its events".into()))?;
        let failed = Failed::default();
        let (index, file) = merge::open(path, &main, size)?;
        let index = Arc::new(index);
        let (jobs, merging) = merge::start(path, &index, file, &failed)?;
        let moving = checkpoint::start(path, &mut main, &failed)?;
        let file = connect(&merge::path(path), OpenFlags::SQLITE_OPEN_READ_ONLY)?;
        main.set_prepared_statement_cache_capacity(64);
        let opened = Opened {
            store: Reader { main, file },
            index,
            jobs,
            failed,
            sizes: Sizes::of(path),
            taken: taken.unwrap_or(0),
            place: Place::of(path),
            threads: [merging, moving],
        };
        Ok((opened, log))
    }

    /// Whether the database still is where it was: if not, nothing that is committed counts.
    pub(super) fn is_there(&self) -> Result<(), Unavailable> {
        if self.place.holds() {
            return Ok(());
        }
        // If it is the write-ahead log that is gone, all of it is still to be had.
        let _ = move_log(&self.store.main);
        Err(Unavailable("the database was taken away".into()))
    }

    /// Closes every connection of the writer and of the threads beside it.
    pub(super) fn close(self) {
        drop((self.store, self.jobs));
        for thread in self.threads {
            // One that has panicked has closed its connections, too.
            let _ = thread.join();
        }
    }

    /// Closes the database at the end: nothing stays in the write-ahead log, if that can be had.
    pub(super) fn end(self) {
        if !self.failed.is_so() {
            let _ = move_log(&self.store.main);
        }
        self.close();
    }
}

/// Opens a file to write.
pub(super) fn open(path: &Path, make: bool) -> Result<Connection, rusqlite::Error> {
    let may = if make { OpenFlags::SQLITE_OPEN_CREATE } else { OpenFlags::empty() };
    let connection = connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE | may)?;
    // FULL: a commit is on the disk when it returns. In the write-ahead log that is one flush.
    connection.execute_batch("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;")?;
    Ok(connection)
}

/// Moves the write-ahead log into the database. Whether that was all of it.
pub(super) fn move_log(connection: &Connection) -> rusqlite::Result<bool> {
    connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| {
        let (log, moved): (i64, i64) = (row.get(1)?, row.get(2)?);
        Ok(log == moved)
    })
}

/// A connection. It never moves a write-ahead log by itself: `SQLite` would keep quiet about failures, and, on closing,
/// take for granted that everything has arrived that was moved before.
pub(super) fn connect(path: &Path, flags: OpenFlags) -> rusqlite::Result<Connection> {
    let flags = flags | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_URI;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
    connection.busy_timeout(PATIENCE)?;
    // FAST: what is moved within a page leaves no copy behind; `forget` overwrites the rest.
    connection.execute_batch(
        "PRAGMA cache_size = -8192; PRAGMA temp_store = MEMORY; PRAGMA wal_autocheckpoint = 0;
         PRAGMA secure_delete = FAST;",
    )?;
    Ok(connection)
}

/// Has a connection move its write-ahead log after a commit, from so many pages on.
pub(super) fn moves_log(connection: &mut Connection, from: i32, failed: &Failed) -> rusqlite::Result<()> {
    let failed = failed.clone();
    connection.wal_hook(Some(move |log: &mut Wal, pages| {
        if pages >= from {
            failed.look(log.checkpoint());
        }
        Ok(())
    }))
}

/// The connections that read: as many as there are readers at once.
#[derive(Debug)]
pub(super) struct Readers {
    path: PathBuf,
    open: RwLock<(Arc<Index>, Mutex<Vec<Reader>>)>,
}

impl Readers {
    pub(super) fn new(path: &Path, index: &Arc<Index>) -> Readers {
        Readers {
            path: path.into(),
            open: RwLock::new((Arc::clone(index), Mutex::default())),
        }
    }

    /// Reads, on a thread where that may take its time.
    pub(super) fn read<T>(
        &self,
        task: impl FnOnce(&Reader, &Index) -> rusqlite::Result<T>,
    ) -> rusqlite::Result<T> {
        let open = self.open.read().unwrap_or_else(PoisonError::into_inner);
        let (index, idle) = &*open;
        let free = idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let reader = if let Some(reader) = free {
            reader
        } else {
            Reader {
                main: connect(&self.path, OpenFlags::SQLITE_OPEN_READ_ONLY)?,
                file: connect(&merge::path(&self.path), OpenFlags::SQLITE_OPEN_READ_ONLY)?,
            }
        };
        // One with which something has failed is not used again.
        let answer = task(&reader, index)?;
        idle.lock().unwrap_or_else(PoisonError::into_inner).push(reader);
        Ok(answer)
    }

    /// Opens the database anew, while nobody reads and no connection is open.
    pub(super) fn reopen(&self, how: How) -> Result<(Opened, Log), NotOpen> {
        let mut open = self.open.write().unwrap_or_else(PoisonError::into_inner);
        let (index, idle) = &mut *open;
        idle.get_mut().unwrap_or_else(PoisonError::into_inner).clear();
        let (opened, log) = Opened::open(&self.path, how)?;
        *index = Arc::clone(&opened.index);
        Ok((opened, log))
    }
}
