//! What is measured beside each other, each asked with requests of its own.

use std::fs::File;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use mixus_privacy_cluster::Cluster;
use mixus_privacy_server::{Records, Settings};

use crate::events::Stream;
use crate::load::{Pace, Ran, Requests, post, run};
use crate::process::Server;
use crate::report::thousands;

pub(crate) const SQLITE: &str = "SQLite";
pub(crate) const POSTGRES: &str = "PostgreSQL";

/// As many connections there are.
pub(crate) const CONNECTIONS: u64 = 64;

/// Something that takes events in.
#[derive(Debug)]
pub(crate) struct Contestant {
    pub name: String,
    /// The database that it uses; nothing for none.
    pub store: &'static str,
    address: String,
    /// What has to be in every answer.
    wanted: &'static [u8],
    stream: Stream,
    /// The server, if it is one.
    pub server: Option<Server>,
    database: String,
    cluster: Option<&'static Cluster>,
    /// Every round.
    pub rounds: Vec<Ran>,
    /// Processor time of the server for each event, in µs, for every round.
    pub each: Vec<f64>,
}

impl Contestant {
    /// The least that has to be done.
    pub(crate) fn floor(store: &'static str, name: &str, address: String, now: u64) -> Contestant {
        Contestant {
            name: name.to_owned(),
            store,
            address,
            wanted: b"stored",
            stream: Stream::new(now, 0),
            server: None,
            database: String::new(),
            cluster: None,
            rounds: Vec::new(),
            each: Vec::new(),
        }
    }

    /// The real server over a database that has so many rows: a file, or one of a cluster.
    pub(crate) async fn server(
        database: String,
        cluster: Option<&'static Cluster>,
        now: u64,
        rows: u64,
    ) -> Result<Contestant> {
        let store = if cluster.is_some() { POSTGRES } else { SQLITE };
        let name = format!("server, {store}, {} rows", thousands(rows));
        eprintln!("{name}: being filled");
        let mut stream = Stream::new(now, rows);
        fill(&database, &mut stream, rows).await?;
        let server = Server::start(&database, cluster).await?;
        Ok(Contestant {
            address: server.address.clone(),
            wanted: b"\"stored\"",
            stream,
            server: Some(server),
            database,
            cluster,
            ..Contestant::floor(store, &name, String::new(), now)
        })
    }

    /// So many events, so many of them in a request.
    fn requests(&mut self, count: usize, together: usize) -> Requests {
        let mut lists = vec![Vec::new(); CONNECTIONS as usize];
        for _ in 0..count {
            let (device, text) = self.stream.next(true);
            lists[(device % CONNECTIONS) as usize].push(text);
        }
        let posts =
            |list: Vec<String>| list.chunks(together).map(|it| post("/v1/events", &it.join("\n"))).collect();
        Arc::new(lists.into_iter().map(posts).collect())
    }

    /// A round that counts.
    pub(crate) async fn round(&mut self, events: usize) -> Result<()> {
        let requests = self.requests(events, 1);
        let before = self.server.as_ref().map(Server::processor).transpose()?;
        let ran = run(&self.address, &requests, self.wanted, Pace::Closed).await?;
        if let (Some(server), Some(before)) = (&self.server, before) {
            self.each.push((server.processor()? - before) * 1e6 / events as f64);
        }
        self.rounds.push(ran);
        Ok(())
    }

    /// What so many events a second wait, whether others were answered or not.
    pub(crate) async fn open(&mut self, rate: f64, events: usize) -> Result<Ran> {
        let requests = self.requests(events, 1);
        run(&self.address, &requests, self.wanted, Pace::Open(rate)).await
    }

    /// Events a second if so many come in each request.
    pub(crate) async fn together(&mut self, together: usize, events: usize) -> Result<f64> {
        let requests = self.requests(events, together);
        let ran = run(&self.address, &requests, self.wanted, Pace::Closed).await?;
        Ok(ran.rate * together as f64)
    }

    /// How often the server has the disk confirm what it wrote, for each event.
    pub(crate) async fn syncs(&mut self, events: usize) -> Result<Option<f64>> {
        let Some(trace) = self.server.as_ref().map(Server::trace).transpose()?.flatten() else {
            return Ok(None);
        };
        let trace = trace.attached().await?;
        let requests = self.requests(events, 1);
        run(&self.address, &requests, self.wanted, Pace::Closed).await?;
        Ok(Some(trace.count().await? as f64 / events as f64))
    }

    /// How long the server takes to answer again after it was killed at work.
    pub(crate) async fn restart(&mut self, events: usize) -> Result<Duration> {
        let requests = self.requests(events, 1);
        let (address, wanted) = (self.address.clone(), self.wanted);
        // What it has in its hands then is lost on purpose.
        let load = tokio::spawn(async move { run(&address, &requests, wanted, Pace::Closed).await });
        tokio::time::sleep(Duration::from_millis(300)).await;
        self.server.take().context("a server")?.kill().await?;
        let _ = load.await?;
        let begin = Instant::now();
        let server = Server::start(&self.database, self.cluster).await?;
        let took = begin.elapsed();
        self.server = Some(server);
        Ok(took)
    }
}

/// Fills a database with the first events of a stream.
async fn fill(database: &str, stream: &mut Stream, rows: u64) -> Result<()> {
    let records = Records::open(Settings {
        database: database.into(),
        ..Settings::default()
    })
    .await?;
    while stream.count < rows {
        let texts = (stream.count..rows).take(4096).map(|_| stream.next(false).1).collect();
        records.append_unchecked(texts).await?;
    }
    drop(records);
    // Its threads end after it, and give the file back.
    let Ok(lock) = File::open(format!("{database}.lock")) else {
        return Ok(());
    };
    Ok(tokio::task::spawn_blocking(move || lock.lock()).await??)
}
