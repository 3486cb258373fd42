//! Decisions that another consent manager kept: read once, never taken for a grant.

use alloc::string::String;
use alloc::vec::Vec;

use crate::policy::Node;

/// The cookies of the managers that are understood.
pub const FOREIGN: [&str; 8] = [
    "cc_cookie",
    "klaro",
    "eu-consent",
    "orejime",
    "tarteaucitron",
    "c15t",
    "CookieConsent",
    "OptanonConsent",
];

/// What a cookie said: names as the other manager uses them, and whether they were allowed.
pub type Imported = Vec<(String, bool)>;

/// Reads the value of the cookie `name`, percent-decoded. `parse` reads JSON.
///
/// `None` when it is not as that manager writes it.
pub fn import<N: Node>(
    name: &str,
    value: &str,
    parse: impl Fn(&str) -> Option<N>,
) -> Option<Imported> {
    let found = match name {
        "cc_cookie" => vanilla(&parse(value)?),
        "klaro" | "eu-consent" | "orejime" => Some(flags(&parse(value)?)),
        "tarteaucitron" => Some(pairs(value, '!', '=')),
        "c15t" => match parse(value) {
            Some(node) => Some(flags(&node.member("consents").unwrap_or(node))),
            // Its short form: `c.measurement:1,c.marketing:0,…`.
            None => Some(pairs(value, ',', ':')),
        },
        "CookieConsent" => Some(cookiebot(value)),
        "OptanonConsent" => one_trust(value),
        _ => None,
    }?;
    (!found.is_empty()).then_some(found)
}

/// `{"categories":["necessary","analytics"],"services":{"analytics":["ga"]}}`: what is not
/// listed was refused, but the cookie does not say what else there was.
fn vanilla<N: Node>(node: &N) -> Option<Imported> {
    let list = node.member("categories")?;
    let mut found: Imported = (0..list.length()?)
        .filter_map(|at| Some((list.item(at)?.text()?, true)))
        .collect();
    if found.iter().all(|(name, _)| name == "necessary") {
        found.push(("*".into(), false));
    }
    Some(found)
}

/// `{"analytics":true,"chat":false}`.
fn flags<N: Node>(node: &N) -> Imported {
    let names = node.names().unwrap_or_default();
    let flag = |name: &String| node.member(name)?.flag();
    names
        .into_iter()
        .filter_map(|name| flag(&name).map(|flag| (name, flag)))
        .collect()
}

/// `!analytics=true!chat=false` and the like. A value that is neither yes nor no (`wait`) is
/// no answer.
fn pairs(value: &str, between: char, within: char) -> Imported {
    value
        .split(between)
        .filter_map(|pair| {
            let (name, answer) = pair.split_once(within)?;
            let name = name.strip_prefix("c.").unwrap_or(name).trim();
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
    pairs(value.trim_matches(['{', '}']), ',', ':')
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
