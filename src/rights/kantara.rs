//! Consent receipts as the Kantara Initiative has them, version 1.1.

use alloc::string::String;
use alloc::vec::Vec;

use super::facts::{Fact, granted};
use super::notice::{Notice, Service};
use super::write::{Missing, list, some};
use crate::ledger::{Subject, instant, text};
use crate::policy::Object;

/// `{"receipts":[…],"missing":[…]}`: one receipt for each decision by which something is allowed now. The form knows no
/// refusals.
pub(super) fn write(
    sub: &Subject,
    facts: &[Fact<'_>],
    unread: usize,
    notices: &[Notice],
    now: u64,
) -> String {
    let mut missing = Missing::after(unread);
    let mut receipts = Vec::new();
    for (at, keys) in granted(sub, facts, now) {
        let Some(fact) = facts.get(at) else { continue };
        if let Some(notice) = missing.notice(notices, &fact.event) {
            let lang = notice.spoken(fact.event.lang);
            receipts.push(Receipt { fact, notice, lang }.write(&keys, &mut missing));
        }
    }
    let mut out = Object::default();
    missing.write(&mut out);
    out.raw("receipts", &list(&receipts));
    out.end()
}

struct Receipt<'r> {
    fact: &'r Fact<'r>,
    notice: &'r Notice,
    lang: &'r str,
}

impl Receipt<'_> {
    fn write(&self, keys: &[(bool, String)], missing: &mut Missing) -> String {
        let event = &self.fact.event;
        let region = (!event.region.is_empty()).then_some(event.region);
        // Nobody but the site itself knows where a path leads.
        let policy = self.notice.controller.policy.as_deref().filter(|it| it.starts_with("https:"));
        let services = self.services(keys, missing);
        let sensitive = self.sensitive(keys);
        let mut out = Object::default();
        out.text("version", "KI-CR-v1.1.0");
        some(&mut out, "jurisdiction", missing.need(region, &["events.region"]));
        out.number("consentTimestamp", event.at);
        out.text("collectionMethod", &[event.src.as_str(), ": ", event.act.as_str()].concat());
        out.text("consentReceiptID", &self.fact.id().text());
        out.text("publicKey", &text(&event.key));
        out.text("language", event.lang);
        out.text("piiPrincipalId", &event.sub.text());
        out.raw("piiControllers", &list(&Vec::from([self.controller(missing)])));
        some(&mut out, "policyUrl", missing.need(policy, &["controller.policy"]));
        out.raw("services", &services);
        out.flag("sensitive", !sensitive.is_empty());
        out.list("spiCat", sensitive.iter().map(String::as_str));
        out.end()
    }

    fn controller(&self, missing: &mut Missing) -> String {
        let it = &self.notice.controller;
        let email = it.contact.as_deref().and_then(|it| it.strip_prefix("mailto:"));
        let mut out = Object::default();
        some(
            &mut out,
            "piiController",
            missing.need(it.name.as_deref(), &["controller.name"]),
        );
        some(
            &mut out,
            "contact",
            missing.need(it.contact.as_deref(), &["controller.contact"]),
        );
        if let Some(address) = missing.need(it.address.as_deref(), &["controller.address"]) {
            let mut inner = Object::default();
            inner.text("streetAddress", address);
            out.raw("address", &inner.end());
        }
        some(&mut out, "email", missing.need(email, &["controller.contact"]));
        some(&mut out, "phone", missing.need(it.phone.as_deref(), &["controller.phone"]));
        out.end()
    }

    /// The purposes of these keys, under the services that serve them; the site itself is one where it needs no other.
    fn services(&self, keys: &[(bool, String)], missing: &mut Missing) -> String {
        let mut out = Vec::new();
        let decided =
            |key: &str| self.fact.event.svc.iter().any(|(name, _)| super::facts::key_of(name) == key);
        for (purpose, key) in keys {
            if !*purpose {
                match self.notice.services.iter().find(|it| it.key == *key) {
                    Some(service) => out.push(self.service(Some(service), &service.purpose, missing)),
                    None => missing.note(&["services.", key]),
                }
                continue;
            }
            let services: Vec<&Service> =
                self.notice.services_of(key).filter(|it| !decided(&it.key)).collect();
            if services.is_empty() {
                out.push(self.service(None, key, missing));
            }
            for service in services {
                out.push(self.service(Some(service), key, missing));
            }
        }
        list(&out)
    }

    fn service(&self, service: Option<&Service>, purpose: &str, missing: &mut Missing) -> String {
        let controller = self.notice.controller.name.as_deref();
        let name = service.and_then(|it| it.name.as_deref()).or(controller);
        let third = service
            .and_then(|it| it.provider.as_deref())
            .filter(|it| Some(*it) != controller);
        let title = self.notice.texts(self.lang, "purposes", purpose).0;
        let data: Vec<&str> = self
            .notice
            .data_of(purpose)
            .map(|it| self.notice.texts(self.lang, "data", &it.key).0.unwrap_or(&it.key))
            .collect();
        if data.is_empty() {
            missing.note(&["data: ", purpose]);
        }
        let mut inner = Object::default();
        let place = ["texts.", self.lang, ".purposes.", purpose, ".title"];
        some(&mut inner, "purpose", missing.need(title, &place));
        inner.list("purposeCategory", [purpose].into_iter());
        inner.text("consentType", "EXPLICIT");
        inner.list("piiCategory", data.into_iter());
        inner.flag("primaryPurpose", false);
        inner.text("termination", &["withdrawal, or ", &instant(self.fact.event.exp)].concat());
        inner.flag("thirdPartyDisclosure", third.is_some());
        some(&mut inner, "thirdPartyName", third);
        let mut out = Object::default();
        some(&mut out, "service", name);
        out.raw("purposes", &list(&Vec::from([inner.end()])));
        out.end()
    }

    /// What is sensitive of the data of these keys.
    fn sensitive(&self, keys: &[(bool, String)]) -> Vec<String> {
        let purpose_of = |key: &str| {
            self.notice
                .services
                .iter()
                .find(|it| it.key == key)
                .map(|it| it.purpose.as_str())
        };
        let mut out: Vec<String> = keys
            .iter()
            .filter_map(|(purpose, key)| if *purpose { Some(key.as_str()) } else { purpose_of(key) })
            .flat_map(|purpose| self.notice.data_of(purpose))
            .filter(|it| it.sensitive)
            .map(|it| self.notice.texts(self.lang, "data", &it.key).0.unwrap_or(&it.key).into())
            .collect();
        out.sort();
        out.dedup();
        out
    }
}
