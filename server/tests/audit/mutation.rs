//! Changes of a database, each of which has to be found.

use mixus_privacy_server::audit::{Against, Code, Database};

use crate::changes::{Random, mutate};
use crate::{codes, faults, written};

/// As many are tried in every run, and when all faults are asked for.
const QUICK: u64 = 300;
const FULL: u64 = 10_000;

/// Tries the seeds of one thread, and answers what was not found, and the codes that were.
fn tried(seeds: impl Iterator<Item = u64>, against: &Against<'_>) -> (u64, Vec<String>, Vec<Code>) {
    let mut kept = Database::of(written().copy());
    let size = i64::try_from(written().bodies.len()).expect("small");
    let (mut count, mut missed, mut found) = (0, Vec::new(), Vec::new());
    for seed in seeds {
        let change = mutate(kept.connection(), &mut Random(seed), size);
        let (_, faults) = faults(&kept, against);
        if faults.is_empty() {
            missed.push(format!("seed {seed}: {change}"));
        }
        found.extend(codes(&faults));
        count += 1;
        kept.connection()
            .execute_batch("ROLLBACK TO change; RELEASE change")
            .expect("taken back");
        // Should something not be as it was, everything after it would be found.
        if count % 500 == 0 {
            assert_eq!(crate::faults(&kept, against).1, []);
            kept = Database::of(written().copy());
        }
    }
    (count, missed, found)
}

/// Each seed is a change; `MIXUS_FAULTS=full` tries ten thousand, or as many as it says; `MIXUS_SEED` begins elsewhere.
#[test]
fn every_change_is_found() {
    let is_signed = written().is_signed();
    let against = written().against(&*is_signed);
    let asked = std::env::var("MIXUS_FAULTS").unwrap_or_default();
    let from: u64 = std::env::var("MIXUS_SEED").ok().and_then(|it| it.parse().ok()).unwrap_or(0);
    let count = if asked == "full" { FULL } else { asked.parse().unwrap_or(QUICK) };
    let threads = std::thread::available_parallelism().map_or(1, |it| it.get() as u64);
    let parts: Vec<_> = std::thread::scope(|scope| {
        let against = &against;
        let begun: Vec<_> = (0..threads)
            .map(|which| {
                let seeds = (from..from + count).filter(move |seed| seed % threads == which);
                scope.spawn(move || tried(seeds, against))
            })
            .collect();
        begun.into_iter().map(|it| it.join().expect("a thread")).collect()
    });
    let missed: Vec<&String> = parts.iter().flat_map(|it| &it.1).collect();
    let all: u64 = parts.iter().map(|it| it.0).sum();
    println!("count: {all} changes of a database");
    println!("count: {} changes that were missed", missed.len());
    assert_eq!((all, missed), (count, Vec::new()));
    // The changes are of every kind, or one of the checks is never needed.
    let mut found: Vec<Code> = parts.into_iter().flat_map(|it| it.2).collect();
    // What the keys of this run left out among few is among more: some kinds are one change in a hundred.
    for seed in from + count..from + count + FULL {
        found.sort_unstable();
        found.dedup();
        if found == Code::ALL {
            break;
        }
        let (_, missed, more) = tried(std::iter::once(seed), &against);
        assert_eq!(missed, Vec::<String>::new());
        found.extend(more);
    }
    assert_eq!(found, Code::ALL);
}
