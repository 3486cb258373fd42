//! Cookies as other managers write them, and as they do not.

use std::string::String;
use std::vec::Vec;

use super::import::import;
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
fn what_is_not_theirs_says_nothing() {
    for (name, value) in [
        ("cc_cookie", ""),
        ("cc_cookie", "{"),
        ("cc_cookie", r#"{"categories":"analytics"}"#),
        ("cc_cookie", "[]"),
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
