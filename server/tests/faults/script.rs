//! What devices do: they send, send again what was not acknowledged, read, and ask for proofs.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result, ensure};
use axum::http::StatusCode;
use fastrand::Rng;
use mixus_privacy::ledger::{Hash, Kind, bytes, is_consistent};
use mixus_privacy::sync::MOST_EVENTS;
use serde_json::Value;

use crate::device::{Device, Signed, fleet};
use crate::process::Process;
use crate::witness::Witness;

/// How far each device has come, and what all of them were told.
#[derive(Clone, Debug, Default)]
pub(crate) struct Devices {
    /// How many events of each chain are done with.
    done: BTreeMap<usize, usize>,
    pub witness: Witness,
}

impl Devices {
    fn chain(which: usize) -> &'static [Signed] {
        &fleet()[which].chain
    }

    /// Up to so many events that a device has still to send; `again` lets it begin with some that were answered.
    fn next(&self, which: usize, most: usize, again: usize) -> &'static [Signed] {
        let chain = Devices::chain(which);
        let done = self.done.get(&which).copied().unwrap_or(0);
        let from = done.saturating_sub(again);
        let some = &chain[from..(done + most).min(chain.len())];
        // A link travels alone, for there is one token to a batch.
        match some.iter().position(|it| it.kind == Kind::Link) {
            Some(0) => &some[..1],
            Some(at) => &some[..at],
            None => some,
        }
    }

    /// A batch of several devices.
    pub(crate) fn batch(&self, rng: &mut Rng, most: usize) -> Vec<&'static Signed> {
        let mut batch: Vec<&Signed> = Vec::new();
        let wanted = rng.usize(1..=most);
        for _ in 0..40 {
            let which = rng.usize(..fleet().len());
            let some = self.next(which, rng.usize(1..=4), usize::from(rng.u8(..8) == 0));
            let links = some.iter().any(|it| it.kind == Kind::Link);
            if links && batch.is_empty() {
                return some.iter().collect();
            }
            let known = some.iter().any(|it| batch.iter().any(|other| other.hash == it.hash));
            if links || known || batch.len() + some.len() > MOST_EVENTS {
                continue;
            }
            batch.extend(some);
            if let Some(copy) = &fleet()[which].copy
                && self.done.get(&which).is_some_and(|it| *it > 1)
                && rng.u8(..4) == 0
                && batch.len() < MOST_EVENTS
            {
                batch.push(copy);
            }
            if batch.len() >= wanted {
                break;
            }
        }
        batch
    }

    /// Sends; whether the store was there.
    pub(crate) async fn send(&mut self, process: &Process, events: &[&'static Signed]) -> Result<bool> {
        self.witness.sends(events);
        let answer = process.send(events).await?;
        self.heard(events, answer.as_ref())?;
        Ok(answer.is_some())
    }

    pub(crate) fn heard(&mut self, events: &[&'static Signed], answer: Option<&Value>) -> Result<usize> {
        let Some(answer) = answer else { return Ok(0) };
        let landed = self.witness.hears(events, answer)?;
        for event in events {
            let done = self.done.entry(event.device).or_default();
            let next = fleet()[event.device].chain.get(*done);
            if next.is_some_and(|it| it.hash == event.hash) {
                *done += 1;
            }
        }
        Ok(landed)
    }

    /// Everything that was sent and not acknowledged, and some of the rest, as devices send it that were offline. How
    /// much was there although nobody had been told.
    pub(crate) async fn send_again(&mut self, process: &Process, rng: &mut Rng, share: f64) -> Result<usize> {
        let mut landed = 0;
        let mut batch: Vec<&Signed> = Vec::new();
        for device in fleet() {
            for event in device.chain.iter().chain(&device.copy) {
                if !self.witness.sent.contains(&event.hash) {
                    continue;
                }
                if self.witness.acknowledged.contains_key(&event.hash) && rng.f64() >= share {
                    continue;
                }
                let alone = event.kind == Kind::Link;
                if !batch.is_empty() && (alone || batch.len() == MOST_EVENTS) {
                    landed += self.sent_again(process, &batch).await?;
                    batch.clear();
                }
                batch.push(event);
                if alone {
                    landed += self.sent_again(process, &batch).await?;
                    batch.clear();
                }
            }
        }
        if !batch.is_empty() {
            landed += self.sent_again(process, &batch).await?;
        }
        Ok(landed)
    }

    async fn sent_again(&mut self, process: &Process, batch: &[&'static Signed]) -> Result<usize> {
        let answer = process.send(batch).await?;
        self.heard(batch, Some(&answer.context("unavailable, with nothing wrong")?))
    }

    /// Some device that still can has everything erased; whether the store was there.
    pub(crate) async fn erases(&mut self, process: &Process) -> Result<bool> {
        let erases = |it: &&Device| it.chain.last().is_some_and(|it| it.kind == Kind::Erase);
        let left = |it: &&Device| it.chain.iter().all(|it| !self.witness.sent.contains(&it.hash));
        let Some(device) = fleet().iter().filter(erases).find(left) else {
            return Ok(true);
        };
        let chain: Vec<&Signed> = device.chain.iter().collect();
        self.send(process, &chain).await
    }

    /// Asks for something, and looks at the answer; whether the store was there.
    pub(crate) async fn read(&mut self, process: &Process, rng: &mut Rng) -> Result<bool> {
        match rng.u8(..4) {
            0 => self.checkpoint(process).await,
            1 => self.consistency(process, rng).await,
            2 => self.pull(process, rng).await,
            _ => self.receipt(process, rng).await,
        }
    }

    pub(crate) async fn checkpoint(&mut self, process: &Process) -> Result<bool> {
        let answered = process.get("/v1/log/checkpoint").await?;
        if answered.status == StatusCode::SERVICE_UNAVAILABLE {
            return Ok(false);
        }
        self.witness.sees(&answered.body)?;
        Ok(true)
    }

    async fn consistency(&mut self, process: &Process, rng: &mut Rng) -> Result<bool> {
        let Some((old, new)) = self.witness.two(rng) else {
            return Ok(true);
        };
        let path = format!("/v1/log/consistency?from={}&to={}", old.0, new.0);
        let Some(answer) = process.get(&path).await?.value()? else {
            return Ok(false);
        };
        let proof = answer["proof"].as_array().context("no proof")?;
        let proof: Option<Vec<Hash>> = proof.iter().map(|it| it.as_str().and_then(bytes)).collect();
        let shown = is_consistent((old.0, &old.1), (new.0, &new.1), &proof.context("no proof")?);
        ensure!(shown, "no proof from {} to {}", old.0, new.0);
        Ok(true)
    }

    async fn pull(&mut self, process: &Process, rng: &mut Rng) -> Result<bool> {
        let which = rng.usize(..fleet().len());
        let device = &fleet()[which];
        let path = format!("/v1/subjects/{}/events", device.sub().text());
        let Some(answer) = process.own(device, &path).await?.value()? else {
            return Ok(false);
        };
        let events = answer["events"].as_array().context("no events")?;
        let seen = answer["seen"].as_u64().context("no place")?;
        for event in device.chain.iter().filter(|it| !self.is_erased(device, it)) {
            let Some(place) = self.witness.acknowledged.get(&event.hash) else {
                continue;
            };
            let found = events.iter().find(|it| it["index"] == place.0);
            let found = found.context("what was acknowledged is not handed back")?;
            ensure!(
                found["event"] == event.text.as_str() && found["taken"] == place.1,
                "another event"
            );
            ensure!(place.0 < seen, "beyond what was seen");
        }
        Ok(true)
    }

    async fn receipt(&mut self, process: &Process, rng: &mut Rng) -> Result<bool> {
        let which = rng.usize(..fleet().len());
        let device = &fleet()[which];
        let Some(first) = device.chain.first().filter(|it| !self.is_erased(device, it)) else {
            return Ok(true);
        };
        let Some(place) = self.witness.acknowledged.get(&first.hash) else {
            return Ok(true);
        };
        let path = format!("/v1/subjects/{}/receipts/{}", device.sub().text(), place.0);
        let Some(answer) = process.own(device, &path).await?.value()? else {
            return Ok(false);
        };
        ensure!(answer["event"] == first.text.as_str(), "a receipt for something else");
        self.witness.sees(answer["checkpoint"].as_str().context("no checkpoint")?)?;
        Ok(true)
    }

    /// Whether it may be gone: its subject has asked for that, and may have been heard.
    fn is_erased(&self, device: &Device, event: &Signed) -> bool {
        let end = device.chain.last().filter(|it| it.kind == Kind::Erase);
        end.is_some_and(|end| end.hash != event.hash && self.witness.sent.contains(&end.hash))
    }
}
