//! Devices whose events nobody has signed, and stores that take them.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use mixus_privacy::ledger::{Hash, Kind, Log, NOTHING, Subject, leaf};
use mixus_privacy_cluster::Cluster;
use sha2::{Digest as _, Sha256};
use tokio::sync::Notify;

use super::super::database::Database;
use super::super::kept::{Incoming, Unavailable};
use super::super::metrics::Metrics;
use super::super::store::{Around, News, Store};

/// What the clock of every store in these tests shows.
static CLOCK: AtomicU64 = AtomicU64::new(1_800_000_000);

pub(super) fn clock() -> u64 {
    CLOCK.load(Ordering::SeqCst)
}

/// Time goes on; the clock afterwards.
pub(super) fn wait(seconds: u64) -> u64 {
    CLOCK.fetch_add(seconds, Ordering::SeqCst) + seconds
}

/// Whether as much is tried as a release asks for.
pub(super) fn is_full() -> bool {
    std::env::var_os("MIXUS_FAULTS").is_some_and(|it| it == "full")
}

/// Every so manieth, or as `MIXUS_FAULTS` says.
pub(super) fn every(usual: u64) -> u64 {
    let asked = std::env::var("MIXUS_FAULTS").unwrap_or_default();
    if asked == "full" { 1 } else { asked.parse().unwrap_or(usual) }
}

/// An empty database.
pub(super) fn database() -> String {
    Cluster::shared().and_then(Cluster::database).expect("a database")
}

/// Whose events a store has told of.
#[derive(Debug, Default)]
pub(super) struct Told(Mutex<Vec<Subject>>, Notify);

impl Told {
    /// Waits until it has told of so many; whose they are.
    pub(super) async fn until(&self, count: usize) -> Vec<Subject> {
        let wait = async {
            loop {
                let told = self.0.lock().expect("told").clone();
                if told.len() >= count {
                    return told;
                }
                self.1.notified().await;
            }
        };
        tokio::time::timeout(Duration::from_secs(60), wait).await.expect("news")
    }

    /// Waits until a store knows of so much.
    pub(super) async fn until_it_has(&self, store: &Store, size: u64) {
        let wait = async {
            while store.tip().log.size() < size {
                self.1.notified().await;
            }
        };
        tokio::time::timeout(Duration::from_secs(60), wait).await.expect("news");
    }
}

pub(super) fn around(clock: fn() -> u64) -> (Around, Arc<Told>) {
    let told = Arc::new(Told::default());
    let to = Arc::clone(&told);
    let news: News = Arc::new(move |touched| {
        to.0.lock().expect("told").extend(touched.iter().map(|it| it.0));
        to.1.notify_one();
    });
    let metrics = Arc::new(Metrics::default());
    (Around { clock, news, metrics }, told)
}

pub(super) async fn open(url: &str) -> Result<Store, Unavailable> {
    Store::open(&Database::from(url), &around(clock).0).await
}

pub(super) fn hash(text: &str) -> Hash {
    Sha256::digest(text).into()
}

/// One who decides.
#[derive(Clone, Debug)]
pub(super) struct Device {
    pub sub: Subject,
    pub dev: [u8; 8],
    pub acct: String,
    pub seq: u64,
    pub prev: Hash,
}

impl Device {
    pub(super) fn new(name: &str) -> Device {
        let Some(sub) = hash(name).first_chunk().copied() else {
            unreachable!("a hash is longer");
        };
        Device {
            sub: Subject(sub),
            dev: [1; 8],
            acct: String::new(),
            seq: 0,
            prev: NOTHING,
        }
    }

    /// Its next event, which says something that nobody says else.
    pub(super) fn says(&mut self, kind: Kind) -> Incoming {
        static SAID: AtomicU64 = AtomicU64::new(0);
        let body = format!("event {}", SAID.fetch_add(1, Ordering::Relaxed));
        let event = Incoming {
            sub: self.sub,
            dev: self.dev,
            seq: self.seq + 1,
            prev: self.prev,
            hash: hash(&body),
            hlc: u64::MAX - self.seq,
            acct: self.acct.clone(),
            kind,
            body,
            token: None,
        };
        self.seq += 1;
        self.prev = event.hash;
        event
    }

    pub(super) fn decides(&mut self) -> Incoming {
        self.says(Kind::Decision)
    }
}

/// The root of a log as it is now.
pub(super) async fn root(store: &Store) -> (u64, Hash) {
    let tip = store.tip();
    let size = tip.log.size();
    let root = store.proved(&tip, move |log, tiles| log.root(size, tiles)).await;
    (size, root.expect("a root"))
}

/// The root over what is kept, computed anew.
pub(super) async fn root_of_rows(url: &str) -> (u64, Hash) {
    let name = url.rsplit('/').next().expect("a name").to_owned();
    let rows = "SELECT place, taken, encode(hash, 'hex') FROM mixus_privacy.event ORDER BY place";
    let read = move || Cluster::shared().and_then(|it| it.execute(&name, rows));
    let rows = tokio::task::spawn_blocking(read).await.expect("a thread").expect("rows");
    let (mut log, mut full) = (Log::default(), BTreeMap::new());
    for row in rows.lines() {
        let mut values = row.split('|');
        let mut next = || values.next().expect("a value");
        let (place, taken) = (next().parse().expect("a place"), next().parse().expect("a time"));
        assert_eq!(place, log.size(), "places have no gap");
        log.push(leaf(&bytes(next()), place, taken), |level, at, tile| {
            full.insert((level, at), tile);
        });
    }
    let size = log.size();
    (size, log.root(size, &mut full).expect("a root"))
}

fn bytes(hex: &str) -> Hash {
    let mut hash = [0; 32];
    for (byte, at) in hash.iter_mut().zip((0..64).step_by(2)) {
        *byte = u8::from_str_radix(&hex[at..at + 2], 16).expect("a byte");
    }
    hash
}
