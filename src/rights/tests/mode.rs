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
