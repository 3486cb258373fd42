//! One person on one page: policy, regime, signals and decision, and the order in which a
//! new decision takes effect.

use alloc::rc::Rc;
use alloc::string::String;
use alloc::vec::Vec;

use super::DAY;
use super::act::{Act, Person, Source};
use super::decision::Decision;
use super::event::Event;
use super::mirror::{Mirror, push_name};
use super::permissions::{Facts, Permissions};
use super::signals::Signals;
use crate::policy::{CONSENT_MODE, Key, Policy, Regime};

/// What a person chose for one purpose or service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pick {
    /// Which one.
    pub key: Key,
    /// Allowed or refused.
    pub granted: bool,
}

/// What is done when a decision is taken.
#[derive(Clone, Copy, Debug)]
pub struct Deed<'a> {
    /// What was done.
    pub act: Act,
    /// Where.
    pub source: Source,
    /// What was chosen.
    pub picks: &'a [Pick],
    /// The grant is proof of a single use ("load once") and changes no state.
    pub once: bool,
    /// The witness; nothing is granted without one.
    pub person: Option<Person>,
}

/// Why a decision was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// A grant needs a person, and nothing shows that one is at work.
    NoPerson,
    /// The policy is not there or not usable.
    NoPolicy,
    /// What was picked is essential or on the never-list.
    NotOptional,
}

impl Refusal {
    /// The stable code.
    pub const fn as_str(self) -> &'static str {
        match self {
            Refusal::NoPerson => "consent/no-person",
            Refusal::NoPolicy => "consent/no-policy",
            Refusal::NotOptional => "consent/not-optional",
        }
    }
}

/// What a session needs of the page.
pub trait Ports {
    /// Makes the page follow these permissions, at once.
    fn apply(&mut self, permissions: &Permissions);
    /// Keeps the record and the mirror. What fails here is told to the developer, not to
    /// the session: without storage a decision lives as long as the page.
    fn store(&mut self, event: &Event, mirror: Option<&Mirror>);
}

/// One person on one page.
#[derive(Clone, Debug, Default)]
pub struct Session {
    /// The policy, shared with whoever judges tags while a decision is taken.
    pub policy: Rc<Policy>,
    /// The regime, by its place in the policy.
    pub regime: usize,
    /// The region, empty where unknown.
    pub region: String,
    /// The language of the texts that are shown.
    pub lang: String,
    /// SHA-256 of the notice, base64url; empty as long as it is not known.
    pub notice: String,
    /// Signals beside the decision.
    pub signals: Signals,
    /// Keys that the embedding organisation forbids.
    pub forbidden: Vec<String>,
    /// The decisions so far.
    pub decision: Decision,
}

impl Session {
    /// The regime in force. `None` without a policy.
    pub fn regime(&self) -> Option<&Regime> {
        self.policy.regimes.get(self.regime)
    }

    /// Chooses the regime: `forced` by key if the site knows better, else by `region`. An
    /// unknown key or region gives the strictest.
    pub fn settle(&mut self, region: &str, forced: &str) {
        let at = |key: &str| self.policy.regimes.iter().position(|it| it.key == key);
        let by_region = || at(&self.policy.regime_of(region)?.key);
        self.regime = match forced {
            "" => by_region(),
            key => at(key),
        }
        .unwrap_or(self.policy.fallback);
        self.region = region.into();
    }

