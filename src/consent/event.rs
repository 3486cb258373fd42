//! One record of what a person did, as canonical JSON.

use alloc::string::String;
use alloc::vec::Vec;

use super::act::{Act, Source};
use super::decision::split_revision;
use crate::policy::{CanonicalText, Model, Node, is_key, is_language, is_region, is_version, push_number};

/// A record. It holds no address, user agent, page or name of the person (promise 8).
///
/// As JSON, with names in this (sorted) order: `act`, `at` (ms since 1970), `exp` (s since
/// 1970), `gpc` (0 or 1), `grant` (0 or 1 for each purpose, `key` or `key@revision`),
/// `lang`, `model`, `notice` (`hash` where known, and `version`), `regime`, `region` (where
/// known), `seq`, `src`, `svc` (as `grant`, for services), `v`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// What was done.
    pub act: Act,
    /// Where.
    pub source: Source,
    /// When, by the device's clock, in milliseconds since 1970.
    pub at: u64,
    /// The number of the event on this device, from 1.
    pub seq: u64,
    /// The version of the policy document.
    pub version: String,
    /// SHA-256 of the notice, base64url; empty where it was not known in time.
    pub notice: String,
    /// The language of the texts.
    pub lang: String,
    /// The key of the regime.
    pub regime: String,
    /// The regime's model.
    pub model: Model,
    /// The region, empty where unknown.
    pub region: String,
    /// Whether the opt-out signal was on.
    pub gpc: bool,
    /// The purposes that were allowed or refused.
    pub grants: Vec<(String, bool)>,
    /// The services that were allowed or refused.
    pub services: Vec<(String, bool)>,
    /// Until when it holds, in seconds since 1970.
    pub until: u64,
}

impl Event {
    /// The canonical form (RFC 8785).
    pub fn canonical(&self) -> String {
        let mut out = String::from("{\"act\":");
        CanonicalText::push(&mut out, self.act.as_str());
        number(&mut out, "at", self.at);
        number(&mut out, "exp", self.until);
        number(&mut out, "gpc", u64::from(self.gpc));
        map(&mut out, "grant", &self.grants);
        text(&mut out, "lang", &self.lang);
        text(&mut out, "model", self.model.as_str());
        out.push_str(",\"notice\":{");
        if !self.notice.is_empty() {
            out.push_str("\"hash\":");
            CanonicalText::push(&mut out, &self.notice);
            out.push(',');
        }
        out.push_str("\"version\":");
        CanonicalText::push(&mut out, &self.version);
        out.push('}');
        text(&mut out, "regime", &self.regime);
        if !self.region.is_empty() {
            text(&mut out, "region", &self.region);
        }
        number(&mut out, "seq", self.seq);
        text(&mut out, "src", self.source.as_str());
        map(&mut out, "svc", &self.services);
        number(&mut out, "v", 1);
        out.push('}');
        out
    }

    /// Reads a record. `None` when anything in it is not as [`Event::canonical`] writes it:
    /// a damaged record is never half understood.
    pub fn read<N: Node>(node: &N) -> Option<Event> {
        let word = |name: &str| node.member(name)?.text();
        let whole = |name: &str| u64::try_from(node.member(name)?.integer()?).ok();
        let notice = node.member("notice")?;
        let event = Event {
            act: Act::parse(&word("act")?)?,
            source: Source::parse(&word("src")?)?,
            at: whole("at")?,
            seq: whole("seq")?,
            version: notice.member("version")?.text()?,
            notice: match notice.member("hash") {
                Some(hash) => hash.text()?,
                None => String::new(),
            },
            lang: word("lang")?,
            regime: word("regime")?,
            model: Model::parse(&word("model")?)?,
            region: match node.member("region") {
                Some(region) => region.text()?,
                None => String::new(),
            },
            gpc: whole("gpc")? == 1,
            grants: read_map(&node.member("grant")?)?,
            services: read_map(&node.member("svc")?)?,
            until: whole("exp")?,
        };
        let sound = whole("v")? == 1
            && is_version(&event.version)
            && is_language(&event.lang)
            && is_key(&event.regime)
            && (event.region.is_empty() || is_region(&event.region));
        sound.then_some(event)
    }
}

fn number(out: &mut String, name: &str, value: u64) {
    out.push_str(",\"");
    out.push_str(name);
    out.push_str("\":");
    push_number(out, value, 10);
}

fn text(out: &mut String, name: &str, value: &str) {
    out.push_str(",\"");
    out.push_str(name);
    out.push_str("\":");
    CanonicalText::push(out, value);
}

fn map(out: &mut String, name: &str, grants: &[(String, bool)]) {
    out.push_str(",\"");
    out.push_str(name);
    out.push_str("\":{");
    let mut sorted: Vec<_> = grants.iter().collect();
    sorted.sort();
    for (at, (key, granted)) in sorted.into_iter().enumerate() {
        if at > 0 {
            out.push(',');
        }
        CanonicalText::push(out, key);
        out.push_str(if *granted { ":1" } else { ":0" });
    }
    out.push('}');
}

fn read_map<N: Node>(node: &N) -> Option<Vec<(String, bool)>> {
    let mut grants = Vec::new();
    for name in node.names()? {
        let granted = match node.member(&name)?.integer()? {
            0 => false,
            1 => true,
            _ => return None,
        };
        if !is_key(split_revision(&name).0) {
            return None;
        }
        grants.push((name, granted));
    }
    Some(grants)
}
