//! A browser as far as the machine is concerned: one page, a store, a clock.

use std::string::{String, ToString as _};
use std::vec::Vec;

use proptest::prelude::*;
use serde_json::{Value, json};

use crate::consent::{Act, Deed, Refusal, Session, Signals, Source, State, Verdict};
use crate::page::Page;
use crate::policy::{Json, Policy, compile};

/// A moment in 2026, in seconds since 1970.
pub(super) const NOON: u32 = 1_795_000_000;
pub(super) const DAY: u32 = 86_400;

/// Compiles a document that must be in order.
pub(super) fn plan(document: &Value) -> String {
    let mut at = Json::new(document);
    let plan = compile(&mut at, "hash");
    assert!(!at.refused(), "{:?}", at.faults);
    plan
}

/// The default policy's document, with its English texts in place.
pub(super) fn default_document() -> Value {
    let mut document: Value =
        serde_json::from_str(include_str!("../../policy/default/policy.json")).expect("the default document");
    let english: Value =
        serde_json::from_str(include_str!("../../policy/default/texts/en.json")).expect("its texts");
    document["texts"] = json!({"en": english});
    document
}

/// Where and by whom a page is seen.
#[derive(Clone, Copy, Debug)]
pub(super) struct Visit {
    pub(super) region: &'static str,
    pub(super) signals: Signals,
    pub(super) forbidden: &'static str,
}

impl Visit {
    pub(super) fn from(region: &'static str) -> Visit {
        Visit {
            region,
            signals: Signals::default(),
            forbidden: "",
        }
    }
}

/// A page, and the store that it shares with later pages.
pub(super) struct Device<'p> {
    pub(super) page: Page<'p>,
    /// The stored state.
    pub(super) state: String,
    /// The stored records.
    pub(super) slips: Vec<String>,
    pub(super) now: u32,
}

