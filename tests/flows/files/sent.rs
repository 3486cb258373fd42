//! What happens to files on their way, and what a person does about it.

use anyhow::Result;
use mixus_privacy_tests::{Flow, Outcome, done};
use serde_json::{Value, json};

use super::tus::Tus;
use super::{LONG, give, page, press, spoken, state};
use crate::sync::value;

/// Two at a time; what is paused makes room, and goes on where it was.
pub(crate) async fn files_paused(flow: Flow) -> Result<Outcome> {
    let tus = Tus::start().await?;
    let browser = page(&flow, &tus).await?;
    assert!(!browser.get::<bool>("asks()").await?);
    tus.hold(1);
    give(&browser, &[("long.bin", LONG), ("longer.bin", LONG + 1), ("short.txt", 5)]).await?;
    // A piece of it is there, and the next gets no answer.
    browser
        .wait("about('long.bin')[1]?.match(/^4.. MB of 5 MB|^5 MB of 5 MB|^4 MB/)")
        .await?;
    assert_eq!(
        browser.get::<Value>("rows().map(([, it]) => it)").await?,
        json!(["sending", "sending", "waiting"])
    );
    assert!(browser.get::<bool>("asks()").await?, "nobody is asked before the page is left");
    press(&browser, "Pause long.bin").await?;
    state(&browser, "long.bin", "paused").await?;
    state(&browser, "short.txt", "done").await?;
    press(&browser, "Pause all").await?;
    state(&browser, "longer.bin", "paused").await?;
    assert!(!browser.get::<bool>("asks()").await?);
    let patches = tus.count("PATCH");
    tus.let_go();
    press(&browser, "Go on with all").await?;
    for name in ["long.bin", "longer.bin"] {
        state(&browser, name, "done").await?;
    }
    // Not from the beginning: that was acknowledged.
    let later: Vec<String> = tus
        .asked()
        .into_iter()
        .filter(|it| it.method == "PATCH")
        .skip(patches)
        .map(|it| it.head)
        .collect();
    assert_eq!(later.len(), 2, "{later:?}");
    assert!(!later.iter().any(|it| it.contains("\"upload-offset\": \"0\"")), "{later:?}");
    assert!(!browser.get::<bool>("asks()").await?);
    done()
}

/// What is removed while it is sent is gone at the server, too.
pub(crate) async fn files_given_up(flow: Flow) -> Result<Outcome> {
    let tus = Tus::start().await?;
    let browser = page(&flow, &tus).await?;
    tus.hold(1);
    give(&browser, &[("long.bin", LONG), ("short.txt", 5)]).await?;
    state(&browser, "short.txt", "done").await?;
    browser.wait("row('long.bin').querySelector('progress').value > 0").await?;
    press(&browser, "Stop and remove long.bin").await?;
    browser.wait("rows().length === 1").await?;
    // Whoever is asked something now has been told of it before.
    while tus.count("DELETE") == 0 {
        tokio::task::yield_now().await;
        browser.get::<bool>("true").await?;
    }
    give(&browser, &[("other.txt", 6)]).await?;
    state(&browser, "other.txt", "done").await?;
    assert_eq!(tus.whole(), [4136 + 5 + 16, 4136 + 6 + 16]);
    assert!(!browser.get::<bool>("asks()").await?);
    done()
}

/// A server that refuses says why, in words; and it is tried again when somebody says so.
pub(crate) async fn files_refused(flow: Flow) -> Result<Outcome> {
    let tus = Tus::start().await?;
    let browser = page(&flow, &tus).await?;
    for (status, why) in [
        (403, "You are not allowed to send here, or no longer."),
        (413, "It is larger than the server takes."),
        (507, "The server has no room for it."),
        (400, "Something went wrong (code upload/refused 400)."),
    ] {
        tus.refuse(Some(status));
        let name = format!("{status}.txt");
        give(&browser, &[(&name, 5)]).await?;
        state(&browser, &name, "failed").await?;
        let said: String = browser.get(&format!("row('{name}').querySelector('.why').textContent")).await?;
        assert_eq!(said, why);
        spoken(&browser, &format!("Not sent: {name}. {why}")).await?;
    }
    let told: Vec<(String, String)> = browser.get("told.filter(([it]) => it === 'failed')").await?;
    assert_eq!(told, vec![("failed".to_owned(), "upload/refused".to_owned()); 4]);
    tus.refuse(None);
    press(&browser, "Try 403.txt again").await?;
    state(&browser, "403.txt", "done").await?;
    // Chosen once more is tried once more.
    give(&browser, &[("413.txt", 5)]).await?;
    state(&browser, "413.txt", "done").await?;
    assert_eq!(browser.get::<usize>("rows().length").await?, 4);
    done()
}

/// Before anything is sent of it.
pub(crate) async fn files_too_long(flow: Flow) -> Result<Outcome> {
    let tus = Tus::start().await?;
    tus.longest(1_000_000);
    let browser = page(&flow, &tus).await?;
    give(&browser, &[("large.bin", 1_000_000), ("fits.bin", 990_000)]).await?;
    state(&browser, "large.bin", "failed").await?;
    state(&browser, "fits.bin", "done").await?;
    let why: String = browser.get("row('large.bin').querySelector('.why').textContent").await?;
    assert_eq!(why, "It is larger than 1 MB, which is the most that can be sent here.");
    assert_eq!(tus.count("POST"), 1);
    assert!(!browser.get::<bool>("!!button('Try large.bin again')").await?);
    done()
}

/// A site with a list of its own.
pub(crate) async fn files_without_the_element(flow: Flow) -> Result<Outcome> {
    let tus = Tus::start().await?;
    let browser = page(&flow, &tus).await?;
    let list: Vec<(String, usize)> = (0..7).map(|at| (format!("{at}"), at * 1000)).collect();
    let names: Vec<&String> = list.iter().map(|(name, _)| name).collect();
    for (together, most) in [(json!({}), 2), (json!({"together": 3}), 3), (json!({"together": 1}), 1)] {
        let said = value(&browser, &format!("alone({}, {together})", json!(list))).await?;
        assert_eq!(
            said,
            json!({"most": most, "order": names, "whole": true, "count": 7, "done": 7})
        );
    }
    assert_eq!(tus.whole().len(), 21);
    done()
}
