//! One decision as a record.

use alloc::string::String;
use alloc::vec::Vec;

use super::super::facts::Fact;
use super::super::notice::{Notice, Service};
use super::super::write::{Missing, list, many, some};
use super::party::{Cast, Parties};
use super::{SCHEMA, named, storage, subject, thing};
use crate::consent::{Act, Source};
use crate::ledger::{Kind, instant, text};
use crate::policy::{Model, Object};

/// The right to withdraw and the others, as the GDPR numbers them.
const RIGHTS: [(&str, &str); 7] = [
    ("access", "eu-gdpr:A15"),
    ("correct", "eu-gdpr:A16"),
    ("delete", "eu-gdpr:A17"),
    ("restrict", "eu-gdpr:A18"),
    ("export", "eu-gdpr:A20"),
    ("object", "eu-gdpr:A21"),
    ("withdraw", "eu-gdpr:A7-3"),
];

/// How this product has consent taken back (GDPR art. 7(3)).
const CONTROL: &str =
    "{\"@language\":\"en\",\"@value\":\"The control that stands on every page of the site\"}";

/// One decision.
pub(super) struct Record<'r> {
    pub fact: &'r Fact<'r>,
    pub before: &'r [Fact<'r>],
    pub notice: Option<&'r Notice>,
    pub lang: &'r str,
}

