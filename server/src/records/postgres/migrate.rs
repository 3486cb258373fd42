//! The database's form: numbered steps, each applied once, in order, by one process.

use tokio_postgres::Client;

use super::super::kept::Unavailable;
use super::trouble::Trouble;

/// A step is never edited once it was released.
const STEPS: [&str; 1] = [include_str!("../../../migrations/0001-records.sql")];
/// Any number that no other program on the same database locks.
const LOCK: i64 = 0x6d69_7875_7370_7269;
/// As often it is tried beside others that try.
const TRIES: u32 = 10;

/// Brings a database to this version's form. One that is newer is refused.
pub(super) async fn migrate(client: &Client) -> Result<(), Unavailable> {
    for _ in 1..TRIES {
        match attempt(client).await {
            Err(Trouble::Moved) => (),
            done => return Ok(done?),
        }
    }
    Ok(attempt(client).await?)
}

async fn attempt(client: &Client) -> Result<(), Trouble> {
    if version(client).await? == Some(STEPS.len()) {
        return Ok(());
    }
    client.batch_execute("BEGIN").await?;
    let done = apply(client).await;
    client.batch_execute(if done.is_ok() { "COMMIT" } else { "ROLLBACK" }).await?;
    done
}

async fn apply(client: &Client) -> Result<(), Trouble> {
    client
        .batch_execute(&format!(
            "SELECT pg_advisory_xact_lock({LOCK}); CREATE SCHEMA IF NOT EXISTS mixus_privacy;
             SET LOCAL search_path = mixus_privacy;
             CREATE TABLE IF NOT EXISTS version (version bigint PRIMARY KEY)"
        ))
        .await?;
    let from = version(client).await?.unwrap_or(0);
    for (number, step) in (1..).zip(STEPS).skip(from) {
        client
            .batch_execute(&format!("{step}; INSERT INTO version VALUES ({number})"))
            .await?;
    }
    Ok(())
}

/// The form that a database has; `None` if it has none.
async fn version(client: &Client) -> Result<Option<usize>, Trouble> {
    let there =
        "SELECT 1 FROM pg_catalog.pg_tables WHERE schemaname = 'mixus_privacy' AND tablename = 'version'";
    if client.query_opt(there, &[]).await?.is_none() {
        return Ok(None);
    }
    let row = client
        .query_one("SELECT coalesce(max(version), 0) FROM mixus_privacy.version", &[])
        .await?;
    let found = usize::try_from(row.try_get::<_, i64>(0)?).unwrap_or(usize::MAX);
    if found > STEPS.len() {
        let known = STEPS.len();
        return Err(Trouble::Refused(Unavailable(format!(
            "the database has form {found}, and this version knows forms up to {known}"
        ))));
    }
    Ok(Some(found))
}
