//! Reading the parts of a document that no verdict depends on: who is responsible, what a
//! service stores and for how long, rights, end points. Only when it is read in full.

use super::document::Policy;
use super::events;
use super::fault::{Code, Faults};
use super::form::{is_key, is_language, is_region, is_text};
use super::node::Node;
use super::place::Place;
use super::texts::{self, is_reference};

/// Where a service keeps things in the browser.
const AREAS: &[&str] = &["local", "session", "indexed", "cache"];
/// How long something is kept when the answer is not a number of days.
const WHILES: &[&str] = &["session", "account", "choice"];
/// The rights that a regime gives a person.
const RIGHTS: &[&str] = &[
    "access",
    "correct",
    "delete",
    "restrict",
    "export",
    "object",
    "know",
    "opt-out",
    "equal-service",
    "withdraw",
];

pub(super) fn read<N: Node, F: Faults>(root: &Place<'_, N>, faults: &mut F, policy: &Policy) {
    if !F::FULL {
        return;
    }
    root.only(
        faults,
        &[
            "$schema", "format", "version", "language", "controller", "purposes", "services",
            "never", "regimes", "fallback", "ceiling", "validity", "minors", "endpoints",
            "minimise", "data", "rights", "incident", "texts",
        ],
    );
    if let Some(at) = root.need(faults, "controller") {
        at.only(faults, &["name", "address", "contact", "policy", "officer"]);
        text(&at, faults, "name", true);
        text(&at, faults, "address", false);
        link(&at, faults, "contact", true);
        link(&at, faults, "policy", false);
        link(&at, faults, "officer", false);
    }
    root.each(faults, "purposes", &mut |faults, _, at| {
        at.only(
            faults,
            &["key", "aliases", "revision", "essential", "sharing", "explicit", "closed", "consentMode"],
        );
    });
    root.each(faults, "services", &mut |faults, _, at| service(at, faults));
    root.each(faults, "never", &mut |faults, _, at| {
        at.only(faults, &["key", "aliases", "hosts"]);
    });
    root.each(faults, "regimes", &mut |faults, _, at| {
        at.only(
            faults,
            &["key", "regions", "model", "exceptions", "gpc", "choicesLink", "minors", "validityDays", "quietDays"],
        );
        at.each(faults, "exceptions", &mut |faults, _, it| it.only(faults, &["purpose", "model"]));
        if let Some(it) = at.get("minors") {
            it.only(faults, &["parent", "optIn"]);
        }
    });
    if let Some(at) = root.get("ceiling") {
        at.only(faults, &["deny"]);
    }
    if let Some(at) = root.get("validity") {
        at.only(faults, &["days"]);
    }
    if let Some(at) = root.get("minors") {
        at.only(faults, &["minimum", "school"]);
        at.number(faults, "minimum", 0, 18);
        at.flag(faults, "school");
    }
    root.each(faults, "endpoints", &mut |faults, _, at| {
        at.only(faults, &["regimes", "url"]);
        regimes(at, faults, policy);
        if let Some(url) = at.need(faults, "url") {
            url.text(faults, is_secure, Code::Insecure);
        }
    });
    root.each(faults, "data", &mut |faults, _, at| {
        at.only(faults, &["key", "purpose", "retention"]);
        purpose(at, faults, policy);
        key(at, faults);
        retention(at, faults);
    });
    if let Some(at) = root.get("rights") {
        at.only(faults, &["contact", "days", "verify", "regimes"]);
        link(&at, faults, "contact", true);
        at.number(faults, "days", 1, 90);
        at.flag(faults, "verify");
        at.each(faults, "regimes", &mut |faults, _, it| {
            it.only(faults, &["regimes", "rights"]);
            regimes(it, faults, policy);
            it.each(faults, "rights", &mut |faults, _, right| choice(right, faults, RIGHTS));
        });
    }
    if let Some(at) = root.get("incident") {
        let names = ["containHours", "assessHours", "notifyHours"];
        at.only(faults, &names);
        for name in names {
            at.number(faults, name, 1, 720);
        }
    }
    if let Some(at) = root.get("minimise") {
        events::read(&at, faults, policy);
    }
    languages(root, faults, policy);
}

fn service<N: Node, F: Faults>(at: &Place<'_, N>, faults: &mut F) {
    at.only(
        faults,
        &["key", "aliases", "revision", "purpose", "hosts", "name", "provider", "cookies", "storage", "retention"],
    );
    text(at, faults, "name", true);
    if let Some(provider) = at.need(faults, "provider") {
        provider.only(faults, &["name", "country", "policy"]);
        text(&provider, faults, "name", true);
        link(&provider, faults, "policy", false);
        if let Some(country) = provider.get("country") {
            country.text(faults, is_region, Code::Region);
        }
    }
    at.each(faults, "cookies", &mut |faults, _, cookie| {
        cookie.only(faults, &["name", "days"]);
        text(cookie, faults, "name", true);
        cookie.number(faults, "days", 0, 3650);
    });
    at.each(faults, "storage", &mut |faults, _, item| {
        item.only(faults, &["area", "name"]);
        text(item, faults, "name", true);
        if let Some(area) = item.need(faults, "area") {
            choice(&area, faults, AREAS);
        }
    });
    retention(at, faults);
}

