//! Copies in the forms that others read.

use anyhow::{Context as _, Result, bail};
use mixus_privacy::ledger::{Event, text};
use mixus_privacy_tests::{Flow, Outcome, RecordServer, done};
use serde_json::Value;

use super::{SAVING, look, press, saved};
use crate::sync::{kept, open, page};

/// What others read: each form is a file that says what was decided, of the same events.
pub(crate) async fn history_for_others(flow: Flow) -> Result<Outcome> {
    let server = RecordServer::start(&flow.site).await?;
    page(&server).before(SAVING).put(&flow.site, "/");
    let browser = flow.browser().await?;
    open(&browser, &flow, "/").await?;
    browser.accept().await?;
    kept(&browser, 1).await?;
    browser.run("privacy.set({ preferences: false })").await?;
    let entries = kept(&browser, 2).await?;
    look(&browser).await?;
    press(&browser, "Download a copy").await?;
    let mut copies = Vec::new();
    for (form, start, end) in [
        ("Everything, as it was signed", "127.0.0.1-consent-records-2", "json"),
        ("Consent records (ISO/IEC TS 27560)", "127.0.0.1-consent-iso27560-2", "jsonld"),
        ("Consent receipts (Kantara 1.1)", "127.0.0.1-consent-kantara-2", "json"),
        ("Current choices (Google Consent Mode)", "127.0.0.1-consent-mode-2", "json"),
    ] {
        press(&browser, form).await?;
        let (name, copy) = saved(&browser, copies.len() + 1).await?;
        assert!(name.starts_with(start), "{name}");
        assert_eq!(name.rsplit('.').next(), Some(end));
        copies.push(copy);
    }
    let [events, iso, kantara, mode] = &copies[..] else {
        bail!("{} copies", copies.len())
    };

    let hashes: Vec<String> = (events["events"].as_array().context("events")?.iter())
        .map(|it| {
            let event = Event::read(it["event"].as_str()?).ok()?;
            Some(format!("ni:///sha-256;{}", text(&event.hash())))
        })
        .collect::<Option<_>>()
        .context("hashes")?;
    let records = iso["dpv:hasRecordOfActivity"].as_array().context("records")?;
    let names: Vec<&str> = records.iter().filter_map(|it| it["@id"].as_str()).collect();
    assert_eq!(names, hashes);
    assert_eq!(names.len(), 2);
    // What the policy leaves open is missing, and nothing that events name.
    let missing = iso["missing"].as_array().context("a list")?.iter().filter_map(Value::as_str);
    let missing: Vec<&str> = missing
        .filter(|it| it.starts_with("notices.") || it.starts_with("events"))
        .collect();
    assert_eq!(missing, [""; 0]);

    let receipts = kantara["receipts"].as_array().context("receipts")?;
    assert_eq!(receipts.len(), 1, "{kantara}");
    assert_eq!(receipts[0]["version"], "KI-CR-v1.1.0");
    assert_eq!(receipts[0]["consentReceiptID"], entries[0]["id"]);

    let told = ["analytics_storage", "functionality_storage", "ad_storage"].map(|it| &mode[it]);
    assert_eq!(told, ["granted", "denied", "denied"], "{mode}");
    done()
}
