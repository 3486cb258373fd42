//! What is taken away again: bodies and names. The hash of an event stays as the log's leaf, and says nothing without
//! the nonce that was in the body.

use mixus_privacy::ledger::Subject;
use rusqlite::{Connection, Transaction, TransactionBehavior, params};

use super::super::kept::Place;
use super::queries::near;

/// As many events are looked at in one go: others wait for the writer meanwhile.
const SLICE: u64 = 2000;

/// Takes the names off a row.
const NAMELESS: &str = "body = NULL, acct = '', near = 0, sub = x'', dev = x'', seq = 0, hlc = 0";

/// A subject, or with it its account, has asked for all that came before `erase` to be erased. From here on nothing of
/// the subject is taken in any more.
pub(super) fn erase(
    transaction: &Transaction<'_>,
    sub: &Subject,
    acct: &str,
    erase: Place,
) -> rusqlite::Result<()> {
    transaction
        .prepare_cached(&format!(
            "UPDATE event SET {NAMELESS} WHERE near = ?1 AND near <> 0 AND sub = ?2 AND place < ?3"
        ))?
        .execute(params![near(sub), sub.0, erase.index])?;
    if !acct.is_empty() {
        // The chains of the account's other devices go on: they keep their places.
        transaction
            .prepare_cached("UPDATE event SET body = NULL WHERE acct = ?1 AND acct <> '' AND place < ?2")?
            .execute(params![acct, erase.index])?;
    }
    transaction
        .prepare_cached("INSERT OR REPLACE INTO erased VALUES (?, ?)")?
        .execute(params![sub.0, erase.taken])?;
    Ok(())
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
    transaction.execute("INSERT OR REPLACE INTO meta VALUES ('purged', ?)", [to])?;
    transaction.commit()?;
    Ok(to - from)
}
