//! What is taken away again, as in the embedded store.

use mixus_privacy::ledger::Subject;

use super::super::kept::{Place, Unavailable};
use super::chains::near;
use super::edge::{Head, number};
use super::line::Line;
use super::trouble::Trouble;

/// As many events are looked at in one go: others wait for the log's end meanwhile.
const SLICE: i64 = 2000;

/// Takes the names off a row.
const NAMELESS: &str = "body = NULL, acct = '', near = 0, sub = '', dev = '', seq = 0, hlc = 0";

/// A subject, or with it its account, has asked for all that came before `erase` to be erased. Within a transaction that
/// holds the log's end.
pub(super) async fn erase(line: &Line, sub: &Subject, acct: &str, erase: Place) -> Result<(), Trouble> {
    let (sub_bytes, index) = (&sub.0[..], erase.index.cast_signed());
    line.client
        .execute(
            &format!("UPDATE event SET {NAMELESS} WHERE near = $1 AND near <> 0 AND sub = $2 AND place < $3"),
            &[&near(sub), &sub_bytes, &index],
        )
        .await?;
    if !acct.is_empty() {
        // The chains of the account's other devices go on: they keep their places.
        line.client
            .execute(
                "UPDATE event SET body = NULL WHERE acct = $1 AND acct <> '' AND place < $2",
                &[&acct, &index],
            )
            .await?;
    }
    line.client
        .execute(
            "INSERT INTO erased VALUES ($1, $2) ON CONFLICT (sub) DO UPDATE SET at = excluded.at",
            &[&sub_bytes, &erase.taken.cast_signed()],
        )
        .await?;
    Ok(())
}

/// Goes on where it ended the last time, whichever process that was.
pub(super) async fn purge(line: &Line, before: u64) -> Result<u64, Unavailable> {
    line.client.batch_execute("BEGIN").await.map_err(Trouble::from)?;
    let done = slice(line, before.cast_signed()).await;
    let end = if done.is_ok() { "COMMIT" } else { "ROLLBACK" };
    line.client.batch_execute(end).await.map_err(Trouble::from)?;
    Ok(done?)
}

async fn slice(line: &Line, before: i64) -> Result<u64, Trouble> {
    // Chains become shorter: what others have read of them is no longer true.
    Head::read(&line.client.query_one(&line.statements.hold, &[]).await?)?;
    let from = line
        .client
        .query_opt("SELECT value FROM meta WHERE name = 'purged'", &[])
        .await?
        .map_or(Ok(0), |row| super::edge::bytes(&row, 0).map(i64::from_be_bytes))?;
    let row = line
        .client
        .query_one(
            "SELECT coalesce(max(place) + 1, $1) FROM event WHERE place >= $1 AND place < $1 + $2 AND taken < $3",
            &[&from, &SLICE, &before],
        )
        .await?;
    let to = number(&row, 0)?.cast_signed();
    if from == to {
        return Ok(0);
    }
    let client = &line.client;
    client.execute("UPDATE head SET epoch = epoch + 1 WHERE id = 1", &[]).await?;
    // A subject that is still heard of keeps its chain; of any other nothing remains.
    client
        .execute(
            "UPDATE event SET body = NULL, acct = '' WHERE place >= $1 AND place < $2",
            &[&from, &to],
        )
        .await?;
    client
        .execute(
            &format!(
                "UPDATE event SET {NAMELESS} WHERE place IN (
                    SELECT old.place FROM (
                        SELECT DISTINCT near, sub FROM event WHERE place >= $1 AND place < $2 AND near <> 0) AS gone
                    JOIN event AS old ON old.near = gone.near AND old.near <> 0 AND old.sub = gone.sub
                    WHERE NOT EXISTS (SELECT 1 FROM event AS late
                        WHERE late.near = gone.near AND late.near <> 0 AND late.sub = gone.sub AND late.taken >= $3))"
            ),
            &[&from, &to, &before],
        )
        .await?;
    client
        .execute(
            "INSERT INTO meta VALUES ('purged', $1) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
            &[&&to.to_be_bytes()[..]],
        )
        .await?;
    Ok((to - from).cast_unsigned())
}
