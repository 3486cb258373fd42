//! What is taken away again: bodies and names. The hash of an event stays as the log's leaf, and says nothing without
//! the nonce that was in the body.

use std::time::Duration;

use mixus_privacy::ledger::Subject;
use mixus_privacy::sync::Token;
use rusqlite::{Connection, Transaction, TransactionBehavior, params};

use super::super::kept::Place;
use super::PATIENCE;
use super::queries::near;

/// As many events are looked at in one go: others wait for the writer meanwhile.
const SLICE: u64 = 2000;

/// Takes the names off a row.
const NAMELESS: &str = "body = NULL, acct = '', near = 0, sub = x'', dev = x'', seq = 0, hlc = 0";

/// Does something with every byte that goes away overwritten, and not only marked as free. While events are only
/// added that would be work for nothing.
fn wiped<T>(connection: &Connection, work: impl FnOnce() -> rusqlite::Result<T>) -> rusqlite::Result<T> {
    let set = |how: &str| connection.pragma_update_and_check(None, "secure_delete", how, |_| Ok(()));
    set("ON")?;
    let done = work();
    set("FAST")?;
    done
}

/// A subject, or with it its account, has asked for all that came before `erase` to be erased. From here on nothing of
/// the subject is taken in any more.
pub(super) fn erase(
    transaction: &Transaction<'_>,
    sub: &Subject,
    acct: &str,
    erase: Place,
) -> rusqlite::Result<()> {
    wiped(transaction, || {
        transaction
            .prepare_cached(&format!(
                "UPDATE event SET {NAMELESS} WHERE near = ?1 AND near <> 0 AND sub = ?2 AND place < ?3"
            ))?
            .execute(params![near(sub), sub.0, erase.index])?;
        account(transaction, acct, erase.index)?;
        transaction
            .prepare_cached("INSERT OR REPLACE INTO erased VALUES (?, ?)")?
            .execute(params![sub.0, erase.taken])?;
        Ok(())
    })
}

/// Everything of an account that came before a place; how many events lost their body. The chains of its devices go on,
/// since these may go on deciding: their rows keep who they are of, and the last one of each for which account it
/// decides.
fn account(transaction: &Transaction<'_>, acct: &str, before: u64) -> rusqlite::Result<u64> {
    if acct.is_empty() {
        return Ok(0);
    }
    let bodies = transaction
        .prepare_cached(
            "UPDATE event SET body = NULL WHERE acct = ?1 AND acct <> '' AND place < ?2 AND body IS NOT NULL",
        )?
        .execute(params![acct, before])?;
    transaction
        .prepare_cached(
            "UPDATE event SET acct = '' WHERE acct = ?1 AND acct <> '' AND place < ?2 AND EXISTS (
                SELECT 1 FROM event AS late WHERE late.near = event.near AND late.near <> 0
                AND late.sub = event.sub AND late.dev = event.dev AND late.seq > event.seq)",
        )?
        .execute(params![acct, before])?;
    Ok(bodies as u64)
}

/// The site's server has asked for all of an account to be erased.
pub(super) fn erase_account(connection: &mut Connection, acct: &str) -> rusqlite::Result<u64> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let bodies = wiped(&transaction, || account(&transaction, acct, i64::MAX.unsigned_abs()))?;
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
pub(super) fn scrub(connection: &mut Connection, now: u64) -> rusqlite::Result<bool> {
    connection.execute("DELETE FROM spent WHERE exp < ?", [now])?;
    // Nobody who sends events waits for somebody who reads.
    connection.busy_timeout(Duration::from_millis(20))?;
    let busy = connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get::<_, bool>(0));
    connection.busy_timeout(PATIENCE)?;
    busy.map(|busy| !busy)
}

/// Goes on where it ended the last time.
pub(super) fn purge(connection: &mut Connection, before: u64) -> rusqlite::Result<u64> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let from: u64 = transaction.query_row(
        "SELECT coalesce((SELECT value FROM meta WHERE name = 'purged'), 0)",
        [],
        |row| row.get(0),
    )?;
    // Places are in the order of time.
    let to: u64 = transaction.query_row(
        "SELECT coalesce(max(place) + 1, ?1) FROM event WHERE place >= ?1 AND place < ?1 + ?2 AND taken < ?3",
        params![from, SLICE, before],
        |row| row.get(0),
    )?;
    if from == to {
        return Ok(0);
    }
    wiped(&transaction, || {
        // A subject that is still heard of keeps its chain; of any other nothing remains.
        transaction.execute(
            "UPDATE event SET body = NULL, acct = '' WHERE place >= ?1 AND place < ?2",
            params![from, to],
        )?;
        transaction.execute(
            &format!(
                "UPDATE event AS old SET {NAMELESS} WHERE near <> 0 AND sub IN (
                    SELECT sub FROM event WHERE place >= ?1 AND place < ?2 AND near <> 0)
                 AND near IN (SELECT near FROM event WHERE place >= ?1 AND place < ?2 AND near <> 0)
                 AND NOT EXISTS (SELECT 1 FROM event AS late
                    WHERE late.near = old.near AND late.near <> 0 AND late.sub = old.sub AND late.taken >= ?3)"
            ),
            params![from, to, before],
        )?;
        Ok(())
    })?;
    transaction.execute("INSERT OR REPLACE INTO meta VALUES ('purged', ?)", [to])?;
    transaction.commit()?;
    Ok(to - from)
}
