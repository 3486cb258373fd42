//! What is taken away again: bodies and names. The hash of an event stays as the log's leaf, and says nothing without
//! the nonce that was in the body.

use std::collections::BTreeSet;

use mixus_privacy::ledger::Subject;
use rusqlite::{Connection, OptionalExtension as _, Transaction, TransactionBehavior, params};

use super::super::kept::Place;
use super::index::{Index, NAMELESS, Part, near, near_account, rest};
use super::queries::{account_places, places};

/// As many events are looked at in one go: others wait for the writer meanwhile.
const SLICE: u64 = 2000;

/// Takes the names off a row.
fn unname(transaction: &Transaction<'_>, place: u64) -> rusqlite::Result<()> {
    let mut statement = transaction.prepare_cached(
        "UPDATE event SET body = NULL, acct = '', sub = x'', dev = x'', seq = 0, hlc = 0 WHERE place = ?",
    )?;
    statement.execute([place])?;
    Ok(())
}

/// Writes down that the index is to find nothing any more of a name before a place.
fn unfind(transaction: &Transaction<'_>, near: i64, rest: [u8; 12], before: u64) -> rusqlite::Result<()> {
    let mut statement = transaction.prepare_cached("INSERT OR REPLACE INTO forget VALUES (?, ?, ?)")?;
    statement.execute(params![near, rest, before.min(i64::MAX.cast_unsigned())])?;
    Ok(())
}

/// A subject, or with it its account, has asked for all that came before `erase` to be erased. From here on nothing of
/// the subject is taken in any more.
pub(super) fn erase(
    transaction: &Transaction<'_>,
    file: &Connection,
    index: &Index,
    together: &Part,
    (sub, acct): (&Subject, &str),
    erase: Place,
) -> rusqlite::Result<()> {
    // What came together with it is not in the index yet.
    let with = |near| together.range((near, 0, 0)..=(near, u64::MAX, u64::MAX));
    let own = with(near(sub)).filter(|(_, mark)| mark.is_of(sub)).map(|(key, _)| key.2);
    for place in places(file, index, sub)?.into_iter().chain(own) {
        unname(transaction, place)?;
    }
    if !acct.is_empty() {
        // The chains of the account's other devices go on: they keep their places.
        let mut statement =
            transaction.prepare_cached("UPDATE event SET body = NULL WHERE place = ? AND acct = ?")?;
        let own = with(near_account(acct)).map(|(key, _)| key.2);
        for place in account_places(file, index, acct, 0)?.into_iter().chain(own) {
            statement.execute(params![place, acct])?;
        }
    }
    unfind(transaction, near(sub), rest(sub), erase.index)?;
    transaction
        .prepare_cached("INSERT OR REPLACE INTO erased VALUES (?, ?)")?
        .execute(params![sub.0, erase.taken])?;
    Ok(())
}

/// Purges the next events that were taken in before a time; goes on where it ended the last time. How many there were.
pub(super) fn purge(
    main: &mut Connection,
    file: &Connection,
    index: &Index,
    before: u64,
) -> rusqlite::Result<u64> {
    let transaction = main.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let from: Option<u64> = transaction
        .query_row("SELECT value FROM meta WHERE name = 'purged'", [], |row| row.get(0))
        .optional()?;
    let from = from.unwrap_or(0);
    let mut to = from;
    let mut subjects = BTreeSet::new();
    let mut accounts = BTreeSet::new();
    {
        // Places are in the order of time, but for a clock that was set.
        let mut statement = transaction.prepare_cached(
            "SELECT place, taken, sub, acct FROM event WHERE place >= ? ORDER BY place LIMIT ?",
        )?;
        let mut rows = statement.query(params![from, SLICE])?;
        while let Some(row) = rows.next()? {
            if row.get::<_, u64>(1)? >= before {
                break;
            }
            to = row.get::<_, u64>(0)? + 1;
            if let Ok(sub) = row.get(2) {
                subjects.insert(Subject(sub));
            }
            accounts.insert(row.get::<_, String>(3)?);
        }
    }
    if from == to {
        return Ok(0);
    }
    transaction.execute(
        "UPDATE event SET body = NULL, acct = '' WHERE place >= ? AND place < ?",
        params![from, to],
    )?;
    // A subject that is still heard of keeps its chain; of any other nothing remains.
    for sub in subjects {
        let places = places(file, index, &sub)?;
        let mut taken = transaction.prepare_cached("SELECT taken >= ? FROM event WHERE place = ?")?;
        let last = places.iter().max().copied().unwrap_or(0);
        if !taken
            .query_row(params![before, last], |row| row.get(0))
            .optional()?
            .unwrap_or(false)
        {
            for place in places {
                unname(&transaction, place)?;
            }
            unfind(&transaction, near(&sub), rest(&sub), u64::MAX)?;
        }
    }
    for acct in accounts.iter().filter(|acct| !acct.is_empty()) {
        unfind(&transaction, near_account(acct), NAMELESS, to)?;
    }
    transaction.execute("INSERT OR REPLACE INTO meta VALUES ('purged', ?)", [to])?;
    transaction.commit()?;
    Ok(to - from)
}