    pub(super) fn facts(&self, now: u64) -> Option<Facts<'_>> {
        Some(Facts {
            policy: &self.policy,
            regime: self.regime()?,
            decision: &self.decision,
            signals: self.signals,
            forbidden: &self.forbidden,
            now,
        })
    }

    /// Every verdict as of `now`, in milliseconds since 1970.
    pub fn permissions(&self, now: u64) -> Permissions {
        let Some(facts) = self.facts(now) else {
            return Permissions::default();
        };
        Permissions {
            purposes: (0..self.policy.purposes.len())
                .map(|at| facts.purpose(at))
                .collect(),
            services: (0..self.policy.services.len())
                .map(|at| facts.service(at))
                .collect(),
        }
    }

    /// The Consent Mode types that are granted, as bits in the order of
    /// [`CONSENT_MODE`]: those whose every purpose is allowed.
    pub fn consent_mode(&self, permissions: &Permissions) -> u8 {
        let purposes = || self.policy.purposes.iter().zip(&permissions.purposes);
        (0..CONSENT_MODE.len()).fold(0, |bits, at| {
            let bit = 1 << at;
            let mapped = purposes().filter(|(purpose, _)| purpose.consent_mode & bit != 0);
            let (all, some) = mapped.fold((true, false), |(all, _), (_, it)| (all && it.allowed, true));
            if all && some { bits | bit } else { bits }
        })
    }

    /// Everything optional, allowed or refused: the picks of "accept all" and "reject all".
    ///
    /// Accepting covers `among` (what the person was asked); refusing covers everything.
    pub fn all(&self, granted: bool, among: &[usize]) -> Vec<Pick> {
        self.policy
            .purposes
            .iter()
            .enumerate()
            .filter(|(at, it)| !it.essential && (!granted || among.contains(at)))
            .map(|(at, _)| Pick {
                key: Key::Purpose(at),
                granted,
            })
            .collect()
    }

    /// Takes a decision.
    ///
    /// A refusal takes effect before it is stored; a grant is stored before it takes effect
    /// (promise 4). The result is the record.
    pub fn decide<P: Ports>(
        &mut self,
        deed: Deed<'_>,
        now: u64,
        ports: &mut P,
    ) -> Result<Event, Refusal> {
        let event = self.event(deed, now)?;
        let before = self.permissions(now);
        self.decision.take(&event);
        let after = self.permissions(now);
        ports.apply(&before.meet(&after));
        let mirror = Mirror::of(&self.decision, &self.policy.version);
        ports.store(&event, mirror.as_ref());
        ports.apply(&after);
        Ok(event)
    }

    fn event(&self, deed: Deed<'_>, now: u64) -> Result<Event, Refusal> {
        let Deed {
            act,
            source,
            picks,
            once,
            person,
        } = deed;
        let regime = self.regime().ok_or(Refusal::NoPolicy)?;
        if person.is_none() && picks.iter().any(|it| it.granted) {
            return Err(Refusal::NoPerson);
        }
        let seconds = now / 1000;
        let validity = u64::from(regime.validity_days) * (DAY / 1000);
        let mut event = Event {
            act,
            source,
            at: now,
            seq: self.decision.seq + 1,
            version: self.policy.version.clone(),
            notice: self.notice.clone(),
            lang: self.lang.clone(),
            regime: regime.key.clone(),
            model: regime.model,
            region: self.region.clone(),
            gpc: self.signals.gpc,
            grants: Vec::new(),
            services: Vec::new(),
            until: if once { seconds } else { seconds + validity },
        };
        for pick in picks {
            match pick.key {
                Key::Purpose(at) => {
                    let purpose = self.policy.purposes.get(at).filter(|it| !it.essential);
                    let purpose = purpose.ok_or(Refusal::NotOptional)?;
                    put(&mut event.grants, &purpose.key, purpose.revision, pick.granted);
                    let services = self.policy.services.iter().enumerate();
                    for (which, service) in services.filter(|(_, it)| it.purpose == at) {
                        let own = picks.iter().find(|it| it.key == Key::Service(which));
                        let granted = pick.granted && own.is_none_or(|it| it.granted);
                        put(&mut event.services, &service.key, service.revision, granted);
                    }
                }
                Key::Service(at) => {
                    let service = self.policy.services.get(at);
                    let service = service.ok_or(Refusal::NotOptional)?;
                    let purpose = self.policy.purposes.get(service.purpose);
                    if purpose.is_none_or(|it| it.essential) {
                        return Err(Refusal::NotOptional);
                    }
                    if !picks.iter().any(|it| it.key == Key::Purpose(service.purpose)) {
                        put(&mut event.services, &service.key, service.revision, pick.granted);
                    }
                }
                Key::Never(_) => return Err(Refusal::NotOptional),
            }
        }
        if matches!(act, Act::RejectAll | Act::WithdrawAll) {
            // Grants of purposes that the policy no longer has end as well.
            for choice in self.decision.choices().iter().filter(|it| it.granted) {
                if self.policy.find(&choice.key).is_none() {
                    put(&mut event.grants, &choice.key, choice.revision, false);
                }
            }
        }
        Ok(event)
    }
}

fn put(list: &mut Vec<(String, bool)>, key: &str, revision: u16, granted: bool) {
    let mut name = String::new();
    push_name(&mut name, key, revision);
    if !list.iter().any(|(it, _)| *it == name) {
        list.push((name, granted));
    }
}
