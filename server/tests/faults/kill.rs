//! The server is killed under load, and started again on the same records.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use anyhow::{Context as _, Result, bail, ensure};
use fastrand::Rng;
use mixus_privacy::ledger::Kind;
use mixus_privacy::sync::MOST_EVENTS;
use serde_json::Value;
use tempfile::TempDir;
use tokio::sync::Notify;
use tokio::task::JoinSet;

use crate::device::{Device, Signed};
use crate::hasty;
use crate::http::Client;
use crate::process::batch;
use crate::server::{Database, Server, command};
use crate::witness::Witness;
use crate::{counts, first_seed, rounds};

pub(crate) const CONNECTIONS: usize = 64;
/// As often one that goes on may say that its database is not there after it is there again.
const MOST_LATE: usize = 3;
/// As many rounds are done with one database.
const TOGETHER: u64 = 5;

/// What was seen in all rounds.
#[derive(Debug, Default)]
pub(crate) struct Told {
    pub rounds: u64,
    /// Requests that were answered before.
    pub acknowledged: usize,
    /// Requests that were under way when the server was killed, and how many of these had landed.
    pub under_way: usize,
    pub landed: usize,
    /// Rows that were there in the end, on all databases: as many as distinct events were acknowledged.
    pub rows: usize,
    /// Requests that a server answered with 503 although its database was there again.
    pub late: usize,
}

impl Told {
    /// Tells it, for whoever counts.
    pub(crate) fn says(&self, what: &str) {
        counts(self.rounds, &format!("{what} of {CONNECTIONS} connections"));
        counts(self.acknowledged, "requests acknowledged, none lost");
        counts(self.under_way, "requests under way");
        counts(self.landed, "of these had landed unheard");
        counts(self.rows, "rows, as many as distinct events acknowledged");
    }
}

/// What a device sent, and what it was answered, if it was.
type Sent = (Vec<Signed>, Option<Value>);

/// What all who send have in common.
#[derive(Debug)]
struct Load {
    /// How many requests were answered; with so many it is enough.
    count: AtomicUsize,
    enough: usize,
    reached: Notify,
    /// The harm is done: what is under way is waited for, and nothing else is sent.
    over: AtomicBool,
}

/// Sends what a device decides, a few events at a time, until the connection breaks or something else is answered.
async fn sends(address: String, mut device: Device, mut rng: Rng, load: Arc<Load>) -> (Device, Vec<Sent>) {
    let mut all = Vec::new();
    let Ok(mut client) = Client::connect(&address).await else {
        return (device, all);
    };
    while !load.over.load(Ordering::Relaxed) {
        let from = device.chain.len();
        for _ in 0..rng.usize(1..=4) {
            device.says(Kind::Decision);
        }
        let events = device.chain[from..].to_vec();
        let (body, _) = batch(&events.iter().collect::<Vec<_>>());
        let answer = client.post("/v1/events", &body).await;
        let answer = answer
            .ok()
            .filter(|it| it.0 == 200)
            .and_then(|it| serde_json::from_str(&it.1).ok());
        let heard = answer.is_some();
        all.push((events, answer));
        if !heard {
            return (device, all);
        }
        if load.count.fetch_add(1, Ordering::Relaxed) + 1 == load.enough {
            load.reached.notify_one();
        }
    }
    (device, all)
}

/// A world that goes on from round to round: a database, devices, and a witness.
pub(crate) struct World<'d, D> {
    pub database: &'d D,
    devices: Vec<Device>,
    witness: Witness,
}

