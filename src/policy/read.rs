//! Reading a document: every rule that a verdict depends on.

use alloc::string::String;
use alloc::vec::Vec;

use super::consent_mode::{CONSENT_MODE, CONSENT_MODE_NEVER};
use super::details;
use super::document::{Never, Policy, Purpose, Service};
use super::fault::{Code, Faults, Severity};
use super::form::{is_key, is_region, is_version};
use super::node::Node;
use super::pattern::Pattern;
use super::place::{Path, Place};
use super::regime::{Minors, Model, Regime};

/// How long a decision may hold at most, in days: 13 months (requirement L29).
const LONGEST_DAYS: u16 = 395;
/// How long a decision holds, and no new question is asked, unless the document says
/// otherwise, in days: 6 months (L28, L29).
const USUAL_DAYS: u16 = 182;

/// Reads a policy document. All faults go to `faults`; with one that refuses, the document
/// must not be used, and the result is `None`.
///
/// Shapes, units and rules are those of `policy.schema.json`, and beyond them: keys and
/// aliases are unique, what is named exists, no service lives on the never-list, and the
/// fallback is the strictest regime.
pub fn read<N: Node, F: Faults>(document: N, faults: &mut F) -> Option<Policy> {
    let root = Place::root(document);
    let mut watch = Watch {
        faults,
        sound: true,
    };
    if !root.node.is_object() {
        root.fault(&mut watch, Code::Type);
        return None;
    }
    let mut reader = Reader::default();
    reader.document(&root, &mut watch);
    details::read(&root, &mut watch, &reader.policy);
    watch.sound.then_some(reader.policy)
}

/// Passes faults on and remembers whether one of them refuses the document.
struct Watch<'f, F> {
    faults: &'f mut F,
    sound: bool,
}

impl<F: Faults> Faults for Watch<'_, F> {
    const FULL: bool = F::FULL;

    fn fault(&mut self, code: Code, path: &Path<'_>) {
        self.sound &= code.severity() == Severity::Warns;
        self.faults.fault(code, path);
    }
}

#[derive(Default)]
struct Reader {
    policy: Policy,
    /// Every key and alias so far: none may stand for two things.
    names: Vec<String>,
}

impl Reader {
    fn document<N: Node, F: Faults>(&mut self, root: &Place<'_, N>, faults: &mut F) {
        if let Some(format) = root.need(faults, "format")
            && format.node.integer() != Some(1)
        {
            format.fault(faults, Code::Format);
        }
        if let Some(version) = root.need(faults, "version") {
            self.policy.version = version
                .text(faults, is_version, Code::Version)
                .unwrap_or_default();
        }
        // The never-list first: purposes and services may not take its names.
        root.each(faults, "never", &mut |faults, _, place| {
            let (key, aliases) = self.named(place, faults);
            let hosts = hosts(place, faults);
            self.policy.never.push(Never {
                key,
                aliases,
                hosts,
            });
        });
        if let Some(purposes) = root.need(faults, "purposes") {
            purposes.items(faults, &mut |faults, _, place| self.purpose(place, faults));
            let essential = self.policy.purposes.iter().filter(|it| it.essential);
            if essential.count() != 1 {
                purposes.fault(faults, Code::Essential);
            }
        }
        root.each(faults, "services", &mut |faults, _, place| {
            self.service(place, faults);
        });
        let usual = root
            .get("validity")
            .and_then(|it| it.number(faults, "days", 1, LONGEST_DAYS))
            .unwrap_or(USUAL_DAYS);
        if let Some(regimes) = root.need(faults, "regimes") {
            regimes.items(faults, &mut |faults, _, place| {
                self.regime(place, faults, usual);
            });
        }
        if let Some(fallback) = root.need(faults, "fallback") {
            self.fallback(&fallback, faults);
        }
        if let Some(ceiling) = root.get("ceiling") {
            ceiling.each(faults, "deny", &mut |faults, _, place| {
                if let Some(key) = place.text(faults, is_key, Code::Key) {
                    if self.policy.find(&key).is_none() {
                        place.fault(faults, Code::UnknownPurpose);
                    }
                    self.policy.ceiling.push(key);
                }
            });
        }
    }

    /// Reads `key` and `aliases` and sees to it that each stands for one thing only.
    fn named<N: Node, F: Faults>(
        &mut self,
        place: &Place<'_, N>,
        faults: &mut F,
    ) -> (String, Vec<String>) {
        let mut key = String::new();
        let mut aliases = Vec::new();
        if let Some(at) = place.need(faults, "key")
            && let Some(text) = at.text(faults, is_key, Code::Key)
        {
            if self.names.contains(&text) {
                at.fault(faults, Code::DuplicateKey);
            }
            self.names.push(text.clone());
            key = text;
        }
        place.each(faults, "aliases", &mut |faults, _, at| {
            if let Some(text) = at.text(faults, is_key, Code::Key) {
                if self.names.contains(&text) {
                    at.fault(faults, Code::AmbiguousKey);
                }
                self.names.push(text.clone());
                aliases.push(text);
            }
        });
        (key, aliases)
    }

