//! Tables.

use std::time::Duration;

use mixus_privacy_bench::stats::{compare, median};
use mixus_privacy_bench::table;

use crate::contest::Contestant;

/// `10,000,000`.
pub(crate) fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let parts: Vec<&str> = digits
        .as_bytes()
        .rchunks(3)
        .rev()
        .filter_map(|it| std::str::from_utf8(it).ok())
        .collect();
    parts.join(",")
}

/// What each took in a second, and how that compares.
pub(crate) fn rates(all: &[Contestant], markdown: bool) {
    let cores = std::thread::available_parallelism().map_or(1, Into::into);
    let rounds = all.first().map_or(0, |it| it.rounds.len());
    println!("{cores} cores, 64 connections, {rounds} rounds, load and database on the same machine\n");
    let of = |it: &Contestant| it.rounds.iter().map(|it| it.rate).collect::<Vec<_>>();
    let wait =
        |it: &Contestant, at: usize| median(&it.rounds.iter().map(|it| it.quantiles[at]).collect::<Vec<_>>());
    let mut rows = vec![
        [
            "",
            "acknowledged/s",
            "least to most",
            "p50 ms",
            "p99 ms",
            "to the floor",
            "to the empty one",
            "processor, µs each",
        ]
        .map(String::from)
        .to_vec(),
    ];
    for it in all {
        let rates = of(it);
        let versus = |other: &[f64]| {
            let ratio = compare(&rates, other, |a, b| a / b);
            format!("{:.2} ({:.2} to {:.2})", ratio.value, ratio.low, ratio.high)
        };
        let least = rates.iter().copied().fold(f64::INFINITY, f64::min);
        let most = rates.iter().copied().fold(0.0, f64::max);
        let server = it.server.is_some();
        let first =
            |server: bool| all.iter().find(|one| one.store == it.store && one.server.is_some() == server);
        let to = |one: Option<&Contestant>| match one {
            Some(one) if server && one.name != it.name => versus(&of(one)),
            _ => String::new(),
        };
        rows.push(vec![
            it.name.clone(),
            thousands(median(&rates) as u64),
            format!("{} to {}", thousands(least as u64), thousands(most as u64)),
            format!("{:.1}", wait(it, 0)),
            format!("{:.1}", wait(it, 1)),
            to(first(false)),
            to(first(true)),
            if server { format!("{:.0}", median(&it.each)) } else { String::new() },
        ]);
    }
    println!("{}", table(&rows, markdown));
}

/// What is measured of each server besides.
#[derive(Debug)]
pub(crate) struct Rest {
    pub name: String,
    /// Half of what it can do, a second.
    pub half: f64,
    /// What that many wait, in ms: half of them, 99 of 100.
    pub waits: [f64; 2],
    /// Events a second, 32 in a request.
    pub together: f64,
    pub syncs: Option<f64>,
    /// In MB.
    pub memory: f64,
    pub restart: Duration,
}

/// The table of that.
pub(crate) fn rest(all: &[Rest], markdown: bool) {
    let mut rows = vec![
        [
            "",
            "half load: p50 ms",
            "p99 ms",
            "32 in a request: events/s",
            "flushes each",
            "memory, MB",
            "start after a kill, ms",
        ]
        .map(String::from)
        .to_vec(),
    ];
    for it in all {
        rows.push(vec![
            format!("{} ({}/s)", it.name, thousands(it.half as u64)),
            format!("{:.1}", it.waits[0]),
            format!("{:.1}", it.waits[1]),
            thousands(it.together as u64),
            it.syncs.map_or_else(String::new, |it| format!("{it:.3}")),
            format!("{:.0}", it.memory),
            format!("{:.0}", it.restart.as_secs_f64() * 1000.0),
        ]);
    }
    println!("{}", table(&rows, markdown));
}
