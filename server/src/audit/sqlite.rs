//! A database of the embedded store, read and never written.

use std::path::Path;

use rusqlite::types::{Type, ValueRef};
use rusqlite::{Connection, OpenFlags, OptionalExtension as _, params};

use super::{Cells, Kept, Row, Unreadable};
use crate::records::LogKey;

impl From<rusqlite::Error> for Unreadable {
    fn from(error: rusqlite::Error) -> Unreadable {
        Unreadable(error.to_string())
    }
}

/// A database as it is at one moment.
#[derive(Debug)]
pub struct Database(Connection);

impl Database {
    /// Opens a file. A server may be at work on it: what it commits from here on is not seen.
    pub fn open(path: &Path) -> Result<Database, Unreadable> {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let opened = Connection::open_with_flags(path, flags).and_then(ready);
        match opened {
            Err(_) if is_at_rest(path) => {
                // In a folder that cannot be written SQLite has to be told that nobody else writes either.
                let flags = flags | OpenFlags::SQLITE_OPEN_URI;
                Ok(Connection::open_with_flags(at_rest(path), flags)
                    .and_then(ready)
                    .map(Database)?)
            }
            opened => Ok(Database(opened?)),
        }
    }

    /// What is open already.
    pub const fn of(connection: Connection) -> Database {
        Database(connection)
    }

    /// The connection.
    pub const fn connection(&self) -> &Connection {
        &self.0
    }
}

/// Begins to read.
fn ready(connection: Connection) -> rusqlite::Result<Connection> {
    connection.execute_batch(
        "PRAGMA query_only = ON; PRAGMA cell_size_check = ON; BEGIN; SELECT 1 FROM event LIMIT 1",
    )?;
    Ok(connection)
}

/// Whether nothing is left in a write-ahead log that would have to be read first.
fn is_at_rest(path: &Path) -> bool {
    let mut wal = path.as_os_str().to_owned();
    wal.push("-wal");
    path.is_file() && std::fs::metadata(wal).map_or(true, |it| it.len() == 0)
}

fn at_rest(path: &Path) -> String {
    let escaped = path
        .to_string_lossy()
        .replace('%', "%25")
        .replace('?', "%3f")
        .replace('#', "%23");
    format!("file:{escaped}?immutable=1")
}

impl Kept for Database {
    fn rows(&self, from: i64, most: usize) -> Result<Vec<Row>, Unreadable> {
        let mut statement = self.0.prepare_cached(
            "SELECT place, taken, sub, dev, seq, hash, hlc, acct, body FROM event WHERE place >= ? ORDER BY place LIMIT ?",
        )?;
        let mut found = statement.query(params![from, most])?;
        let mut rows = Vec::new();
        while let Some(row) = found.next()? {
            let place = row.get(0)?;
            rows.push(Row {
                place,
                cells: cells(row),
            });
        }
        Ok(rows)
    }

    fn tile(&self, level: i64, at: i64) -> Result<Option<Vec<u8>>, Unreadable> {
        let mut statement = self.0.prepare_cached("SELECT hashes FROM tile WHERE level = ? AND at = ?")?;
        let hashes = statement.query_row(params![level, at], |row| Ok(blob(row, 0)));
        Ok(hashes.optional()?.flatten())
    }

    fn tiles(&self, after: (i64, i64), most: usize) -> Result<Vec<(i64, i64)>, Unreadable> {
        let mut statement = self.0.prepare_cached(
            "SELECT level, at FROM tile WHERE (level, at) > (?, ?) ORDER BY level, at LIMIT ?",
        )?;
        // What is no number stands behind all numbers, and is no tile either.
        let number = |row: &rusqlite::Row<'_>, at| row.get(at).unwrap_or(i64::MAX);
        let rows = statement
            .query_map(params![after.0, after.1, most], |row| Ok((number(row, 0), number(row, 1))))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    fn notices(&self, each: &mut dyn FnMut(&[u8], Option<&str>)) -> Result<(), Unreadable> {
        let mut statement = self.0.prepare_cached("SELECT hash, body FROM notice ORDER BY hash")?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            each(&blob(row, 0).unwrap_or_default(), text(row, 1).as_deref());
        }
        Ok(())
    }

    fn key(&self) -> Result<Option<[u8; 32]>, Unreadable> {
        let mut statement = self.0.prepare_cached("SELECT value FROM meta WHERE name = 'key'")?;
        let key = statement.query_row([], |row| Ok(blob(row, 0).and_then(|it| LogKey::read(&it))));
        let Some(key) = key.optional()? else {
            return Ok(None);
        };
        // What is there and no key is none that anybody has given.
        Ok(Some(key.map_or([0; 32], LogKey::public)))
    }
}

fn cells(row: &rusqlite::Row<'_>) -> Option<Cells> {
    let number = |at| match row.get_ref(at) {
        Ok(ValueRef::Integer(number)) => Some(number),
        _ => None,
    };
    let gone = row.get_ref(8).is_ok_and(|it| it.data_type() == Type::Null);
    Some(Cells {
        taken: number(1)?,
        sub: blob(row, 2)?,
        dev: blob(row, 3)?,
        seq: number(4)?,
        hash: blob(row, 5)?,
        hlc: number(6)?,
        acct: text(row, 7)?,
        body: if gone { None } else { Some(text(row, 8)?) },
    })
}

fn blob(row: &rusqlite::Row<'_>, at: usize) -> Option<Vec<u8>> {
    match row.get_ref(at) {
        Ok(ValueRef::Blob(bytes)) => Some(bytes.to_vec()),
        _ => None,
    }
}

fn text(row: &rusqlite::Row<'_>, at: usize) -> Option<String> {
    match row.get_ref(at) {
        Ok(ValueRef::Text(bytes)) => String::from_utf8(bytes.to_vec()).ok(),
        _ => None,
    }
}