    fn purpose<N: Node, F: Faults>(&mut self, place: &Place<'_, N>, faults: &mut F) {
        let (key, aliases) = self.named(place, faults);
        let essential = place.flag(faults, "essential");
        let mut consent_mode = 0;
        place.each(faults, "consentMode", &mut |faults, _, at| {
            let word = at.node.text().unwrap_or_default();
            match CONSENT_MODE.iter().position(|it| *it == word) {
                Some(bit) => consent_mode |= 1 << bit,
                None if CONSENT_MODE_NEVER.contains(&word.as_str()) => {
                    at.fault(faults, Code::ConsentModeAds);
                }
                None => at.fault(faults, Code::ConsentMode),
            }
        });
        let purpose = Purpose {
            key,
            aliases,
            revision: place.number(faults, "revision", 1, 999).unwrap_or(1),
            essential,
            sharing: place.flag(faults, "sharing"),
            explicit: place.flag(faults, "explicit"),
            closed: place.flag(faults, "closed"),
            consent_mode,
        };
        if essential {
            for name in ["sharing", "explicit"] {
                if let Some(at) = place.get(name) {
                    at.fault(faults, Code::EssentialOptional);
                }
            }
        }
        self.policy.purposes.push(purpose);
    }

    fn service<N: Node, F: Faults>(&mut self, place: &Place<'_, N>, faults: &mut F) {
        let (key, aliases) = self.named(place, faults);
        let purpose = self.purpose_named(place, faults, "purpose");
        let hosts = hosts(place, faults);
        for (at, host) in hosts.iter().enumerate() {
            let blocked = self.policy.never.iter().flat_map(|it| &it.hosts);
            if blocked.into_iter().any(|never| never.contains(host)) {
                let list = place.path.member("hosts");
                faults.fault(Code::NeverHost, &list.item(at));
            }
        }
        self.policy.services.push(Service {
            key,
            aliases,
            revision: place.number(faults, "revision", 1, 999).unwrap_or(1),
            purpose: purpose.unwrap_or_default(),
            hosts,
        });
    }

    /// The place of the purpose that the member `name` names.
    fn purpose_named<N: Node, F: Faults>(
        &self,
        place: &Place<'_, N>,
        faults: &mut F,
        name: &str,
    ) -> Option<usize> {
        let at = place.need(faults, name)?;
        let key = at.text(faults, is_key, Code::Key)?;
        let found = self.policy.purposes.iter().position(|it| it.key == key);
        if found.is_none() {
            at.fault(faults, Code::UnknownPurpose);
        }
        found
    }

    fn regime<N: Node, F: Faults>(&mut self, place: &Place<'_, N>, faults: &mut F, usual: u16) {
        let key = place
            .need(faults, "key")
            .and_then(|at| {
                let key = at.text(faults, is_key, Code::Key)?;
                if self.policy.regime(&key).is_some() {
                    at.fault(faults, Code::DuplicateKey);
                }
                Some(key)
            })
            .unwrap_or_default();
        let mut regions = Vec::new();
        place.each(faults, "regions", &mut |faults, _, at| {
            if let Some(region) = at.text(faults, is_region, Code::Region) {
                let mut claimed = self.policy.regimes.iter().flat_map(|it| &it.regions);
                if regions.contains(&region) || claimed.any(|it| *it == region) {
                    at.fault(faults, Code::DuplicateRegion);
                }
                regions.push(region);
            }
        });
        let model = model(place, faults);
        let mut exceptions = Vec::new();
        place.each(faults, "exceptions", &mut |faults, _, at| {
            if let Some(purpose) = self.purpose_named(at, faults, "purpose") {
                exceptions.push((purpose, self::model(at, faults)));
            }
        });
        let mut minors = Minors::default();
        if let Some(at) = place.get("minors") {
            minors.parent = at.number(faults, "parent", 0, 18).unwrap_or(0);
            minors.opt_in = at.number(faults, "optIn", 0, 18).unwrap_or(0);
        }
        self.policy.regimes.push(Regime {
            key,
            regions,
            model,
            exceptions,
            gpc: place.flag(faults, "gpc"),
            choices_link: place.flag(faults, "choicesLink"),
            minors,
            validity_days: place
                .number(faults, "validityDays", 1, LONGEST_DAYS)
                .unwrap_or(usual),
            quiet_days: place
                .number(faults, "quietDays", USUAL_DAYS, LONGEST_DAYS)
                .unwrap_or(USUAL_DAYS),
        });
    }

    /// Unknown regions get the strictest of everything, and the document cannot say otherwise.
    fn fallback<N: Node, F: Faults>(&mut self, place: &Place<'_, N>, faults: &mut F) {
        let Some(key) = place.text(faults, is_key, Code::Key) else {
            return;
        };
        let regimes = &self.policy.regimes;
        let Some(at) = regimes.iter().position(|it| it.key == key) else {
            return place.fault(faults, Code::UnknownRegime);
        };
        let strictest = regimes.iter().enumerate().any(|(which, it)| {
            which == at
                && it.model == Model::OptIn
                && it.exceptions.is_empty()
                && it.gpc
                && regimes.iter().all(|other| {
                    it.minors.parent >= other.minors.parent
                        && it.minors.opt_in.max(it.minors.parent) >= other.minors.opt_in
                        && it.validity_days <= other.validity_days
                })
        });
        if !strictest {
            place.fault(faults, Code::LaxFallback);
        }
        self.policy.fallback = at;
    }
}

fn hosts<N: Node, F: Faults>(place: &Place<'_, N>, faults: &mut F) -> Vec<Pattern> {
    let mut hosts = Vec::new();
    place.each(faults, "hosts", &mut |faults, _, at| {
        match at.node.text().as_deref().map(Pattern::parse) {
            None => at.fault(faults, Code::Type),
            Some(None) => at.fault(faults, Code::Host),
            Some(Some(pattern)) => hosts.push(pattern),
        }
    });
    hosts
}

fn model<N: Node, F: Faults>(place: &Place<'_, N>, faults: &mut F) -> Model {
    let Some(at) = place.need(faults, "model") else {
        return Model::OptIn;
    };
    let word = at.node.text().unwrap_or_default();
    Model::parse(&word).unwrap_or_else(|| {
        at.fault(faults, Code::Model);
        Model::OptIn
    })
}
