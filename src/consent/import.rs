//! Decisions that another consent manager kept: read once, never taken for a grant.

use alloc::string::String;
use alloc::vec::Vec;

use crate::policy::{Cursor, Kind};

/// The cookies of the managers that are understood.
pub const FOREIGN: [&str; 8] = [
    "cc_cookie", "klaro", "eu-consent", "orejime", "tarteaucitron", "c15t", "CookieConsent", "OptanonConsent",
];

/// What a cookie said: names as the other manager uses them, and whether they were allowed.
pub type Imported = Vec<(String, bool)>;

/// Reads the value of the cookie `name`, percent-decoded. `json` is a cursor on what the
/// value means as JSON, where it is JSON.
///
/// `None` when it is not as that manager writes it.
pub fn import<C: Cursor>(name: &str, value: &str, json: Option<&mut C>) -> Option<Imported> {
    let found = match name {
        "cc_cookie" => vanilla(json?),
        "klaro" | "eu-consent" | "orejime" => flags(json?),
        "tarteaucitron" => pairs(value, '!', '='),
        "c15t" => match json {
            Some(at) if at.kind("consents") == Kind::Object => {
                at.enter("consents");
                let found = flags(at);
                at.leave();
                found
            }
            Some(at) => flags(at),
            // Its short form: `c.measurement:1,c.marketing:0,…`.
            None => pairs(value, ',', ':'),
        },
        "CookieConsent" => cookiebot(value),
        "OptanonConsent" => one_trust(value)?,
        _ => return None,
    };
    (!found.is_empty()).then_some(found)
}

/// `{"categories":["necessary","analytics"],"services":{"analytics":["ga"]}}`: what is not
/// listed was refused, but the cookie does not say what else there was: `*`.
fn vanilla<C: Cursor>(at: &mut C) -> Imported {
    let mut found = Imported::new();
    if at.kind("categories") == Kind::List {
        for item in 0..at.enter("categories") {
            at.item(item);
            let name = at.text("");
            at.leave();
            if name.is_empty() {
                return Imported::new();
            }
            found.push((name, true));
        }
        at.leave();
        found.push(("*".into(), false));
    }
    found
}

/// `{"analytics":true,"chat":false}`.
fn flags<C: Cursor>(at: &mut C) -> Imported {
    let mut names = at.names();
    names.retain(|name| !name.is_empty() && at.kind(name) == Kind::Flag);
    let answered = names.into_iter();
    answered.map(|name| (name.clone(), at.flag(&name))).collect()
}

/// `!analytics=true!chat=false` and the like. A value that is neither yes nor no (`wait`) is
/// no answer.
fn pairs(value: &str, between: char, within: char) -> Imported {
    value
        .split(between)
        .filter_map(|pair| {
            let (name, answer) = pair.split_once(within)?;
            let name = name.strip_prefix("c.").unwrap_or(name).trim();
            if name.is_empty() {
                return None;
            }
            match answer.trim() {
                "true" | "1" => Some((name.into(), true)),
                "false" | "0" => Some((name.into(), false)),
                _ => None,
            }
        })
        .collect()
}

/// `{stamp:'…',necessary:true,preferences:false,statistics:true,marketing:false,ver:1}`:
/// JavaScript rather than JSON.
fn cookiebot(value: &str) -> Imported {
    pairs(value.trim().trim_matches(['{', '}']), ',', ':')
        .into_iter()
        .filter(|(name, _)| ["necessary", "preferences", "statistics", "marketing"].contains(&name.as_str()))
        .collect()
}

/// `…&groups=C0001:1,C0002:0&…`, with OneTrust's usual groups.
fn one_trust(value: &str) -> Option<Imported> {
    let groups = value.split('&').find_map(|it| it.strip_prefix("groups="))?;
    let named = |group: &str| match group {
        "C0001" => Some("necessary"),
        "C0002" => Some("performance"),
        "C0003" => Some("functional"),
        "C0004" => Some("targeting"),
        "C0005" => Some("social"),
        _ => None,
    };
    Some(
        pairs(groups, ',', ':')
            .into_iter()
            .filter_map(|(group, granted)| Some((named(&group)?.into(), granted)))
            .collect(),
    )
}
