//! What a person can take away.

mod iso;
mod kantara;
mod mode;
mod whole;

use std::format;
use std::string::{String, ToString as _};
use std::vec::Vec;

use serde_json::{Value, json};

use super::{As, Notice, Told, export};
use crate::consent::{Act, Source};
use crate::ledger::tests::world;
use crate::ledger::{Choices, Event, Hash, NOTHING, Subject};
use crate::policy::Json;
use crate::policy::tests::document;

const NOW: u64 = 1_770_000_000;

fn notice(document: &Value) -> Notice {
    Notice::read(&mut Json::new(document)).expect("a document")
}

/// The default document with all that the forms demand.
fn complete() -> Value {
    let mut document = document();
    document["controller"]["address"] = "1 Main Street, Springfield".into();
    document["controller"]["phone"] = "+1 555 0100".into();
    document["controller"]["policy"] = "https://www.example.com/privacy".into();
    for service in document["services"].as_array_mut().expect("services") {
        service["provider"]["locations"] = json!(["DE"]);
    }
    for key in ["preferences", "support-chat", "social"] {
        let data = json!({"key": key, "purpose": key, "retention": {"while": "choice"}});
        document["data"].as_array_mut().expect("data").push(data);
        document["texts"]["en"]["data"][key] =
            json!({"title": format!("Data of {key}"), "description": "What it says."});
    }
    document
}

/// A device that decides under a document.
struct Device {
    notice: Hash,
    seq: u64,
    prev: Hash,
    at: u64,
}

impl Device {
    fn new(notice: Hash) -> Device {
        Device {
            notice,
            seq: 0,
            prev: NOTHING,
            at: 1_764_000_000,
        }
    }

    /// Its next event, an hour later, with what is to be said otherwise.
    fn says<'a>(&mut self, grant: &'a str, svc: &'a str, other: impl FnOnce(&mut Event<'a>)) -> String {
        self.seq += 1;
        self.at += 3600;
        let mut event = Event {
            seq: self.seq,
            prev: self.prev,
            at: self.at,
            exp: self.at + 15_724_800,
            hlc: (self.at * 1000) << 16,
            notice: self.notice,
            version: "2026-11-01",
            grant: Choices(grant),
            svc: Choices(svc),
            act: Act::Custom,
            src: Source::Panel,
            ..world::event(1)
        };
        other(&mut event);
        self.prev = event.hash();
        event.canonical()
    }
}

fn sub() -> Subject {
    world::event(1).sub
}

/// Events in the order in which the log has them.
fn told(events: &[String]) -> Vec<Told<'_>> {
    (0..)
        .zip(events)
        .map(|(index, event)| Told {
            event,
            index: Some(index),
            taken: Some(1_764_100_000 + index),
        })
        .collect()
}

fn exported(form: As, events: &[String], notices: &[Notice]) -> Value {
    let text = export(form, &sub(), &told(events), notices, NOW);
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

fn missing(export: &Value) -> Vec<String> {
    let missing = export["missing"].as_array().expect("a list");
    missing.iter().map(|it| it.as_str().expect("a place").to_string()).collect()
}