impl Record<'_> {
    pub(super) fn write(&self, parties: &mut Parties, missing: &mut Missing) -> String {
        let event = &self.fact.event;
        let gdpr = event.regime == "gdpr";
        let id = self.fact.id().text();
        let mut out = Object::default();
        out.text("@id", &named(&self.fact.hash));
        out.text("@type", "dpv:ConsentRecord");
        out.text("dct:identifier", &id);
        out.text("dpv:hasIdentifier", &id);
        out.text(
            "dct:conformsTo",
            &[SCHEMA, if gdpr { "record-eu-gdpr" } else { "record" }].concat(),
        );
        out.text("dct:created", &instant(event.at));
        some(&mut out, "dct:issued", self.fact.taken.map(instant).as_deref());
        if let Some(index) = self.fact.index {
            out.number("schema:position", index);
        }
        out.text("dct:language", event.lang);
        out.raw("dpv:hasDataSubject", &subject(&event.sub));
        out.raw("dpv:hasNotice", &self.notices());
        let place = (!event.region.is_empty()).then(|| ["loc:", event.region].concat());
        some(
            &mut out,
            "dpv:hasJurisdiction",
            missing.need(place, &["events.region"]).as_deref(),
        );
        if gdpr {
            out.text("dpv:hasApplicableLaw", "legal-eu:law-GDPR");
        }
        let mut cast = Cast::new(parties);
        if let Some(notice) = self.notice {
            let controller = cast.controller(&notice.controller, missing);
            out.text("dpv:hasDataController", &controller);
            self.controls(notice, &mut out, missing);
        }
        let processes = self.fact.choices().map(|(purpose, key, granted)| {
            let mut out = Object::default();
            out.text("@type", "dpv:Process");
            if event.model == Model::OptIn {
                out.text("dpv:hasLegalBasis", if gdpr { "eu-gdpr:A6-1-a" } else { "dpv:Consent" });
            }
            out.raw("dpv:hasConsentStatus", &self.status(key, granted));
            match (self.notice, purpose) {
                (Some(notice), true) => self.purpose(notice, key, &mut cast, &mut out, missing),
                (Some(notice), false) => self.service(notice, key, &mut cast, &mut out, missing),
                (None, _) => out.raw(
                    if purpose { "dpv:hasPurpose" } else { "dpv:hasService" },
                    &thing(if purpose { "dpv:Purpose" } else { "dpv:Service" }, key, (None, None)),
                ),
            }
            out.end()
        });
        let processes = list(&processes.collect::<Vec<_>>());
        out.raw("dpv:hasProcess", &processes);
        many(&mut out, "dpv:hasEntity", &cast.end());
        out.end()
    }

    fn notices(&self) -> String {
        let event = &self.fact.event;
        let mut out = Object::default();
        out.text("@id", &named(&event.notice));
        out.text("@type", "dpv:ConsentNotice");
        out.text("dct:identifier", &text(&event.notice));
        out.text("dct:language", event.lang);
        out.text("schema:version", event.version);
        let mut all = Vec::from([out.end()]);
        if let Some(policy) = self.notice.and_then(|it| it.controller.policy.as_deref()) {
            let mut out = Object::default();
            out.text("@type", "dpv:PrivacyNotice");
            // A path of the site's own is no name of anything to others.
            out.text(if policy.starts_with('/') { "schema:identifier" } else { "schema:url" }, policy);
            all.push(out.end());
        }
        list(&all)
    }

    /// How consent is taken back, and what else a person can ask for.
    fn controls(&self, notice: &Notice, out: &mut Object, missing: &mut Missing) {
        let mut withdraw = Object::default();
        withdraw.text("@type", "dpv:WithdrawConsent");
        withdraw.raw("dct:description", CONTROL);
        let place = notice.contact.as_deref().or(notice.controller.contact.as_deref());
        some(&mut withdraw, "dpv:isExercisedAt", missing.need(place, &["controller.contact"]));
        out.raw("dpv:hasConsentControl", &withdraw.end());
        let gdpr = self.fact.event.regime == "gdpr";
        let rights: Vec<String> = notice
            .rights_of(self.fact.event.regime)
            .map(|name| {
                let number = RIGHTS.iter().find(|(it, _)| gdpr && *it == name).map(|(_, number)| *number);
                let mut out = Object::default();
                out.list("@type", ["dpv:DataSubjectRight"].into_iter().chain(number));
                out.text("dct:identifier", name);
                some(&mut out, "dpv:isExercisedAt", notice.contact.as_deref());
                out.end()
            })
            .collect();
        if rights.is_empty() {
            missing.note(&["rights.regimes: ", self.fact.event.regime]);
        }
        many(out, "dpv:hasRight", &rights);
    }

    /// What was said, when, how, and until when it holds.
    fn status(&self, key: &str, granted: bool) -> String {
        let event = &self.fact.event;
        let by_person = !matches!(event.act, Act::Import) && event.src != Source::Signal;
        let before =
            self.before.iter().rev().filter(|it| {
                it.event.sub == event.sub || !event.acct.is_empty() && it.event.acct == event.acct
            });
        let before = before.flat_map(Fact::choices).find(|(_, it, _)| *it == key);
        let kind = match (event.kind, granted) {
            (Kind::Expire, _) => "dpv:ConsentExpired",
            (Kind::Renew, true) => "dpv:RenewedConsentGiven",
            (_, true) => "dpv:ConsentGiven",
            (_, false) if before.is_some_and(|(.., granted)| granted) => "dpv:ConsentWithdrawn",
            (_, false) => "dpv:ConsentRefused",
        };
        let expressed = (granted && by_person).then_some("dpv:ExpressedConsent");
        let mut out = Object::default();
        out.list("@type", [kind].into_iter().chain(expressed));
        out.text("dpv:isIndicatedAtTime", &instant(event.at));
        out.text("dpv:isIndicatedBy", "dpv:DataSubject");
        out.text(
            "dpv:hasIndicationMethod",
            &[event.act.as_str(), " (", event.src.as_str(), ")"].concat(),
        );
        let mut duration = Object::default();
        if event.lasts() {
            duration.text("@type", "dpv:UntilTimeDuration");
            duration.text("rdf:value", &instant(event.exp));
        } else {
            duration.text("@type", "dpv:FixedOccurrencesDuration");
            duration.text("rdf:value", "1");
        }
        out.raw("dpv:hasDuration", &duration.end());
        out.end()
    }

    /// A purpose, with the services that were not decided about by themselves.
    fn purpose(
        &self,
        notice: &Notice,
        key: &str,
        cast: &mut Cast<'_>,
        out: &mut Object,
        missing: &mut Missing,
    ) {
        self.about(notice, key, out, missing);
        let data: Vec<_> = notice.data_of(key).collect();
        let apart: Vec<&str> = self
            .fact
            .choices()
            .filter(|(purpose, ..)| !purpose)
            .map(|(_, it, _)| it)
            .collect();
        let services: Vec<&Service> =
            notice.services_of(key).filter(|it| !apart.contains(&it.key.as_str())).collect();
        let mut stored = Vec::new();
        if !data.is_empty() {
            let locations = &notice.controller.locations;
            stored.extend(storage::location(locations, missing, &["controller.locations"]));
            stored.extend(data.iter().flat_map(|it| storage::durations(&it.retention)));
        }
        for it in &services {
            stored.extend(storage::of(it, missing));
        }
        many(out, "dpv:hasStorageCondition", &stored);
        let mut recipients: Vec<String> =
            services.iter().filter_map(|it| cast.recipient(it, missing)).collect();
        if !data.is_empty() {
            recipients.splice(0..0, cast.responsible());
        }
        recipients.dedup();
        out.list("dpv:hasRecipient", recipients.iter().map(String::as_str));
        many(
            out,
            "dpv:hasService",
            &services.iter().map(|it| self.named(notice, it)).collect::<Vec<_>>(),
        );
    }

    /// A service that was decided about by itself.
    fn service(
        &self,
        notice: &Notice,
        key: &str,
        cast: &mut Cast<'_>,
        out: &mut Object,
        missing: &mut Missing,
    ) {
        let Some(service) = notice.services.iter().find(|it| it.key == key) else {
            missing.note(&["services.", key]);
            out.raw("dpv:hasService", &thing("dpv:Service", key, (None, None)));
            return;
        };
        self.about(notice, &service.purpose, out, missing);
        many(out, "dpv:hasStorageCondition", &storage::of(service, missing));
        let recipient = cast.recipient(service, missing);
        out.list("dpv:hasRecipient", recipient.as_deref().into_iter());
        out.raw("dpv:hasService", &self.named(notice, service));
    }

    /// What a purpose is, and of what data.
    fn about(&self, notice: &Notice, key: &str, out: &mut Object, missing: &mut Missing) {
        if !notice.purposes.iter().any(|it| it == key) {
            missing.note(&["purposes.", key]);
        }
        let texts = notice.texts(self.lang, "purposes", key);
        missing.need(texts.0, &["texts.", self.lang, ".purposes.", key, ".title"]);
        out.raw("dpv:hasPurpose", &thing("dpv:Purpose", key, texts));
        let data: Vec<String> = notice
            .data_of(key)
            .map(|it| {
                let kind = if it.sensitive {
                    "dpv:SpecialCategoryPersonalData"
                } else {
                    "dpv:PersonalData"
                };
                thing(kind, &it.key, notice.texts(self.lang, "data", &it.key))
            })
            .collect();
        if data.is_empty() {
            missing.note(&["data: ", key]);
        }
        many(out, "dpv:hasPersonalData", &data);
    }

    fn named(&self, notice: &Notice, service: &Service) -> String {
        let (_, description) = notice.texts(self.lang, "services", &service.key);
        thing("dpv:Service", &service.key, (service.name.as_deref(), description))
    }
}
