//! What devices send, changed on its way by somebody who would like to: forged, replayed, torn, put together anew, nested.
//! Only what a device has signed is kept, and that once.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result, ensure};
use axum::body::Body;
use axum::http::Request;
use fastrand::Rng;
use mixus_privacy::sync::lines;
use serde_json::Value;

use crate::device::{Signed, fleet};
use crate::kept;
use crate::process::Process;
use crate::script::Devices;
use crate::vfs::Machine;
use crate::{counts, first_seed, rounds};

/// As many bodies meet one database.
const TOGETHER: u64 = 200;

/// What is done to a body.
const WAYS: [&str; 10] = [
    "a bit flipped",
    "bytes removed",
    "bytes put in",
    "bytes of another body put in their place",
    "torn off",
    "events in another order",
    "an event replayed",
    "the value of another event",
    "nested deeply",
    "sent as it is",
];

fn any(rng: &mut Rng) -> &'static Signed {
    let device = &fleet()[rng.usize(..fleet().len())];
    &device.chain[rng.usize(..device.chain.len())]
}

/// A place between two members of an event, and where the next one begins.
fn member(rng: &mut Rng, text: &str) -> (usize, usize) {
    let ends: Vec<usize> = text.match_indices(",\"").map(|it| it.0).collect();
    let at = rng.usize(..ends.len() - 1);
    (ends[at], ends[at + 1])
}

/// Changes a body in one of the ways.
fn change(way: usize, events: &[&Signed], rng: &mut Rng) -> Vec<u8> {
    let mut lines: Vec<String> = events.iter().map(|it| it.text.clone()).collect();
    match way {
        5 => rng.shuffle(&mut lines),
        6 => lines.insert(rng.usize(..=lines.len()), any(rng).text.clone()),
        7 => {
            let which = rng.usize(..lines.len());
            let (from, to) = member(rng, &lines[which]);
            let name = lines[which][from..to].split(':').next().unwrap_or("").to_owned();
            let other = &any(rng).text;
            if let Some(at) = other.find(&name) {
                let end = other[at + 1..].find(",\"").map_or(other.len(), |it| at + 1 + it);
                lines[which].replace_range(from..to, &other[at..end]);
            }
        }
        8 => {
            let which = rng.usize(..lines.len());
            let (from, to) = member(rng, &lines[which]);
            let open = ["[", "{\"a\":", "\"", "{\"grant\":"][rng.usize(..4)];
            let deep = open.repeat(rng.usize(1..3_000));
            let colon = lines[which][from..to].find(':').map_or(to, |it| from + it + 1);
            lines[which].replace_range(colon..to, &deep);
        }
        _ => {}
    }
    let mut body = lines.join("\n").into_bytes();
    let at = rng.usize(..body.len());
    let end = (at + rng.usize(1..=40)).min(body.len());
    match way {
        0 => body[at] ^= 1 << rng.u8(..8),
        1 => drop(body.drain(at..end)),
        2 => drop(body.splice(at..at, (0..end - at).map(|_| rng.u8(..)))),
        3 => {
            let other = any(rng).text.as_bytes();
            let from = at % other.len();
            let to = (from + end - at).min(other.len());
            body.splice(at..end, other[from..to].iter().copied());
        }
        4 => body.truncate(at),
        _ => {}
    }
    body
}

/// So many bodies, one after the other, to one process. What was answered, by its code.
async fn meets(
    seed: u64,
    bodies: u64,
    ways: &mut [u64; WAYS.len()],
    told: &mut BTreeMap<String, u64>,
) -> Result<()> {
    let mut rng = Rng::with_seed(seed);
    let machine = Machine::new(&mut rng);
    let process = Process::start(&machine.database()).await?;
    let mut devices = Devices::default();
    devices.witness.meets(&process.key)?;
    for _ in 0..bodies {
        let batch = devices.batch(&mut rng, 4);
        if batch.is_empty() {
            continue;
        }
        if rng.bool() {
            // Meanwhile something goes well, so that there is something to forge.
            ensure!(devices.send(&process, &batch).await?, "unavailable");
            continue;
        }
        let way = rng.usize(..WAYS.len());
        ways[way] += 1;
        let body = change(way, &batch, &mut rng);
        let token = batch.iter().map(|it| it.token.as_str()).find(|it| !it.is_empty());
        let request = Request::post("/v1/events").header("mixus-link", token.unwrap_or(""));
        let answered = process.ask(request.body(Body::from(body.clone()))?).await?;
        let said: Value = serde_json::from_str(&answered.body).context("no JSON")?;
        let mut tell =
            |code: &str| *told.entry(format!("{} {code}", answered.status.as_u16())).or_default() += 1;
        match answered.status.as_u16() {
            200 => {
                let text = std::str::from_utf8(&body)?;
                let lines: Vec<&str> = lines(text).context("no batch")?.collect();
                let answers = said["answers"].as_array().context("no answers")?;
                ensure!(answers.len() == lines.len(), "{} about {}", answers.len(), lines.len());
                let mut there = Vec::new();
                for (line, answer) in lines.iter().zip(answers) {
                    tell(answer["code"].as_str().or(answer["status"].as_str()).unwrap_or(""));
                    if answer["status"] == "rejected" {
                        continue;
                    }
                    let all = fleet().iter().flat_map(|it| it.chain.iter().chain(&it.copy));
                    let signed = all.clone().find(|it| it.text == *line);
                    there
                        .push((signed.context("something was kept that nobody has signed")?, answer.clone()));
                }
                // What has got through is what a device could have sent, and counts as that.
                for (event, answer) in there {
                    let answer = serde_json::json!({"checkpoint": said["checkpoint"], "answers": [answer]});
                    devices.witness.sends(&[event]);
                    devices.heard(&[event], Some(&answer))?;
                }
            }
            400 | 413 => tell(said["code"].as_str().unwrap_or("")),
            status => anyhow::bail!("{status}: {}", answered.body),
        }
    }
    devices.witness.checks(&kept::sqlite(&machine.database())?)
}

#[tokio::test]
async fn only_what_was_signed_is_kept() {
    let count = rounds(1_000, 100_000);
    let (mut ways, mut told) = ([0; WAYS.len()], BTreeMap::new());
    let mut at = 0;
    while at < count {
        let seed = first_seed() + at / TOGETHER;
        let met = meets(seed, 2 * TOGETHER.min(count - at), &mut ways, &mut told).await;
        met.unwrap_or_else(|error| panic!("MIXUS_SEED={seed} MIXUS_FAULTS=1: {error:#}"));
        at += TOGETHER;
    }
    for (what, count) in WAYS.iter().zip(ways) {
        counts(count, &format!("bodies: {what}"));
    }
    for (what, count) in told {
        counts(count, &format!("answers: {what}"));
    }
}
