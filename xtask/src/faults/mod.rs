//! `cargo xtask faults`: what goes wrong in the world, made to go wrong here, with counts of how often.
//!
//! Each kind of fault is a file with a function that takes options and answers what ran, and has a line in
//! [`KINDS`]; those that are tests of the workspace are in [`suite`]. `cargo xtask test` runs a quick set of each.

mod fold;
mod fuzz;
pub(crate) mod simulation;
mod suite;

use std::time::{Duration, Instant};

use anyhow::{Result, bail};

/// What a kind of fault has to show: what was counted, and how often.
pub(crate) type Counts = Vec<(String, u64)>;

/// A kind of fault.
struct Kind {
    name: &'static str,
    says: &'static str,
    run: fn(&[String]) -> Result<Counts>,
}

/// Every kind, in the order in which they run.
const KINDS: &[Kind] = &[
    Kind {
        name: "audit",
        says: "a row or tile flipped, removed, swapped, cut off: the audit finds it (--mutations)",
        run: |options| suite::AUDIT.run(options),
    },
    Kind {
        name: "hostile",
        says: "input that is forged, replayed, forked, torn, oversized, deeply nested (--bodies)",
        run: |options| suite::HOSTILE.run(options),
    },
    Kind {
        name: "kill",
        says: "SIGKILL of a server under load, over SQLite (--rounds)",
        run: |options| suite::KILL.run(options),
    },
    Kind {
        name: "postgres",
        says: "the same over PostgreSQL, which is stopped at once as well (--rounds)",
        run: |options| suite::POSTGRES.run(options),
    },
    Kind {
        name: "power",
        says: "a loss of power, with writes dropped and torn that were not synced (--points)",
        run: |options| suite::POWER.run(options),
    },
    Kind {
        name: "errors",
        says: "a call of the disk that fails, each in turn; disks that are full, damaged, gone (--step)",
        run: |options| suite::ERRORS.run(options),
    },
    Kind {
        name: "uploads",
        says: "SIGKILL while much is uploaded; then losses of power and calls of the disk that fail, as often (--rounds)",
        run: |options| suite::UPLOADS.run(options),
    },
    Kind {
        name: "network",
        says: "12 kinds of fault between each browser and the server (--rounds)",
        run: |options| suite::NETWORK.run(options),
    },
    Kind {
        name: "fold",
        says: "what events add up to, over every history of six (--events, --cases)",
        run: fold::run,
    },
    Kind {
        name: "simulation",
        says: "devices, tabs and a server in a simulated world (--seeds, --from, --seed, --trace, --mutations)",
        run: simulation::run,
    },
    Kind {
        name: "fuzz",
        says: "whatever reads what comes from outside, with what a fuzzer makes up (--minutes, --target)",
        run: fuzz::run,
    },
];

/// `cargo xtask faults [name [options]]`: one kind, or all of them.
pub fn command(arguments: &[String]) -> Result<()> {
    let (chosen, options): (Vec<&Kind>, &[String]) = match arguments.split_first() {
        None => (KINDS.iter().collect(), &[]),
        Some((name, options)) => match KINDS.iter().find(|it| it.name == name) {
            Some(kind) => (vec![kind], options),
            None => bail!("there is no {name:?}; there are:\n{}", usage()),
        },
    };
    let mut table = Vec::new();
    let mut failed = Ok(());
    for kind in chosen {
        println!("\n== {} ==", kind.name);
        let start = Instant::now();
        let result = (kind.run)(options);
        let took = start.elapsed();
        match result {
            Ok(counts) => table.push((kind.name, took, Some(counts))),
            Err(error) => {
                println!("{error:#}");
                table.push((kind.name, took, None));
                failed = failed.and(Err(error));
            }
        }
    }
    print(&table);
    failed
}

fn usage() -> String {
    let lines = KINDS.iter().map(|it| format!("  {:<12} {}\n", it.name, it.says));
    lines.collect()
}

fn print(table: &[(&str, Duration, Option<Counts>)]) {
    println!("\n== What ran ==");
    for (name, took, counts) in table {
        let Some(counts) = counts else {
            println!("{name:<12} {:>6} s  FAILED", took.as_secs());
            continue;
        };
        println!("{name:<12} {:>6} s", took.as_secs());
        for (what, count) in counts {
            println!("  {count:>12}  {what}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_is_none_is_told() {
        let error = command(&["earthquake".into()]).expect_err("no such fault").to_string();
        assert!(error.contains("earthquake") && KINDS.iter().all(|it| error.contains(it.name)));
    }
}
