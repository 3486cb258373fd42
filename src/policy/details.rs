//! Reading the parts of a document that no verdict depends on: who is responsible, what a
//! service stores and for how long, rights, end points.

use super::cursor::{Cursor, Kind, each, flag, may, need, number, text, within};
use super::events;
use super::fault::Code;
use super::form::{is_key, is_language, is_region, is_text};
use super::plan::Policy;
use super::texts::{self, is_reference};

/// Where a service keeps things in the browser.
const AREAS: &[&str] = &["local", "session", "indexed", "cache"];
/// How long something is kept when the answer is not a number of days.
const WHILES: &[&str] = &["session", "account", "choice"];
/// Whose public keys there may be: those who run the site, and whoever recovers what people have lost the keys of.
const OWNERS: &[&str] = &["server", "organisation", "recovery"];
/// The rights that a regime gives a person.
const RIGHTS: &[&str] = &[
    "access", "correct", "delete", "restrict", "export", "object", "know", "opt-out", "equal-service",
    "withdraw",
];

pub(super) fn read<C: Cursor>(at: &mut C, policy: &Policy, regimes: &str) {
    only(
        at,
        &[
            "$schema", "format", "version", "language", "controller", "purposes", "services", "never",
            "regimes", "fallback", "ceiling", "validity", "minors", "endpoints", "keysets", "minimise",
            "data", "rights", "incident", "texts",
        ],
    );
    need(at, "controller", Kind::Object);
    within(at, "controller", &mut |at| {
        only(at, &["name", "address", "phone", "contact", "policy", "officer", "locations"]);
        shown(at, "name", true);
        shown(at, "address", false);
        shown(at, "phone", false);
        link(at, "contact", true);
        link(at, "policy", false);
        link(at, "officer", false);
        locations(at);
    });
    each(at, "purposes", &mut |at| {
        only(
            at,
            &[
                "key", "aliases", "revision", "essential", "sharing", "explicit", "closed", "embeds",
                "consentMode",
            ],
        );
        flag(at, "embeds");
    });
    each(at, "services", &mut |at| service(at));
    each(at, "never", &mut |at| only(at, &["key", "aliases", "hosts"]));
    each(at, "regimes", &mut |at| {
        only(
            at,
            &[
                "key", "regions", "model", "exceptions", "gpc", "choicesLink", "minors", "validityDays",
                "quietDays",
            ],
        );
        each(at, "exceptions", &mut |at| only(at, &["purpose", "model"]));
        within(at, "minors", &mut |at| only(at, &["parent", "optIn"]));
    });
    within(at, "ceiling", &mut |at| only(at, &["deny"]));
    within(at, "validity", &mut |at| only(at, &["days"]));
    within(at, "minors", &mut |at| {
        only(at, &["minimum", "school"]);
        number(at, "minimum", 0, 18, 0);
        flag(at, "school");
    });
    each(at, "endpoints", &mut |at| {
        only(at, &["regimes", "url"]);
        named_regimes(at, regimes);
        text(at, "url", is_secure, Code::Insecure);
    });
    each(at, "keysets", &mut |at| keyset(at, regimes));
    each(at, "data", &mut |at| {
        only(at, &["key", "purpose", "sensitive", "retention"]);
        text(at, "key", is_key, Code::Key);
        purpose(at, policy);
        flag(at, "sensitive");
        retention(at);
    });
    within(at, "rights", &mut |at| {
        only(at, &["contact", "days", "verify", "regimes"]);
        link(at, "contact", true);
        number(at, "days", 1, 90, 30);
        flag(at, "verify");
        each(at, "regimes", &mut |at| {
            only(at, &["regimes", "rights"]);
            named_regimes(at, regimes);
            each(at, "rights", &mut |at| choice(at, "", RIGHTS));
        });
    });
    within(at, "incident", &mut |at| {
        let names = ["containHours", "assessHours", "notifyHours"];
        only(at, &names);
        for name in names {
            number(at, name, 1, 720, 1);
        }
    });
    within(at, "minimise", &mut |at| {
        events::read(at, policy);
    });
    languages(at, policy);
}

/// Warns of members that are not in `known`; a typing error must not pass for a rule. A member
/// without a name is refused: no cursor can look at it.
pub(super) fn only<C: Cursor>(at: &mut C, known: &[&str]) {
    need(at, "", Kind::Object);
    for name in at.names() {
        if name.is_empty() {
            at.fault(Code::Key, "");
        } else if !known.contains(&name.as_str()) {
            at.fault(Code::UnknownMember, &name);
        }
    }
}

/// Sees to it that a member is one of these words.
pub(super) fn choice<C: Cursor>(at: &mut C, name: &str, words: &[&str]) {
    if need(at, name, Kind::Text) && !words.contains(&at.text(name).as_str()) {
        at.fault(Code::Choice, name);
    }
}

fn service<C: Cursor>(at: &mut C) {
    only(
        at,
        &[
            "key", "aliases", "revision", "purpose", "hosts", "name", "provider", "cookies", "storage",
            "retention",
        ],
    );
    shown(at, "name", true);
    need(at, "provider", Kind::Object);
    within(at, "provider", &mut |at| {
        only(at, &["name", "country", "policy", "locations"]);
        shown(at, "name", true);
        link(at, "policy", false);
        if may(at, "country", Kind::Text) {
            text(at, "country", is_region, Code::Region);
        }
        locations(at);
    });
    each(at, "cookies", &mut |at| {
        only(at, &["name", "days"]);
        shown(at, "name", true);
        number(at, "days", 0, 3650, 0);
    });
    each(at, "storage", &mut |at| {
        only(at, &["area", "name"]);
        shown(at, "name", true);
        choice(at, "area", AREAS);
    });
    retention(at);
}

