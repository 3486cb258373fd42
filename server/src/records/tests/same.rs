//! The same is sent to the embedded store and, through two processes in turns, to the shared one: they give the same
//! answers, the same log, and hand back the same.

use mixus_privacy::ledger::{Hash, Kind};
use mixus_privacy::sync::{Refusal, Token};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use rusqlite::Connection;

use super::super::database::Database;
use super::super::kept::{Answer, Incoming};
use super::super::store::Store;
use super::world::{Device, around, clock, database, hash, is_full, open, root, root_of_rows, wait};

const DEVICES: usize = 4;
const ACCOUNTS: [&str; 3] = ["", "one", "two"];

/// What a device does.
#[derive(Clone, Debug)]
enum Act {
    Decides,
    /// Sends something again that somebody has sent.
    Repeats(usize),
    /// Decides as if it had not done so the last time.
    Forks,
    /// Leaves something out.
    Skips,
    /// Links itself to an account with one of some tokens, or to none.
    Links(usize, u8),
    /// Speaks for an account without a link.
    Slips(usize),
    /// Has everything erased.
    Erases,
    /// A device that was copied goes on under its own name.
    Splits,
}

#[derive(Clone, Debug)]
enum Step {
    /// A batch, by one of two processes.
    Send(bool, Vec<(usize, Act)>),
    /// What is so many seconds old goes.
    Purge(bool, u64),
    /// All of an account is erased.
    Forget(bool, usize),
    /// What is left of what was erased goes, and tokens that are too old.
    Scrub(bool),
    Wait(u64),
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        8 => Just(Act::Decides),
        3 => (0..50_usize).prop_map(Act::Repeats),
        2 => Just(Act::Forks),
        1 => Just(Act::Skips),
        3 => (0..3_usize, 0..4_u8).prop_map(|(acct, token)| Act::Links(acct, token)),
        1 => (0..3_usize).prop_map(Act::Slips),
        1 => Just(Act::Erases),
        1 => Just(Act::Splits),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        8 => (any::<bool>(), vec((0..DEVICES, act()), 1..12)).prop_map(|(by, acts)| Step::Send(by, acts)),
        1 => (any::<bool>(), 0..40_u64).prop_map(|(by, age)| Step::Purge(by, age)),
        1 => (any::<bool>(), 0..3_usize).prop_map(|(by, acct)| Step::Forget(by, acct)),
        1 => any::<bool>().prop_map(Step::Scrub),
        2 => (1..20_u64).prop_map(Step::Wait),
    ]
}

/// Those who act, and what they have said.
struct World {
    devices: Vec<Device>,
    said: Vec<Incoming>,
}

impl World {
    fn event(&mut self, which: usize, act: &Act) -> Incoming {
        let device = &mut self.devices[which];
        let event = match act {
            Act::Repeats(which) if !self.said.is_empty() => self.said[which % self.said.len()].clone(),
            Act::Decides | Act::Repeats(_) => device.decides(),
            Act::Forks => {
                let mut copy = device.clone();
                copy.decides();
                device.decides()
            }
            Act::Skips => {
                let mut copy = device.clone();
                copy.seq += 1;
                copy.decides()
            }
            Act::Links(acct, token) => {
                device.acct = ACCOUNTS[*acct].into();
                let mut event = device.says(if *acct == 0 { Kind::Unlink } else { Kind::Link });
                event.token = (*token > 0).then(|| Token {
                    hash: hash(&format!("{token} {:?}", device.sub)),
                    exp: clock() + 30,
                });
                event
            }
            Act::Slips(acct) => {
                let mut copy = device.clone();
                copy.acct = ACCOUNTS[*acct].into();
                copy.decides()
            }
            Act::Erases => device.says(Kind::Erase),
            Act::Splits => {
                device.dev = [device.dev[0] + 1; 8];
                (device.seq, device.prev) = (0, [0; 32]);
                device.decides()
            }
        };
        self.said.push(event.clone());
        event
    }
}

async fn compare(step: usize, sqlite: &Store, postgres: &Store, world: &World) {
    assert_eq!(root(sqlite).await, root(postgres).await, "step {step}");
    for device in &world.devices {
        let acct = sqlite.account(device.sub).await.expect("an account");
        assert_eq!(
            Ok(&acct),
            postgres.account(device.sub).await.as_ref().map_err(|_| ()),
            "step {step}"
        );
        for acct in ACCOUNTS {
            for (after, most) in [(0, 500), (3, 4)] {
                let ask = async |store: &Store| {
                    store.events(device.sub, acct.into(), after, most).await.expect("events")
                };
                assert_eq!(ask(sqlite).await, ask(postgres).await, "step {step} {acct}");
            }
        }
    }
}

