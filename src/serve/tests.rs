//! What a server says, and what a build writes, for a policy of one service of each kind.

use alloc::boxed::Box;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use std::vec;

use serde_json::json;

use super::*;
use crate::consent::{Act, Deed, Source};
use crate::page::Page;
use crate::policy::{Json, Policy, compile};

fn plan(never: bool) -> String {
    let mut document: serde_json::Value =
        serde_json::from_str(include_str!("../policy/default/policy.json")).expect("JSON");
    document["purposes"] = json!([
        {"key": "essential", "essential": true},
        {"key": "analytics"},
        {"key": "social", "revision": 2},
    ]);
    document["services"] = json!([
        service("payment", "essential", &["pay.example"]),
        service("counter", "analytics", &["counter.example", "/proxy/"]),
        service("video", "social", &["video.example/embed", "static.counter.example"]),
    ]);
    document["never"] = if never {
        json!([{"key": "ads", "hosts": ["ads.example"]}])
    } else {
        json!([])
    };
    let mut at = Json::new(&document);
    compile(&mut at, "hash")
}

fn service(key: &str, purpose: &str, hosts: &[&str]) -> serde_json::Value {
    json!({"key": key, "purpose": purpose, "name": key, "provider": {"name": key}, "hosts": hosts, "retention": {"days": 1}})
}

/// A `Cookie` header after these picks.
fn cookies(plan: &str, picks: &str) -> String {
    let mut page = Box::new(Page::new());
    let policy = Policy::read(plan.as_bytes(), b"DE", b"").expect("a plan");
    page.start(crate::consent::Session {
        policy,
        ..crate::consent::Session::NONE
    });
    page.refresh(b"", b"", 1000);
    let deed = Deed {
        act: Act::Custom,
        picks: picks.as_bytes(),
        once: false,
        person: Page::person(true),
    };
    page.decide(deed, Source::Api, 1000, &mut Vec::new()).expect("decided");
    format!(
        "a=1; mixus_privacy={}; _counter=1; video_id=2; other=3",
        core::str::from_utf8(page.state()).expect("text")
    )
}

fn csp(plan: &str, cookies: &str, allow: &[&str]) -> String {
    let visitor = Visitor::read(plan.as_bytes(), b"DE", cookies.as_bytes(), false, 2000).expect("a plan");
    content_security_policy(&visitor, allow)
}

#[test]
fn what_is_not_allowed_is_not_in_the_header() {
    let plan = plan(true);
    let denied = csp(&plan, "", &["cdn.example", "login.example:8443"]);
    assert_eq!(
        denied,
        "default-src 'self' 'unsafe-inline' 'unsafe-eval' 'wasm-unsafe-eval' data: blob: cdn.example:* *.cdn.example:* login.example:8443 pay.example:* *.pay.example:*; \
         connect-src 'self' data: blob: cdn.example:* *.cdn.example:* login.example:8443 pay.example:* *.pay.example:* \
         ws://cdn.example:* wss://cdn.example:* ws://*.cdn.example:* wss://*.cdn.example:* ws://login.example:8443 wss://login.example:8443 \
         ws://pay.example:* wss://pay.example:* ws://*.pay.example:* wss://*.pay.example:*; \
         form-action 'self' cdn.example:* *.cdn.example:* login.example:8443 pay.example:* *.pay.example:*; webrtc 'block'"
    );
    // Something below the counter is another service, which was refused.
    let some = csp(&plan, &cookies(&plan, "+analytics!social"), &[]);
    assert!(some.contains(" counter.example:*"), "{some}");
    assert!(!some.contains("*.counter.example"), "{some}");
    assert!(!some.contains("video.example"), "{some}");
    let all = csp(&plan, &cookies(&plan, "+analytics+social"), &[]);
    assert!(all.contains(" *.counter.example:* "), "{all}");
    assert!(
        all.contains(" video.example:*/embed video.example:*/embed/ *.video.example:*/embed"),
        "{all}"
    );
    assert!(!all.contains("ads.example"), "{all}");
}

#[test]
fn everything_is_only_where_nothing_is_never() {
    let plan = plan(false);
    assert!(
        csp(&plan, &cookies(&plan, "+analytics+social"), &[]).starts_with(
            "default-src 'self' 'unsafe-inline' 'unsafe-eval' 'wasm-unsafe-eval' data: blob: *;"
        )
    );
    assert!(!csp(&plan, &cookies(&plan, "+analytics!social"), &[]).contains(" *;"));
}

