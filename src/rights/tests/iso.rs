//! Records as ISO/IEC TS 27560 has them.

use std::vec::Vec;

use serde_json::{Value, json};

use super::{As, Device, complete, exported, missing, notice};
use crate::consent::{Act, Source};
use crate::ledger::Kind;
use crate::policy::Model;
use crate::policy::tests::document;

fn records(export: &Value) -> &Vec<Value> {
    export["dpv:hasRecordOfActivity"].as_array().expect("records")
}

fn statuses(export: &Value) -> Vec<&Value> {
    let processes = records(export)
        .iter()
        .flat_map(|it| it["dpv:hasProcess"].as_array().expect("processes"));
    processes.map(|it| &it["dpv:hasConsentStatus"]["@type"][0]).collect()
}

#[test]
fn a_record_has_what_the_standard_demands() {
    let notices = [notice(&complete())];
    let mut device = Device::new(notices[0].hash);
    let event = device.says("{\"analytics\":1,\"social\":0}", "{\"youtube\":1}", |_| ());
    let id = crate::ledger::Event::read(&event).expect("an event").id().text();
    let export = exported(As::Iso27560, &[event], &notices);
    assert_eq!(missing(&export), [""; 0]);
    assert_eq!(export["@type"], "dpv:ConsentReceipt");
    assert_eq!(export["dct:conformsTo"], "https://w3id.org/dpv/schema/dpv-27560#receipt");
    assert_eq!(export["dct:created"], "2026-02-02T02:40:00Z");

    let record = &records(&export)[0];
    assert_eq!(record["@type"], "dpv:ConsentRecord");
    assert_eq!(record["dct:conformsTo"], "https://w3id.org/dpv/schema/dpv-27560#record-eu-gdpr");
    for name in ["dct:identifier", "dpv:hasIdentifier"] {
        assert_eq!(record[name], id.as_str());
    }
    assert_eq!(record["dpv:hasDataSubject"]["dct:identifier"], super::sub().text());
    assert_eq!(record["dct:created"], "2025-11-24T17:00:00Z");
    assert_eq!(
        (&record["dct:language"], &record["dpv:hasJurisdiction"]),
        (&json!("en"), &json!("loc:DE"))
    );
    assert_eq!(record["dpv:hasNotice"][0]["schema:version"], "2026-11-01");
    assert_eq!(record["dpv:hasNotice"][1]["schema:url"], "https://www.example.com/privacy");
    assert_eq!(record["dpv:hasConsentControl"]["@type"], "dpv:WithdrawConsent");
    let rights: Vec<&Value> = record["dpv:hasRight"]
        .as_array()
        .expect("rights")
        .iter()
        .map(|it| &it["@type"][1])
        .collect();
    assert_eq!(rights.len(), 7);
    assert!(rights.contains(&&json!("eu-gdpr:A7-3")), "{rights:?}");

    // Who is responsible is told once, and named by what they do.
    let parties = record["dpv:hasEntity"].as_array().expect("parties");
    let controller = &parties[0];
    assert_eq!(controller["@id"], record["dpv:hasDataController"]);
    assert_eq!(controller["dpv:hasName"], "mixus");
    assert_eq!(controller["dpv:hasAddress"], "1 Main Street, Springfield");

    let processes = record["dpv:hasProcess"].as_array().expect("processes");
    let [analytics, social, youtube] = &processes[..] else {
        panic!("{processes:?}")
    };
    assert_eq!(analytics["dpv:hasPurpose"]["dct:title"], "Analytics and performance");
    assert_eq!(analytics["dpv:hasLegalBasis"], "eu-gdpr:A6-1-a");
    assert_eq!(analytics["dpv:hasPersonalData"][0]["dct:title"], "Usage");
    let status = &analytics["dpv:hasConsentStatus"];
    assert_eq!(status["@type"], json!(["dpv:ConsentGiven", "dpv:ExpressedConsent"]));
    assert_eq!(status["dpv:isIndicatedAtTime"], "2025-11-24T17:00:00Z");
    assert_eq!(status["dpv:hasIndicationMethod"], "custom (panel)");
    assert_eq!(
        status["dpv:hasDuration"],
        json!({"@type": "dpv:UntilTimeDuration", "rdf:value": "2026-05-25T17:00:00Z"})
    );
    // Its services had no word of their own: their providers are who gets the data.
    assert_eq!(analytics["dpv:hasService"].as_array().map(Vec::len), Some(2));
    assert_eq!(analytics["dpv:hasRecipient"].as_array().map(Vec::len), Some(3));
    let stored = analytics["dpv:hasStorageCondition"].as_array().expect("conditions");
    assert_eq!(
        stored[0],
        json!({"@type": "dpv:StorageLocation", "dpv:hasLocation": ["loc:US", "loc:EU"]})
    );
    assert_eq!(
        stored[1]["dpv:hasDuration"],
        json!({"@type": "dpv:TemporalDuration", "rdf:value": "P365D"})
    );

    assert_eq!(social["dpv:hasConsentStatus"]["@type"], json!(["dpv:ConsentRefused"]));
    assert_eq!(
        social["dpv:hasService"].as_array().map(Vec::len),
        Some(1),
        "the other one is apart"
    );
    assert_eq!(youtube["dpv:hasService"]["dct:title"], "YouTube");
    assert_eq!(youtube["dpv:hasPurpose"]["dct:identifier"], "social");
    let provider = parties
        .iter()
        .find(|it| it["@id"] == youtube["dpv:hasRecipient"][0])
        .expect("a party");
    assert_eq!(provider["dpv:hasName"], "Google Ireland Ltd.");
    assert_eq!(provider["dpv:hasLocation"], "loc:IE");
}

