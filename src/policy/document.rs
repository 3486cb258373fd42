//! The document as the rest of the house uses it.

use alloc::string::String;
use alloc::vec::Vec;

use super::pattern::{Address, Pattern};
use super::regime::Regime;

/// What a key or alias names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Key {
    /// A purpose, by its place in [`Policy::purposes`].
    Purpose(usize),
    /// A service, by its place in [`Policy::services`].
    Service(usize),
    /// An entry of the never-list.
    Never(usize),
}

/// What data may be used for, and what a person decides about.
#[derive(Clone, Debug, Default)]
pub struct Purpose {
    /// The key in markup, API and records.
    pub key: String,
    /// Other names that markup may use for it.
    pub aliases: Vec<String>,
    /// Raised when the purpose changes so much that earlier grants no longer cover it.
    pub revision: u16,
    /// Needed to run the service: always allowed, never asked.
    pub essential: bool,
    /// A sale or sharing of personal data in the sense of Cal. Civ. Code 1798.140.
    pub sharing: bool,
    /// The policy promises to ask first, whatever the regime would allow by default.
    pub explicit: bool,
    /// Only services of this document may use it: an undeclared vendor is held even when
    /// the purpose is allowed.
    pub closed: bool,
    /// The Google Consent Mode types that follow it, as bits in the order of
    /// [`super::CONSENT_MODE`].
    pub consent_mode: u8,
}

/// A vendor or tool that works for one purpose.
#[derive(Clone, Debug, Default)]
pub struct Service {
    /// The key in markup, API and records.
    pub key: String,
    /// Other names that markup may use for it.
    pub aliases: Vec<String>,
    /// As [`Purpose::revision`].
    pub revision: u16,
    /// The purpose, by its place in [`Policy::purposes`].
    pub purpose: usize,
    /// Where it lives.
    pub hosts: Vec<Pattern>,
}

/// A class of services that is never allowed.
#[derive(Clone, Debug, Default)]
pub struct Never {
    /// The key in markup.
    pub key: String,
    /// Other names that markup may use for it.
    pub aliases: Vec<String>,
    /// Where such services live.
    pub hosts: Vec<Pattern>,
}

/// A policy document without faults.
#[derive(Clone, Debug, Default)]
pub struct Policy {
    /// The version that records name.
    pub version: String,
    /// The purposes, in the order in which they are shown.
    pub purposes: Vec<Purpose>,
    /// The services.
    pub services: Vec<Service>,
    /// What is never allowed.
    pub never: Vec<Never>,
    /// The regimes.
    pub regimes: Vec<Regime>,
    /// The regime of unknown regions, by its place in [`Policy::regimes`].
    pub fallback: usize,
    /// Keys of purposes and services that the organisation forbids.
    pub ceiling: Vec<String>,
}

impl Policy {
    /// What `name`, a key or an alias, stands for.
    pub fn find(&self, name: &str) -> Option<Key> {
        let named = |key: &str, aliases: &[String]| key == name || aliases.iter().any(|it| it == name);
        // The never-list comes first: a name cannot be taken back from it.
        let at = self.never.iter().position(|it| named(&it.key, &it.aliases));
        if let Some(at) = at {
            return Some(Key::Never(at));
        }
        let at = self.purposes.iter().position(|it| named(&it.key, &it.aliases));
        if let Some(at) = at {
            return Some(Key::Purpose(at));
        }
        let at = self.services.iter().position(|it| named(&it.key, &it.aliases));
        at.map(Key::Service)
    }

    /// The regime with this key.
    pub fn regime(&self, key: &str) -> Option<&Regime> {
        self.regimes.iter().find(|it| it.key == key)
    }

    /// The regime that applies in `region`: its own, its country's, or the strictest.
    pub fn regime_of(&self, region: &str) -> Option<&Regime> {
        let claims = |wanted: &str| {
            self.regimes
                .iter()
                .find(|it| it.regions.iter().any(|region| region == wanted))
        };
        claims(region)
            .or_else(|| claims(region.split('-').next()?))
            .or_else(|| self.regimes.get(self.fallback))
    }

    /// Whether the never-list blocks `address`.
    pub fn never_covers(&self, address: Address<'_>) -> bool {
        self.never
            .iter()
            .any(|it| it.hosts.iter().any(|host| host.covers(address)))
    }

    /// The services to which `address` belongs.
    pub fn services_at<'a>(&'a self, address: Address<'a>) -> impl Iterator<Item = usize> + 'a {
        self.services
            .iter()
            .enumerate()
            .filter(move |(_, it)| it.hosts.iter().any(|host| host.covers(address)))
            .map(|(at, _)| at)
    }
}
