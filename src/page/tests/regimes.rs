//! The default policy, regime by regime and day by day.

use std::string::String;
use std::vec::Vec;

use serde_json::json;

use super::device::{Device, NOON, Visit, default_document, plan};
use crate::consent::{Act, Note, Rule, Signals, Slip};
use crate::gate::{Answer, Tag};
use crate::policy::Policy;

fn person(age: u32, parent: bool) -> Signals {
    Signals {
        age,
        parent,
        gpc: false,
    }
}

const GPC: Signals = Signals {
    age: u32::MAX,
    parent: false,
    gpc: true,
};
const ADULT: Signals = Signals {
    age: u32::MAX,
    parent: false,
    gpc: false,
};

/// What is allowed of analytics, preferences, support chat and social embeds.
fn purposes(device: &Device<'_>) -> [bool; 4] {
    ["analytics", "preferences", "support-chat", "social"].map(|key| device.allows(key))
}

#[test]
fn before_and_after_a_decision_everywhere() {
    let plan = plan(&default_document());
    let none = [false; 4];
    let all = [true; 4];
    // Region, signals, regime, before, after "accept all".
    for (region, signals, regime, before, after) in [
        ("DE", ADULT, "gdpr", none, all),
        ("NO", ADULT, "gdpr", none, all),
        ("GB", ADULT, "uk", none, all),
        ("CH", ADULT, "swiss", none, all),
        ("BR", ADULT, "lgpd", none, all),
        ("CA-QC", ADULT, "quebec", none, all),
        ("CA-ON", ADULT, "unknown", none, all),
        ("ZZ", ADULT, "unknown", none, all),
        ("", ADULT, "unknown", none, all),
        // Analytics and embeds ask first wherever one is.
        ("US-CA", ADULT, "ccpa", [false, true, true, false], all),
        ("US-CO", ADULT, "us-signal", [false, true, true, false], all),
        ("US-FL", ADULT, "us", [false, true, true, false], all),
        ("US", ADULT, "us", [false, true, true, false], all),
        // Sharing stays out while the signal is on; Florida knows no such duty.
        ("US-CA", GPC, "ccpa", [false, true, true, false], [true, true, true, false]),
        ("US-TX", GPC, "us-signal", [false, true, true, false], [true, true, true, false]),
        ("US-FL", GPC, "us", [false, true, true, false], all),
        ("DE", GPC, "gdpr", none, [true, true, true, false]),
        // Minors.
        ("DE", person(15, false), "gdpr", none, none),
        ("DE", person(15, true), "gdpr", none, all),
        ("DE", person(16, false), "gdpr", none, all),
        ("GB", person(12, false), "uk", none, none),
        ("GB", person(13, false), "uk", none, all),
        ("CA-QC", person(13, false), "quebec", none, none),
        ("CA-QC", person(14, false), "quebec", none, all),
        ("US-CA", person(12, false), "ccpa", none, none),
        ("US-CA", person(12, true), "ccpa", [false, true, true, false], all),
        ("US-CA", person(15, false), "ccpa", [false, true, true, false], all),
        ("", person(15, false), "unknown", none, none),
    ] {
        let visit = Visit {
            signals,
            ..Visit::from(region)
        };
        let mut device = Device::open(&plan, visit, "", NOON);
        let name = device.page.session().policy.regime.key();
        assert_eq!(String::from_utf8_lossy(name), regime, "{region}");
        assert_eq!(purposes(&device), before, "{visit:?} before");
        assert!(device.allows("essential") && device.allows("sign-in"));
        device.act(Act::AcceptAll, "");
        assert_eq!(purposes(&device), after, "{visit:?} after");
        device.act(Act::RejectAll, "");
        assert_eq!(purposes(&device), none, "{visit:?} refused");
        assert!(device.allows("essential"));
    }
}

#[test]
fn british_statistics_may_run_until_refused() {
    let mut document = default_document();
    // As a site would choose it: statistics that need no consent there.
    document["purposes"][1]["explicit"] = json!(false);
    let plan = plan(&document);
    let policy = Policy::read(plan.as_bytes(), b"GB", b"uk-statistics").expect("a plan");
    assert_eq!(policy.regime.key(), b"uk-statistics");
    let mut device = Device::open(&plan, Visit::from("GB"), "", NOON);
    assert!(!device.allows("analytics"), "opt-in is the British default");
    let mut session = *device.page.session();
    session.policy = policy;
    device.page.start(session);
    device.page.commit(NOON);
    assert!(device.allows("analytics") && !device.allows("preferences"));
    device.act(Act::Custom, "!analytics");
    assert!(!device.allows("analytics"));
}

