//! Measures the server beside the least that any would have to do, in turns: `cargo xtask bench server`.

#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "figures"
)]

mod contest;
mod events;
mod floor;
mod load;
mod postgres;
mod process;
mod report;

use std::path::Path;
use std::process::ExitCode;
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context as _, Result, bail};
use mixus_privacy_bench::ended;
use mixus_privacy_bench::stats::median;

use contest::{Contestant, POSTGRES, SQLITE};
use mixus_privacy_cluster::Cluster;

const HELP: &str = "\
cargo xtask bench server [options]

  --rounds <n>      how often each is asked (9)
  --events <n>      how many events are sent in a round (30000)
  --store <name>    sqlite or postgres, not both
  --rows <a,b,…>    how many rows are there before (0,1000000,10000000)
  --portable        built for any processor, not for this one
  --markdown        tables for a document
";

struct Options {
    rounds: usize,
    events: usize,
    rows: Vec<u64>,
    sqlite: bool,
    postgres: bool,
    markdown: bool,
}

fn options(mut arguments: impl Iterator<Item = String>) -> Result<Options> {
    let mut options = Options {
        rounds: 9,
        events: 30_000,
        rows: vec![0, 1_000_000, 10_000_000],
        sqlite: true,
        postgres: true,
        markdown: false,
    };
    while let Some(argument) = arguments.next() {
        let mut value = || arguments.next().with_context(|| format!("{argument} needs a value"));
        match argument.as_str() {
            "--rounds" => options.rounds = value()?.parse()?,
            "--events" => options.events = value()?.parse()?,
            "--rows" => options.rows = value()?.split(',').map(str::parse).collect::<Result<_, _>>()?,
            "--store" => match value()?.as_str() {
                "sqlite" => options.postgres = false,
                "postgres" => options.sqlite = false,
                other => bail!("--store {other}: there are sqlite and postgres"),
            },
            "--markdown" => options.markdown = true,
            _ => bail!("{argument} is not known\n\n{HELP}"),
        }
    }
    Ok(options)
}

#[tokio::main]
async fn main() -> ExitCode {
    ended(measure().await)
}

/// Everything that is asked, the floors first.
async fn contestants(options: &Options, folder: &Path, now: u64) -> Result<Vec<Contestant>> {
    let mut all = vec![Contestant::floor("", "an answer and nothing else", floor::hello().await?, now)];
    if options.sqlite {
        let bare = floor::bare(&folder.join("bare.db")).await?;
        all.push(Contestant::floor(SQLITE, "bare group commit, SQLite", bare, now));
        for rows in &options.rows {
            let file = folder.join(format!("{rows}.db"));
            let file = file.to_str().context("a path")?.to_owned();
            all.push(Contestant::server(file, None, now, *rows).await?);
        }
    }
    if options.postgres {
        let cluster = Cluster::shared()?;
        let bare = postgres::bare(&cluster.database()?).await?;
        all.push(Contestant::floor(POSTGRES, "bare group commit, PostgreSQL", bare, now));
        for rows in &options.rows {
            all.push(Contestant::server(cluster.database()?, Some(cluster), now, *rows).await?);
        }
    }
    Ok(all)
}

async fn measure() -> Result<()> {
    let options = options(std::env::args().skip(1))?;
    let folder = tempfile::tempdir_in(std::env::var_os("MIXUS_BENCH_FOLDER").unwrap_or_else(|| ".".into()))?;
    let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs();
    let mut all = contestants(&options, folder.path(), now).await?;
    // The first round only warms up, and is not counted.
    for round in 0..=options.rounds {
        for turn in 0..all.len() {
            let which = (round + turn) % all.len();
            all[which].round(options.events).await?;
        }
        if round == 0 {
            for it in &mut all {
                it.rounds.clear();
                it.each.clear();
            }
        }
        eprint!("\rround {round} of {}", options.rounds);
    }
    eprintln!();
    report::rates(&all, options.markdown);
    let mut rows = Vec::new();
    for it in all.iter_mut().filter(|it| it.server.is_some()) {
        let rates: Vec<f64> = it.rounds.iter().map(|it| it.rate).collect();
        let half = median(&rates) / 2.0;
        let waits = it.open(half, options.events).await?.quantiles;
        let together = it.together(32, options.events).await?;
        let syncs = it.syncs(options.events).await?;
        let memory = it.server.as_ref().context("a server")?.memory()?;
        let restart = it.restart(options.events).await?;
        rows.push(report::Rest {
            name: it.name.clone(),
            half,
            waits,
            together,
            syncs,
            memory,
            restart,
        });
    }
    report::rest(&rows, options.markdown);
    for it in all {
        if let Some(server) = it.server {
            server.end().await?;
        }
    }
    Ok(())
}
