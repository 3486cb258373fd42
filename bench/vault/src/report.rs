//! The figures of an engine as tables.

use anyhow::Result;
use mixus_privacy_bench::stats::{compare, least, median};
use mixus_privacy_bench::table;

use crate::trial::Trial;

/// Who is measured: the name of its page, its name in tables, and what it is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Contestant {
    /// Its file in `page/`.
    pub(crate) file: &'static str,
    /// Its name in tables.
    pub(crate) name: &'static str,
    /// What it is.
    pub(crate) kind: Kind,
}

/// What a contestant is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// This package.
    Own,
    /// Another one that keeps no file in memory.
    Streaming,
    /// One that has a file in memory as a whole.
    Whole,
    /// What only reads.
    Reading,
}

const fn of(file: &'static str, name: &'static str, kind: Kind) -> Contestant {
    Contestant { file, name, kind }
}

/// All of them.
pub(crate) const ALL: [Contestant; 8] = [
    of("mixus", "mixus", Kind::Own),
    of("left", "mixus, chunks left to the collector", Kind::Own),
    of("openpgp", "openpgp", Kind::Streaming),
    of("libsodium", "libsodium secretstream", Kind::Streaming),
    of("age", "age-encryption", Kind::Streaming),
    of("webcrypto", "WebCrypto, at once", Kind::Whole),
    of("stream", "reading alone, as a stream", Kind::Reading),
    of("threads", "reading alone, in threads", Kind::Reading),
];

impl Contestant {
    /// The name of the file that it seals, if it has one of its own to open.
    pub(crate) fn keeps(self) -> Option<&'static str> {
        let has = self.kind != Kind::Reading && self.file != "left";
        has.then_some(self.file)
    }
}

/// The trials of one contestant.
#[derive(Debug)]
pub(crate) struct Series {
    /// Whose they are.
    pub(crate) who: Contestant,
    /// One for each round.
    pub(crate) trials: Vec<Trial>,
    /// Why there are no more.
    pub(crate) failed: Option<String>,
}

impl Series {
    fn rates(&self) -> Vec<f64> {
        self.trials.iter().map(|it| it.rate).collect()
    }
}

fn most(numbers: impl Iterator<Item = f64>) -> f64 {
    numbers.fold(0.0, f64::max)
}

/// The fastest of a kind.
fn fastest(all: &[Series], kind: Kind) -> Option<Vec<f64>> {
    let of_kind = all.iter().filter(|it| it.who.kind == kind && !it.trials.is_empty());
    of_kind.map(Series::rates).max_by(|a, b| median(a).total_cmp(&median(b)))
}

fn ratio(ours: &[f64], theirs: Option<Vec<f64>>) -> String {
    theirs.map_or_else(String::new, |theirs| {
        let it = compare(ours, &theirs, |a, b| a / b);
        format!("{:.2} ({:.2} to {:.2})", it.value, it.low, it.high)
    })
}

/// The table of one way.
pub(crate) fn rows(title: &str, all: &[Series]) -> Vec<Vec<String>> {
    let head = [
        title,
        "MiB/s, median (least to most)",
        "to the fastest streaming peer",
        "to reading alone",
        "memory, MiB",
        "stands still, ms",
    ];
    let mut rows = vec![head.map(str::to_owned).to_vec()];
    for series in all {
        let rates = series.rates();
        let mut row = vec![series.who.name.to_owned()];
        if rates.is_empty() {
            row.push(series.failed.clone().unwrap_or_default());
            row.resize(head.len(), String::new());
        } else {
            row.push(format!(
                "{:.0} ({:.0} to {:.0})",
                median(&rates),
                least(&rates),
                most(rates.iter().copied())
            ));
            if series.who.kind == Kind::Own {
                row.push(ratio(&rates, fastest(all, Kind::Streaming)));
                row.push(ratio(&rates, fastest(all, Kind::Reading)));
            } else {
                row.extend([String::new(), String::new()]);
            }
            row.push(format!("{:.0}", most(series.trials.iter().map(|it| it.memory))));
            let still: Vec<f64> = series.trials.iter().map(|it| it.still).collect();
            row.push(format!("{:.0} ({:.0})", median(&still), most(still.into_iter())));
        }
        rows.push(row);
    }
    rows
}

/// The table of what is measured without others.
pub(crate) fn alone(made: &[(String, Result<Trial>)], markdown: bool) -> String {
    let mut rows = vec![
        ["alone", "MiB/s", "memory, MiB", "stands still, ms"]
            .map(str::to_owned)
            .to_vec(),
    ];
    for (name, trial) in made {
        rows.push(match trial {
            Ok(it) => vec![
                name.clone(),
                format!("{:.0}", it.rate),
                format!("{:.0}", it.memory),
                format!("{:.0}", it.still),
            ],
            Err(error) => vec![name.clone(), format!("{error:#}"), String::new(), String::new()],
        });
    }
    table(&rows, markdown)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn series(at: usize, rate: f64) -> Series {
        let trial = Trial {
            rate,
            still: 3.0,
            memory: 40.0,
        };
        Series {
            who: ALL[at],
            trials: vec![trial; 3],
            failed: None,
        }
    }

    #[test]
    fn compares_with_the_fastest_peer_that_streams_and_with_reading() {
        let nobody = Series {
            who: ALL[4],
            trials: Vec::new(),
            failed: Some("no".into()),
        };
        let all = [
            series(0, 500.0),
            series(2, 150.0),
            series(3, 250.0),
            nobody,
            series(5, 5000.0),
            series(6, 550.0),
            series(7, 625.0),
        ];
        let made = rows("sealing", &all);
        assert_eq!(
            made[1][1..],
            ["500 (500 to 500)", "2.00 (2.00 to 2.00)", "0.80 (0.80 to 0.80)", "40", "3 (3)"]
        );
        assert_eq!(made[4][1], "no");
    }
}
