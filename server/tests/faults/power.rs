//! The power goes: between two calls of the disk, while a database is made, while it recovers, while the write-ahead
//! log is moved into it. What was acknowledged is there all the same.

use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use anyhow::{Context as _, Result};
use fastrand::Rng;
use mixus_privacy_server::{NotOpened, Records, Settings};
use tokio::runtime::{Builder, Runtime};

use crate::process::{Process, settings};
use crate::script::Devices;
use crate::vfs::{Image, Machine};
use crate::{counts, first_seed, rounds};
use crate::{hasty, kept};

/// A machine with what its users know.
struct World {
    machine: Machine,
    devices: Devices,
}

/// What is done wrong, so that it is found out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wrong {
    Nothing,
    /// The disk's sync does nothing, which is what `synchronous = OFF` makes of any.
    Unsynced,
    /// What was sent is acknowledged before it is committed.
    Hasty,
}

/// What happened in a round.
#[derive(Debug, Default)]
struct Told {
    /// Losses of power, and kills.
    losses: AtomicU64,
    kills: AtomicU64,
    /// Losses before there was anything, and while a database was opened.
    making: AtomicU64,
    opening: AtomicU64,
    acknowledged: AtomicU64,
    /// Events that were kept although nobody had been told.
    landed: AtomicU64,
}

fn runtime() -> Runtime {
    Builder::new_current_thread().enable_all().build().expect("a runtime")
}

/// A database in which something stands, and what its users know; made once.
fn begun(which: usize) -> (Image, Devices) {
    static BEGUN: [OnceLock<(Image, Devices)>; 2] = [const { OnceLock::new() }; 2];
    let make = || {
        let mut rng = Rng::with_seed(which as u64);
        let machine = Machine::new(&mut rng);
        let mut devices = Devices::default();
        runtime().block_on(async {
            let process = Process::start(&machine.database()).await.expect("a process");
            devices.witness.meets(&process.key).expect("a key");
            // The first has a full tile; with the second, it is soon time to write one.
            while devices.witness.acknowledged.len() < [300, 235][which] {
                let batch = devices.batch(&mut rng, 24);
                assert!(devices.send(&process, &batch).await.expect("an answer"));
            }
        });
        (machine.image(), devices)
    };
    BEGUN[which].get_or_init(make).clone()
}

/// Works until the power goes, or for some time.
async fn work(world: &mut World, process: &Process, rng: &mut Rng, most: usize) -> Result<bool> {
    for _ in 0..most {
        let there = if rng.u8(..4) == 0 {
            world.devices.read(process, rng).await?
        } else {
            let size = [3, 12, 64][rng.usize(..3)];
            let batch = world.devices.batch(rng, size);
            world.devices.send(process, &batch).await?
        };
        if !there {
            return Ok(false);
        }
    }
    Ok(true)
}

/// A process that answers from a copy of its disk, where everything goes well.
async fn hastily(machine: &Machine, rng: &mut Rng) -> Result<Process, NotOpened> {
    let still = |database: &Path| Settings {
        // The copy says the same as the records, and so at the same time.
        clock: || crate::AT + 250,
        ..settings(database)
    };
    let records = Records::open(still(&machine.database())).await?;
    let copied = Machine::with(machine.image(), rng);
    let copy = Records::open(still(&copied.database())).await?;
    let router = hasty::ahead(copy.router(), records.router());
    // As long as it is asked.
    let router = router.layer(axum::Extension(Arc::new(copied)));
    Ok(Process::of(router, records.verifier_key()))
}

