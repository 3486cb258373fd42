//! A database as it is opened: all that is read in it is on the disk, and its log fits its rows.

use std::fs::{File, TryLockError};
use std::path::Path;
use std::sync::{Mutex, PoisonError, RwLock};

use mixus_privacy::ledger::Log;
use rusqlite::config::DbConfig;
use rusqlite::hooks::Wal;
use rusqlite::{Connection, ErrorCode, OpenFlags};

use super::super::kept::Unavailable;
use super::SCHEMA;
use super::queries::Rows;

/// From so many pages on, the write-ahead log is moved into the database after a commit.
const PAGES: i32 = 1000;

/// Counts how often the log could not be moved when the database was opened: any change would do.
const OPENED: &str =
    "INSERT INTO meta VALUES ('opened', 1) ON CONFLICT (name) DO UPDATE SET value = value + 1;";

/// One process writes a database. The lock ends with the process, however that ends.
pub(super) fn lock(path: &Path) -> Result<Option<File>, Unavailable> {
    let mut name = path.as_os_str().to_owned();
    if is_uri(path) {
        return Ok(None);
    }
    name.push(".lock");
    let file = File::create(&name).map_err(|error| Unavailable(error.to_string()))?;
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(TryLockError::WouldBlock) => Err(Unavailable("another process has this database".into())),
        Err(TryLockError::Error(error)) => Err(Unavailable(error.to_string())),
    }
}

pub(super) fn is_uri(path: &Path) -> bool {
    path.as_os_str().as_encoded_bytes().starts_with(b"file:")
}

/// A connection that writes, and the log as it stands on the disk.
#[derive(Debug)]
pub(super) struct Opened {
    pub connection: Connection,
    pub log: Log,
}

impl Opened {
    /// Opens a database, or makes it if it may be made.
    ///
    /// A process that was killed, or whose sync failed, may leave commits in the write-ahead log that are not on the
    /// disk: whoever reads them finds them all the same, in the system's cache, and a sync that comes later does not
    /// always write them. Nothing that anyone is told may rest on these. So all of that log is moved into the database,
    /// which writes and syncs it once more, before anything is read.
    pub(super) fn open(path: &Path, make: bool) -> Result<Opened, Unavailable> {
        let may = if make { OpenFlags::SQLITE_OPEN_CREATE } else { OpenFlags::empty() };
        let mut connection = connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE | may)?;
        // FULL: a commit is on the disk when it returns. In the write-ahead log that is one flush.
        let mode: String = connection.query_row("PRAGMA journal_mode = WAL", [], |row| row.get(0))?;
        if mode != "wal" {
            return Err(Unavailable("the database cannot have a write-ahead log there".into()));
        }
        connection.execute_batch("PRAGMA synchronous = FULL;")?;
        if make {
            connection.execute_batch(SCHEMA)?;
        }
        if !move_log(&connection)? {
            if !make {
                return Err(Unavailable("somebody reads an old state of the database".into()));
            }
            // What keeps a copy elsewhere may read an old state for as long as it runs, and must keep nobody from
            // starting. A commit syncs all that was written before it.
            connection.execute_batch(OPENED)?;
        }
        // SQLite would do so by itself, and keep quiet about failures.
        connection.wal_hook(Some(moves_log))?;
        connection.set_prepared_statement_cache_capacity(64);
        let size: u64 =
            connection.query_row("SELECT coalesce(max(place) + 1, 0) FROM event", [], |row| row.get(0))?;
        let log = Log::open(size, &mut Rows(&connection))
            .ok_or_else(|| Unavailable("the log's tiles do not fit its events".into()))?;
        Ok(Opened { connection, log })
    }
}

/// Closes a connection of which it is not known what state it is in, and leaves the write-ahead log as it is: closing
/// would otherwise take for granted that everything that was moved before has arrived.
pub(super) fn give_up(connection: Connection) {
    let _ = connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true);
    drop(connection);
}

/// Moves the write-ahead log into the database. Whether that was all of it.
fn move_log(connection: &Connection) -> rusqlite::Result<bool> {
    connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| {
        let (log, moved): (i64, i64) = (row.get(1)?, row.get(2)?);
        Ok(log == moved)
    })
}

/// Called by `SQLite` after each commit.
fn moves_log(log: &mut Wal, pages: i32) -> rusqlite::Result<()> {
    if pages < PAGES {
        return Ok(());
    }
    match log.checkpoint() {
        // Somebody else does it.
        Err(error) if error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy) => Ok(()),
        done => done,
    }
}

fn connect(path: &Path, flags: OpenFlags) -> rusqlite::Result<Connection> {
    let flags = flags | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_URI;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.execute_batch(
        "PRAGMA cache_size = -8192; PRAGMA temp_store = MEMORY; PRAGMA busy_timeout = 5000;",
    )?;
    Ok(connection)
}

/// The connections that read: as many as there are readers at once.
#[derive(Debug, Default)]
pub(super) struct Readers(RwLock<Mutex<Vec<Connection>>>);

impl Readers {
    /// Reads, on a thread where that may take its time.
    pub(super) fn read<T>(
        &self,
        path: &Path,
        task: impl FnOnce(&Connection) -> rusqlite::Result<T>,
    ) -> rusqlite::Result<T> {
        let idle = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let free = idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let connection = if let Some(connection) = free {
            connection
        } else {
            let connection = connect(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
            // Who only reads does not see to the write-ahead log either.
            connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
            connection
        };
        let answer = task(&connection)?;
        idle.lock().unwrap_or_else(PoisonError::into_inner).push(connection);
        Ok(answer)
    }

    /// Does something while no connection reads or is open.
    pub(super) fn closed<T>(&self, task: impl FnOnce() -> T) -> T {
        let idle = self.0.write().unwrap_or_else(PoisonError::into_inner);
        idle.lock().unwrap_or_else(PoisonError::into_inner).clear();
        task()
    }
}
