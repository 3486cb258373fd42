//! Builds, tests and measures the package, and installs what that takes: `cargo xtask …`.
//!
//! Each command is a file with a function `command`, and has a line in [`COMMANDS`]. What it
//! needs from the machine it asks of [`setup`].

pub mod bench;
pub mod build;
mod bundle;
pub mod demo;
pub mod faults;
pub mod paths;
mod readme;
pub mod rooms;
pub mod run;
pub mod setup;
pub mod size;
pub mod test;
mod wasm;

use anyhow::Result;

/// A command of `cargo xtask`.
#[derive(Debug)]
pub struct Command {
    /// How it is called.
    pub name: &'static str,
    /// What it does, on one line.
    pub says: &'static str,
    /// Runs it with the arguments that follow its name.
    pub run: fn(&[String]) -> Result<()>,
}

/// Every command, in the order of the usage text.
pub const COMMANDS: &[Command] = &[
    Command {
        name: "build",
        says: "writes the npm package to pkg/",
        run: build::command,
    },
    Command {
        name: "demo",
        says: "builds and serves the demo site, and prints its address (--port, --database)",
        run: demo::command,
    },
    Command {
        name: "test",
        says: "checks and tests everything, in browsers too",
        run: test::command,
    },
    Command {
        name: "faults",
        says: "makes go wrong what can, many times over: all of it, or faults kill, power, fuzz, … (--rounds, …)",
        run: faults::command,
    },
    Command {
        name: "size",
        says: "prints the size of what is shipped; fails over budget (--markdown, --readme)",
        run: size::command,
    },
    Command {
        name: "bench",
        says: "measures the package beside others: bench web, guard, latency, server (--rounds, --markdown, --readme, …)",
        run: bench::command,
    },
    Command {
        name: "setup",
        says: "installs what the other commands need; they do so by themselves",
        run: setup::command,
    },
];

/// The usage text.
pub fn usage() -> String {
    let lines = COMMANDS.iter().map(|it| format!("  {:<8} {}\n", it.name, it.says));
    format!("cargo xtask <command>\n\n{}", lines.collect::<String>())
}

/// Sees to it that a command without arguments gets none.
pub(crate) fn no_arguments(given: &[String]) -> Result<()> {
    match given {
        [] => Ok(()),
        [first, ..] => anyhow::bail!("does not know {first:?}"),
    }
}