/// One round: up to four times, the power goes or the process is killed; then everything is looked at.
async fn round(seed: u64, wrong: Wrong, told: &Told) -> Result<()> {
    let mut rng = Rng::with_seed(seed);
    let (image, devices) = match rng.u8(..10) {
        0..3 => (Image::default(), Devices::default()),
        3..9 => begun(0),
        _ => begun(1),
    };
    let making = devices.witness.key.is_empty();
    let machine = Machine::with(image, &mut rng);
    let fragile = rng.u8(..4) == 0;
    machine.state(|it| (it.lies, it.fragile) = (wrong == Wrong::Unsynced, fragile));
    let mut world = World { machine, devices };
    let times = rng.usize(1..=3);
    for time in 0..times {
        let span = [30, 120, 500][rng.usize(..3)];
        let until = rng.u64(1..=span);
        world.machine.state(|it| it.power_until = until);
        let started = match wrong {
            Wrong::Hasty => hastily(&world.machine, &mut rng).await,
            _ => Process::start(&world.machine.database()).await,
        };
        match started {
            Ok(process) => {
                world.devices.witness.meets(&process.key)?;
                let most = rng.usize(1..=12);
                work(&mut world, &process, &mut rng, most).await?;
            }
            Err(_) if making && time == 0 => drop(told.making.fetch_add(1, Ordering::Relaxed)),
            Err(_) => drop(told.opening.fetch_add(1, Ordering::Relaxed)),
        }
        let killed = rng.u8(..4) == 0;
        let next = if killed {
            world.machine.killed(&mut rng)
        } else {
            world.machine.power_lost(&mut rng)
        };
        if killed { &told.kills } else { &told.losses }.fetch_add(1, Ordering::Relaxed);
        world.machine = next;
    }
    let landed = looks(&mut world, &mut rng).await?;
    told.landed.fetch_add(landed as u64, Ordering::Relaxed);
    told.acknowledged
        .fetch_add(world.devices.witness.acknowledged.len() as u64, Ordering::Relaxed);
    // What was said since the restart lasts as well.
    world.machine = world.machine.power_lost(&mut rng);
    told.losses.fetch_add(1, Ordering::Relaxed);
    looks(&mut world, &mut rng).await?;
    Ok(())
}

/// With nothing wrong any more: everything is sent again, all fits, and the store goes on.
async fn looks(world: &mut World, rng: &mut Rng) -> Result<usize> {
    let process = Process::start(&world.machine.database()).await?;
    world.devices.witness.meets(&process.key)?;
    world.devices.checkpoint(&process).await?;
    let share = if rng.u8(..10) == 0 { 1.0 } else { 0.05 };
    let landed = world.devices.send_again(&process, rng, share).await?;
    let goes_on = work(world, &process, rng, 2).await?;
    anyhow::ensure!(goes_on, "it does not go on");
    let kept = kept::sqlite(&world.machine.database()).context("reading behind its back")?;
    world.devices.witness.checks(&kept)?;
    Ok(landed)
}

/// As many rounds as there should be, on as many threads as there are processors. The first that fails.
fn run(count: u64, wrong: Wrong, told: &Told) -> Option<(u64, anyhow::Error)> {
    // Outside of any runtime.
    let _ = (begun(0), begun(1));
    let next = AtomicU64::new(first_seed());
    let end = first_seed() + count;
    let failed = Mutex::new(None);
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                let runtime = runtime();
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= end {
                        break;
                    }
                    if let Err(error) = runtime.block_on(round(seed, wrong, told)) {
                        next.store(end, Ordering::Relaxed);
                        failed
                            .lock()
                            .unwrap_or_else(PoisonError::into_inner)
                            .get_or_insert((seed, error));
                    }
                }
            });
        }
    });
    failed.into_inner().unwrap_or_else(PoisonError::into_inner)
}

#[test]
fn what_was_acknowledged_survives_a_loss_of_power() {
    let count = rounds(200, 10_000);
    let told = Told::default();
    if let Some((seed, error)) = run(count, Wrong::Nothing, &told) {
        panic!("MIXUS_SEED={seed} MIXUS_FAULTS=1: {error:#}");
    }
    counts(count, "points at which the power goes, or the process is killed");
    for (number, what) in [
        (&told.losses, "losses of power in all"),
        (&told.making, "of these while a database was made"),
        (&told.opening, "of these while one was opened"),
        (&told.kills, "kills"),
        (&told.acknowledged, "events acknowledged, none lost"),
        (&told.landed, "events kept without anyone having been told"),
    ] {
        counts(number.load(Ordering::Relaxed), what);
    }
}

/// The controls: what is wrong is found out, in whichever way it shows first. At the same points nothing is found without it.
fn is_found_out(wrong: Wrong) {
    let (seed, error) = run(200, wrong, &Told::default()).expect("something is lost");
    counts(1, &format!("control of losses of power: {wrong:?}, at point {seed}: {error:#}"));
}

#[test]
fn a_disk_that_does_not_sync_is_found_out() {
    is_found_out(Wrong::Unsynced);
}

#[test]
fn a_server_that_answers_before_it_commits_is_found_out() {
    is_found_out(Wrong::Hasty);
}
