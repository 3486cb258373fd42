//! What is taken away again, as in the embedded store.

use mixus_privacy::ledger::Subject;
use tokio_postgres::error::SqlState;

use super::super::kept::{Place, Unavailable};
use super::chains::near;
use super::edge::{bytes, number};
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
    account(line, acct, index).await?;
    line.client
        .execute(
            "INSERT INTO erased VALUES ($1, $2) ON CONFLICT (sub) DO UPDATE SET at = excluded.at",
            &[&sub_bytes, &erase.taken.cast_signed()],
        )
        .await?;
    Ok(())
}

/// Everything of an account that came before a place; how many events lost their body. The chains of its devices go on,
/// since these may go on deciding: their rows keep who they are of, and the last one of each for which account it
/// decides.
async fn account(line: &Line, acct: &str, before: i64) -> Result<u64, Trouble> {
    if acct.is_empty() {
        return Ok(0);
    }
    let bodies = line
        .client
        .execute(
            "UPDATE event SET body = NULL WHERE acct = $1 AND acct <> '' AND place < $2 AND body IS NOT NULL",
            &[&acct, &before],
        )
        .await?;
    line.client
        .execute(
            "UPDATE event SET acct = '' WHERE place IN (
                SELECT old.place FROM event AS old
                JOIN event AS late ON late.near = old.near AND late.near <> 0 AND late.seq > old.seq
                    AND late.sub = old.sub AND late.dev = old.dev AND late.place < $2
                WHERE old.acct = $1 AND old.acct <> '' AND old.place < $2)",
            &[&acct, &before],
        )
        .await?;
    Ok(bodies)
}

/// The site's server has asked for all of an account to be erased.
pub(super) async fn erase_account(line: &Line, acct: &str) -> Result<u64, Unavailable> {
    within(line, async {
        change(line).await?;
        account(line, acct, i64::MAX).await
    })
    .await
}

/// Does something in a transaction.
async fn within<T>(line: &Line, work: impl Future<Output = Result<T, Trouble>>) -> Result<T, Unavailable> {
    line.client.batch_execute("BEGIN").await.map_err(Trouble::from)?;
    let done = work.await;
    let end = if done.is_ok() { "COMMIT" } else { "ROLLBACK" };
    line.client.batch_execute(end).await.map_err(Trouble::from)?;
    Ok(done?)
}

/// Holds the log's end, and says that chains are no longer what others may have read of them.
async fn change(line: &Line) -> Result<(), Trouble> {
    line.client
        .execute("UPDATE head SET epoch = epoch + 1 WHERE id = 1", &[])
        .await?;
    Ok(())
}

/// Does away with tokens that could not be used any more, and with what the database still has of rows that were changed.
/// Its own log and backups are the affair of whoever runs it. `false` if somebody reads what came before: then it has
/// to be done again.
pub(super) async fn scrub(line: &Line, now: u64) -> Result<bool, Unavailable> {
    let client = &line.client;
    client
        .execute("DELETE FROM spent WHERE exp < $1", &[&now.cast_signed()])
        .await
        .map_err(Trouble::from)?;
    // As long as it takes; pages in which nothing has changed are left out, and indexes are left for later.
    client.batch_execute("SET statement_timeout = 0").await.map_err(Trouble::from)?;
    let vacuum = client.batch_execute("VACUUM (INDEX_CLEANUP OFF, SKIP_LOCKED) event").await;
    if let Err(error) = vacuum {
        return match error.code() {
            // Other databases have other ways.
            Some(&SqlState::SYNTAX_ERROR | &SqlState::FEATURE_NOT_SUPPORTED) => Ok(true),
            _ => Err(Trouble::from(error).into()),
        };
    }
    let left =
        "SELECT n_dead_tup FROM pg_stat_user_tables WHERE schemaname = 'mixus_privacy' AND relname = 'event'";
    let row = client.query_opt(left, &[]).await.map_err(Trouble::from)?;
    let left = row.map(|it| it.try_get::<_, i64>(0)).transpose().map_err(Trouble::from)?;
    Ok(left.unwrap_or(0) == 0)
}

/// Goes on where it ended the last time, whichever process that was.
pub(super) async fn purge(line: &Line, before: u64) -> Result<u64, Unavailable> {
    within(line, slice(line, before.cast_signed())).await
}

async fn slice(line: &Line, before: i64) -> Result<u64, Trouble> {
    line.client.query_one(&line.statements.hold, &[]).await?;
    let from = line
        .client
        .query_opt("SELECT value FROM meta WHERE name = 'purged'", &[])
        .await?
        .map_or(Ok(0), |row| bytes(&row, 0).map(i64::from_be_bytes))?;
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
    change(line).await?;
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
