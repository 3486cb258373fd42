//! The reason behind every verdict: the rule that decided, and what the person's own decision had
//! to do with it.

use serde_json::{Value, json};

use super::device::{DAY, Device, NOON, Visit, default_document, plan};
use crate::consent::{Act, Note, Rule, Signals};
use crate::page::Page;

const YEARS: u32 = u32::MAX;

/// What is expected of a key: allowed, the rule, the note.
type Why = (&'static str, bool, Rule, Note);

fn visit(region: &'static str, gpc: bool, age: u32, parent: bool) -> Visit {
    let signals = Signals { gpc, age, parent };
    Visit {
        signals,
        ..Visit::from(region)
    }
}

fn check(device: &Device<'_>, when: &str, expected: &[Why]) {
    for (key, allowed, rule, note) in expected {
        let verdict = device.verdict(key);
        let found = (verdict.allowed(), verdict.rule(), verdict.note());
        assert_eq!(found, (*allowed, *rule as u8, *note as u8), "{key} {when}");
        assert!(verdict.is_by(*rule));
    }
}

/// Decides, if there are picks, and looks for the reasons.
fn run(cases: &[(Visit, &str, &[Why])]) {
    let plan = plan(&default_document());
    for (visit, picks, expected) in cases {
        let mut device = Device::open(&plan, *visit, "", NOON);
        if !picks.is_empty() {
            device.act(Act::Custom, picks);
        }
        check(&device, &std::format!("{visit:?} {picks}"), expected);
    }
}

#[test]
fn the_regime_speaks_until_the_person_does() {
    use Note::{Granted, Refused, Undecided};
    use Rule::{Decision, Essential, Failure, Never, Regime};
    run(&[
        // Nobody has decided: the regime speaks.
        (
            visit("DE", false, YEARS, false),
            "",
            &[
                ("essential", true, Essential, Undecided),
                ("necessary", true, Essential, Undecided),
                ("sign-in", true, Essential, Undecided),
                ("analytics", false, Regime, Undecided),
                ("plausible", false, Regime, Undecided),
                ("advertising", false, Never, Undecided),
                ("marketing", false, Never, Undecided),
                ("nothing", false, Failure, Undecided),
                ("", false, Failure, Undecided),
            ],
        ),
        (
            visit("US-CA", false, YEARS, false),
            "",
            &[
                ("preferences", true, Regime, Undecided),
                ("appearance", true, Regime, Undecided),
                // The policy asks first for these, whatever the regime says.
                ("analytics", false, Regime, Undecided),
                ("youtube", false, Regime, Undecided),
            ],
        ),
        // The person has.
        (
            visit("DE", false, YEARS, false),
            "+analytics!plausible!preferences",
            &[
                ("analytics", true, Decision, Granted),
                ("plausible", false, Decision, Refused),
                ("error-reports", true, Decision, Granted),
                ("preferences", false, Decision, Refused),
                ("support-chat", false, Regime, Undecided),
            ],
        ),
        (
            visit("US-CA", false, YEARS, false),
            "!preferences",
            &[
                ("preferences", false, Decision, Refused),
                ("appearance", false, Decision, Refused),
                ("support-chat", true, Regime, Undecided),
            ],
        ),
    ]);
}

#[test]
fn minors_and_signals_come_first() {
    use Note::{Granted, Refused, Undecided};
    use Rule::{Decision, Essential, Minor, OptOutSignal, Regime};
    let on = "+analytics+preferences+support-chat+social";
    run(&[
        // A minor, with what was decided before or beside it still told.
        (
            visit("DE", false, 15, false),
            on,
            &[
                ("essential", true, Essential, Undecided),
                ("analytics", false, Minor, Granted),
                ("plausible", false, Minor, Granted),
            ],
        ),
        (visit("DE", false, 15, false), "", &[("analytics", false, Minor, Undecided)]),
        (visit("DE", false, 15, true), on, &[("analytics", true, Decision, Granted)]),
        (
            visit("US-CA", false, 12, false),
            "",
            &[("preferences", false, Minor, Undecided)],
        ),
        (
            visit("US-CA", false, 12, true),
            "",
            &[("preferences", true, Regime, Undecided), ("social", false, Regime, Undecided)],
        ),
        // The signal, and a choice that was made in its sight.
        (
            visit("US-CA", true, YEARS, false),
            "",
            &[
                ("social", false, OptOutSignal, Undecided),
                ("youtube", false, OptOutSignal, Undecided),
                ("preferences", true, Regime, Undecided),
            ],
        ),
        (
            visit("US-CA", true, YEARS, false),
            "!social",
            &[("social", false, OptOutSignal, Refused)],
        ),
        (
            visit("US-CA", true, YEARS, false),
            "+youtube",
            &[
                ("youtube", true, Decision, Granted),
                ("social", false, OptOutSignal, Undecided),
                ("x-posts", false, OptOutSignal, Undecided),
            ],
        ),
        // A minor stands before the signal, the signal before the decision.
        (visit("DE", true, 15, false), "", &[("social", false, Minor, Undecided)]),
        (
            visit("US-FL", true, YEARS, false),
            "+social",
            &[("social", true, Decision, Granted)],
        ),
    ]);
}

#[test]
fn what_became_of_a_decision() {
    use Rule::{Decision, Regime};
    let before = plan(&default_document());
    let mut device = Device::open(&before, Visit::from("DE"), "", NOON);
    device.act(Act::Custom, "+analytics+preferences!support-chat");
    let kept = device.state.clone();

    // Its time is over, or has not come: a refusal stands either way.
    for now in [NOON + 182 * DAY, NOON - DAY] {
        let then = Device::open(&before, Visit::from("DE"), &kept, now);
        check(
            &then,
            "at another time",
            &[
                ("analytics", false, Regime, Note::Lapsed),
                ("plausible", false, Regime, Note::Lapsed),
                ("support-chat", false, Decision, Note::Refused),
                ("social", false, Regime, Note::Undecided),
            ],
        );
    }
    // A clock that is a little slow is no reason to doubt it.
    let slow = Device::open(&before, Visit::from("DE"), &kept, NOON - 60);
    check(&slow, "a minute early", &[("analytics", true, Decision, Note::Granted)]);

    let mut document = default_document();
    let services = document["services"].as_array_mut().expect("services");
    services.push(json!({
        "key": "heatmap", "purpose": "analytics", "name": "H", "provider": {"name": "H"}, "retention": {"days": 1},
    }));
    document["purposes"][2]["revision"] = json!(2);
    let after = plan(&document);
    let later = Device::open(&after, Visit::from("DE"), &kept, NOON);
    check(
        &later,
        "under a new policy",
        &[
            ("heatmap", false, Regime, Note::NewService),
            ("plausible", true, Decision, Note::Granted),
            ("preferences", false, Regime, Note::Revised),
            // Its purpose is another now, and it serves that.
            ("appearance", false, Regime, Note::Revised),
            ("support-chat", false, Decision, Note::Refused),
        ],
    );

    let broken = kept.replacen('+', "!", 1);
    let lost = Device::open(&before, Visit::from("US-CA"), &broken, NOON);
    check(
        &lost,
        "with a damaged store",
        &[
            ("essential", true, Rule::Essential, Note::Damaged),
            ("preferences", false, Regime, Note::Damaged),
            ("analytics", false, Regime, Note::Damaged),
        ],
    );
}

#[test]
fn what_an_organisation_forbids() {
    use Note::{Granted, Undecided};
    use Rule::{Decision, Organisation};
    let ceiling = |deny: Value| {
        let mut document = default_document();
        document["ceiling"] = json!({"deny": deny});
        plan(&document)
    };
    let none = plan(&default_document());
    // By the policy's owner or by the embedding organisation; by key or by alias.
    for (plan, forbidden, expected) in [
        (
            &ceiling(json!(["social"])),
            "",
            &[
                ("social", false, Organisation, Granted),
                ("youtube", false, Organisation, Granted),
                ("analytics", true, Decision, Granted),
            ] as &[Why],
        ),
        (
            &ceiling(json!(["social-media"])),
            "",
            &[("social", false, Organisation, Granted)],
        ),
        (
            &ceiling(json!(["twitter", "sentry"])),
            "",
            &[
                ("x-posts", false, Organisation, Granted),
                ("error-reports", false, Organisation, Granted),
                ("youtube", true, Decision, Granted),
                ("plausible", true, Decision, Granted),
            ],
        ),
        (
            &none,
            "analytics",
            &[
                ("analytics", false, Organisation, Granted),
                ("plausible", false, Organisation, Granted),
            ],
        ),
        (
            &none,
            "statistics twitter",
            &[
                ("analytics", false, Organisation, Granted),
                ("plausible", false, Organisation, Granted),
                ("x-posts", false, Organisation, Granted),
                ("youtube", true, Decision, Granted),
            ],
        ),
        // What is needed to run the service cannot be forbidden.
        (
            &none,
            "essential sign-in",
            &[
                ("essential", true, Rule::Essential, Undecided),
                ("sign-in", true, Rule::Essential, Undecided),
            ],
        ),
    ] {
        let visit = Visit {
            forbidden,
            ..Visit::from("DE")
        };
        let mut device = Device::open(plan, visit, "", NOON);
        device.act(Act::Custom, "+analytics+preferences+support-chat+social");
        check(&device, forbidden, expected);
    }
}

#[test]
fn nothing_started_is_a_failure() {
    let verdict = Page::new().verdict(b"analytics").1;
    assert_eq!((verdict.allowed(), verdict.rule()), (false, Rule::Failure as u8));
    assert!(!Page::new().verdict(b"essential").1.allowed());
}
