//! The figures of a run as tables, and one visit as a timeline.

use std::fmt::Write as _;

use crate::contestants::Contestant;
use crate::visit::{CONDITIONS, Request, Visit};
use mixus_privacy_bench::stats::{compare, least, median};

/// Every visit of a run: by condition, by contestant, by round.
pub(crate) type Visits = Vec<Vec<Vec<Visit>>>;

struct Metric {
    name: &'static str,
    of: fn(&Visit) -> f64,
    /// Whether it is often nothing at all, so that a ratio would say nothing.
    sparse: bool,
}

const METRICS: [Metric; 5] = [
    Metric {
        name: "banner painted",
        of: |it| it.painted,
        sparse: false,
    },
    Metric {
        name: "accept to held script",
        of: |it| it.accept,
        sparse: false,
    },
    Metric {
        name: "blocked (tasks over 50 ms)",
        of: |it| it.blocking,
        sparse: true,
    },
    Metric {
        name: "main thread, processor time",
        of: |it| it.tasks,
        sparse: false,
    },
    Metric {
        name: "of that, scripts",
        of: |it| it.scripts,
        sparse: false,
    },
];

/// The table of all figures.
pub(crate) fn figures(contestants: &[Contestant], visits: &Visits) -> Vec<Vec<String>> {
    let mut head = vec!["ms, median (least)".to_owned()];
    head.extend(contestants.iter().map(|it| it.name.to_owned()));
    let own = contestants.iter().filter(|it| it.own);
    head.extend(own.map(|it| format!("{} to the faster peer", it.name)));
    let mut rows = vec![head];
    for (condition, visits) in CONDITIONS.iter().zip(visits) {
        let mut title = vec![condition.name.to_owned()];
        title.resize(rows[0].len(), String::new());
        rows.push(title);
        for metric in &METRICS {
            let series: Vec<Vec<f64>> =
                visits.iter().map(|of_one| of_one.iter().map(metric.of).collect()).collect();
            rows.push(row(metric, contestants, &series));
        }
    }
    rows
}

fn row(metric: &Metric, contestants: &[Contestant], series: &[Vec<f64>]) -> Vec<String> {
    let mut row = vec![metric.name.to_owned()];
    row.extend(series.iter().map(|it| format!("{:.1} ({:.1})", median(it), least(it))));
    let peers = contestants.iter().zip(series).filter(|(it, _)| !it.own);
    let faster = peers.min_by(|(_, a), (_, b)| median(a).total_cmp(&median(b)));
    let Some((_, faster)) = faster else { return row };
    for (_, ours) in contestants.iter().zip(series).filter(|(it, _)| it.own) {
        row.push(if metric.sparse {
            let it = compare(ours, faster, |a, b| a - b);
            format!("{:+.1} ms ({:+.1} to {:+.1})", it.value, it.low, it.high)
        } else {
            let it = compare(ours, faster, |a, b| a / b);
            format!("{:.2} ({:.2} to {:.2})", it.value, it.low, it.high)
        });
    }
    row
}

/// The table of what each page asks for until the banner is painted.
pub(crate) fn requests(contestants: &[Contestant], visits: &Visits) -> Vec<Vec<String>> {
    let mut rows = vec![["until the banner", "requests", "bytes, brotli"].map(str::to_owned).to_vec()];
    for (contestant, visits) in contestants.iter().zip(visits.last().into_iter().flatten()) {
        let Some(visit) = visits.first() else { continue };
        // The page itself is the same for all.
        let parts = visit.requests.iter().filter(|it| it.name != contestant.path);
        let bytes: f64 = parts.clone().map(|it| it.bytes).sum();
        rows.push(vec![
            contestant.name.to_owned(),
            parts.count().to_string(),
            format!("{bytes:.0}"),
        ]);
    }
    rows
}

/// What happened in the visit whose banner came at the median time.
pub(crate) fn timeline(contestant: &Contestant, visits: &[Visit]) -> String {
    let middle = median(&visits.iter().map(|it| it.painted).collect::<Vec<_>>());
    let from = |it: &Visit| (it.painted - middle).abs();
    let Some(visit) = visits.iter().min_by(|a, b| from(a).total_cmp(&from(b))) else {
        return String::new();
    };
    let mut lines: Vec<(f64, String)> = Vec::new();
    for it in &visit.requests {
        let Request {
            name,
            start,
            sent,
            answer,
            end,
            bytes,
        } = it;
        lines.push((
            *start,
            format!("wanted, sent at {sent:.0}, answer {answer:.0} to {end:.0}, {bytes:.0} bytes: {name}"),
        ));
    }
    for step in &visit.steps {
        lines.push((step.start, format!("  {:.1} ms {}", step.length, step.what)));
    }
    lines.push((visit.inserted, "banner inserted".into()));
    lines.push((visit.painted, "banner painted".into()));
    lines.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut text = format!("{}\n", contestant.name);
    for (at, what) in lines {
        let _ = writeln!(text, "{at:8.1}  {what}");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn contestant(name: &'static str, own: bool) -> Contestant {
        Contestant {
            name,
            own,
            path: "/".into(),
            probe: String::new(),
        }
    }

    #[test]
    fn compares_with_the_faster_peer() {
        let all = [contestant("ours", true), contestant("slow", false), contestant("fast", false)];
        let of = |at: f64| vec![at; 5];
        let made = row(&METRICS[0], &all, &[of(50.0), of(200.0), of(100.0)]);
        assert_eq!(made[4], "0.50 (0.50 to 0.50)");
        let made = row(&METRICS[2], &all, &[of(3.0), of(20.0), of(0.0)]);
        assert_eq!(made[4], "+3.0 ms (+3.0 to +3.0)");
    }
}
