//! What is taken away again: bodies and names. The hash of an event stays as the log's leaf, and says nothing without
//! the nonce that was in the body.

use std::collections::BTreeSet;
use std::time::Duration;

use mixus_privacy::ledger::Subject;
use mixus_privacy::sync::Token;
use rusqlite::{Connection, OptionalExtension as _, Transaction, TransactionBehavior, params};

use super::super::kept::Place;
use super::PATIENCE;
use super::index::{Index, NAMELESS, Part, near, near_account, rest};
use super::opened::Reader;
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

/// Does something with every byte that goes away overwritten, and not only marked as free. While events are only
/// added that would be work for nothing.
pub(super) fn wiped<T>(
    connection: &Connection,
    work: impl FnOnce() -> rusqlite::Result<T>,
) -> rusqlite::Result<T> {
    let set = |how: &str| connection.pragma_update_and_check(None, "secure_delete", how, |_| Ok(()));
    set("ON")?;
    let done = work();
    set("FAST")?;
    done
}

/// A subject, or with it its account, has asked for all that came before `erase` to be erased. From here on nothing of
/// the subject is taken in any more. `together` is what came together with it, and is not in the index yet.
pub(super) fn erase(
    transaction: &Transaction<'_>,
    (file, index, together): (&Connection, &Index, &Part),
    (sub, acct): (&Subject, &str),
    erase: Place,
) -> rusqlite::Result<()> {
    wiped(transaction, || {
        let span = (near(sub), 0, 0)..=(near(sub), u64::MAX, u64::MAX);
        let own = together.range(span).filter(|(_, mark)| mark.is_of(sub));
        for place in places(file, index, sub)?.into_iter().chain(own.map(|(key, _)| key.2)) {
            unname(transaction, place)?;
        }
        account(transaction, (file, index, together), acct, erase.index)?;
        unfind(transaction, near(sub), rest(sub), erase.index)?;
        transaction
            .prepare_cached("INSERT OR REPLACE INTO erased VALUES (?, ?)")?
            .execute(params![sub.0, erase.taken])?;
        Ok(())
    })
}

/// Everything of an account that came before a place; how many events lost their body. The chains of its devices go on,
/// since these may go on deciding: their rows keep who they are of, and the last one of each for which account it
/// decides.
fn account(
    transaction: &Transaction<'_>,
    (file, index, together): (&Connection, &Index, &Part),
    acct: &str,
    before: u64,
) -> rusqlite::Result<u64> {
    if acct.is_empty() {
        return Ok(0);
    }
    let near_acct = near_account(acct);
    let own = together.range((near_acct, 0, 0)..=(near_acct, u64::MAX, u64::MAX));
    let all = account_places(file, index, acct, 0)?
        .into_iter()
        .chain(own.map(|(key, _)| key.2));
    let mut bodies = 0;
    for place in all.filter(|place| *place < before) {
        let mut of =
            transaction.prepare_cached("SELECT sub, dev, seq FROM event WHERE place = ? AND acct = ?")?;
        let of: Option<([u8; 20], [u8; 8], u64)> = of
            .query_row(params![place, acct], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
            .optional()?;
        let Some((sub, dev, seq)) = of else { continue };
        bodies += transaction
            .prepare_cached("UPDATE event SET body = NULL WHERE place = ? AND body IS NOT NULL")?
            .execute([place])? as u64;
        let sub = Subject(sub);
        let later = index.find(file, near(&sub), (seq + 1, u64::MAX))?;
        let span = (near(&sub), seq + 1, 0)..=(near(&sub), u64::MAX, u64::MAX);
        let mut later = later
            .iter()
            .map(|(_, mark)| mark)
            .chain(together.range(span).map(|(_, mark)| mark));
        if later.any(|mark| mark.is_of(&sub) && mark.is_by(dev)) {
            transaction
                .prepare_cached("UPDATE event SET acct = '' WHERE place = ?")?
                .execute([place])?;
        }
    }
    Ok(bodies)
}

/// The site's server has asked for all of an account to be erased.
pub(super) fn erase_account(store: &mut Reader, index: &Index, acct: &str) -> rusqlite::Result<u64> {
    let transaction = store.main.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let with = (&store.file, index, &Part::new());
    let bodies = wiped(&transaction, || account(&transaction, with, acct, u64::MAX))?;
    transaction.commit()?;
    Ok(bodies)
}

/// A token has linked.
pub(super) fn spend(transaction: &Transaction<'_>, token: &Token) -> rusqlite::Result<()> {
    transaction
        .prepare_cached("INSERT OR IGNORE INTO spent VALUES (?, ?)")?
        .execute(params![token.hash, token.exp])?;
    Ok(())
}

/// Writes what was overwritten to the database's own file, and ends the write-ahead log, where the pages still stand as
/// they were. `false` if somebody reads what came before: then it has to be done again.
pub(super) fn scrub(connection: &Connection, now: u64) -> rusqlite::Result<bool> {
    connection.execute("DELETE FROM spent WHERE exp < ?", [now])?;
    // Nobody who sends events waits for somebody who reads.
    connection.busy_timeout(Duration::from_millis(20))?;
    let busy = connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get::<_, bool>(0));
    connection.busy_timeout(PATIENCE)?;
    busy.map(|busy| !busy)
}

/// Purges the next events that were taken in before a time; goes on where it ended the last time. How many there were.
pub(super) fn purge(store: &mut Reader, index: &Index, before: u64) -> rusqlite::Result<u64> {
    let transaction = store.main.transaction_with_behavior(TransactionBehavior::Immediate)?;
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
    wiped(&transaction, || {
        transaction.execute(
            "UPDATE event SET body = NULL, acct = '' WHERE place >= ? AND place < ?",
            params![from, to],
        )?;
        // A subject that is still heard of keeps its chain; of any other nothing remains.
        for sub in &subjects {
            let places = places(&store.file, index, sub)?;
            let mut late = transaction.prepare_cached("SELECT taken >= ? FROM event WHERE place = ?")?;
            let last = places.iter().max().copied().unwrap_or(0);
            let late = late.query_row(params![before, last], |row| row.get(0)).optional()?;
            if !late.unwrap_or(false) {
                for place in places {
                    unname(&transaction, place)?;
                }
                unfind(&transaction, near(sub), rest(sub), u64::MAX)?;
            }
        }
        for acct in accounts.iter().filter(|acct| !acct.is_empty()) {
            unfind(&transaction, near_account(acct), NAMELESS, to)?;
        }
        Ok(())
    })?;
    transaction.execute("INSERT OR REPLACE INTO meta VALUES ('purged', ?)", [to])?;
    transaction.commit()?;
    Ok(to - from)
}
