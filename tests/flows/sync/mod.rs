//! Records on their way to the real server, and to a person's other devices.

mod arrive;
mod devices;
mod endpoints;
mod lives;
mod network;
mod person;
mod receipts;
mod refused;
mod restored;
mod storage;
mod tabs;

use std::collections::BTreeSet;

use anyhow::{Context as _, Result, bail};
use mixus_privacy::ledger::{Checkpoint, Event, Hash, bytes, leaf, root_of};
use mixus_privacy_tests::{Browser, Flow, Page, RecordServer, Test, flows};
use serde_json::Value;

/// Every flow of these files.
pub(crate) fn all() -> Vec<Test> {
    flows![
        arrive::records_arrive,
        arrive::decided_meanwhile,
        arrive::offline_for_a_while,
        devices::devices_of_an_account,
        devices::devices_that_disagree,
        devices::clocks_that_are_wrong,
        devices::a_week_offline,
        tabs::tabs_at_once,
        tabs::one_pause_for_all,
        lives::killed_and_opened_again,
        lives::copied_profile,
        lives::copied_profile_of_an_account,
        lives::back_from_the_cache,
        lives::frozen_tab,
        storage::without_storage,
        storage::private_window,
        storage::database_that_goes,
        storage::full_disk,
        storage::full_disk_and_two_tabs,
        storage::no_quota,
        storage::without_locks_and_channels,
        network::network_faults,
        refused::dead_letters,
        refused::link_that_is_refused,
        restored::restored_from_a_copy,
        restored::restored_account,
        restored::restored_and_grown_again,
        endpoints::residency,
        endpoints::addresses,
        endpoints::log_key,
        receipts::vectors_of_receipts,
        receipts::a_receipt_of_ones_own,
        person::what_was_shown_is_archived,
        person::erased,
        person::erased_with_the_account,
    ]
    .to_vec()
}

/// A page that keeps its records in step with a server.
pub(crate) fn page(server: &RecordServer) -> Page {
    Page::new().after(&server.script())
}

/// Opens it, and waits until it has started.
pub(crate) async fn open(browser: &Browser, flow: &Flow, path: &str) -> Result<()> {
    browser.open(&flow.site.url(path)).await?;
    browser.wait("window.records || window.unsynced").await?;
    assert_eq!(browser.get::<Option<String>>("window.unsynced").await?, None);
    Ok(())
}

/// The value of a promise that has to be kept.
pub(crate) async fn value(browser: &Browser, promise: &str) -> Result<Value> {
    let mut settled = browser.settled(promise).await?;
    if !settled["error"].is_null() {
        bail!("{promise}: {}", settled["error"]);
    }
    Ok(settled["value"].take())
}

/// What the device knows.
async fn history(browser: &Browser) -> Result<Vec<Value>> {
    Ok(serde_json::from_value(value(browser, "records.history()").await?)?)
}

/// Keeps what the device knows in `now`.
async fn watch(browser: &Browser) -> Result<()> {
    let look = "records.history().then((it) => (window.now = it), () => {}).then(() => setTimeout(look, 20))";
    browser
        .run(&format!(
            "window.now = undefined; if (!window.look) (window.look = () => {look})();"
        ))
        .await
}

/// Waits until so many events of the device are at the server.
pub(crate) async fn kept(browser: &Browser, count: usize) -> Result<Vec<Value>> {
    let own = "it.own && it.state === 'kept'";
    watch(browser).await?;
    browser.wait(&format!("now.filter((it) => {own}).length >= {count}")).await?;
    let all = history(browser).await?;
    Ok(all
        .into_iter()
        .filter(|it| it["own"] == true && it["state"] == "kept")
        .collect())
}

async fn subject(browser: &Browser) -> Result<String> {
    let all = history(browser).await?;
    let own = all.iter().find(|it| it["own"] == true).context("an event")?;
    Ok(own["event"]["sub"].as_str().context("a subject")?.to_owned())
}

/// A receipt shows that its event is in the log, with nothing but itself.
pub(crate) fn verify(receipt: &Value) -> Result<()> {
    let text = receipt["event"].as_str().context("an event")?;
    let event = Event::read(text)?;
    let (index, taken) = (
        receipt["index"].as_u64().context("a place")?,
        receipt["taken"].as_u64().context("a time")?,
    );
    let proof: Option<Vec<Hash>> = receipt["proof"]
        .as_array()
        .context("a proof")?
        .iter()
        .map(|it| it.as_str().and_then(bytes))
        .collect();
    let (checkpoint, ..) =
        Checkpoint::read(receipt["checkpoint"].as_str().context("a note")?).context("a note")?;
    let root = root_of(
        &leaf(&event.hash(), index, taken),
        index,
        checkpoint.size,
        &proof.context("hashes")?,
    );
    assert_eq!(root, Some(checkpoint.root));
    Ok(())
}

pub(crate) async fn sign_in(server: &RecordServer, browser: &Browser) -> Result<()> {
    // A device that has decided nothing has no name yet: it gets one by linking, so that it is asked for first.
    let sub = value(browser, "records.subject()").await?;
    let token = server.token("account-1", sub.as_str().context("a subject")?);
    value(browser, &format!("records.link('{token}')")).await?;
    Ok(())
}

/// Everything that this browser has made has arrived, once, in one chain, and can be proved; nothing is dead, and the
/// server has nothing else.
async fn whole(browser: &Browser, server: &RecordServer, count: usize) -> Result<()> {
    kept(browser, count).await?;
    let all = history(browser).await?;
    assert!(all.iter().all(|it| it["state"] == "kept"), "{all:?}");
    assert_eq!(all.len(), count);
    assert_eq!(server.size().await?, count as u64);
    let mut before = "A".repeat(43);
    let mut places = BTreeSet::new();
    let mut chain = all;
    chain.sort_by_key(|it| it["event"]["seq"].as_u64());
    for (seq, entry) in (1_u64..).zip(&chain) {
        assert_eq!(entry["event"]["seq"], seq);
        assert_eq!(entry["event"]["prev"], before.as_str());
        let id = entry["id"].as_str().context("an id")?;
        let receipt = value(browser, &format!("records.receipt('{id}')")).await?;
        verify(&receipt)?;
        places.insert(receipt["index"].as_u64());
        let text = receipt["event"].as_str().context("a text")?;
        before = mixus_privacy::ledger::text(&Event::read(text)?.hash());
    }
    assert_eq!(places.len(), count);
    Ok(())
}
