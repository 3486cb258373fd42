//! All forms together.

use std::string::String;
use std::vec::Vec;

use proptest::prelude::*;
use serde_json::json;

use super::{As, Device, NOW, complete, exported, missing, notice, sub, told};
use crate::ledger::{Word, fold};
use crate::policy::Json;
use crate::policy::tests::{document, values};
use crate::rights::facts::{key_of, read};
use crate::rights::{Notice, export};

#[test]
fn forms_have_names() {
    for form in As::ALL {
        assert_eq!(As::parse(form.as_str()), Some(*form));
    }
    assert_eq!(As::parse("iso"), None);
}

/// The order in which events are told, and how often, is no part of it.
#[test]
fn the_same_is_told_the_same_way() {
    let notices = [notice(&document())];
    let mut device = Device::new(notices[0].hash);
    let events = [
        device.says("{\"analytics\":1}", "{}", |_| ()),
        device.says("{\"social\":0}", "{\"youtube\":1}", |_| ()),
        device.says("{\"analytics\":0}", "{}", |_| ()),
    ];
    for form in As::ALL {
        let one = export(*form, &sub(), &told(&events), &notices, NOW);
        let mut turned = told(&events);
        turned.reverse();
        turned.extend(told(&events));
        assert_eq!(export(*form, &sub(), &turned, &notices, NOW), one);
    }
}

/// Without the document that it names, of an event only itself is told.
#[test]
fn what_is_not_known_is_not_made_up() {
    let mut device = Device::new([7; 32]);
    let events = [
        device.says("{\"analytics\":1}", "{}", |event| event.region = ""),
        "no event".into(),
    ];
    let told = exported(As::Iso27560, &events, &[]);
    let name = "notices.BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc";
    assert_eq!(missing(&told), ["events", "events.region", name]);
    let record = &told["dpv:hasRecordOfActivity"][0];
    assert_eq!(record["dpv:hasProcess"][0]["dpv:hasPurpose"]["dct:identifier"], "analytics");
    assert!(record.get("dpv:hasDataController").is_none());
    let told = exported(As::Kantara, &events, &[]);
    assert_eq!(
        (missing(&told), &told["receipts"]),
        (["events", name].map(String::from).into(), &json!([]))
    );
    let told = exported(As::ConsentMode, &events, &[]);
    assert!(told.as_object().expect("an object").values().all(|it| it == "denied"), "{told}");
}

#[test]
fn nothing_is_a_form_too() {
    assert_eq!(exported(As::Iso27560, &[], &[])["dpv:hasRecordOfActivity"], json!([]));
    assert_eq!(exported(As::Kantara, &[], &[]), json!({"missing": [], "receipts": []}));
    assert_eq!(exported(As::ConsentMode, &[], &[])["security_storage"], "denied");
}

/// What a device says of its purposes and services, and whether that was long ago.
fn histories() -> impl Strategy<Value = Vec<(Vec<Option<bool>>, bool)>> {
    let said = prop::collection::vec(prop::option::of(any::<bool>()), 6);
    prop::collection::vec((said, prop::bool::weighted(0.2)), 0..7)
}

const KEYS: [(&str, bool); 6] = [
    ("analytics", true),
    ("preferences", true),
    ("social", true),
    ("plausible", false),
    ("x-posts", false),
    ("youtube", false),
];

fn choices(said: &[Option<bool>], purposes: bool) -> String {
    let parts: Vec<String> = KEYS
        .iter()
        .zip(said)
        .filter(|((_, purpose), _)| *purpose == purposes)
        .filter_map(|((key, _), it)| it.map(|it| std::format!("\"{key}\":{}", u8::from(it))))
        .collect();
    std::format!("{{{}}}", parts.join(","))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]
    /// What an export says last of each purpose and service is what the events add up to.
    #[test]
    fn exports_say_what_the_fold_says(history in histories()) {
        let notices = [notice(&complete())];
        let mut device = Device::new(notices[0].hash);
        let texts: Vec<[String; 2]> =
            history.iter().map(|(said, _)| [choices(said, true), choices(said, false)]).collect();
        let events: Vec<String> = texts
            .iter()
            .zip(&history)
            .map(|([grant, svc], (_, old))| device.says(grant, svc, |event| {
                if *old {
                    event.exp = event.at + 60;
                }
            }))
            .collect();
        let told_events = told(&events);
        let (facts, _) = read(&told_events);
        let standing = crate::rights::facts::standings(&sub(), &facts);
        let iso = exported(As::Iso27560, &events, &notices);
        let records = iso["dpv:hasRecordOfActivity"].as_array().expect("records");
        let kantara = exported(As::Kantara, &events, &notices);
        let mode = exported(As::ConsentMode, &events, &notices);
        for (key, purpose) in KEYS {
            let fold = standing.iter().find(|it| key_of(&it.name) == key);
            let mut processes = records.iter().flat_map(|it| it["dpv:hasProcess"].as_array().expect("processes"));
            let last = processes.rfind(|it| {
                let of = if purpose { &it["dpv:hasPurpose"] } else { &it["dpv:hasService"] };
                of["dct:identifier"] == key && (!purpose || it["dpv:hasService"]["dct:identifier"].is_null())
            });
            let status = last.map(|it| it["dpv:hasConsentStatus"]["@type"][0] == "dpv:ConsentGiven");
            prop_assert_eq!(status, fold.map(|it| it.word == Word::Granted), "{}", key);
            let until = last.map(|it| it["dpv:hasConsentStatus"]["dpv:hasDuration"]["rdf:value"].clone());
            prop_assert_eq!(until, fold.map(|it| crate::ledger::instant(it.exp).into()));

            let now = fold.is_some_and(|it| it.word == Word::Granted && it.exp > NOW);
            let name = if purpose { "purposeCategory" } else { "service" };
            let shown = notices[0].services.iter().find(|it| it.key == key).and_then(|it| it.name.clone());
            let text = kantara.to_string();
            let wanted = if purpose { std::format!("\"{name}\":[\"{key}\"]") } else { std::format!("\"{name}\":\"{}\"", shown.expect("a name")) };
            // A service may be told for its purpose too, and a purpose for its service.
            if now {
                prop_assert!(text.contains(&wanted), "{wanted} is not in {text}");
            }
            if key == "analytics" {
                prop_assert_eq!(&mode["analytics_storage"], if now { "granted" } else { "denied" });
            }
        }
        let any = standing.iter().any(|it| it.word == Word::Granted && it.exp > NOW);
        prop_assert_eq!(kantara["receipts"] != json!([]), any);
        prop_assert_eq!(&mode["security_storage"], if facts.is_empty() { "denied" } else { "granted" });
        prop_assert_eq!(&mode["ad_storage"], "denied");
        let _ = fold;
    }

    /// Anybody can have a document archived: whatever it is, it is read or not, and told or not.
    #[test]
    fn any_document_is_borne(value in values(), place in 0..6_usize, text in "\\PC{0,40}") {
        let mut document = document();
        let places = ["/controller", "/services", "/purposes", "/data", "/texts/en", "/rights"];
        *document.pointer_mut(places[place]).expect("a place") = value.clone();
        for document in [&document, &value] {
            let notices: Vec<Notice> = Notice::read(&mut Json::new(document)).into_iter().collect();
            let mut device = Device::new(notices.first().map_or([0; 32], |it| it.hash));
            let events = [device.says("{\"analytics\":1}", "{\"youtube\":0}", |_| ()), text.clone()];
            for form in As::ALL {
                exported(*form, &events, &notices);
            }
        }
    }
}
