//! What a store holds, read behind its back.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::Result;
use mixus_privacy::ledger::Hash;
use rusqlite::{Connection, OpenFlags};

/// An event as it is kept.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    pub place: u64,
    pub taken: u64,
    pub hash: Hash,
    pub sub: Vec<u8>,
    pub seq: u64,
    pub body: Option<String>,
}

/// All that is kept.
#[derive(Clone, Debug)]
pub(crate) struct Kept {
    /// In the order of their places.
    pub rows: Vec<Row>,
    pub tiles: BTreeMap<(u32, u64), Vec<u8>>,
    /// `ok`, or what the database has found wrong with itself.
    pub sound: String,
}

/// Reads a database of `SQLite`.
pub(crate) fn sqlite(database: &Path) -> Result<Kept> {
    let flags =
        OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(database, flags)?;
    let transaction = connection.unchecked_transaction()?;
    let rows = transaction
        .prepare("SELECT place, taken, hash, sub, seq, body FROM event ORDER BY place")?
        .query_map([], |row| {
            Ok(Row {
                place: row.get(0)?,
                taken: row.get(1)?,
                hash: row.get(2)?,
                sub: row.get(3)?,
                seq: row.get(4)?,
                body: row.get(5)?,
            })
        })?
        .collect::<rusqlite::Result<_>>()?;
    let tiles = transaction
        .prepare("SELECT level, at, hashes FROM tile")?
        .query_map([], |row| Ok(((row.get(0)?, row.get(1)?), row.get(2)?)))?
        .collect::<rusqlite::Result<_>>()?;
    let sound = transaction.query_row("PRAGMA integrity_check", [], |row| row.get(0))?;
    Ok(Kept { rows, tiles, sound })
}
