//! A disk that fails: at every call of a script in turn, in every way, once and for a while. What was acknowledged is
//! there, what was answered is right, and once the disk is well, so is the store.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, Once, PoisonError};

use anyhow::{Context as _, Result, ensure};
use fastrand::Rng;
use tokio::runtime::Builder;

use crate::kept;
use crate::process::Process;
use crate::script::Devices;
use crate::vfs::{Call, Machine, Plan};
use crate::{counts, rounds};

/// Panics of any thread but those of the tests.
static PANICS: AtomicU64 = AtomicU64::new(0);

fn count_panics() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let usual = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |what| {
            let own = std::thread::current().name().is_some_and(|it| it.contains("::"));
            if !own {
                PANICS.fetch_add(1, Ordering::Relaxed);
            }
            usual(what);
        }));
    });
}

/// A process, as often as it takes until it runs.
async fn start(machine: &Machine, devices: &mut Devices) -> Result<Process> {
    for _ in 0..100 {
        if let Ok(process) = Process::start(&machine.database()).await {
            devices.witness.meets(&process.key)?;
            return Ok(process);
        }
    }
    anyhow::bail!("it does not start")
}

/// Everything that a store does: it is made, takes events in, erases, reads, is left and opened again.
async fn script(machine: &Machine, devices: &mut Devices, rng: &mut Rng) -> Result<Process> {
    let mut process = start(machine, devices).await?;
    for half in 0..2 {
        for step in 0..9 {
            let most = [40, 3, 12][step % 3];
            let batch = devices.batch(rng, most);
            devices.send(&process, &batch).await?;
            if step % 2 == 0 {
                devices.read(&process, rng).await?;
            }
            if step % 4 == 3 {
                process.get("/v1/health").await?.value()?;
            }
        }
        devices.erases(&process).await?;
        if half == 0 {
            drop(process);
            process = start(machine, devices).await?;
        }
    }
    devices.checkpoint(&process).await?;
    Ok(process)
}

/// What came of a round.
struct Ended {
    calls: u64,
    failed: Vec<Call>,
    /// It took a request that was answered 503 until the store was well again.
    late: bool,
}

async fn round(seed: u64, plan: Plan) -> Result<Ended> {
    let mut rng = Rng::with_seed(seed);
    let machine = Machine::new(&mut rng);
    machine.state(|it| it.plan = plan);
    let mut devices = Devices::default();
    let process = script(&machine, &mut devices, &mut rng).await;
    let process = process.with_context(|| format!("after {:?}", machine.state(|it| it.failed.clone())))?;
    let (calls, failed) = machine.state(|it| {
        it.plan = Plan::default();
        (it.calls, it.failed.clone())
    });
    // It goes on by itself, after one answer at most that says that it cannot.
    let batch = devices.batch(&mut rng, 5);
    let late = !devices.send(&process, &batch).await?;
    devices.send_again(&process, &mut rng, 0.2).await.context("it does not go on")?;
    looks(&machine, &devices).context("the same process")?;
    // Nor has anything been said that does not outlive the process, or the power.
    for powerless in [false, true] {
        let mut devices = devices.clone();
        let next = if powerless { machine.power_lost(&mut rng) } else { machine.killed(&mut rng) };
        let process = start(&next, &mut devices).await?;
        devices.send_again(&process, &mut rng, 0.2).await?;
        looks(&next, &devices).context(if powerless { "without power" } else { "killed" })?;
    }
    ensure!(PANICS.load(Ordering::Relaxed) == 0, "something panicked");
    Ok(Ended { calls, failed, late })
}

fn looks(machine: &Machine, devices: &Devices) -> Result<()> {
    devices.witness.checks(&kept::sqlite(&machine.database())?)
}

/// All rounds: the calls that failed, by their kind, and how many rounds were late.
#[derive(Default)]
struct Told {
    rounds: u64,
    failed: BTreeMap<Call, u64>,
    late: u64,
}

/// Every `step`-th call, in every way, for as long as each of `spans`.
fn every(step: u64, spans: &[u64]) -> Result<Told> {
    let runtime = || Builder::new_current_thread().enable_all().build().expect("a runtime");
    let calls = runtime().block_on(round(0, Plan::default()))?.calls;
    let mut plans = Vec::new();
    for from in (1..=calls + step).step_by(usize::try_from(step)?) {
        for way in 0..3 {
            plans.extend(spans.iter().map(|span| Plan {
                from,
                until: from + span,
                way,
            }));
        }
    }
    let next = AtomicU64::new(0);
    let told = Mutex::new(Ok(Told::default()));
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                let runtime = runtime();
                while let Some(plan) =
                    plans.get(usize::try_from(next.fetch_add(1, Ordering::Relaxed)).unwrap_or(usize::MAX))
                {
                    let ended = runtime.block_on(round(0, *plan));
                    let mut told = told.lock().unwrap_or_else(PoisonError::into_inner);
                    let Ok(sum) = &mut *told else { break };
                    match ended {
                        Ok(ended) => {
                            sum.rounds += 1;
                            sum.late += u64::from(ended.late);
                            for call in ended.failed {
                                *sum.failed.entry(call).or_default() += 1;
                            }
                        }
                        Err(error) => *told = Err(error.context(format!("{plan:?}"))),
                    }
                }
            });
        }
    });
    told.into_inner().unwrap_or_else(PoisonError::into_inner)
}

#[test]
fn every_call_of_the_disk_may_fail() {
    count_panics();
    let told = every(rounds(97, 1), &[1, 7, 60]).unwrap_or_else(|error| panic!("{error:#}"));
    counts(
        told.rounds,
        "rounds, each with its own call of the disk that failed, once or for a while",
    );
    for (call, count) in told.failed {
        counts(count, &format!("calls failed: {call:?}"));
    }
    counts(told.late, "rounds in which one more request was answered that it cannot");
}
