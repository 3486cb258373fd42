//! What becomes of tags under the default policy.

use std::string::String;
use std::vec::Vec;

use serde_json::{Value, json};

use super::{Answer, Tag, judge};
use crate::consent::{Session, Signals, State, Verdict};
use crate::policy::{Address, Json, Policy, compile};

fn plan() -> String {
    let mut document: Value =
        serde_json::from_str(include_str!("../policy/default/policy.json")).expect("the document");
    let english: Value =
        serde_json::from_str(include_str!("../policy/default/texts/en.json")).expect("its texts");
    document["texts"] = json!({"en": english});
    compile(&mut Json::new(&document), "hash")
}

fn address(text: &str) -> Address<'_> {
    let (host, path) = text.split_at(text.find('/').unwrap_or(text.len()));
    Address {
        host: host.as_bytes(),
        path: if path.is_empty() { b"/" } else { path.as_bytes() },
        own: host.is_empty(),
    }
}

#[test]
fn by_name_and_by_address() {
    let plan = plan();
    let policy = Policy::read(plan.as_bytes(), b"DE", b"").expect("a plan");
    // Everything is decided: analytics and YouTube are allowed, the rest is refused.
    let session = Session {
        policy,
        signals: Signals::default(),
        ..Session::NONE
    };
    let mut state: Vec<u8> = Vec::new();
    let group = b"00010000001vvvvvvv0+analytics+plausible+error-reports!preferences!support-chat!chatwoot!social+youtube!x-posts";
    State::default().take(group, b"v", &mut state);
    let state = State::read(&state);
    let verdicts: Vec<Verdict> = policy.items().map(|it| session.verdict(state, &it, 2)).collect();
    for (names, url, answer) in [
        ("analytics", "", Answer::Allow),
        ("plausible", "plausible.io/js/script.js", Answer::Allow),
        ("statistics", "/own.js", Answer::Allow),
        ("essential", "", Answer::Allow),
        ("support-chat", "", Answer::Hold),
        ("chatwoot", "app.chatwoot.com/sdk.js", Answer::Hold),
        // All of several must be allowed.
        ("analytics,support-chat", "", Answer::Hold),
        ("analytics,,plausible", "", Answer::Allow),
        // Only while it is refused.
        ("!support-chat", "", Answer::Allow),
        ("!analytics", "", Answer::Hold),
        // A name that nobody knows holds, whatever stands beside it.
        ("analytics,heatmaps", "", Answer::UnknownName),
        ("!heatmaps", "", Answer::UnknownName),
        // An address belongs to its service, whatever the tag calls itself.
        ("essential", "app.chatwoot.com/sdk.js", Answer::Hold),
        ("", "www.youtube-nocookie.com/embed/x", Answer::Allow),
        ("", "platform.x.com/widgets.js", Answer::Hold),
        ("youtube", "platform.x.com/widgets.js", Answer::Hold),
        ("social", "www.youtube.com/embed/x", Answer::Hold),
        // Analytics admits declared providers only.
        ("analytics", "cdn.heatmaps.example/h.js", Answer::Undeclared),
        ("plausible", "plausible.io.evil.example/x.js", Answer::Undeclared),
        ("analytics", "notplausible.io/x.js", Answer::Undeclared),
        // Nothing says what it is.
        ("", "cdn.example/x.js", Answer::Nothing),
        ("", "", Answer::Nothing),
        (",", "", Answer::Nothing),
        // Never.
        ("advertising", "", Answer::Never),
        ("marketing", "", Answer::Never),
        ("analytics", "stats.g.doubleclick.net/dc.js", Answer::Never),
        ("essential", "www.facebook.com/tr?id=1", Answer::Never),
        ("essential", "connect.facebook.net/en_US/fbevents.js", Answer::Never),
        ("youtube", "googleads.g.doubleclick.net/pagead/id", Answer::Never),
        ("heatmaps", "bat.bing.com/bat.js", Answer::Never),
    ] {
        let tag = Tag {
            names: names.as_bytes(),
            address: (!url.is_empty()).then(|| address(url)),
        };
        assert_eq!(judge(&policy, &verdicts, tag).answer, answer, "{names:?} {url:?}");
    }
    // The service stands out, so that a placeholder can name it.
    let tag = Tag {
        names: b"social",
        address: Some(address("www.youtube.com/embed/x")),
    };
    let key = judge(&policy, &verdicts, tag).key.map(|at| policy.item(at).key);
    assert_eq!(key, Some(&b"youtube"[..]));
}

#[test]
fn nothing_runs_without_verdicts() {
    let plan = plan();
    let policy = Policy::read(plan.as_bytes(), b"US", b"").expect("a plan");
    for names in ["analytics", "essential", "preferences", "!preferences"] {
        let tag = Tag {
            names: names.as_bytes(),
            address: None,
        };
        assert_eq!(judge(&policy, &[], tag).answer, Answer::Hold, "{names}");
    }
}
