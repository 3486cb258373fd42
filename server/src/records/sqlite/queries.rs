//! What is asked of the embedded store.

use mixus_privacy::ledger::{Hash, Subject, Tile, Tiles, leaf};
use rusqlite::{Connection, OptionalExtension as _, Row, params};

use super::super::kept::{Place, Stored};
use super::super::store::TileAt;

/// Tiles as they stand in the database.
pub(super) struct Rows<'c>(pub &'c Connection);

impl Tiles for Rows<'_> {
    fn tile(&mut self, level: u32, at: u64) -> Option<Tile> {
        tile(self.0, (level, at)).ok()?
    }
}

pub(super) fn tile(connection: &Connection, (level, at): TileAt) -> rusqlite::Result<Option<Tile>> {
    let mut statement = connection.prepare_cached("SELECT hashes FROM tile WHERE level = ? AND at = ?")?;
    let hashes: Option<Vec<u8>> = statement.query_row(params![level, at], |row| row.get(0)).optional()?;
    Ok(hashes.map(|it| Tile::of(it.as_chunks::<32>().0.iter().copied())))
}

/// The leaves of the log after its last full tile.
pub(super) fn last_leaves(connection: &Connection, size: u64) -> rusqlite::Result<Vec<Hash>> {
    let mut statement =
        connection.prepare("SELECT hash, place, taken FROM event WHERE place >= ? ORDER BY place")?;
    let leaves =
        statement.query_map([size - size % 256], |row| Ok(leaf(&row.get(0)?, row.get(1)?, row.get(2)?)))?;
    leaves.collect()
}

/// The first 8 bytes of a subject as a number: an index of these has twice as many entries to a page, and is half as
/// much to write.
pub(super) fn near(sub: &Subject) -> i64 {
    sub.0.first_chunk().map_or(0, |first| i64::from_be_bytes(*first))
}

/// The events of a subject, and of the account if it speaks for one, from a place on.
pub(super) fn events(
    connection: &Connection,
    sub: &Subject,
    acct: &str,
    after: u64,
    most: u32,
) -> rusqlite::Result<Vec<Stored>> {
    let stored = |row: &Row<'_>| {
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
        "SELECT place, taken, hash, body FROM event WHERE near = ?5 AND near <> 0 AND sub = ?1 AND place >= ?3
         UNION SELECT place, taken, hash, body FROM event WHERE ?2 <> '' AND acct <> '' AND acct = ?2 AND place >= ?3
         ORDER BY place LIMIT ?4",
    )?;
    let rows = statement.query_map(params![sub.0, acct, after, most, near(sub)], stored)?;
    rows.collect()
}

/// The account for which a subject decides now; empty for none.
pub(super) fn account(connection: &Connection, sub: &Subject) -> rusqlite::Result<String> {
    let mut statement = connection.prepare_cached(
        "SELECT acct FROM event WHERE near = ? AND near <> 0 AND sub = ? ORDER BY seq DESC LIMIT 1",
    )?;
    Ok(statement
        .query_row(params![near(sub), sub.0], |row| row.get(0))
        .optional()?
        .unwrap_or_default())
}
