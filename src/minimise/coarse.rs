//! Making values coarse enough that they tell of use, not of a person.

use alloc::string::String;

use crate::policy::{Cursor, Kind, is_region};

/// A count, kept to its first digit: 7 stays 7, 38 becomes 30, 412 becomes 400.
pub(super) fn count(value: i64) -> i64 {
    keep(value, 10)
}

/// A time span, kept to two digits: 1234 becomes 1200.
pub(super) fn duration(value: i64) -> i64 {
    keep(value, 100)
}

fn keep(value: i64, limit: i64) -> i64 {
    let mut unit = 1_i64;
    while value.abs() / unit >= limit {
        unit *= 10;
    }
    value / unit * unit
}

/// A path without query, fragment, numbers, long or mixed words: what could name a person or
/// a thing becomes `:id`.
pub(super) fn route(path: &str) -> String {
    let end = path.find(['?', '#']).unwrap_or(path.len());
    let mut out = String::new();
    for part in path.get(..end).unwrap_or("").split('/').filter(|it| !it.is_empty()) {
        let plain = part.len() <= 24 && part.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'-' | b'_'));
        out.push('/');
        out.push_str(if plain { part } else { ":id" });
    }
    if out.is_empty() {
        out.push('/');
    }
    out
}

/// A place as `DE` or `DE-BY`, from such a text or from an object with `country` and
/// `region`. Whatever is finer is left behind.
pub(super) fn location<C: Cursor>(at: &mut C, name: &str) -> Option<String> {
    if at.kind(name) == Kind::Text {
        return Some(at.text(name)).filter(|it| is_region(it));
    }
    at.enter(name);
    let country = at.text("country");
    let region = at.text("region");
    at.leave();
    if country.len() != 2 || !is_region(&country) {
        return None;
    }
    let mut full = region;
    if !full.contains('-') {
        full.insert(0, '-');
        full.insert_str(0, &country);
    }
    let fits = is_region(&full) && full.starts_with(country.as_str());
    Some(if fits { full } else { country })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::Json;
    use serde_json::json;

    #[test]
    fn numbers_lose_their_detail() {
        assert_eq!([0, 7, 38, 412, -55].map(count), [0, 7, 30, 400, -50]);
        assert_eq!([9, 87, 1234].map(duration), [9, 87, 1200]);
        assert_eq!(count(i64::MAX), 9_000_000_000_000_000_000);
    }

    #[test]
    fn routes_name_no_person() {
        assert_eq!(route("/chat/8f3a2c/share?token=x#y"), "/chat/:id/share");
        assert_eq!(route("/users/jane@example.com"), "/users/:id");
        assert_eq!(route("?q=1"), "/");
    }

    #[test]
    fn places_stop_at_the_region() {
        let place = |value| location(&mut Json::new(&json!({"at": value})), "at");
        assert_eq!(place(json!("US-CA")).as_deref(), Some("US-CA"));
        assert_eq!(
            place(json!({"country": "DE", "region": "BY", "city": "x"})).as_deref(),
            Some("DE-BY")
        );
        assert_eq!(place(json!({"country": "DE", "region": "DE-BY"})).as_deref(), Some("DE-BY"));
        assert_eq!(place(json!({"country": "DE", "region": "US-CA"})).as_deref(), Some("DE"));
        assert_eq!(place(json!({"country": "DE", "region": "Bavaria"})).as_deref(), Some("DE"));
        assert_eq!(place(json!("48.1,11.5")), None);
    }
}
