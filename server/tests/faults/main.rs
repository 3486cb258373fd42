//! What a server goes through: killed, without power, with a disk that fails, with guests that mean no good.
//!
//! Each test does a few rounds by default, and as many as were promised with `MIXUS_FAULTS=full`; what it did, it prints,
//! and `cargo xtask faults` counts.

mod device;
mod errors;
mod forged;
mod hasty;
mod hostile;
mod http;
mod kept;
mod kill;
mod place;
mod postgres;
mod power;
mod process;
mod script;
mod server;
mod smuggle;
mod tree;
mod uploads;
mod vfs;
mod witness;

use std::io::Write as _;
use std::sync::atomic::{AtomicU64, Ordering};

/// When all of this happens, in seconds since 1970.
const AT: u64 = 1_795_000_000;

/// A clock that is set again and again, by some minutes.
fn clock() -> u64 {
    static ASKED: AtomicU64 = AtomicU64::new(0);
    AT + ASKED.fetch_add(7, Ordering::Relaxed) % 250
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

/// Says how often something was done, for whoever counts.
fn counts(count: impl TryInto<u64>, what: &str) {
    say(&format!("count: {} {what}", count.try_into().unwrap_or(u64::MAX)));
}
