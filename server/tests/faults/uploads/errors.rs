//! Each call of the disk fails in turn: once, and for a while, in every way. What was acknowledged is there, and once
//! the disk is well, all goes on.

use anyhow::{Context as _, Result, ensure};
use fastrand::Rng;

use super::disk::{Disk, Plan, WAYS};
use super::model::Model;
use crate::{counts, first_seed, rounds};

const STEPS: usize = 25;

/// The same story for each of them; how many calls it takes, and how many failed.
async fn story(seed: u64, plan: Plan) -> Result<(u64, u64)> {
    let mut rng = Rng::with_seed(seed);
    let disk = Disk::new(&mut rng);
    let mut model = Model::new(disk, &mut rng).await?;
    model.disk.fails(plan);
    for _ in 0..STEPS {
        model.step(&mut rng).await?;
    }
    let calls = model.disk.calls();
    model.disk.fails(Plan::default());
    model.checks().await?;
    // What is not there for good goes now.
    let next = model.disk.power_lost(&mut rng);
    ensure!(model.again(next, &mut rng).await?, "it does not start");
    model.checks().await?;
    model.finishes(&mut rng).await?;
    Ok(calls)
}

#[tokio::test]
async fn a_disk_of_uploads_that_fails_takes_nothing_away() {
    // As many stories; of the first a few calls, of all others each.
    let stories = rounds(1, 200).div_ceil(20);
    let step = if stories == 1 { 97 } else { 1 };
    let (mut tried, mut failed) = (0, 0);
    for story_seed in first_seed()..first_seed() + stories {
        let (calls, _) = story(story_seed, Plan::default()).await.expect("a disk that is well");
        let mut at = 1;
        while at <= calls {
            for way in 0..WAYS {
                for long in [1, 20] {
                    let plan = Plan {
                        from: at,
                        until: at + long,
                        way,
                    };
                    let done = story(story_seed, plan).await;
                    let done = done.with_context(|| format!("{plan:?}, MIXUS_SEED={story_seed}"));
                    failed += done.unwrap_or_else(|error| panic!("{error:#}")).1;
                    tried += 1;
                }
            }
            at += step;
        }
    }
    counts(tried, "stories of uploads in which calls failed");
    counts(failed, "failed calls of the disk of uploads");
}
