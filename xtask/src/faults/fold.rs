//! What events add up to, over everything that three devices can do about two purposes, up to six events; and with
//! clocks wrong by up to ten years, over as many long histories as chance can make in a while.

use anyhow::{Context as _, Result, bail};

use super::Counts;
use super::suite::read;
use crate::paths;
use crate::run::cargo;

/// As many events a history has, and as many histories chance makes.
const EVENTS: &str = "6";
const CASES: &str = "1000000";

/// Compiles the tests of the fold for it, and runs them.
pub(crate) fn run(options: &[String]) -> Result<Counts> {
    let mut events = EVENTS.to_owned();
    let mut cases = CASES.to_owned();
    for pair in options.chunks(2) {
        let value = pair.get(1).with_context(|| format!("{} needs a value", pair[0]))?;
        match pair[0].as_str() {
            "--events" => events.clone_from(value),
            "--cases" => cases.clone_from(value),
            other => bail!("does not know {other:?}"),
        }
    }
    let mut counts = Counts::new();
    let mut command = cargo();
    command
        .current_dir(paths::root())
        .env("MIXUS_FOLD", &events)
        .env("PROPTEST_CASES", &cases)
        .args(["test", "--quiet", "--release", "--package", "mixus-privacy", "--lib"])
        .args(["--features", "json,records", "--target-dir"])
        .arg(paths::root().join("target/fold"))
        .args(["--", "--nocapture", "ledger::tests::every", "ledger::tests::fold"]);
    read(&mut command, &mut counts)?;
    counts.push((
        "histories of up to 13 events with clocks wrong by up to ten years, for each property".into(),
        cases.parse()?,
    ));
    Ok(counts)
}