impl<'p> Device<'p> {
    pub(super) fn open(plan: &'p str, visit: Visit, state: &str, now: u32) -> Device<'p> {
        let policy = Policy::read(plan.as_bytes(), visit.region.as_bytes(), b"").expect("a plan");
        let mut page = Page::new();
        page.start(Session {
            policy,
            region: visit.region.as_bytes(),
            lang: b"en",
            ui: b"0.1.0-box",
            signals: visit.signals,
            forbidden: visit.forbidden.as_bytes(),
        });
        page.refresh(b"", state.as_bytes(), now);
        Device {
            page,
            state: state.into(),
            slips: Vec::new(),
            now,
        }
    }

    /// Decides as far as the record: what is denied is in force, what is granted is not.
    pub(super) fn decide(
        &mut self,
        act: Act,
        picks: &str,
        once: bool,
        person: bool,
    ) -> Result<String, Refusal> {
        let mut slip: Vec<u8> = Vec::new();
        let deed = Deed {
            act,
            picks: picks.as_bytes(),
            once,
            person: Page::person(person),
        };
        self.page.decide(deed, Source::Api, self.now, &mut slip)?;
        Ok(String::from_utf8(slip).expect("ASCII"))
    }

    /// Stores the record and puts the grants in force.
    pub(super) fn store(&mut self, slip: &str) {
        self.slips.push(slip.into());
        self.state = String::from_utf8(self.page.state().to_vec()).expect("ASCII");
        self.page.commit(self.now);
    }

    /// A whole decision.
    pub(super) fn act(&mut self, act: Act, picks: &str) {
        let slip = self.decide(act, picks, false, true).expect("it is taken");
        self.store(&slip);
    }

    pub(super) fn allows(&self, key: &str) -> bool {
        self.page.verdict(key.as_bytes()).1.allowed()
    }

    pub(super) fn verdict(&self, key: &str) -> Verdict {
        self.page.verdict(key.as_bytes()).1
    }

    /// Lets time pass, up to the next page view.
    pub(super) fn wait(&mut self, days: u32) {
        self.now += days * DAY;
        self.page.refresh(b"", b"", self.now);
    }

    /// What the person is asked about now.
    pub(super) fn asked(&mut self) -> Vec<String> {
        let mut out: Vec<u8> = Vec::new();
        self.page.show(b"section|box", false, self.now, &mut out);
        let asked = self.page.asked();
        let policy = self.page.session().policy;
        let items = policy.items().filter(|it| it.is_purpose() && asked >> it.at & 1 != 0);
        items.map(|it| String::from_utf8_lossy(it.key).into_owned()).collect()
    }

    /// The keys of everything that is allowed.
    pub(super) fn allowed(&self) -> Vec<String> {
        let keys = keys(&self.page.session().policy);
        keys.into_iter().filter(|key| self.allows(key)).collect()
    }

    /// The verdicts on everything, from the stored state alone, as a later page has them.
    pub(super) fn later(&self) -> Vec<Verdict> {
        let session = self.page.session();
        let state = State::read(self.state.as_bytes());
        session
            .policy
            .items()
            .map(|item| session.verdict(state, &item, self.now))
            .collect()
    }

    /// The verdicts in force.
    pub(super) fn verdicts(&self) -> Vec<Verdict> {
        keys(&self.page.session().policy).iter().map(|key| self.verdict(key)).collect()
    }
}

/// The keys of purposes and services.
pub(super) fn keys(policy: &Policy<'_>) -> Vec<String> {
    policy.items().map(|it| String::from_utf8_lossy(it.key).into_owned()).collect()
}

fn texts(purposes: usize) -> Value {
    let mut all = json!({});
    for at in 0..=purposes {
        all[key(at)] = json!({"title": "Title", "short": "short", "description": "What it is."});
    }
    json!({"en": {"purposes": all}})
}

fn key(at: usize) -> String {
    if at == 0 { "essential".into() } else { ["p", &at.to_string()].concat() }
}

/// Documents with one to five optional purposes of all kinds and up to three services each, an
/// opt-in region `DE`, an opt-out region `US`, and the strictest for the rest.
pub(super) fn documents() -> impl Strategy<Value = Value> {
    let purpose = (any::<bool>(), any::<bool>(), any::<bool>(), 0..4_usize, 1..4_u32);
    prop::collection::vec(purpose, 1..6).prop_map(|kinds| {
        let mut purposes = std::vec![json!({"key": "essential", "essential": true})];
        let mut services = Vec::new();
        for (at, (sharing, explicit, closed, count, revision)) in kinds.iter().enumerate() {
            let name = key(at + 1);
            purposes.push(json!({
                "key": name, "sharing": sharing, "explicit": explicit, "closed": closed, "revision": revision,
            }));
            for service in 0..*count {
                let own = [&name, "-s", &service.to_string()].concat();
                let host = [&own, ".example"].concat();
                services.push(json!({
                    "key": own, "purpose": name, "name": "Service", "provider": {"name": "Provider"},
                    "hosts": [host], "retention": {"days": 1},
                }));
            }
        }
        json!({
            "format": 1, "version": "v1", "language": "en",
            "controller": {"name": "Site", "contact": "mailto:a@b.example"},
            "purposes": purposes, "services": services,
            "never": [{"key": "advertising", "hosts": ["ads.example"]}],
            "regimes": [
                {"key": "gdpr", "regions": ["DE"], "model": "opt-in", "gpc": true, "minors": {"parent": 16}},
                {"key": "us", "regions": ["US"], "model": "opt-out", "gpc": true,
                 "minors": {"parent": 13, "optIn": 16}, "validityDays": 365, "quietDays": 365},
                {"key": "unknown", "regions": [], "model": "opt-in", "gpc": true,
                 "minors": {"parent": 16, "optIn": 16}},
            ],
            "fallback": "unknown",
            "validity": {"days": 182},
            "texts": texts(kinds.len()),
        })
    })
}
