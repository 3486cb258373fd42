//! How a visitor wants to look at the demo: it is all in the address, so that the demo itself
//! stores nothing.

use serde::Serialize;

/// What can be chosen. The first of each is the usual one.
pub(super) const REGIONS: [&str; 7] = ["DE", "GB", "US-CA", "US-FL", "BR", "CA-QC", ""];
pub(super) const LAYOUTS: [&str; 3] = ["box", "bar", "centre"];
pub(super) const SCHEMES: [&str; 3] = ["", "light", "dark"];

/// The choices, each one of those that exist.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Settings {
    pub(super) region: &'static str,
    pub(super) layout: &'static str,
    pub(super) scheme: &'static str,
    pub(super) language: String,
    pub(super) gpc: bool,
}

impl Settings {
    /// Reads the query of an address; `accepts` are the browser's languages (`Accept-Language`)
    /// and `languages` what there is, the usual one first.
    pub(super) fn read(query: &str, accepts: &str, languages: &[&str]) -> Settings {
        let get = |name: &str| {
            let mut pairs = query.split('&').filter_map(|it| it.split_once('='));
            pairs.find(|(it, _)| *it == name).map(|(_, value)| value)
        };
        let one = |name: &str, all: &[&'static str]| {
            let found = get(name).and_then(|value| all.iter().find(|it| **it == value));
            found.or(all.first()).copied().unwrap_or_default()
        };
        let primary = |tag: &str| {
            let tag = tag.split(['-', ';']).next().unwrap_or("").trim().to_lowercase();
            languages.iter().find(|it| **it == tag).copied()
        };
        let language = get("language")
            .and_then(primary)
            .or_else(|| accepts.split(',').find_map(primary))
            .or_else(|| languages.first().copied());
        Settings {
            region: one("region", &REGIONS),
            layout: one("layout", &LAYOUTS),
            scheme: one("scheme", &SCHEMES),
            language: language.unwrap_or_default().to_owned(),
            gpc: get("gpc").is_some_and(|it| it == "1"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LANGUAGES: [&str; 3] = ["en", "de", "ar"];

    #[test]
    fn only_what_exists_is_chosen() {
        let read = Settings::read("region=US-CA&language=ar&layout=%3Cb&gpc=1", "", &LANGUAGES);
        assert_eq!(
            (read.region, &*read.language, read.layout, read.gpc),
            ("US-CA", "ar", "box", true)
        );
        assert_eq!(Settings::read("region=", "", &LANGUAGES).region, "");
        assert_eq!(Settings::read("", "", &LANGUAGES).region, "DE");
    }

    #[test]
    fn the_browser_knows_the_language() {
        assert_eq!(Settings::read("", "sv, de-AT;q=0.9, en;q=0.8", &LANGUAGES).language, "de");
        assert_eq!(Settings::read("", "sv", &LANGUAGES).language, "en");
        assert_eq!(Settings::read("language=ar", "de", &LANGUAGES).language, "ar");
    }
}