/// Waits until the embedded store's index has forgotten what it was told to.
async fn settled(file: &Connection) {
    let left = || file.query_row("SELECT count(*) FROM forget", [], |row| row.get::<_, u64>(0));
    while left().expect("a number") > 0 {
        tokio::task::yield_now().await;
    }
}

async fn both(name: u64, steps: Vec<Step>) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("records.db");
    let sqlite = Store::open(&path.as_path().into(), &around(clock).0).await.expect("a store");
    let file = Connection::open(&path).expect("a file");
    let url = database();
    let mut shared = Vec::new();
    let mut told = Vec::new();
    for _ in 0..2 {
        let (around, its) = around(clock);
        shared.push(Store::open(&Database::from(url.as_str()), &around).await.expect("a store"));
        told.push(its);
    }
    let mut world = World {
        devices: (0..DEVICES).map(|it| Device::new(&format!("{name} {it}"))).collect(),
        said: Vec::new(),
    };
    let mut last = 0;
    for (at, step) in steps.into_iter().enumerate() {
        match step {
            Step::Send(by, acts) => {
                last = usize::from(by);
                let batch: Vec<Incoming> = acts.iter().map(|(which, act)| world.event(*which, act)).collect();
                let answers = sqlite.append(batch.clone()).await.expect("answers");
                assert_eq!(Ok(answers), shared[last].append(batch).await.map_err(|it| it.0), "step {at}");
            }
            Step::Purge(by, age) => {
                let before = clock() - age;
                let purged = sqlite.purge(before).await.expect("purged");
                assert_eq!(Ok(purged), shared[usize::from(by)].purge(before).await.map_err(|it| it.0));
            }
            Step::Forget(by, acct) => {
                let ask =
                    async |store: &Store| store.erase_account(ACCOUNTS[acct].into()).await.map_err(|it| it.0);
                assert_eq!(ask(&sqlite).await, ask(&shared[usize::from(by)]).await);
            }
            Step::Scrub(by) => {
                for store in [&sqlite, &shared[usize::from(by)]] {
                    store.scrub().await.expect("scrubbed");
                }
            }
            Step::Wait(time) => {
                wait(time);
            }
        }
        settled(&file).await;
        // What was only refused does not say how far others have gone.
        told[last].until_it_has(&shared[last], sqlite.tip().log.size()).await;
        compare(at, &sqlite, &shared[last], &world).await;
    }
    assert_eq!(root_of_rows(&url).await, root(&sqlite).await);
    // Whoever opens it now finds the same.
    let again = open(&url).await.expect("a store");
    assert_eq!(root(&again).await, root(&sqlite).await);
}

#[test]
fn both_stores_do_the_same() {
    let mut runner = TestRunner::new(Config {
        cases: if is_full() { 1000 } else { 12 },
        max_shrink_iters: 500,
        failure_persistence: None,
        ..Config::default()
    });
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let done = runner.run(&(any::<u64>(), vec(step(), 1..40)), |(name, steps)| {
        runtime.block_on(both(name, steps));
        Ok(())
    });
    if let Err(error) = done {
        panic!("{error}");
    }
}

/// What chance seldom comes upon.
#[tokio::test]
async fn forks_and_chains_have_bounds() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = Database::from(folder.path().join("records.db"));
    let url = database();
    for store in [
        Store::open(&path, &around(clock).0).await.expect("a store"),
        open(&url).await.expect("a store"),
    ] {
        let forks = |count: usize| -> Vec<Incoming> {
            let device = Device::new("forks");
            (0..count).map(|_| device.clone().decides()).collect()
        };
        let mut answers = store.append(forks(10)).await.expect("answers");
        answers.extend(store.append(forks(10)).await.expect("answers"));
        let forked = answers.iter().filter(|it| matches!(it, Answer::Fork(_))).count();
        let refused = answers.iter().filter(|it| **it == Answer::Rejected(Refusal::Many)).count();
        assert_eq!((forked, refused), (15, 4));
        let mut far = Device::new("far");
        far.seq = 10_000;
        far.prev = Hash::default();
        assert_eq!(
            store.append(vec![far.decides()]).await.expect("answers"),
            [Answer::Rejected(Refusal::Many)]
        );
    }
}
