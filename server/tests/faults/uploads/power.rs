//! Between two calls of the disk the power goes, or the process; connections break before that. Whatever was said of an
//! upload holds, and it goes on to what was sent.

use anyhow::{Context as _, Result};
use fastrand::Rng;

use super::disk::Disk;
use super::model::{Model, Told};
use crate::{counts, first_seed, rounds};

/// How often something is done until the power goes for the last time.
const STEPS: usize = 30;

#[derive(Debug, Default)]
struct Seen {
    points: u64,
    losses: u64,
    kills: u64,
    told: Told,
}

async fn round(seed: u64, lies: bool, seen: &mut Seen) -> Result<()> {
    let mut rng = Rng::with_seed(seed);
    let disk = Disk::new(&mut rng);
    if lies {
        disk.lies();
    }
    let mut model = Model::new(disk, &mut rng).await?;
    for _ in 0..rng.usize(1..=3) {
        model.disk.goes_with(rng.u64(1..200));
        for _ in 0..STEPS {
            model.step(&mut rng).await?;
            if model.disk.is_gone() {
                break;
            }
        }
        // What is started on it may be cut off as well.
        let mut again = |model: &Model, rng: &mut Rng| {
            let next = if rng.u8(..4) == 0 {
                seen.kills += 1;
                model.disk.killed(rng)
            } else {
                seen.losses += 1;
                model.disk.power_lost(rng)
            };
            if rng.u8(..4) == 0 {
                next.goes_with(rng.u64(1..20));
            }
            next
        };
        let mut next = again(&model, &mut rng);
        while !model.again(next, &mut rng).await? {
            next = again(&model, &mut rng);
        }
        model.disk.goes_with(u64::MAX / 2);
        model.checks().await?;
    }
    model.finishes(&mut rng).await?;
    seen.points += 1;
    let Told {
        acknowledged,
        unheard,
        joined,
        ended,
        finished,
        broken,
    } = model.told;
    let told = &mut seen.told;
    told.acknowledged += acknowledged;
    told.unheard += unheard;
    told.joined += joined;
    told.ended += ended;
    told.finished += finished;
    told.broken += broken;
    Ok(())
}

async fn rounds_of(count: u64, lies: bool) -> Result<Seen> {
    let mut seen = Seen::default();
    for at in 0..count {
        let seed = first_seed() + at;
        round(seed, lies, &mut seen)
            .await
            .with_context(|| format!("round {at}, MIXUS_SEED={seed}"))?;
    }
    Ok(seen)
}

#[tokio::test]
async fn what_was_acknowledged_of_uploads_survives_a_loss_of_power() {
    // One is done in a hundredth of the time of a kill.
    let seen = rounds_of(50 * rounds(2, 200), false).await;
    let seen = seen.unwrap_or_else(|error| panic!("{error:#}"));
    counts(seen.points, "histories of uploads");
    counts(seen.losses, "losses of power");
    counts(seen.kills, "ends of the process between two calls");
    counts(seen.told.acknowledged, "acknowledgements, none lost");
    counts(seen.told.unheard, "answers that the disk prevented");
    counts(seen.told.broken, "broken connections");
    counts(seen.told.joined, "uploads joined from parts");
    counts(seen.told.ended, "uploads ended, none back");
    counts(seen.told.finished, "uploads gone on to the end, each what was sent");
}

/// The control: a disk whose syncs do nothing.
#[tokio::test]
async fn a_disk_that_lies_is_found_out() {
    let error = rounds_of(100, true).await.expect_err("something is lost");
    counts(1, &format!("control of uploads: no syncs, {error:#}"));
}
