//! The server is killed under load, and started again on the same records.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

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
use crate::{first_seed, rounds, say};

const CONNECTIONS: usize = 64;
/// As many rounds are done with one database.
const TOGETHER: u64 = 5;

/// What was seen in all rounds.
#[derive(Debug, Default)]
pub(crate) struct Told {
    rounds: u64,
    acknowledged: usize,
    /// Requests that were under way when the server was killed, and how many of these had landed.
    under_way: usize,
    landed: usize,
}

/// What a device sent, and what it was answered, if it was.
type Sent = (Vec<Signed>, Option<Value>);

/// Sends what a device decides, a few events at a time, until the connection breaks.
async fn sends(
    address: String,
    mut device: Device,
    mut rng: Rng,
    count: Arc<AtomicUsize>,
    enough: (usize, Arc<Notify>),
) -> (Device, Vec<Sent>) {
    let mut all = Vec::new();
    let Ok(mut client) = Client::connect(&address).await else {
        return (device, all);
    };
    loop {
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
        if count.fetch_add(1, Ordering::Relaxed) + 1 == enough.0 {
            enough.1.notify_one();
        }
    }
}

/// A world that goes on from round to round: a database, devices, and a witness.
struct World<'d> {
    database: &'d dyn Database,
    devices: Vec<Device>,
    witness: Witness,
}

impl World<'_> {
    /// Load, a kill in the midst of it, and a look at what is there.
    async fn round(&mut self, server: Command, rng: &mut Rng, told: &mut Told) -> Result<()> {
        let mut server = Server::start(server)?;
        self.witness.meets(&server.key)?;
        let count = Arc::new(AtomicUsize::new(0));
        let most = [8, 200, 600][rng.usize(..3)];
        let enough = (rng.usize(1..=most), Arc::new(Notify::new()));
        let mut running = JoinSet::new();
        for device in self.devices.drain(..) {
            let address = server.address.clone();
            running.spawn(sends(address, device, rng.fork(), Arc::clone(&count), enough.clone()));
        }
        tokio::select! {
            () = enough.1.notified() => {}
            _ = running.join_next() => bail!("a connection broke before anybody was killed"),
        }
        server.kill()?;
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
        told.rounds += 1;
        told.under_way += unheard.len();
        told.landed += self.looks(&unheard, rng).await?;
        told.acknowledged += count.load(Ordering::Relaxed);
        Ok(())
    }

    /// Starts it again, sends again what was not answered and some of the rest, and compares. How many requests had
    /// landed without an answer.
    async fn looks(&mut self, unheard: &[Vec<Signed>], rng: &mut Rng) -> Result<usize> {
        let server = Server::start(command(self.database))?;
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
            let (status, answer) = client.post("/v1/events", &batch(&events).0).await?;
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
        Ok(landed)
    }
}

fn said(answer: &Value) -> Result<Vec<&str>> {
    let answers = answer["answers"].as_array().context("no answers")?;
    Ok(answers.iter().filter_map(|it| it["status"].as_str()).collect())
}

/// As many rounds, on databases that are made as they are needed; `serve` is what is started and killed.
pub(crate) async fn rounds_of<D: Database>(
    count: u64,
    make: impl Fn() -> Result<D>,
    serve: impl Fn(&D) -> Command,
) -> Result<Told> {
    let mut told = Told::default();
    let mut at = 0;
    while at < count {
        let database = make()?;
        let devices = (0..CONNECTIONS as u64).map(|it| Device::new(at * 1000 + it, 0));
        let mut world = World {
            database: &database,
            devices: devices.collect(),
            witness: Witness::default(),
        };
        for _ in 0..TOGETHER.min(count - at) {
            let mut rng = Rng::with_seed(first_seed() + at);
            let round = world.round(serve(&database), &mut rng, &mut told).await;
            round.with_context(|| format!("round {at}"))?;
            at += 1;
        }
    }
    Ok(told)
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
    let begin = Instant::now();
    let told = rounds_of(count, Folder::new, command).await;
    let told = told.unwrap_or_else(|error| panic!("{error:#}"));
    say(&format!(
        "kill: {} rounds in {:.1} s, {CONNECTIONS} connections: {} requests acknowledged, none lost; {} were under way, of \
         which {} had landed",
        told.rounds,
        begin.elapsed().as_secs_f64(),
        told.acknowledged,
        told.under_way,
        told.landed,
    ));
}

/// The control: a server that answers before it commits.
#[tokio::test]
async fn a_server_that_answers_before_it_commits_is_found_out() {
    let rounds = rounds_of(100, Folder::new, |database| hasty::command(&database.path())).await;
    let error = format!("{:#}", rounds.expect_err("something is lost"));
    assert!(error.contains("what was acknowledged is not there"), "{error}");
    say(&format!("kill, control: answered before the commit, {error}"));
}
