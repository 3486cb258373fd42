//! What a store holds, read behind its back.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use anyhow::{Context as _, Result};
use mixus_privacy::ledger::Hash;
use rusqlite::{Connection, OpenFlags, OptionalExtension as _};

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
    /// What rows are found by beside them: of whom, and where.
    pub index: BTreeSet<(Vec<u8>, u64, u64)>,
    /// Up to which place that goes.
    pub indexed: u64,
    /// Of whom nothing is to be found any more before a place, as soon as there is time for it.
    pub forget: Vec<(Vec<u8>, u64)>,
    /// `ok`, or what the database has found wrong with itself.
    pub sound: String,
}

fn connect(database: &str) -> rusqlite::Result<Connection> {
    let flags =
        OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    Connection::open_with_flags(database, flags)
}

/// Reads a database of `SQLite`, and the file of its index.
pub(crate) fn sqlite(database: &Path) -> Result<Kept> {
    let database = database.to_str().context("a path")?;
    let main = connect(database)?;
    let main = main.unchecked_transaction()?;
    let rows = main
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
    let tiles = main
        .prepare("SELECT level, at, hashes FROM tile")?
        .query_map([], |row| Ok(((row.get(0)?, row.get(1)?), row.get(2)?)))?
        .collect::<rusqlite::Result<_>>()?;
    // Before the index is read: what is struck out there is struck out here later.
    let forget = main
        .prepare("SELECT near, rest, before FROM forget")?
        .query_map([], |row| Ok((name(row.get(0)?, &row.get::<_, Vec<u8>>(1)?), row.get(2)?)))?
        .collect::<rusqlite::Result<_>>()?;
    let sound = main.query_row("PRAGMA integrity_check", [], |row| row.get(0))?;
    let (path, asked) = database.split_once('?').unwrap_or((database, ""));
    let file = connect(format!("{path}-index?{asked}").trim_end_matches('?'))?;
    let indexed = file
        .query_row("SELECT place FROM upto", [], |row| row.get(0))
        .optional()?
        .unwrap_or(0);
    let index = file
        .prepare("SELECT near, seq, place, mark FROM near WHERE near >= 0")?
        .query_map([], |row| {
            let mark: Vec<u8> = row.get(3)?;
            Ok((name(row.get(0)?, &mark[..12]), row.get(1)?, row.get(2)?))
        })?
        .collect::<rusqlite::Result<_>>()?;
    Ok(Kept {
        rows,
        tiles,
        index,
        indexed,
        forget,
        sound,
    })
}

/// The whole of a subject's name.
fn name(near: i64, rest: &[u8]) -> Vec<u8> {
    [&near.to_be_bytes(), rest].concat()
}