#[test]
fn an_explicit_choice_outlives_a_signal_that_was_on_when_it_was_made() {
    let plan = plan(&default_document());
    let on = Visit {
        signals: GPC,
        ..Visit::from("US-CA")
    };
    let mut device = Device::open(&plan, on, "", NOON);
    assert!(device.verdict("social").is_by(Rule::OptOutSignal));
    device.act(Act::Custom, "+social");
    assert!(device.allows("social") && device.verdict("social").is_by(Rule::Decision));
    // Without the signal at the time of the choice, the signal that comes later wins.
    let mut device = Device::open(&plan, Visit::from("US-CA"), "", NOON);
    device.act(Act::AcceptAll, "");
    assert!(device.allows("social"));
    let later = Device::open(&plan, on, &device.state, NOON);
    assert!(!later.allows("social") && later.verdict("social").is_by(Rule::OptOutSignal));
}

#[test]
fn a_refusal_is_not_asked_about_for_its_quiet_time() {
    let plan = plan(&default_document());
    for (region, days) in [("DE", 182), ("BR", 182), ("US-CA", 365)] {
        let mut device = Device::open(&plan, Visit::from(region), "", NOON);
        assert_eq!(device.asked(), ["analytics", "preferences", "support-chat", "social"]);
        device.act(Act::RejectAll, "");
        assert!(device.asked().is_empty());
        device.wait(days - 1);
        assert!(device.asked().is_empty(), "{region} is asked too early");
        device.wait(1);
        assert_eq!(device.asked().len(), 4, "{region} is not asked");
        // Asked again, but not allowed.
        assert_eq!(purposes(&device), [false; 4]);
    }
}

#[test]
fn a_permission_runs_out_and_is_asked_for_again() {
    let plan = plan(&default_document());
    let mut device = Device::open(&plan, Visit::from("DE"), "", NOON);
    device.act(Act::AcceptAll, "");
    device.wait(181);
    assert_eq!(purposes(&device), [true; 4]);
    assert!(device.asked().is_empty());
    device.wait(1);
    assert_eq!(purposes(&device), [false; 4]);
    assert_eq!(device.verdict("analytics").note(), Note::Lapsed as u8);
    assert_eq!(device.asked().len(), 4);
}

#[test]
fn a_question_that_was_put_aside_rests_for_a_day() {
    let plan = plan(&default_document());
    let mut device = Device::open(&plan, Visit::from("DE"), "", NOON);
    device.act(Act::Dismiss, "");
    assert!(device.asked().is_empty());
    assert_eq!(purposes(&device), [false; 4]);
    device.wait(1);
    assert_eq!(device.asked().len(), 4);
}

#[test]
fn what_is_new_asks_for_itself_alone() {
    let before = plan(&default_document());
    let mut device = Device::open(&before, Visit::from("DE"), "", NOON);
    device.act(Act::Custom, "+analytics!preferences+support-chat!social");
    let mut document = default_document();
    document["version"] = json!("2027-01-01");
    let services = document["services"].as_array_mut().expect("services");
    for (key, purpose) in [("heatmap", "analytics"), ("layout-memory", "preferences")] {
        services.push(json!({
            "key": key, "purpose": purpose, "name": key, "provider": {"name": "New"}, "retention": {"days": 1},
        }));
    }
    let after = plan(&document);
    let mut later = Device::open(&after, Visit::from("DE"), &device.state, NOON);
    // The new service of an allowed purpose is off and asks; that of a refused one is off and
    // does not ask; the rest of the decision stands.
    assert!(later.allows("analytics") && later.allows("plausible") && later.allows("chatwoot"));
    assert!(!later.allows("heatmap") && !later.allows("layout-memory"));
    assert_eq!(later.verdict("heatmap").note(), Note::NewService as u8);
    assert_eq!(later.asked(), ["analytics"]);
    later.act(Act::Custom, "+heatmap");
    assert!(later.allows("heatmap") && later.asked().is_empty());

    // A new purpose.
    let purposes = document["purposes"].as_array_mut().expect("purposes");
    purposes.push(json!({"key": "surveys"}));
    document["texts"]["en"]["purposes"]["surveys"] = json!({"title": "S", "short": "s", "description": "S."});
    let more = plan(&document);
    let mut later = Device::open(&more, Visit::from("DE"), &later.state, NOON);
    assert_eq!(later.asked(), ["surveys"]);
    assert!(later.allows("heatmap") && !later.allows("surveys"));

    // A purpose that has changed.
    document["purposes"][1]["revision"] = json!(2);
    let changed = plan(&document);
    let mut later = Device::open(&changed, Visit::from("DE"), &later.state, NOON);
    assert!(!later.allows("analytics"));
    assert_eq!(later.verdict("analytics").note(), Note::Revised as u8);
    assert_eq!(later.asked(), ["analytics", "surveys"]);
    assert!(later.allows("chatwoot"));
}

