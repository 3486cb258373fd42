//! Measures the server beside the least that any would have to do, in turns: `cargo xtask bench server`.

#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "figures"
)]

mod events;
mod floor;
mod load;
mod process;

use std::path::Path;
use std::sync::Arc;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use anyhow::{Context as _, Result, bail};
use mixus_privacy_server::{Records, Settings};

use events::Stream;
use load::{Pace, Ran, Requests, post, run};
use process::Server;

const CONNECTIONS: u64 = 64;

struct Options {
    rounds: usize,
    /// How many events are sent in a round.
    events: usize,
    /// How many rows are there before the clock runs.
    rows: Vec<u64>,
}

fn options(mut arguments: impl Iterator<Item = String>) -> Result<Options> {
    let mut options = Options {
        rounds: 5,
        events: 30_000,
        rows: vec![0],
    };
    while let Some(argument) = arguments.next() {
        let value = arguments.next().with_context(|| format!("{argument} needs a value"))?;
        match argument.as_str() {
            "--rounds" => options.rounds = value.parse()?,
            "--events" => options.events = value.parse()?,
            "--rows" => options.rows = value.split(',').map(str::parse).collect::<Result<_, _>>()?,
            _ => bail!("{argument} is not known"),
        }
    }
    Ok(options)
}

/// Fills a database with the first events of a stream.
async fn fill(database: &Path, stream: &mut Stream, rows: u64) -> Result<()> {
    let records = Records::open(Settings {
        database: database.into(),
        ..Settings::default()
    })
    .await?;
    let begin = Instant::now();
    while stream.count < rows {
        let texts = (stream.count..rows).take(4096).map(|_| stream.next(false).1).collect();
        records.append_unchecked(texts).await?;
    }
    eprintln!("{rows} rows in {:.0} s", begin.elapsed().as_secs_f64());
    Ok(())
}

/// The next requests of a stream.
fn requests(stream: &mut Stream, count: usize) -> Requests {
    let mut lists = vec![Vec::new(); CONNECTIONS as usize];
    for _ in 0..count {
        let (device, text) = stream.next(true);
        lists[(device % CONNECTIONS) as usize].push(post("/v1/events", &text));
    }
    Arc::new(lists)
}

#[tokio::main]
async fn main() -> Result<()> {
    let options = options(std::env::args().skip(1))?;
    let folder = tempfile::tempdir()?;
    let hello = floor::hello().await?;
    let bare = floor::bare(&folder.path().join("bare.db")).await?;
    let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs();
    let mut servers = Vec::new();
    for rows in &options.rows {
        let database = folder.path().join(format!("{rows}.db"));
        let mut stream = Stream::new(now, *rows);
        fill(&database, &mut stream, *rows).await?;
        let server = Server::start(database.to_str().context("a path")?, &[]).await?;
        servers.push((*rows, server, stream));
    }
    let show = |name: &str, ran: &Ran| {
        let [half, most, longest] = ran.quantiles;
        println!(
            "{name:<12} {:>7.0}/s  p50 {half:>5.1}  p99 {most:>5.1}  max {longest:>5.1} ms",
            ran.rate
        );
    };
    for round in 0..options.rounds {
        println!("round {round}");
        let mut made = Vec::new();
        for (.., stream) in &mut servers {
            made.push(requests(stream, options.events));
        }
        let first = made.first().context("rows")?;
        show("hello", &run(&hello, first, b"stored", Pace::Closed).await?);
        show("bare", &run(&bare, first, b"stored", Pace::Closed).await?);
        for ((rows, server, _), requests) in servers.iter().zip(&made) {
            let before = server.processor()?;
            let ran = run(&server.address, requests, b"\"stored\"", Pace::Closed).await?;
            let each = (server.processor()? - before) * 1e6 / options.events as f64;
            show(&rows.to_string(), &ran);
            println!("{each:>20.0} us of processor each");
        }
    }
    for (rows, server, _) in servers {
        println!("{rows}: {} kB at most", server.status("VmHWM")?);
        server.end().await?;
    }
    Ok(())
}
