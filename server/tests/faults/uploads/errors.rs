//! Each call of the disk fails in turn: once, and for a while, in every way. What was acknowledged is there, and once
//! the disk is well, all goes on.

use anyhow::{Context as _, Result, ensure};
use fastrand::Rng;

use super::deeds::Deed;
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

/// One deed with a disk of which a call fails; then what is asked is answered, and the power goes, in some ways. How many
/// calls failed.
async fn deed(seed: u64, deed: Deed, from: u64, way: usize) -> Result<u64> {
    let mut rng = Rng::with_seed(seed);
    let mut model = Model::new(Disk::new(&mut rng), &mut rng).await?;
    for _ in 0..8 {
        model.does(Deed::Begin, &mut rng).await?;
    }
    // So that some of them can be joined.
    model.finishes_parts(&mut rng).await?;
    let (calls, _) = model.disk.calls();
    let from = calls + from;
    let until = from + 1;
    model.disk.fails(Plan { from, until, way });
    model.does(deed, &mut rng).await?;
    let (_, failed) = model.disk.calls();
    model.disk.fails(Plan::default());
    // What is said now is said for good, and so is what is done again.
    model.checks().await?;
    model.does(deed, &mut rng).await?;
    model.checks().await?;
    let (memory, disk) = (model.memory(), model.disk.clone());
    for _ in 0..6 {
        model.recalls(&memory);
        ensure!(model.again(disk.power_lost(&mut rng), &mut rng).await?, "it does not start");
        model.checks().await?;
    }
    Ok(failed)
}

#[tokio::test]
async fn what_is_said_of_uploads_after_a_failure_holds() {
    let seeds = rounds(1, 200).div_ceil(10);
    let mut failed = 0;
    for seed in first_seed()..first_seed() + seeds {
        for done in [Deed::Begin, Deed::Patch, Deed::End, Deed::Join] {
            for way in 0..if seeds == 1 { 1 } else { WAYS } {
                for from in 1.. {
                    let told = deed(seed, done, from, way).await;
                    let told =
                        told.with_context(|| format!("{done:?}, call {from}, way {way}, MIXUS_SEED={seed}"));
                    match told.unwrap_or_else(|error| panic!("{error:#}")) {
                        0 => break,
                        count => failed += count,
                    }
                }
            }
        }
    }
    counts(failed, "failures in the midst of a deed, after which what was said held");
}
