//! What a server goes through: killed, without power, with a disk that fails, with guests that mean no good.
//!
//! Each test does a few rounds by default, and as many as were promised with `MIXUS_FAULTS=full`; what it did, it prints.

mod device;
mod errors;
mod kept;
mod power;
mod process;
mod script;
mod tree;
mod vfs;
mod witness;

use std::io::Write as _;
use std::time::{SystemTime, UNIX_EPOCH};

/// Seconds since 1970.
fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |it| it.as_secs())
}

/// As many rounds as were promised, or a few.
fn rounds(few: u64, all: u64) -> u64 {
    let asked = std::env::var("MIXUS_FAULTS").unwrap_or_default();
    if asked == "full" { all } else { asked.parse().unwrap_or(few) }
}

/// The seed of a round: that of the run, which can be given to see a round once more.
fn first_seed() -> u64 {
    let asked = std::env::var("MIXUS_SEED").ok();
    asked.and_then(|it| it.parse().ok()).unwrap_or(0)
}

/// Says what was done, past the test harness, which keeps quiet about what goes well.
fn say(text: &str) {
    let _ = writeln!(std::io::stdout(), "{text}");
}
