//! A connection with its statements.

use std::future::poll_fn;
use std::sync::Arc;

use mixus_privacy::ledger::Subject;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_postgres::types::ToSql;
use tokio_postgres::{AsyncMessage, Client, Connection, SimpleQueryMessage, Socket};

use super::super::kept::{Incoming, Place};
use super::address::Address;
use super::chains::{Chains, Wanted, near};
use super::ear::Ear;
use super::edge::{Head, bytes, number};
use super::group::Judged;
use super::statements::{Statements, Writing};
use super::trouble::Trouble;

/// What every connection is told before anything else.
const SCHEMA: &str = "SET search_path = mixus_privacy";

/// What it is told beyond that, as far as the database knows of it.
///
/// A plan is made once, for tables that are empty and for tables that are full: it has to go by the indexes. Whoever
/// holds the log's end and is not heard of any more must not hold up the others. Commits that are acknowledged are
/// durable; stronger settings than that are the affair of whoever runs the database.
const SETTINGS: &str = "
    SELECT set_config(name, value, false)
    FROM (VALUES
        ('default_transaction_isolation', 'read committed'),
        ('synchronous_commit', CASE current_setting('synchronous_commit', true) WHEN 'off' THEN 'on' END),
        ('idle_in_transaction_session_timeout', '2s'),
        ('lock_timeout', '5s'),
        ('statement_timeout', '30s'),
        ('plan_cache_mode', 'force_generic_plan'),
        ('enable_seqscan', 'off'),
        ('enable_bitmapscan', 'off'),
        ('enable_hashjoin', 'off'),
        ('enable_mergejoin', 'off'),
        ('jit', 'off')) AS wish (name, value)
    WHERE value IS NOT NULL AND current_setting(name, true) IS NOT NULL";

/// A connection that is ready for what it is there for.
pub(super) struct Line<S = Writing> {
    pub client: Client,
    pub statements: S,
}

impl<S> std::fmt::Debug for Line<S> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Line").finish_non_exhaustive()
    }
}

impl<S: Statements> Line<S> {
    pub(super) async fn open(address: &Address) -> Result<Line<S>, Trouble> {
        let client = connect(address, None).await?;
        client.batch_execute(SCHEMA).await?;
        let statements = S::prepare(&client).await?;
        Ok(Line { client, statements })
    }
}

impl Line {
    /// Reads what is around events.
    pub(super) async fn around(&self, events: &[&Incoming]) -> Result<Chains, Trouble> {
        let Wanted {
            near,
            low,
            high,
            sub,
            tokens,
        } = Wanted::by(events.iter().copied());
        let rows = self
            .client
            .query(&self.statements.around, &[&near, &low, &high, &sub, &tokens])
            .await?;
        let mut chains = Chains::default();
        for row in rows {
            match row.try_get::<_, i64>(0)? {
                -1 => chains.erase(Subject(bytes(&row, 3)?)),
                -2 => chains.spend(bytes(&row, 5)?),
                seq => {
                    let place = Place {
                        index: number(&row, 1)?,
                        taken: number(&row, 2)?,
                    };
                    let at = (Subject(bytes(&row, 3)?), bytes(&row, 4)?, seq.cast_unsigned());
                    chains.link(at, bytes(&row, 5)?, place, row.try_get(6)?);
                }
            }
        }
        Ok(chains)
    }

    /// Puts what was judged into the log, if that still ends where it was thought to end. Whether it does.
    pub(super) async fn append(&self, head: Head, judged: &Judged<'_>) -> Result<bool, Trouble> {
        fn column<'v, T, V>(values: &'v [T], of: impl Fn(&'v T) -> V) -> Vec<V> {
            values.iter().map(of).collect()
        }
        let (stored, full, spent) = (&judged.stored, &judged.full, &judged.spent);
        let (near, seq) = (column(stored, |it| near(&it.sub)), column(stored, |it| it.seq.cast_signed()));
        let hlc = column(stored, |it| it.hlc.cast_signed());
        let (sub, dev) = (column(stored, |it| &it.sub.0[..]), column(stored, |it| &it.dev[..]));
        let hash = column(stored, |it| &it.hash[..]);
        let (acct, body) = (column(stored, |it| it.acct.as_str()), column(stored, |it| it.body.as_str()));
        let (from, to) = (head.size.cast_signed(), judged.log.size().cast_signed());
        let (taken, epoch) = (judged.taken.cast_signed(), head.epoch.cast_signed());
        let events: [&(dyn ToSql + Sync); 12] =
            [&from, &to, &taken, &epoch, &near, &seq, &hlc, &sub, &dev, &hash, &acct, &body];
        let row = if full.is_empty() && spent.is_empty() {
            self.client.query_one(&self.statements.append, &events).await?
        } else {
            let (level, at) = (column(full, |it| i64::from(it.0)), column(full, |it| it.1.cast_signed()));
            let hashes = column(full, |it| it.2.hashes().as_flattened());
            let (token, exp) = (column(spent, |it| &it.hash[..]), column(spent, |it| it.exp.cast_signed()));
            let more: [&(dyn ToSql + Sync); 5] = [&level, &at, &hashes, &token, &exp];
            let all = [&events[..], &more].concat();
            self.client.query_one(&self.statements.append_more, &all).await?
        };
        Ok(row.try_get::<_, i64>(0)? == 1)
    }
}

/// A connection. `ear` is told what other processes say.
pub(super) async fn connect(address: &Address, ear: Option<Arc<Ear>>) -> Result<Client, Trouble> {
    let (client, connection) = address.config.connect(address.tls.clone()).await?;
    tokio::spawn(drive(connection, ear));
    client.batch_execute(SETTINGS).await?;
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
