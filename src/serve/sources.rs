//! Addresses in texts that are not markup.

use alloc::string::String;
use alloc::vec::Vec;

use serde_json::Value;

/// Style in which addresses that may not be asked lead nowhere and say where they led, as in
/// `js/strict/style.js`.
pub(super) fn css(text: &str, mut free: impl FnMut(&str) -> bool) -> String {
    let mut out = String::new();
    let mut rest = text;
    let lower = text.to_ascii_lowercase();
    loop {
        let done = text.len() - rest.len();
        let Some((start, length)) = lower.get(done..).and_then(next) else {
            break;
        };
        let (before, after) = rest.split_at_checked(start + length).unwrap_or((rest, ""));
        let skip = after.len() - after.trim_start_matches([' ', '\t', '\n', '"', '\'']).len();
        let (quotes, after) = after.split_at_checked(skip).unwrap_or(("", after));
        let end = after.find(['"', '\'', ')', ' ', '\n', ';']).unwrap_or(after.len());
        let (address, after) = after.split_at_checked(end).unwrap_or((after, ""));
        out.push_str(before);
        out.push_str(quotes);
        if !address.is_empty() && !address.starts_with("about:") && !free(address) {
            out.push_str("about:held#");
        }
        out.push_str(address);
        rest = after;
    }
    out.push_str(rest);
    out
}

/// Where the next address may stand in a style, in lower case: place and length of what is
/// before it.
fn next(lower: &str) -> Option<(usize, usize)> {
    let url = lower.find("url(").map(|at| (at, 4));
    let import = lower.find("@import").map(|at| (at, 7));
    // `@import url(…)` is found as the former.
    let import = import.filter(|(at, length)| {
        lower
            .get(at + length..)
            .is_some_and(|it| it.trim_start().starts_with(['"', '\'']))
    });
    url.into_iter().chain(import).min()
}

/// The addresses that a script speaks of: what follows `//` in a quoted text, with its scheme if
/// there is one.
pub(super) fn mentions(script: &str) -> Vec<String> {
    let mut found = Vec::new();
    for (at, _) in script.match_indices("//") {
        let before = script.get(..at).unwrap_or("");
        let after = script.get(at..).unwrap_or("");
        let scheme = ["https:", "http:", "wss:", "ws:"]
            .into_iter()
            .find(|it| before.ends_with(it))
            .unwrap_or("");
        let quoted = before.strip_suffix(scheme).is_some_and(|it| it.ends_with(['"', '\'', '`']));
        let end = after
            .find(['"', '\'', '`', ' ', '\n', ')', '$', '<', '\\'])
            .unwrap_or(after.len());
        if quoted && end > 2 {
            found.push(
                [
                    if scheme.is_empty() { "https:" } else { scheme },
                    after.get(..end).unwrap_or(""),
                ]
                .concat(),
            );
        }
    }
    found
}

/// The names of an import map, and the addresses that they stand for.
pub(super) fn imports(text: &str) -> Vec<(String, String)> {
    let map: Value = serde_json::from_str(text).unwrap_or_default();
    let scopes = map.get("scopes").and_then(Value::as_object);
    let scopes = scopes.into_iter().flat_map(|it| it.values());
    let all = map.get("imports").into_iter().chain(scopes).filter_map(Value::as_object);
    all.flatten()
        .filter_map(|(name, address)| Some((name.clone(), address.as_str()?.into())))
        .collect()
}