/// What the default document says nothing of.
#[test]
fn what_the_default_policy_leaves_open() {
    let notices = [notice(&document())];
    let mut device = Device::new(notices[0].hash);
    let events = [device.says("{\"analytics\":1,\"support-chat\":1}", "{}", |_| ())];
    let export = exported(As::Iso27560, &events, &notices);
    assert_eq!(
        missing(&export),
        [
            "controller.address",
            "data: support-chat",
            "services.chatwoot.provider.locations",
            "services.error-reports.provider.locations",
            "services.plausible.provider.locations",
        ]
    );
}

#[test]
fn what_became_of_consent_is_told() {
    let notices = [notice(&document())];
    let mut device = Device::new(notices[0].hash);
    let yes = "{\"analytics\":1}";
    let no = "{\"analytics\":0}";
    let none = "{}";
    let events = [
        device.says(no, none, |event| event.act = Act::RejectAll),
        device.says(yes, none, |_| ()),
        device.says(no, none, |event| (event.kind, event.act) = (Kind::Withdraw, Act::WithdrawAll)),
        device.says(no, none, |_| ()),
        device.says(yes, none, |event| event.kind = Kind::Renew),
        device.says(no, none, |event| event.kind = Kind::Expire),
        device.says(no, none, |event| (event.act, event.src) = (Act::Import, Source::Signal)),
        // Nothing was decided.
        device.says(none, none, |event| event.act = Act::Dismiss),
        // For one use.
        device.says(none, "{\"youtube\":1}", |event| event.exp = event.at),
    ];
    let export = exported(As::Iso27560, &events, &notices);
    assert_eq!(
        statuses(&export),
        [
            "dpv:ConsentRefused",
            "dpv:ConsentGiven",
            "dpv:ConsentWithdrawn",
            "dpv:ConsentRefused",
            "dpv:RenewedConsentGiven",
            "dpv:ConsentExpired",
            "dpv:ConsentRefused",
            "dpv:ConsentGiven",
        ]
    );
    let once = &records(&export)[7]["dpv:hasProcess"][0]["dpv:hasConsentStatus"]["dpv:hasDuration"];
    assert_eq!(*once, json!({"@type": "dpv:FixedOccurrencesDuration", "rdf:value": "1"}));
}

#[test]
fn another_law_is_not_the_gdpr() {
    let notices = [notice(&document())];
    let mut device = Device::new(notices[0].hash);
    let events = [device.says("{\"analytics\":0}", "{}", |event| {
        (event.regime, event.region, event.model) = ("ccpa", "US-CA", Model::OptOut);
    })];
    let export = exported(As::Iso27560, &events, &notices);
    let record = &records(&export)[0];
    assert_eq!(record["dct:conformsTo"], "https://w3id.org/dpv/schema/dpv-27560#record");
    assert_eq!(record["dpv:hasJurisdiction"], "loc:US-CA");
    assert!(record.get("dpv:hasApplicableLaw").is_none());
    assert!(record["dpv:hasProcess"][0].get("dpv:hasLegalBasis").is_none());
    assert_eq!(record["dpv:hasRight"][0]["@type"], json!(["dpv:DataSubjectRight"]));
}

/// Two documents with different people in charge, in one export.
#[test]
fn parties_are_not_mixed_up() {
    let mut other = document();
    other["controller"]["name"] = "Another".into();
    other["version"] = "2027-01-01".into();
    let notices = [notice(&document()), notice(&other)];
    let mut device = Device::new(notices[0].hash);
    let first = device.says("{\"analytics\":1}", "{}", |_| ());
    device.notice = notices[1].hash;
    let second = device.says("{\"analytics\":0}", "{}", |_| ());
    let export = exported(As::Iso27560, &[first, second], &notices);
    let [one, two] = &records(&export)[..] else {
        panic!("{export}")
    };
    assert_ne!(one["dpv:hasDataController"], two["dpv:hasDataController"]);
    for (record, name) in [(one, "mixus"), (two, "Another")] {
        let parties = record["dpv:hasEntity"].as_array().expect("parties");
        let controller = parties
            .iter()
            .find(|it| it["@id"] == record["dpv:hasDataController"])
            .expect("a party");
        assert_eq!(controller["dpv:hasName"], name);
    }
}

/// A text in the language that was shown, or else in the document's own.
#[test]
fn it_speaks_the_language_that_was_shown() {
    let mut document = document();
    document["texts"]["de"] =
        serde_json::from_str(include_str!("../../policy/default/texts/de.json")).expect("texts");
    let notices = [notice(&document)];
    let mut device = Device::new(notices[0].hash);
    let events =
        ["de-AT", "ja"].map(|lang| device.says("{\"analytics\":1}", "{}", |event| event.lang = lang));
    let export = exported(As::Iso27560, &events, &notices);
    let title = |at: usize| &records(&export)[at]["dpv:hasProcess"][0]["dpv:hasPurpose"]["dct:title"];
    assert_eq!(
        (title(0), title(1)),
        (
            &document["texts"]["de"]["purposes"]["analytics"]["title"],
            &json!("Analytics and performance")
        )
    );
}
