//! A connection with its statements.

use std::future::poll_fn;
use std::sync::Arc;

use mixus_privacy::ledger::Subject;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_postgres::{AsyncMessage, Client, Connection, SimpleQueryMessage, Socket};

use super::super::kept::{Incoming, Place};
use super::address::Address;
use super::chains::{Chains, Wanted, near};
use super::ear::Ear;
use super::edge::{Head, bytes, number};
use super::group::{Group, Judged};
use super::statements::Statements;
use super::trouble::Trouble;

/// What every connection is told before anything else.
const SCHEMA: &str = "SET search_path = mixus_privacy";

/// What is asked for beyond that, wherever it is understood.
///
/// A plan is made once, for tables that are empty and for tables that are full: it has to go by the indexes.
const WISHES: [&str; 10] = [
    "SET default_transaction_isolation = 'read committed'",
    "SET plan_cache_mode = 'force_generic_plan'",
    "SET enable_seqscan = off",
    "SET enable_bitmapscan = off",
    "SET enable_hashjoin = off",
    "SET enable_mergejoin = off",
    "SET jit = off",
    // Whoever holds the log's end and is not heard of any more must not hold up the others.
    "SET idle_in_transaction_session_timeout = '5s'",
    "SET lock_timeout = '5s'",
    "SET statement_timeout = '30s'",
];

/// A connection that is ready for everything.
pub(super) struct Line {
    pub client: Client,
    pub statements: Statements,
}

impl std::fmt::Debug for Line {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Line").finish_non_exhaustive()
    }
}

impl Line {
    pub(super) async fn open(address: &Address) -> Result<Line, Trouble> {
        let client = connect(address, None).await?;
        client.batch_execute(SCHEMA).await?;
        let statements = Statements::prepare(&client).await?;
        Ok(Line { client, statements })
    }

    /// Reads what is around the events of a group.
    pub(super) async fn around(&self, group: &Group) -> Result<Chains, Trouble> {
        let Wanted { near, low, high, sub } = Wanted::by(group.events());
        let rows = self.client.query(&self.statements.around, &[&near, &low, &high, &sub]).await?;
        let mut chains = Chains::default();
        for row in rows {
            let sub = Subject(bytes(&row, 3)?);
            if row.try_get::<_, i64>(0)? < 0 {
                chains.erase(sub);
                continue;
            }
            let place = Place {
                index: number(&row, 1)?,
                taken: number(&row, 2)?,
            };
            chains.link(
                (sub, bytes(&row, 4)?, number(&row, 0)?),
                bytes(&row, 5)?,
                place,
                row.try_get(6)?,
            );
        }
        Ok(chains)
    }

    /// Puts what was judged into the log, if that still ends where it was thought to end. Whether it does.
    pub(super) async fn append(&self, head: Head, judged: &Judged<'_>) -> Result<bool, Trouble> {
        fn column<'g, T>(stored: &[&'g Incoming], of: impl Fn(&'g Incoming) -> T) -> Vec<T> {
            stored.iter().map(|it| of(it)).collect()
        }
        let stored = &judged.stored;
        let full = &judged.full;
        let row = self
            .client
            .query_one(
                &self.statements.append,
                &[
                    &head.size.cast_signed(),
                    &judged.log.size().cast_signed(),
                    &judged.taken.cast_signed(),
                    &head.epoch.cast_signed(),
                    &column(stored, |it| near(&it.sub)),
                    &column(stored, |it| it.seq.cast_signed()),
                    &column(stored, |it| it.hlc.cast_signed()),
                    &column(stored, |it| &it.sub.0[..]),
                    &column(stored, |it| &it.dev[..]),
                    &column(stored, |it| &it.hash[..]),
                    &column(stored, |it| it.acct.as_str()),
                    &column(stored, |it| it.body.as_str()),
                    &full.iter().map(|it| i64::from(it.0)).collect::<Vec<_>>(),
                    &full.iter().map(|it| it.1.cast_signed()).collect::<Vec<_>>(),
                    &full.iter().map(|it| it.2.hashes().as_flattened()).collect::<Vec<_>>(),
                ],
            )
            .await?;
        Ok(row.try_get::<_, i64>(0)? == 1)
    }
}

/// A connection. `ear` is told what other processes say.
pub(super) async fn connect(address: &Address, ear: Option<Arc<Ear>>) -> Result<Client, Trouble> {
    let (client, connection) = address.config.connect(address.tls.clone()).await?;
    tokio::spawn(drive(connection, ear));
    for wish in WISHES {
        // Not every database that speaks like PostgreSQL knows all of these.
        let _ = client.batch_execute(wish).await;
    }
    // Stronger ones than `on` are whoever runs the database's own affair.
    if shown(&client, "synchronous_commit").await.is_some_and(|it| it == "off") {
        client.batch_execute("SET synchronous_commit = on").await?;
    }
    Ok(client)
}

/// A setting of the database, if it has it.
pub(super) async fn shown(client: &Client, name: &str) -> Option<String> {
    let messages = client.simple_query(&format!("SHOW {name}")).await.ok()?;
    messages.iter().find_map(|it| match it {
        SimpleQueryMessage::Row(row) => Some(row.get(0)?.to_owned()),
        _ => None,
    })
}

async fn drive<T>(mut connection: Connection<Socket, T>, ear: Option<Arc<Ear>>)
where
    T: AsyncRead + AsyncWrite + Unpin,
{
    while let Some(Ok(message)) = poll_fn(|context| connection.poll_message(context)).await {
        if let (AsyncMessage::Notification(said), Some(ear)) = (message, &ear) {
            ear.hear(said.payload());
        }
    }
    if let Some(ear) = ear {
        ear.deafen();
    }
}
