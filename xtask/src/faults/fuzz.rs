//! Whatever reads what comes from outside, with what a fuzzer makes up: the targets of `fuzz/`, by cargo-fuzz.
//!
//! The decoder of events gets all of the time, and beside it the others share as much.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;

use anyhow::{Context as _, Result, anyhow, bail};

use super::Counts;
use crate::run::run as run_command;
use crate::{paths, setup};

/// How long, if nobody says.
const MINUTES: u64 = 60;
/// What gets most of it.
const DECODER: &str = "event";
/// As long an input may be: an event is shorter.
const LONGEST: usize = 20_000;

/// Builds the targets, and runs them for as long as is asked for.
pub(super) fn run(options: &[String]) -> Result<Counts> {
    let mut minutes = MINUTES;
    let mut targets = targets()?;
    for pair in options.chunks(2) {
        let value = pair.get(1).with_context(|| format!("{} needs a value", pair[0]))?;
        match pair[0].as_str() {
            "--minutes" => minutes = value.parse().with_context(|| value.clone())?,
            "--target" => {
                targets.retain(|it| it == value);
                if targets.is_empty() {
                    bail!("there is no target {value:?}");
                }
            }
            other => bail!("does not know {other:?}"),
        }
    }
    setup::fuzzer()?;
    for target in &targets {
        run_command(cargo_fuzz("build").arg(target))?;
    }
    let others: Vec<&String> = targets.iter().filter(|it| *it != DECODER).collect();
    let share = minutes * 60 / others.len().max(1) as u64;
    let decoder = targets.iter().any(|it| it == DECODER);
    let mut counts = Counts::new();
    let mut failed = Vec::new();
    let mut ended = |result: Result<(String, u64)>| match result {
        Ok(count) => counts.push(count),
        Err(error) => failed.push(format!("{error:#}")),
    };
    thread::scope(|scope| {
        let beside = decoder.then(|| scope.spawn(|| fuzz(DECODER, minutes * 60)));
        for target in others {
            ended(fuzz(target, share));
        }
        if let Some(beside) = beside {
            ended(beside.join().unwrap_or_else(|_| Err(anyhow!("it panicked"))));
        }
    });
    for (what, count) in &counts {
        println!("count: {count} {what}");
    }
    match failed[..] {
        [] => Ok(counts),
        _ => bail!("{}", failed.join("\n")),
    }
}

/// The names of all targets.
fn targets() -> Result<Vec<String>> {
    let mut names = Vec::new();
    for file in fs::read_dir(folder().join("targets"))? {
        let file = file?.path();
        names.extend(file.file_stem().and_then(|it| it.to_str()).map(str::to_owned));
    }
    names.sort();
    Ok(names)
}

fn folder() -> PathBuf {
    paths::root().join("fuzz")
}

/// What a nightly compiler is needed for is the sanitizer.
fn cargo_fuzz(what: &str) -> Command {
    let mut command = Command::new("cargo");
    let path = std::env::var_os("PATH").unwrap_or_default();
    let own = std::iter::once(paths::tools().join("bin"));
    let path = std::env::join_paths(own.chain(std::env::split_paths(&path)));
    command
        .current_dir(paths::root())
        // Whatever toolchain runs this one, it is not that one.
        .env_remove("CARGO")
        .env_remove("RUSTUP_TOOLCHAIN")
        .envs(path.ok().map(|it| ("PATH", it)))
        .args(["+nightly", "fuzz", what]);
    command
}

/// Runs one target for so many seconds: how many inputs it had.
fn fuzz(target: &str, seconds: u64) -> Result<(String, u64)> {
    let corpus = folder().join("corpus").join(target);
    fs::create_dir_all(&corpus)?;
    let log = paths::root().join(format!("target/faults/fuzz-{target}.log"));
    fs::create_dir_all(log.parent().context("a folder")?)?;
    let file = fs::File::create(&log)?;
    let status = cargo_fuzz("run")
        .arg(target)
        .args([&corpus, &folder().join("seeds").join(target)])
        .arg("--")
        .arg(format!("-max_total_time={seconds}"))
        .arg(format!("-max_len={LONGEST}"))
        .args(["-print_final_stats=1", "-timeout=20"])
        .stdin(Stdio::null())
        .stdout(file.try_clone()?)
        .stderr(file)
        .status()?;
    let said = fs::read(&log)?;
    let said = String::from_utf8_lossy(&said);
    if !status.success() {
        bail!("{target}: {}", last(&said, &log));
    }
    let inputs = said
        .lines()
        .rev()
        .find_map(|it| it.strip_prefix("stat::number_of_executed_units:"));
    let inputs = inputs.with_context(|| format!("{target}: {}", last(&said, &log)))?;
    Ok((format!("inputs for {target}, in {seconds} s"), inputs.trim().parse()?))
}

/// The end of what a target said.
fn last(said: &str, log: &Path) -> String {
    let lines: Vec<&str> = said.lines().collect();
    let end = lines.len().saturating_sub(30);
    format!("see {}\n{}", log.display(), lines[end..].join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_decoder_is_among_the_targets_and_each_has_seeds() {
        let targets = targets().expect("targets");
        assert!(targets.iter().any(|it| it == DECODER));
        for target in targets {
            let seeds = folder().join("seeds").join(&target);
            assert!(seeds.read_dir().is_ok_and(|mut it| it.next().is_some()), "{target}");
        }
    }
}
