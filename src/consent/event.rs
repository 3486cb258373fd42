//! One record of what a person did, as canonical JSON.

use alloc::string::String;
use alloc::vec::Vec;

use super::act::{Act, Source};
use super::slip::Slip;
use super::state::{Head, entries};
use crate::policy::{Key, Model, Object, Policy};

/// A record. It holds no address, user agent, page or name of the person (promise 8).
///
/// As JSON, with names in this (sorted) order: `act`, `at` and `exp` (s since 1970), `gpc`
/// (0 or 1), `grant` (0 or 1 for each purpose, `key` or `key@revision`), `lang`, `model`,
/// `notice` (`hash` and `version` of the policy document), `regime`, `region` (where known),
/// `seq`, `src`, `svc` (as `grant`, for services), `ui`, `v`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event<'a> {
    slip: Slip<'a>,
    act: Act,
    source: Source,
    model: Model,
    grants: Vec<(String, bool)>,
    services: Vec<(String, bool)>,
}

impl<'a> Event<'a> {
    /// The record that a slip stands for. The policy tells purposes from services; what it
    /// no longer has is taken for a purpose. `None` when the slip is of another format.
    pub fn of(slip: Slip<'a>, policy: &Policy<'_>) -> Option<Event<'a>> {
        let mut event = Event {
            slip,
            act: slip.act()?,
            source: slip.source()?,
            model: slip.model()?,
            grants: Vec::new(),
            services: Vec::new(),
        };
        for entry in entries(slip.group()) {
            let service = match policy.find(entry.key()) {
                Key::Item(at) => !policy.item(at).is_purpose(),
                _ => false,
            };
            let name = String::from_utf8_lossy(entry.name).into_owned();
            let list = if service { &mut event.services } else { &mut event.grants };
            list.push((name, entry.granted()));
        }
        event.grants.sort();
        event.services.sort();
        Some(event)
    }

    /// The canonical form (RFC 8785).
    pub fn canonical(&self) -> String {
        let slip = self.slip;
        let head = Head::read(slip.group());
        let mut notice = Object::default();
        notice.text("hash", slip.hash());
        notice.text("version", &String::from_utf8_lossy(slip.version()));
        let mut out = Object::default();
        out.text("act", self.act.as_str());
        out.number("at", head.at.into());
        out.number("exp", head.until.into());
        out.number("gpc", head.gpc.into());
        out.raw("grant", &map(&self.grants));
        out.text("lang", slip.lang());
        out.text("model", self.model.as_str());
        out.raw("notice", &notice.end());
        out.text("regime", slip.regime());
        if !slip.region().is_empty() {
            out.text("region", slip.region());
        }
        out.number("seq", head.seq.into());
        out.text("src", self.source.as_str());
        out.raw("svc", &map(&self.services));
        out.text("ui", slip.ui());
        out.number("v", 1);
        out.end()
    }
}

fn map(grants: &[(String, bool)]) -> String {
    let mut out = Object::default();
    for (key, granted) in grants {
        out.number(key, u64::from(*granted));
    }
    out.end()
}