/// Where an owner's public keys are, and who signs them.
fn keyset<C: Cursor>(at: &mut C, regimes: &str) {
    only(at, &["owner", "url", "pins", "regimes"]);
    choice(at, "owner", OWNERS);
    text(at, "url", is_secure, Code::Insecure);
    need(at, "pins", Kind::List);
    let mut none = at.kind("pins") == Kind::List;
    each(at, "pins", &mut |at| {
        none = false;
        text(at, "", is_pin, Code::Pin);
    });
    if none {
        at.fault(Code::Empty, "pins");
    }
    named_regimes(at, regimes);
}

/// Where somebody keeps data.
fn locations<C: Cursor>(at: &mut C) {
    each(at, "locations", &mut |at| {
        text(at, "", is_region, Code::Region);
    });
}

fn retention<C: Cursor>(at: &mut C) {
    need(at, "retention", Kind::Object);
    within(at, "retention", &mut |at| {
        only(at, &["days", "while", "thenDays"]);
        number(at, "days", 0, 3650, 0);
        number(at, "thenDays", 0, 3650, 0);
        let days = at.kind("days") != Kind::Absent;
        let while_ = at.kind("while") != Kind::Absent;
        if while_ {
            choice(at, "while", WHILES);
        }
        if days == while_ {
            at.fault(Code::Choice, "");
        }
    });
}

fn languages<C: Cursor>(at: &mut C, policy: &Policy) {
    need(at, "texts", Kind::Object);
    let usual = text(at, "language", is_language, Code::Language);
    within(at, "texts", &mut |at| {
        let names = at.names();
        if names.is_empty() {
            at.fault(Code::Empty, "");
        }
        for name in &names {
            if !is_language(name) {
                at.fault(Code::Language, name);
            }
            if name.is_empty() {
                continue;
            }
            if at.kind(name) == Kind::Object {
                at.enter(name);
                texts::read(at, policy);
                at.leave();
            } else {
                text(at, name, is_reference, Code::Address);
            }
        }
        if !usual.is_empty() && !names.contains(&usual) {
            at.fault(Code::MissingText, &usual);
        }
    });
}

fn purpose<C: Cursor>(at: &mut C, policy: &Policy) {
    let key = text(at, "purpose", is_key, Code::Key);
    if !key.is_empty() && !is_purpose(policy, &key) {
        at.fault(Code::UnknownPurpose, "purpose");
    }
}

/// Whether this is the key, not an alias, of an item: of a purpose or of a service.
pub(super) fn is_item(policy: &Policy<'_>, key: &str, purpose: bool) -> bool {
    let mut items = policy.items();
    items.any(|it| it.is_purpose() == purpose && it.key == key.as_bytes())
}

/// Whether this is the key of a purpose.
pub(super) fn is_purpose(policy: &Policy, key: &str) -> bool {
    is_item(policy, key, true)
}

fn named_regimes<C: Cursor>(at: &mut C, regimes: &str) {
    each(at, "regimes", &mut |at| {
        let key = text(at, "", is_key, Code::Key);
        if !key.is_empty() && !regimes.split(' ').any(|it| it == key) {
            at.fault(Code::UnknownRegime, "");
        }
    });
}

fn shown<C: Cursor>(at: &mut C, name: &str, needed: bool) {
    if needed || may(at, name, Kind::Text) {
        text(at, name, is_text, Code::Text);
    }
}

fn link<C: Cursor>(at: &mut C, name: &str, needed: bool) {
    if needed || may(at, name, Kind::Text) {
        text(at, name, is_link, Code::Address);
    }
}

/// An address for a person to follow. `javascript:` and the like have no way in.
fn is_link(text: &str) -> bool {
    is_text(text)
        && !text.contains(char::is_whitespace)
        && (text.starts_with("https://") || text.starts_with("mailto:") || is_own_path(text))
}

/// Browsers read a backslash as a slash, and two of them name another host.
pub(super) fn is_own_path(text: &str) -> bool {
    text.strip_prefix('/').is_some_and(|rest| !rest.starts_with(['/', '\\']))
}

/// 32 bytes as base64url: the last of 43 characters has four bits to say.
fn is_pin(text: &str) -> bool {
    let ends = |it| b"AEIMQUYcgkosw048".contains(it);
    text.len() == 43
        && text.bytes().all(|it| it.is_ascii_alphanumeric() || matches!(it, b'-' | b'_'))
        && text.as_bytes().last().is_some_and(ends)
}

/// An address for records and files: https, or plain http on this machine.
fn is_secure(text: &str) -> bool {
    let rest = |scheme| text.strip_prefix(scheme);
    let local = |rest: &str| {
        let host = rest.split(['/', '\\', '?', '#']).next().unwrap_or("");
        // What looks like a port may be a password, and the host comes after it.
        let (name, port) = host.split_once(':').unwrap_or((host, ""));
        port.bytes().all(|byte| byte.is_ascii_digit())
            && (name == "localhost" || name == "127.0.0.1" || name.ends_with(".localhost"))
    };
    !text.contains(char::is_whitespace)
        && (rest("https://").is_some_and(|it| !it.is_empty()) || rest("http://").is_some_and(local))
}