impl<'d, D: Database> World<'d, D> {
    fn new(database: &'d D, number: u64) -> World<'d, D> {
        let devices = (0..CONNECTIONS as u64).map(|it| Device::new(number * 1000 + it, 0));
        World {
            database,
            devices: devices.collect(),
            witness: Witness::default(),
        }
    }

    /// Load on some servers, harm in the midst of it, and a look at what is there. What does the harm answers a server
    /// that goes on, if one does.
    async fn round(
        &mut self,
        servers: Vec<Server>,
        harm: impl FnOnce(Vec<Server>, &mut Rng) -> Result<Option<Server>>,
        rng: &mut Rng,
        told: &mut Told,
    ) -> Result<()> {
        let most = [8, 200, 600][rng.usize(..3)];
        let load = Arc::new(Load {
            count: AtomicUsize::new(0),
            enough: rng.usize(1..=most),
            reached: Notify::new(),
            over: AtomicBool::new(false),
        });
        let mut running = JoinSet::new();
        for (at, device) in self.devices.drain(..).enumerate() {
            let server = &servers[at % servers.len()];
            self.witness.meets(&server.key)?;
            running.spawn(sends(server.address.clone(), device, rng.fork(), Arc::clone(&load)));
        }
        tokio::select! {
            () = load.reached.notified() => {}
            _ = running.join_next() => bail!("a connection broke before any harm was done"),
        }
        let left = harm(servers, rng)?;
        load.over.store(true, Ordering::Relaxed);
        let mut unheard = Vec::new();
        while let Some(done) = running.join_next().await {
            let (device, sent) = done?;
            for (events, answer) in sent {
                let events: Vec<&Signed> = events.iter().collect();
                self.witness.sends(&events);
                match answer {
                    Some(answer) => drop(self.witness.hears(&events, &answer)?),
                    None => unheard.push(events.into_iter().cloned().collect::<Vec<_>>()),
                }
            }
            self.devices.push(device);
        }
        // One that went on while its database was not there may say so once more; then it notices.
        let mut patience = if left.is_some() { MOST_LATE } else { 0 };
        let server = left.map_or_else(|| Server::start(command(self.database)), Ok)?;
        told.rounds += 1;
        told.under_way += unheard.len();
        let landed = self.looks(&server, &unheard, rng, &mut patience, told).await?;
        told.landed += landed;
        told.acknowledged += load.count.load(Ordering::Relaxed);
        Ok(())
    }

    /// Sends again what was not answered and some of the rest, and compares. How many requests had landed without an
    /// answer.
    async fn looks(
        &mut self,
        server: &Server,
        unheard: &[Vec<Signed>],
        rng: &mut Rng,
        patience: &mut usize,
        told: &mut Told,
    ) -> Result<usize> {
        self.witness.meets(&server.key)?;
        let mut client = Client::connect(&server.address).await?;
        let (status, note) = client.get("/v1/log/checkpoint").await?;
        ensure!(status == 200, "{status}: {note}");
        self.witness.sees(&note)?;
        self.witness.checks(&self.database.kept().context("reading behind its back")?)?;
        let mut again: Vec<Vec<&Signed>> = unheard.iter().map(|it| it.iter().collect()).collect();
        let sent = again.len();
        for device in &self.devices {
            let acknowledged = |it: &&Signed| self.witness.acknowledged.contains_key(&it.hash);
            again.extend(
                device
                    .chain
                    .iter()
                    .filter(acknowledged)
                    .filter(|_| rng.u8(..50) == 0)
                    .map(|it| vec![it]),
            );
        }
        let mut landed = 0;
        let mut at = 0;
        while at < again.len() {
            // As many requests as a batch has room for.
            let mut events = Vec::new();
            let mut requests = Vec::new();
            while let Some(next) = again.get(at).filter(|it| events.len() + it.len() <= MOST_EVENTS) {
                requests.push((at < sent, next[0].hash));
                events.extend(next.iter().copied());
                at += 1;
            }
            let before = self.witness.acknowledged.clone();
            let (mut status, mut answer) = client.post("/v1/events", &batch(&events).0).await?;
            while status == 503 && *patience > 0 {
                *patience -= 1;
                told.late += 1;
                (status, answer) = client.post("/v1/events", &batch(&events).0).await?;
            }
            ensure!(status == 200, "{status}: {answer}");
            let answer: Value = serde_json::from_str(&answer)?;
            self.witness.hears(&events, &answer)?;
            // The first event of a request says whether it had landed: it is all of it, or nothing.
            let said: BTreeMap<_, _> = events.iter().map(|it| it.hash).zip(said(&answer)?).collect();
            let there = requests.iter().filter(|(unheard, hash)| *unheard && !before.contains_key(hash));
            landed += there.filter(|(_, hash)| said[hash] == "duplicate").count();
        }
        let kept = self.database.kept().context("reading behind its back")?;
        self.witness.checks(&kept)?;
        // Everything that was ever sent is acknowledged by now.
        let (rows, acknowledged) = (kept.rows.len(), self.witness.acknowledged.len());
        ensure!(rows == acknowledged, "{rows} rows, and {acknowledged} events were acknowledged");
        Ok(landed)
    }
}

fn said(answer: &Value) -> Result<Vec<&str>> {
    let answers = answer["answers"].as_array().context("no answers")?;
    Ok(answers.iter().filter_map(|it| it["status"].as_str()).collect())
}

/// As many rounds, on databases that are made as they are needed: `serve` starts what has to bear the load, `harm` does
/// something to it.
pub(crate) async fn rounds_of<D: Database>(
    count: u64,
    make: impl Fn() -> Result<D>,
    serve: impl Fn(&D, &mut Rng) -> Result<Vec<Server>>,
    harm: impl Fn(&D, Vec<Server>, &mut Rng) -> Result<Option<Server>>,
) -> Result<Told> {
    let mut told = Told::default();
    let mut at = 0;
    while at < count {
        let database = make()?;
        let mut world = World::new(&database, at);
        for _ in 0..TOGETHER.min(count - at) {
            let mut rng = Rng::with_seed(first_seed() + at);
            let servers = serve(&database, &mut rng)?;
            let harm = |servers, rng: &mut Rng| harm(&database, servers, rng);
            let round = world.round(servers, harm, &mut rng, &mut told).await;
            round.with_context(|| format!("round {at}, MIXUS_SEED={}", first_seed() + at))?;
            at += 1;
        }
        told.rows += world.witness.acknowledged.len();
    }
    Ok(told)
}

/// The one server is killed.
fn kills<D>(_: &D, mut servers: Vec<Server>, _: &mut Rng) -> Result<Option<Server>> {
    for server in &mut servers {
        server.kill()?;
    }
    Ok(None)
}

/// A database in a folder of its own.
#[derive(Debug)]
struct Folder {
    folder: TempDir,
}

impl Folder {
    fn new() -> Result<Folder> {
        let folder = TempDir::with_prefix("mixus-faults-")?;
        Ok(Folder { folder })
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("privacy.db")
    }
}

impl Database for Folder {
    fn url(&self) -> String {
        self.path().url()
    }

    fn kept(&self) -> Result<crate::kept::Kept> {
        Path::kept(&self.path())
    }
}

#[tokio::test]
async fn what_was_acknowledged_survives_a_kill() {
    let count = rounds(5, 1000);
    let serve = |database: &Folder, _: &mut Rng| Ok(vec![Server::start(command(database))?]);
    let told = rounds_of(count, Folder::new, serve, kills).await;
    told.unwrap_or_else(|error| panic!("{error:#}")).says("kills under load");
}

/// The control: a server that answers before it commits.
#[tokio::test]
async fn a_server_that_answers_before_it_commits_is_found_out() {
    let serve = |database: &Folder, _: &mut Rng| Ok(vec![Server::start(hasty::command(&database.path()))?]);
    let rounds = rounds_of(100, Folder::new, serve, kills).await;
    let error = format!("{:#}", rounds.expect_err("something is lost"));
    assert!(error.contains("what was acknowledged is not there"), "{error}");
    counts(1, &format!("control of kills: answered before the commit, {error}"));
}
