//! What is asked of the embedded store.

use std::collections::BTreeSet;

use mixus_privacy::ledger::{Hash, Subject, Tile, Tiles, leaf};
use rusqlite::{Connection, OptionalExtension as _, params};

use super::super::kept::{Place, Stored};
use super::super::store::TileAt;
use super::Reader;
use super::index::{Index, near, near_account};

/// Tiles as they stand in the database.
pub(super) struct Rows<'c>(pub &'c Connection);

impl Tiles for Rows<'_> {
    fn tile(&mut self, level: u32, at: u64) -> Option<Tile> {
        tile(self.0, (level, at)).ok()?
    }
}

pub(super) fn tile(main: &Connection, (level, at): TileAt) -> rusqlite::Result<Option<Tile>> {
    let mut statement = main.prepare_cached("SELECT hashes FROM tile WHERE level = ? AND at = ?")?;
    let hashes: Option<Vec<u8>> = statement.query_row(params![level, at], |row| row.get(0)).optional()?;
    Ok(hashes.map(|it| Tile::of(it.as_chunks::<32>().0.iter().copied())))
}

/// The leaves of the log after its last full tile.
pub(super) fn last_leaves(main: &Connection, size: u64) -> rusqlite::Result<Vec<Hash>> {
    let mut statement =
        main.prepare("SELECT hash, place, taken FROM event WHERE place >= ? ORDER BY place")?;
    let leaves =
        statement.query_map([size - size % 256], |row| Ok(leaf(&row.get(0)?, row.get(1)?, row.get(2)?)))?;
    leaves.collect()
}

/// The places of a subject's events, in the order of its chain.
pub(super) fn places(file: &Connection, index: &Index, sub: &Subject) -> rusqlite::Result<Vec<u64>> {
    let found = index.find(file, near(sub), (0, u64::MAX))?;
    Ok(found
        .iter()
        .filter(|(_, mark)| mark.is_of(sub))
        .map(|((.., place), _)| *place)
        .collect())
}

/// The places of an account's events from one on, in the order of the log.
pub(super) fn account_places(
    file: &Connection,
    index: &Index,
    acct: &str,
    from: u64,
) -> rusqlite::Result<Vec<u64>> {
    let found = index.find(file, near_account(acct), (from, u64::MAX))?;
    Ok(found.iter().map(|((.., place), _)| *place).collect())
}

/// The events of a subject, and of the account if it speaks for one, from a place on.
pub(super) fn events(
    reader: &Reader,
    index: &Index,
    sub: &Subject,
    acct: &str,
    after: u64,
    most: u32,
) -> rusqlite::Result<Vec<Stored>> {
    let own = places(&reader.file, index, sub)?.into_iter().filter(|place| *place >= after);
    let mut all: BTreeSet<u64> = own.collect();
    if !acct.is_empty() {
        all.extend(account_places(&reader.file, index, acct, after)?);
    }
    let mut statement = reader.main.prepare_cached(
        "SELECT taken, hash, body FROM event WHERE place = ?1 AND (sub = ?2 OR acct <> '' AND acct = ?3)",
    )?;
    let mut events = Vec::new();
    for index in all {
        if events.len() >= most as usize {
            break;
        }
        let stored = statement.query_row(params![index, sub.0, acct], |row| {
            let taken = row.get(0)?;
            Ok(Stored {
                place: Place { index, taken },
                hash: row.get(1)?,
                body: row.get(2)?,
            })
        });
        events.extend(stored.optional()?);
    }
    Ok(events)
}

/// The account for which a subject decides now; empty for none.
pub(super) fn account(reader: &Reader, index: &Index, sub: &Subject) -> rusqlite::Result<String> {
    let found = index.find(&reader.file, near(sub), (0, u64::MAX))?;
    let last = found.iter().rev().find(|(_, mark)| mark.is_of(sub));
    let Some(((.., place), _)) = last.filter(|(_, mark)| mark.is_linked()) else {
        return Ok(String::new());
    };
    let acct = account_at(&reader.main, *place)?;
    Ok(acct.unwrap_or_default())
}

/// For which account an event was decided; empty for none.
pub(super) fn account_at(main: &Connection, place: u64) -> rusqlite::Result<Option<String>> {
    let mut statement = main.prepare_cached("SELECT acct FROM event WHERE place = ?")?;
    statement.query_row([place], |row| row.get(0)).optional()
}

/// The key of the log, or what stands for it.
pub(super) fn key(connection: &Connection) -> rusqlite::Result<Vec<u8>> {
    connection.query_row("SELECT value FROM meta WHERE name = 'key'", [], |row| row.get(0))
}
