//! Measures the server beside the least that any would have to do, in turns.

#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "figures"
)]

mod events;
mod floor;
mod load;

use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::Result;
use mixus_privacy_server::{Records, Settings};
use tokio::net::TcpListener;

use events::Device;
use load::{Ran, closed, post};

const CONNECTIONS: usize = 64;

#[tokio::main]
async fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let rounds = arguments
        .iter()
        .position(|it| it == "--rounds")
        .and_then(|at| arguments.get(at + 1)?.parse().ok())
        .unwrap_or(5);
    let folder = tempfile::tempdir()?;
    let time = Duration::from_secs(3);
    let hello = floor::hello().await?;
    let bare = floor::bare(&folder.path().join("bare.db")).await?;
    let records = Records::open(Settings {
        database: folder.path().join("records.db").into(),
        rate: 0,
        ..Settings::default()
    })
    .await?;
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let whole = listener.local_addr()?.to_string();
    tokio::spawn(async move { axum::serve(listener, records.router()).await });
    let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs();
    let mut first = 0;
    for round in 0..rounds {
        // 70 of 100 come from devices that were there before.
        let mut make = tokio::task::JoinSet::new();
        for connection in 0..CONNECTIONS as u64 {
            let from = first + connection * 100_000;
            make.spawn_blocking(move || {
                let mut devices: Vec<Device> = Vec::new();
                (0..3000_u64)
                    .map(|at| {
                        if at % 10 < 3 || devices.is_empty() {
                            devices.push(Device::new(from + at, now));
                        }
                        let which = if at % 10 < 3 {
                            devices.len() - 1
                        } else {
                            (at as usize * 7919) % devices.len()
                        };
                        post("/v1/events", &devices[which].decide(now))
                    })
                    .collect::<Vec<_>>()
            });
        }
        let requests = Arc::new(make.join_all().await);
        first += 10_000_000;
        let mut said = Vec::new();
        for (name, address, wanted) in [
            ("hello", &hello, &b"stored"[..]),
            ("bare", &bare, b"stored"),
            ("whole", &whole, b"\"stored\""),
        ] {
            let Ran { rate, quantiles } = closed(address, Arc::clone(&requests), wanted, time).await?;
            said.push(format!(
                "{name} {rate:.0}/s p50 {:.1} p99 {:.1} max {:.1}",
                quantiles[0], quantiles[1], quantiles[2]
            ));
        }
        println!("round {round}: {}", said.join(" | "));
    }
    let mut client = load::Client::connect(&whole).await?;
    let (_, body) = client.ask(b"GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n").await?;
    println!("{}", String::from_utf8_lossy(body));
    Ok(())
}
