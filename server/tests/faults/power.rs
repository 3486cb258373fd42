//! The power goes: between two calls of the disk, while a database is made, while it recovers, while the write-ahead
//! log is moved into it. What was acknowledged is there all the same.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::Instant;

use anyhow::{Context as _, Result};
use fastrand::Rng;
use tokio::runtime::{Builder, Runtime};

use crate::kept;
use crate::process::Process;
use crate::script::Devices;
use crate::vfs::{Image, Machine};
use crate::{first_seed, rounds, say};

/// A machine with what its users know.
struct World {
    machine: Machine,
    devices: Devices,
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

/// One round: up to four times, the power goes or the process is killed; then everything is looked at.
async fn round(seed: u64, lies: bool, told: &Told) -> Result<()> {
    let mut rng = Rng::with_seed(seed);
    let (image, devices) = match rng.u8(..10) {
        0..3 => (Image::default(), Devices::default()),
        3..9 => begun(0),
        _ => begun(1),
    };
    let making = devices.witness.key.is_empty();
    let machine = Machine::with(image, &mut rng);
    let fragile = rng.u8(..4) == 0;
    machine.state(|it| (it.lies, it.fragile) = (lies, fragile));
    let mut world = World { machine, devices };
    let times = rng.usize(1..=3);
    for time in 0..times {
        let span = [30, 120, 500][rng.usize(..3)];
        let until = rng.u64(1..=span);
        world.machine.state(|it| it.power_until = until);
        match Process::start(&world.machine.database()).await {
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
fn run(count: u64, lies: bool, told: &Told) -> Option<(u64, anyhow::Error)> {
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
                    if let Err(error) = runtime.block_on(round(seed, lies, told)) {
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
    let begin = Instant::now();
    let failed = run(count, false, &told);
    let number = |of: &AtomicU64| of.load(Ordering::Relaxed);
    say(&format!(
        "power: {count} points in {:.1} s: {} losses of power ({} while a database was made, {} while one was opened) and {} \
         kills; {} events acknowledged, none lost; {} were kept without anyone having been told",
        begin.elapsed().as_secs_f64(),
        number(&told.losses),
        number(&told.making),
        number(&told.opening),
        number(&told.kills),
        number(&told.acknowledged),
        number(&told.landed),
    ));
    if let Some((seed, error)) = failed {
        panic!("MIXUS_SEED={seed} MIXUS_FAULTS=1: {error:#}");
    }
}

/// The control: a disk whose sync does nothing, which is what `synchronous = OFF` makes of any.
#[test]
fn a_disk_that_does_not_sync_is_found_out() {
    let told = Told::default();
    let (seed, error) = run(200, true, &told).expect("something is lost");
    say(&format!("power, control: without syncs, point {seed} found: {error:#}"));
}
