//! Devices that decide, and a log that takes in.

use std::collections::BTreeMap;
use std::format;
use std::string::String;
use std::vec::Vec;

use ed25519_dalek::{Signer as _, SigningKey};

use crate::consent::{Act, Source};
use crate::ledger::{Choices, Entry, Event, Hash, Kind, Log, NOTHING, Scope, Subject, Tile, Word, fold};
use crate::policy::Model;

/// An event of a device that has done nothing yet.
pub(crate) fn event(device: u8) -> Event<'static> {
    let key = SigningKey::from_bytes(&[device + 1; 32]).verifying_key().to_bytes();
    Event {
        acct: "",
        act: Act::Custom,
        at: 1_764_000_000,
        dev: [device; 8],
        exp: 1_780_000_000,
        gpc: false,
        grant: Choices::NONE,
        hlc: 1_764_000_000_000 << 16,
        lang: "en",
        model: Model::OptIn,
        nonce: [7; 16],
        notice: [9; 32],
        version: "2026-11",
        key,
        prev: NOTHING,
        regime: "gdpr",
        region: "DE",
        seen: 0,
        seq: 1,
        sig: [0; 64],
        src: Source::Banner,
        sub: Subject::of(&key, 1_764_000_000),
        svc: Choices::NONE,
        kind: Kind::Decision,
        ui: [3; 32],
    }
}

/// The canonical text of an event, signed by its device.
pub(super) fn signed(mut event: Event<'_>) -> String {
    let key = SigningKey::from_bytes(&[event.dev[0] + 1; 32]);
    event.sig = key.sign(event.unsigned().as_bytes()).to_bytes();
    event.canonical()
}

/// What one device says at one moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Step {
    /// Which of the devices.
    pub device: u8,
    /// What it says.
    pub said: &'static str,
    /// Whether it has merged the log before.
    pub fresh: bool,
}

/// The entries of a history: every step is an event that is taken in at once. Devices with a number
/// from 10 on are in an account. `skew` is how wrong each device's clock is, in seconds.
pub(super) fn entries(steps: &[Step], skew: impl Fn(u8) -> i64) -> Vec<Entry<'static>> {
    let mut last: Vec<(u8, u64, Hash, u64)> = Vec::new();
    let mut entries = Vec::new();
    let add =
        |step: Step, kind: Kind, last: &mut Vec<(u8, u64, Hash, u64)>, entries: &mut Vec<Entry<'static>>| {
            let index = entries.len() as u64;
            let found = last.iter().find(|it| it.0 == step.device).copied();
            let (_, seq, prev, seen) = found.unwrap_or((step.device, 0, NOTHING, 0));
            let seen = if step.fresh { index } else { seen };
            let at = (1_764_000_000 + index as i64).saturating_add(skew(step.device)) as u64;
            let event = Event {
                kind,
                acct: if step.device < 10 { "" } else { "account" },
                seq: seq + 1,
                prev,
                seen,
                at,
                exp: at + 9_000_000,
                hlc: (at * 1000) << 16,
                grant: Choices(step.said),
                ..event(step.device)
            };
            // A hash stands for an event, as long as no two have the same.
            let mut hash = [step.device + 1; 32];
            hash[..8].copy_from_slice(&(index + 1).to_be_bytes());
            last.retain(|it| it.0 != step.device);
            last.push((step.device, seq + 1, hash, seen));
            entries.push(Entry {
                event,
                hash,
                index: Some(index),
            });
        };
    for step in steps {
        if step.device >= 10 && !last.iter().any(|it| it.0 == step.device) {
            let link = Step {
                said: "{}",
                fresh: false,
                ..*step
            };
            add(link, Kind::Link, &mut last, &mut entries);
        }
        add(*step, Kind::Decision, &mut last, &mut entries);
    }
    entries
}

/// What stands, as a device of the account sees it: `analytics+ social*`.
pub(super) fn standing(entries: &[Entry<'_>]) -> String {
    words(
        entries,
        Scope {
            dev: [0xff; 8],
            acct: "account",
        },
    )
}

pub(super) fn words(entries: &[Entry<'_>], scope: Scope<'_>) -> String {
    let signs: Vec<String> = fold(entries, scope)
        .iter()
        .map(|it| {
            let sign = match it.word {
                Word::Granted => '+',
                Word::Refused => '!',
                Word::Conflict => '*',
            };
            format!("{}{sign}", it.name)
        })
        .collect();
    signs.join(" ")
}

/// A log of these leaves, and its full tiles.
pub(crate) fn grown(leaves: impl IntoIterator<Item = Hash>) -> (Log, BTreeMap<(u32, u64), Tile>) {
    let (mut log, mut tiles) = (Log::default(), BTreeMap::new());
    for leaf in leaves {
        log.push(leaf, |level, at, tile| {
            tiles.insert((level, at), tile);
        });
    }
    (log, tiles)
}