fn retention<N: Node, F: Faults>(at: &Place<'_, N>, faults: &mut F) {
    let Some(it) = at.need(faults, "retention") else {
        return;
    };
    it.only(faults, &["days", "while", "thenDays"]);
    it.number(faults, "days", 0, 3650);
    it.number(faults, "thenDays", 0, 3650);
    if let Some(word) = it.get("while") {
        choice(&word, faults, WHILES);
    }
    if it.get("days").is_some() == it.get("while").is_some() {
        it.fault(faults, Code::Choice);
    }
}

fn languages<N: Node, F: Faults>(root: &Place<'_, N>, faults: &mut F, policy: &Policy) {
    let Some(texts) = root.need(faults, "texts") else {
        return;
    };
    let Some(names) = texts.node.names() else {
        return texts.fault(faults, Code::Type);
    };
    if names.is_empty() {
        texts.fault(faults, Code::Empty);
    }
    for name in &names {
        let Some(at) = texts.get(name) else { continue };
        if !is_language(name) {
            at.fault(faults, Code::Language);
        }
        if at.node.is_object() {
            texts::read_at(&at, faults, policy);
        } else {
            at.text(faults, is_reference, Code::Address);
        }
    }
    if let Some(usual) = root.need(faults, "language")
        && let Some(tag) = usual.text(faults, is_language, Code::Language)
        && !names.contains(&tag)
    {
        usual.fault(faults, Code::MissingText);
    }
}

fn key<N: Node, F: Faults>(at: &Place<'_, N>, faults: &mut F) {
    if let Some(it) = at.need(faults, "key") {
        it.text(faults, is_key, Code::Key);
    }
}

fn purpose<N: Node, F: Faults>(at: &Place<'_, N>, faults: &mut F, policy: &Policy) {
    if let Some(it) = at.need(faults, "purpose")
        && let Some(key) = it.text(faults, is_key, Code::Key)
        && !policy.purposes.iter().any(|purpose| purpose.key == key)
    {
        it.fault(faults, Code::UnknownPurpose);
    }
}

fn regimes<N: Node, F: Faults>(at: &Place<'_, N>, faults: &mut F, policy: &Policy) {
    at.each(faults, "regimes", &mut |faults, _, it| {
        if let Some(key) = it.text(faults, is_key, Code::Key)
            && policy.regime(&key).is_none()
        {
            it.fault(faults, Code::UnknownRegime);
        }
    });
}

pub(super) fn choice<N: Node, F: Faults>(at: &Place<'_, N>, faults: &mut F, words: &[&str]) {
    match at.node.text() {
        None => at.fault(faults, Code::Type),
        Some(word) if !words.contains(&word.as_str()) => at.fault(faults, Code::Choice),
        Some(_) => {}
    }
}

fn text<N: Node, F: Faults>(at: &Place<'_, N>, faults: &mut F, name: &str, needed: bool) {
    let it = if needed {
        at.need(faults, name)
    } else {
        at.get(name)
    };
    if let Some(it) = it {
        it.text(faults, is_text, Code::Text);
    }
}

fn link<N: Node, F: Faults>(at: &Place<'_, N>, faults: &mut F, name: &str, needed: bool) {
    let it = if needed {
        at.need(faults, name)
    } else {
        at.get(name)
    };
    if let Some(it) = it {
        it.text(faults, is_link, Code::Address);
    }
}

/// An address for a person to follow. `javascript:` and the like have no way in.
fn is_link(text: &str) -> bool {
    is_text(text)
        && !text.contains(char::is_whitespace)
        && (text.starts_with("https://") || text.starts_with("mailto:") || is_own_path(text))
}

pub(super) fn is_own_path(text: &str) -> bool {
    text.starts_with('/') && !text.starts_with("//")
}

/// An address for records and files: https, or plain http on this machine.
fn is_secure(text: &str) -> bool {
    let rest = |scheme| text.strip_prefix(scheme);
    let local = |rest: &str| {
        let host = rest.split(['/', ':']).next().unwrap_or("");
        host == "localhost" || host == "127.0.0.1" || host.ends_with(".localhost")
    };
    !text.contains(char::is_whitespace)
        && (rest("https://").is_some_and(|it| !it.is_empty()) || rest("http://").is_some_and(local))
}
