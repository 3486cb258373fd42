//! The sync module's exports.

use alloc::string::String;

use wasm_bindgen::prelude::*;

use crate::web::sync;

/// The name of a key.
#[wasm_bindgen]
pub fn subject(key: &[u8], at: f64) -> Option<String> {
    sync::subject(key, at)
}

/// What a device has to sign.
#[wasm_bindgen]
pub fn draft(
    what: &str,
    plan: &str,
    place: &str,
    device: &str,
    shown: &str,
    nonce: &[u8],
    now: f64,
) -> Option<String> {
    sync::draft(what, plan, place, device, shown, nonce, now)
}

/// The slip that has to follow a slip in the chain.
#[wasm_bindgen]
pub fn disputed(slip: &str, others: &str) -> Option<String> {
    sync::disputed(slip, others)
}

/// The event with its signature, its id and its hash.
#[wasm_bindgen]
pub fn sealed(unsigned: &str, signature: &[u8]) -> Option<String> {
    sync::sealed(unsigned, signature)
}

/// What has to be checked of an event from elsewhere.
#[wasm_bindgen]
pub fn opened(text: &str) -> Option<String> {
    sync::opened(text)
}

/// What a state becomes with events.
#[wasm_bindgen]
pub fn merged(
    events: &str,
    dev: &str,
    acct: &str,
    local: &str,
    version: &str,
    slips: &str,
) -> Option<String> {
    sync::merged(events, dev, acct, local, version, slips)
}

/// How many entries a log had when it signed a note.
#[wasm_bindgen]
pub fn size(note: &str) -> Option<f64> {
    sync::size(note)
}

/// Whether one note's log has become another's by growing.
#[wasm_bindgen]
pub fn consistent(before: &str, after: &str, proof: &str) -> bool {
    sync::consistent(before, after, proof)
}

/// What has to be checked of a note by a key.
#[wasm_bindgen]
pub fn signed(note: &str, key: &str) -> Option<String> {
    sync::signed(note, key)
}

/// What a subject signs to ask for what is its own.
#[wasm_bindgen]
pub fn asking(method: &str, path: &str, at: f64) -> String {
    sync::asking(method, path, at)
}

/// What to do now.
#[wasm_bindgen]
pub fn next(rows: &str, pause: &str, now: f64) -> String {
    sync::next(rows, pause, now)
}

/// The pause after a failure.
#[wasm_bindgen]
pub fn failed(pause: &str, now: f64, random: f64, asked: f64) -> String {
    sync::failed(pause, now, random, asked)
}

/// The pause after an answer, and what has to be written down.
#[wasm_bindgen]
pub fn answered(rows: &str, pause: &str, outcomes: &str, now: f64, random: f64) -> String {
    sync::answered(rows, pause, outcomes, now, random)
}