#[test]
fn the_answer_to_a_partial_question_leaves_the_rest_alone() {
    let plan = plan(&default_document());
    let mut device = Device::open(&plan, Visit::from("DE"), "", NOON);
    device.act(Act::Custom, "+analytics!preferences+support-chat");
    assert_eq!(device.asked(), ["social"]);
    let mut slip: Vec<u8> = Vec::new();
    let deed = crate::consent::Deed {
        act: Act::RejectAll,
        picks: b"",
        once: false,
        person: None,
    };
    device
        .page
        .decide(deed, crate::consent::Source::Banner, NOON, &mut slip)
        .expect("a decision");
    device.page.commit(NOON);
    assert_eq!(purposes(&device), [true, false, true, false]);
    let act = Slip::read(&slip).and_then(Slip::act);
    assert_eq!(act, Some(Act::Custom));
}

#[test]
fn withdrawing_is_a_record_of_its_own() {
    let plan = plan(&default_document());
    let mut device = Device::open(&plan, Visit::from("DE"), "", NOON);
    device.act(Act::AcceptAll, "");
    device.act(Act::RejectAll, "");
    let acts: Vec<_> = device.slips.iter().filter_map(|it| Slip::read(it.as_bytes())?.act()).collect();
    assert_eq!(acts, [Act::AcceptAll, Act::WithdrawAll]);
    device.act(Act::RejectAll, "");
    let last = device.slips.last().and_then(|it| Slip::read(it.as_bytes())?.act());
    assert_eq!(last, Some(Act::RejectAll), "nothing was left to withdraw");
}

#[test]
fn embeds_are_chosen_one_by_one() {
    let plan = plan(&default_document());
    let mut device = Device::open(&plan, Visit::from("DE"), "", NOON);
    device.act(Act::Custom, "+youtube");
    assert!(device.allows("youtube") && !device.allows("x-posts") && !device.allows("social"));
    let judged = |device: &Device<'_>, names: &str| {
        device
            .page
            .judge(Tag {
                names: names.as_bytes(),
                address: None,
            })
            .answer
    };
    assert_eq!(judged(&device, "youtube"), Answer::Allow);
    assert_eq!(judged(&device, "social,youtube"), Answer::Hold);
    device.act(Act::Custom, "+social!youtube");
    assert!(!device.allows("youtube") && device.allows("x-posts"));
}

#[test]
fn the_banner_says_what_is_on_and_what_asks_first() {
    let plan = plan(&default_document());
    let shown = |region: &'static str| {
        let mut device = Device::open(&plan, Visit::from(region), "", NOON);
        let mut out: Vec<u8> = Vec::new();
        device.page.show(b"section|box", false, NOON, &mut out);
        String::from_utf8(out).expect("ASCII")
    };
    let strict = shown("DE");
    assert!(strict.contains("|h2||title\n1|p||intro\n1|dl\n"), "{strict}");
    assert_eq!(strict.matches("|dl").count(), 1);
    let notice = shown("US-CA");
    let (on, first) = notice.split_once("introAlso").expect("two lists");
    assert!(
        on.contains("introNotice") && on.contains("preferences.title") && on.contains("support-chat.title")
    );
    assert!(first.contains("analytics.title") && first.contains("social.title"));
    assert!(!on.contains("analytics") && notice.contains("icon|choices|1"));
    // Refusing stands beside accepting, as the same element.
    for shown in [strict, notice] {
        assert!(shown.contains("2|button||reject|3\n2|button||accept|2\n"), "{shown}");
    }
}
