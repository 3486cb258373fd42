//! What Google's Consent Mode is told.

use serde_json::{Value, json};

use super::{As, Device, exported, notice};
use crate::policy::Model;
use crate::policy::tests::document;

fn mode(said: &str, region: &'static str, regime: &'static str, gpc: bool) -> Value {
    let notices = [notice(&document())];
    let mut device = Device::new(notices[0].hash);
    let events = [device.says(said, "{}", |event| {
        (event.region, event.regime, event.gpc) = (region, regime, gpc);
        event.model = if regime == "gdpr" { Model::OptIn } else { Model::OptOut };
    })];
    exported(As::ConsentMode, &events, &notices)
}

fn wanted(analytics: &str, preferences: &str) -> Value {
    json!({
        "ad_storage": "denied",
        "ad_user_data": "denied",
        "ad_personalization": "denied",
        "analytics_storage": analytics,
        "functionality_storage": preferences,
        "personalization_storage": preferences,
        "security_storage": "granted",
    })
}

#[test]
fn it_is_what_a_page_would_tell() {
    assert_eq!(
        mode("{\"analytics\":1,\"preferences\":0}", "DE", "gdpr", false),
        wanted("granted", "denied")
    );
    assert_eq!(mode("{}", "DE", "gdpr", false), wanted("denied", "denied"));
    assert_eq!(mode("{\"preferences\":1}", "DE", "gdpr", true), wanted("denied", "granted"));
    // Where the law asks to refuse, what was not refused is allowed; analytics asks first everywhere.
    assert_eq!(mode("{}", "US-CA", "ccpa", false), wanted("denied", "granted"));
    assert_eq!(mode("{\"preferences\":0}", "US-CA", "ccpa", false), wanted("denied", "denied"));
    // An earlier form of a purpose was allowed, not this one.
    assert_eq!(mode("{\"analytics@2\":1}", "DE", "gdpr", false), wanted("denied", "denied"));
}

/// Where the person is now, and under which document, is told by their last event.
#[test]
fn the_last_event_says_where_the_person_is() {
    let mut other = document();
    other["purposes"][2]["consentMode"] = json!(["personalization_storage"]);
    let notices = [notice(&document()), notice(&other)];
    let mut device = Device::new(notices[0].hash);
    let first = device.says("{\"preferences\":1}", "{}", |_| ());
    device.notice = notices[1].hash;
    let second = device.says("{\"analytics\":0}", "{}", |event| {
        (event.region, event.regime, event.model) = ("US-CA", "ccpa", Model::OptOut);
    });
    let mut expected = wanted("denied", "granted");
    expected["functionality_storage"] = "denied".into();
    assert_eq!(exported(As::ConsentMode, &[first, second], &notices), expected);
}