#[test]
fn a_damaged_cookie_or_plan_allows_nothing() {
    let plan = plan(false);
    let denied = csp(&plan, "", &[]);
    let good = cookies(&plan, "+analytics+social");
    assert_ne!(csp(&plan, &good, &[]), denied);
    assert_eq!(csp(&plan, &good.replace("+analytics", "+analytica"), &[]), denied);
    assert_eq!(csp(&plan, &good.replace("mixus_privacy", "xmixus_privacy"), &[]), denied);
    assert!(Visitor::read(&plan.as_bytes()[1..], b"DE", b"", false, 0).is_none());
}

#[test]
fn nginx_reads_the_cookie_itself() {
    let plan = plan(true);
    let visitor = Visitor::read(plan.as_bytes(), b"", b"", false, 2000).expect("a plan");
    let maps = nginx(&visitor, &["cdn.example"]);
    let lines: Vec<&str> = maps.lines().collect();
    assert_eq!(
        lines[0],
        "map $cookie_mixus_privacy $mixus_4 { \"~[+]counter[+!*~]\" \" counter.example:*\"; }"
    );
    assert!(
        lines[2].contains("\"~[+]video@2[+!*~]\" \" video.example:*/embed video.example:*/embed/ "),
        "{maps}"
    );
    assert!(
        lines[4].contains(
            "cdn.example:* *.cdn.example:* pay.example:* *.pay.example:*${mixus_4}${mixus_5}; connect-src"
        ),
        "{maps}"
    );
    // What the page writes is what the maps look for.
    let cookie = cookies(&plan, "+analytics+social");
    assert!(cookie.contains("+counter") && cookie.contains("+video@2"), "{cookie}");
}

#[test]
fn cookies_of_what_is_not_allowed_end() {
    let plan = plan(true);
    let stores = "counter|_counter\nvideo|video_* shared\npayment|shared";
    let cookies = cookies(&plan, "+analytics!social");
    let visitor = Visitor::read(plan.as_bytes(), b"DE", cookies.as_bytes(), false, 2000).expect("a plan");
    let lines = expire(&visitor, stores, &format!("{cookies}; shared=1"), "www.shop.example:8080");
    assert_eq!(
        lines,
        vec![
            "video_id=; Path=/; Max-Age=0",
            "video_id=; Path=/; Max-Age=0; Secure; HttpOnly; SameSite=None; Partitioned",
            "video_id=; Path=/; Max-Age=0; Domain=www.shop.example",
            "video_id=; Path=/; Max-Age=0; Domain=www.shop.example; Secure; HttpOnly; SameSite=None; Partitioned",
            "video_id=; Path=/; Max-Age=0; Domain=shop.example",
            "video_id=; Path=/; Max-Age=0; Domain=shop.example; Secure; HttpOnly; SameSite=None; Partitioned",
        ]
    );
}

#[cfg(feature = "markup")]
mod markup {
    use super::*;

    fn rewritten(html: &str, head: &str) -> (String, Vec<Held>) {
        let plan = plan(true);
        let policy = Policy::read(plan.as_bytes(), b"", b"").expect("a plan");
        let page = "https://shop.example/folder/page";
        rewrite(
            html,
            Rewrite {
                policy: &policy,
                page,
                allow: &["cdn.example"],
                head,
            },
        )
        .expect("markup")
    }

    #[test]
    fn vectors() {
        let vectors: Vec<(String, String)> =
            serde_json::from_str(include_str!("markup.json")).expect("vectors");
        for (before, after) in vectors {
            let (out, held) = rewritten(&before, "");
            assert_eq!(out, if after == "=" { before.clone() } else { after }, "{before}");
            assert_eq!(held.is_empty(), out == before, "{before}");
            assert_eq!(rewritten(&out, "").0, out, "once more: {before}");
        }
    }

    #[test]
    fn what_is_held_is_told() {
        let (_, held) =
            rewritten("<img src=//a.example/p><script src=https://counter.example/c.js></script>", "");
        let told: Vec<_> = held
            .iter()
            .map(|it| (it.tag.as_str(), it.url.as_str(), it.service.as_deref()))
            .collect();
        assert_eq!(
            told,
            [
                ("img", "//a.example/p", None),
                ("script", "https://counter.example/c.js", Some("counter"))
            ]
        );
    }

    #[test]
    fn the_guard_comes_first() {
        let guard = "<script src=/guard.js></script>";
        for (before, after) in [
            (
                "<!doctype html><html><head><title>a</title></head></html>",
                "<!doctype html><html><head>GUARD<title>a</title></head></html>",
            ),
            ("<!doctype html><title>a</title>", "<!doctype html>GUARD<title>a</title>"),
            ("<p>a<p>b", "GUARD<p>a<p>b"),
        ] {
            let (out, _) = rewritten(before, guard);
            assert_eq!(out, after.replace("GUARD", guard));
            assert_eq!(rewritten(&out, guard).0, out);
        }
    }
}
