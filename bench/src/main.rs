//! Measures the package in Chromium, side by side with other consent managers: rounds in
//! which each of them is visited once, in turns, so that whatever else the machine does
//! falls on all of them alike. `cargo xtask bench web` builds what is needed and runs this.

mod cdp;
mod chromium;
mod contestants;
mod guard;
mod report;
mod server;

mod trace;
mod visit;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, Result, bail};

use crate::chromium::Chromium;
use crate::report::{Visits, figures, requests, timeline};
use crate::visit::{CONDITIONS, visit};
use mixus_privacy_bench::{ended, table};

const HELP: &str = "\
cargo xtask bench web [options]      the package and other consent managers
cargo xtask bench guard [options]    what the guards cost a page that changes much

  --rounds <n>    how often each page is visited under each condition (15)
  --markdown      tables for a document

and for web:
  --timeline      what happens until the banner is painted, for a visit of each page
  --json <file>   writes every figure of every visit
";

/// How often a page is visited for its timeline.
const TRACED: usize = 5;

struct Options {
    guard: bool,
    rounds: usize,
    markdown: bool,
    timeline: bool,
    json: Option<PathBuf>,
}

fn options(mut arguments: impl Iterator<Item = String>) -> Result<Options> {
    let mut options = Options {
        guard: false,
        rounds: 15,
        markdown: false,
        timeline: false,
        json: None,
    };
    while let Some(argument) = arguments.next() {
        let mut value = || arguments.next().with_context(|| format!("{argument} needs a value"));
        match argument.as_str() {
            "web" => (),
            "guard" => options.guard = true,
            "--rounds" => options.rounds = value()?.parse().context("--rounds")?,
            "--markdown" => options.markdown = true,
            "--timeline" => options.timeline = true,
            "--json" => options.json = Some(value()?.into()),
            _ => bail!("{argument} is not known\n\n{HELP}"),
        }
    }
    if options.rounds == 0 {
        bail!("--rounds has to be at least 1");
    }
    Ok(options)
}

fn main() -> ExitCode {
    ended(run())
}

fn run() -> Result<()> {
    let options = options(std::env::args().skip(1))?;
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().context("the project's root")?;
    if options.guard {
        return guard::run(root, options.rounds, options.markdown);
    }
    let mut files = server::Files::default();
    files.add(
        "/warm/",
        b"<!doctype html><title>Warm</title><link rel=\"icon\" href=\"data:,\"><p>Warm",
    )?;
    let contestants = contestants::contestants(root, &mut files)?;
    let server = server::serve(files)?;
    let mut visits: Visits = vec![vec![Vec::new(); contestants.len()]; CONDITIONS.len()];
    let mut version = String::new();
    // The first round only warms up what all pages share, and is not counted.
    for round in 0..=options.rounds {
        let mut chromium = Chromium::start()?;
        version.clone_from(&chromium.version);
        for (at, condition) in CONDITIONS.iter().enumerate() {
            for turn in 0..contestants.len() {
                let which = (round + turn) % contestants.len();
                let made = visit(&mut chromium.cdp, server, &contestants[which], *condition, false)?;
                if round > 0 {
                    visits[at][which].push(made);
                }
            }
        }
        eprint!("\rround {round} of {}", options.rounds);
    }
    eprintln!();

    let cores = std::thread::available_parallelism().map_or(1, Into::into);
    println!("{version}, {cores} cores, {} rounds\n", options.rounds);
    println!("{}", table(&figures(&contestants, &visits), options.markdown));
    println!("{}", table(&requests(&contestants, &visits), options.markdown));
    if options.timeline {
        let mut chromium = Chromium::start()?;
        for condition in CONDITIONS {
            for contestant in &contestants {
                let mut again = || visit(&mut chromium.cdp, server, contestant, condition, true);
                let visits = (0..TRACED).map(|_| again()).collect::<Result<Vec<_>>>()?;
                println!("{}: {}", condition.name, timeline(contestant, &visits));
            }
        }
    }
    if let Some(path) = options.json {
        let mut all = serde_json::Map::new();
        for (condition, visits) in CONDITIONS.iter().zip(&visits) {
            let mut of_all = serde_json::Map::new();
            for (contestant, visits) in contestants.iter().zip(visits) {
                of_all.insert(contestant.name.to_owned(), serde_json::to_value(visits)?);
            }
            all.insert(condition.name.to_owned(), of_all.into());
        }
        fs::write(&path, serde_json::to_vec(&all)?).with_context(|| path.display().to_string())?;
    }
    Ok(())
}
