//! Receipts as Kantara has them.

use std::format;
use std::string::String;
use std::vec::Vec;

use serde_json::{Value, json};

use super::{As, Device, complete, exported, missing, notice};
use crate::policy::tests::document;

fn errors(receipt: &Value) -> Vec<String> {
    let schema: Value = serde_json::from_str(include_str!("kantara.schema.json")).expect("a schema");
    let schema = jsonschema::validator_for(&schema).expect("a schema");
    schema
        .iter_errors(receipt)
        .map(|it| format!("{} {it}", it.instance_path()))
        .collect()
}

#[test]
fn a_receipt_is_one() {
    let notices = [notice(&complete())];
    let mut device = Device::new(notices[0].hash);
    let events = [device.says("{\"analytics\":1,\"preferences\":0,\"social\":0}", "{\"youtube\":1}", |_| ())];
    let export = exported(As::Kantara, &events, &notices);
    assert_eq!(missing(&export), [""; 0]);
    let [receipt] = &export["receipts"].as_array().expect("receipts")[..] else {
        panic!("{export}")
    };
    assert_eq!(errors(receipt), [""; 0], "{receipt}");
    assert_eq!(receipt["consentTimestamp"], 1_764_003_600);
    assert_eq!((&receipt["jurisdiction"], &receipt["language"]), (&json!("DE"), &json!("en")));
    assert_eq!(receipt["piiPrincipalId"], super::sub().text());
    let controller = &receipt["piiControllers"][0];
    assert_eq!(
        (&controller["piiController"], &controller["email"]),
        (&json!("mixus"), &json!("support@mixus.com"))
    );
    let services = receipt["services"].as_array().expect("services");
    let named: Vec<&Value> = services.iter().map(|it| &it["service"]).collect();
    assert_eq!(named, ["Plausible Analytics", "Error reports", "YouTube"]);
    let purpose = &services[2]["purposes"][0];
    assert_eq!(purpose["purposeCategory"], json!(["social"]));
    assert_eq!(
        (&purpose["thirdPartyDisclosure"], &purpose["thirdPartyName"]),
        (&json!(true), &json!("Google Ireland Ltd."))
    );
    assert_eq!(purpose["termination"], "withdrawal, or 2026-05-25T17:00:00Z");
}

/// Where the document leaves something open the receipt lacks just that, and says so.
#[test]
fn what_is_missing_is_named() {
    let notices = [notice(&document())];
    let mut device = Device::new(notices[0].hash);
    let events = [device.says("{\"analytics\":1,\"preferences\":1}", "{}", |_| ())];
    let export = exported(As::Kantara, &events, &notices);
    assert_eq!(
        missing(&export),
        [
            "controller.address", "controller.phone", "controller.policy", "data: preferences"
        ]
    );
    let errors = errors(&export["receipts"][0]);
    let wanted = [
        "/piiControllers/0 \"address\" is a required property",
        "/piiControllers/0 \"phone\" is a required property",
        " \"policyUrl\" is a required property",
        "/services/2/purposes/0/piiCategory [] has less than 1 item",
        "/services/3/purposes/0/piiCategory [] has less than 1 item",
    ];
    for it in wanted {
        assert!(errors.iter().any(|error| error == it), "{it} is not in {errors:?}");
    }
    assert_eq!(errors.len(), wanted.len(), "{errors:?}");
}

#[test]
fn what_stands_is_receipted_by_the_decision_that_made_it_stand() {
    let notices = [notice(&complete())];
    let mut device = Device::new(notices[0].hash);
    let events = [
        device.says("{\"analytics\":1}", "{}", |_| ()),
        device.says("{\"preferences\":1,\"social\":1}", "{}", |_| ()),
        device.says("{\"social\":0}", "{}", |_| ()),
    ];
    let export = exported(As::Kantara, &events, &notices);
    let receipts = export["receipts"].as_array().expect("receipts");
    let times: Vec<&Value> = receipts.iter().map(|it| &it["consentTimestamp"]).collect();
    assert_eq!(times, [1_764_003_600, 1_764_007_200]);
    assert!(receipts.iter().all(|it| errors(it).is_empty()));
    assert!(!export.to_string().contains("YouTube"));
}

#[test]
fn sensitive_data_is_called_so() {
    let mut document = complete();
    document["data"][4]["sensitive"] = true.into();
    let notices = [notice(&document)];
    let mut device = Device::new(notices[0].hash);
    let events = [device.says("{\"analytics\":1}", "{}", |_| ())];
    let receipt = &exported(As::Kantara, &events, &notices)["receipts"][0];
    assert_eq!((&receipt["sensitive"], &receipt["spiCat"]), (&json!(true), &json!(["Usage"])));
    let iso = exported(As::Iso27560, &events, &notices);
    let data = &iso["dpv:hasRecordOfActivity"][0]["dpv:hasProcess"][0]["dpv:hasPersonalData"][0];
    assert_eq!(data["@type"], "dpv:SpecialCategoryPersonalData");
}
