//! Cookies as other managers write them, and as they do not.

use std::string::String;
use std::vec::Vec;

use proptest::prelude::*;

use super::import::{FOREIGN, import};
use crate::policy::Json;

/// What a cookie says, `+` allowed and `!` refused; empty for none.
fn read(name: &str, value: &str) -> String {
    let json: Option<serde_json::Value> = serde_json::from_str(value).ok();
    let found = import(name, value, json.as_ref().map(Json::new).as_mut()).unwrap_or_default();
    let signed: Vec<String> = found
        .iter()
        .map(|(name, allowed)| [if *allowed { "+" } else { "!" }, name].concat())
        .collect();
    signed.concat()
}

#[test]
fn what_other_managers_wrote() {
    for (name, value, says) in [
        (
            "cc_cookie",
            r#"{"categories":["necessary","analytics"],"revision":0}"#,
            "+necessary+analytics!*",
        ),
        ("cc_cookie", r#"{"categories":[]}"#, "!*"),
        ("klaro", r#"{"matomo":true,"youtube":false}"#, "+matomo!youtube"),
        ("eu-consent", r#"{"matomo":false}"#, "!matomo"),
        ("tarteaucitron", "!gtag=true!youtube=false!hotjar=wait", "+gtag!youtube"),
        ("c15t", "c.necessary:1,c.measurement:0,i.t:1700000000", "+necessary!measurement"),
        (
            "c15t",
            r#"{"consents":{"marketing":false,"measurement":true}}"#,
            "!marketing+measurement",
        ),
        (
            "CookieConsent",
            "{stamp:'x==',necessary:true,preferences:false,statistics:true,marketing:false,ver:1,utc:1}",
            "+necessary!preferences+statistics!marketing",
        ),
        (
            "OptanonConsent",
            "isGpcEnabled=0&datestamp=Mon&groups=C0001:1,C0002:0,C0004:1&AwaitingReconsent=false",
            "+necessary!performance+targeting",
        ),
    ] {
        assert_eq!(read(name, value), says, "{name}={value}");
    }
}

#[test]
fn how_their_cookies_vary() {
    for (name, value, says) in [
        (
            "cc_cookie",
            r#"{"categories":["necessary"],"services":{"necessary":["a"]}}"#,
            "+necessary!*",
        ),
        (
            "cc_cookie",
            r#"{"data":null,"categories":["Ads & Co"],"languageCode":"de"}"#,
            "+Ads & Co!*",
        ),
        ("klaro", r#"{"matomo":true,"broken":null,"odd":1,"text":"true"}"#, "+matomo"),
        ("orejime", r#"{"analytics":false}"#, "!analytics"),
        ("tarteaucitron", "!analytics=true", "+analytics"),
        ("tarteaucitron", "analytics=false!", "!analytics"),
        ("tarteaucitron", "!a=true!a=false", "+a!a"),
        ("c15t", "c.marketing:1", "+marketing"),
        ("c15t", r#"{"marketing":false}"#, "!marketing"),
        ("c15t", r#"{"consents":{},"marketing":true}"#, ""),
        ("CookieConsent", "{necessary:true}", "+necessary"),
        ("CookieConsent", "{preferences:false%2Cmarketing:true}", ""),
        (
            "CookieConsent",
            " {statistics: true , marketing : false} ",
            "+statistics!marketing",
        ),
        ("OptanonConsent", "groups=C0002:1", "+performance"),
        ("OptanonConsent", "groups=C0003:0,C0005:1,V2STACK42:1,1:1", "!functional+social"),
        (
            "OptanonConsent",
            "landingPath=NotLandingPage&groups=C0001:1,C0004:2",
            "+necessary",
        ),
    ] {
        assert_eq!(read(name, value), says, "{name}={value}");
    }
}

#[test]
fn what_is_not_theirs_says_nothing() {
    for (name, value) in [
        ("cc_cookie", ""),
        ("cc_cookie", "{"),
        ("cc_cookie", r#"{"categories":"analytics"}"#),
        ("cc_cookie", "[]"),
        ("cc_cookie", "null"),
        ("cc_cookie", r#"{"categories":{"analytics":true}}"#),
        ("cc_cookie", r#"{"categories":[1]}"#),
        ("cc_cookie", r#"{"categories":["analytics",null]}"#),
        ("cc_cookie", r#"{"categories":["analytics",[]]}"#),
        ("cc_cookie", r#"{"categories":["analytics"]"#),
        ("klaro", ""),
        ("klaro", "{}"),
        ("klaro", "[true]"),
        ("klaro", r#"{"":true}"#),
        ("klaro", "matomo=true"),
        ("c15t", ""),
        ("c15t", "c.measurement"),
        ("c15t", "c.:1"),
        ("c15t", r#"{"consents":[true]}"#),
        ("c15t", r#"{"consents":{"marketing":1}}"#),
        ("tarteaucitron", ""),
        ("tarteaucitron", "!=true"),
        ("tarteaucitron", "!gtag=wait"),
        ("tarteaucitron", "!gtag=TRUE"),
        ("CookieConsent", ""),
        ("CookieConsent", "true"),
        ("CookieConsent", "{}"),
        ("OptanonConsent", ""),
        ("OptanonConsent", "groups=C0002"),
        ("OptanonConsent", "groups=C0002%3A1"),
        ("OptanonConsent", "groups=V2STACK42:1"),
        ("", "{}"),
        ("KLARO", r#"{"matomo":true}"#),
        ("klaro", "true"),
        ("klaro", r#"{"matomo":"yes"}"#),
        ("tarteaucitron", "gtag"),
        ("CookieConsent", "-1"),
        ("CookieConsent", "{other:true}"),
        ("OptanonConsent", "datestamp=Mon"),
        ("OptanonConsent", "groups="),
        ("session", r#"{"analytics":true}"#),
    ] {
        assert_eq!(read(name, value), "", "{name}={value}");
    }
}

proptest! {
    /// Whatever a cookie holds, reading it ends, and what is read has names.
    #[test]
    fn anything_can_stand_in_a_cookie(name in prop::sample::select(&FOREIGN[..]), value in "(\\{|groups=|c\\.|!)?[\\PC{}:,!=&\"\\[\\]]{0,40}") {
        let json: Option<serde_json::Value> = serde_json::from_str(&value).ok();
        if let Some(found) = import(name, &value, json.as_ref().map(Json::new).as_mut()) {
            prop_assert!(!found.is_empty());
            prop_assert!(found.iter().all(|(name, _)| !name.is_empty()), "{:?}", found);
        }
    }
}
