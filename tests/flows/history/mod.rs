//! What a person has decided, for them to see, to take with them and to have erased (L36).

pub(crate) mod account;
pub(crate) mod copies;

use anyhow::{Context as _, Result};
use mixus_privacy_tests::{Browser, Flow, Outcome, PANEL, Page, RecordServer, done};
use serde_json::{Value, json};
use thirtyfour::Key;

use crate::sync::{kept, open, page, value, verify};

/// Files that a page hands over are kept in `saved` instead.
const SAVING: &str = "window.saved = [];\n\
    const click = HTMLAnchorElement.prototype.click;\n\
    HTMLAnchorElement.prototype.click = function () {\n\
    if (!this.download) return click.call(this);\n\
    const name = this.download;\n\
    fetch(this.href).then((it) => it.text()).then((text) => saved.push({ name, text }));\n\
    };\n";

/// What the list shows, newest first: title, what was allowed and refused, how it stands.
const SHOWN: &str = "(panel) => [...panel.querySelectorAll('.entry')].map((it) => [\
    it.querySelector('h3').textContent,\
    it.querySelector('[data-word=allowed] dd')?.textContent ?? '',\
    it.querySelector('[data-word=refused] dd')?.textContent ?? '',\
    it.querySelector('.state')?.dataset.state ?? ''])";

/// Opens the page "Your decisions".
async fn look(browser: &Browser) -> Result<()> {
    browser.control_button(0).await?;
    browser.panel().await?;
    browser.panel_button("history").await?;
    browser
        .wait(&format!("{PANEL}?.querySelector('.entry, .none:not([hidden])')"))
        .await
}

/// What this browser keeps.
async fn records(browser: &Browser) -> Result<Vec<Value>> {
    Ok(serde_json::from_value(value(browser, "privacy.records()").await?)?)
}

async fn shown(browser: &Browser) -> Result<Value> {
    browser.get(&format!("({SHOWN})({PANEL})")).await
}

/// Presses a button of the page by what it says.
async fn press(browser: &Browser, text: &str) -> Result<()> {
    let found = format!(
        "[...{PANEL}.querySelectorAll('.history button')].find((it) => it.checkVisibility() && it.textContent.trim() === '{text}')"
    );
    browser.run(&format!("{found}.scrollIntoView({{ block: 'center' }})")).await?;
    browser.click(&found).await
}

/// The file that was handed over last, as JSON.
async fn saved(browser: &Browser, count: usize) -> Result<(String, Value)> {
    browser.wait(&format!("saved.length === {count}")).await?;
    let name = browser.get("saved.at(-1).name").await?;
    let text: String = browser.get("saved.at(-1).text").await?;
    Ok((name, serde_json::from_str(&text)?))
}

/// What has the focus in the panel.
async fn focused(browser: &Browser) -> Result<String> {
    browser
        .get(&format!("{PANEL}.getRootNode().activeElement?.textContent.trim() ?? ''"))
        .await
}

/// Without a server: everything is there, is taken along as a file, and goes.
pub(crate) async fn history_here(flow: Flow) -> Result<Outcome> {
    Page::new().before(SAVING).put(&flow.site, "/");
    let browser = flow.browser().await?;
    browser.open(&flow.site.url("/")).await?;
    browser.accept().await?;
    browser.control_button(1).await?;
    browser.run("privacy.set({ preferences: false })").await?;
    browser
        .wait("Object.keys(localStorage).filter((it) => it.startsWith('mixus-privacy.')).length === 3")
        .await?;
    look(&browser).await?;
    let all = "Analytics and performance, Preferences, Social embeds, and Support chat";
    let (refused, withdrew, allowed) = (
        json!(["You refused", "", "Preferences", ""]),
        json!(["You took everything back", "", all, ""]),
        json!(["You allowed everything", all, "", ""]),
    );
    assert_eq!(shown(&browser).await?, json!([refused, withdrew, allowed]));
    let said: String = browser.get(&format!("{PANEL}.querySelector('.kept').textContent")).await?;
    assert!(said.contains("in this browser alone"), "{said}");
    // When, to the second, and until when.
    let before = records(&browser).await?;
    let times: Vec<String> = browser
        .get(&format!(
            "[...{PANEL}.querySelectorAll('.entry time')].map((it) => it.dateTime)"
        ))
        .await?;
    for (time, record) in times.iter().rev().zip(&before) {
        let at: u64 = browser.get(&format!("Date.parse('{time}') / 1000")).await?;
        assert_eq!(record["at"], at);
    }
    // Nothing is decided here.
    let foot: bool = browser
        .get(&format!("{PANEL}.querySelector('footer').checkVisibility()"))
        .await?;
    assert!(!foot);

    press(&browser, "Download a copy").await?;
    press(&browser, "Everything, as it is kept here").await?;
    let (name, copy) = saved(&browser, 1).await?;
    assert!(name.starts_with("127.0.0.1-consent-records-2"), "{name}");
    assert_eq!(name.rsplit('.').next(), Some("json"));
    assert_eq!(copy, json!(before));
    browser
        .wait(&format!(
            "{PANEL}.querySelector('[role=status]').textContent.includes('{name}')"
        ))
        .await?;

    // Asked, taken back by Escape, asked again, done. The panel stays, and the choices.
    press(&browser, "Erase records").await?;
    assert_eq!(focused(&browser).await?, "Erase the records of all your decisions?");
    browser.press(Key::Escape).await?;
    browser.wait(&format!("{PANEL}?.querySelector('.question').hidden")).await?;
    assert_eq!(focused(&browser).await?, "Erase records");
    assert_eq!(records(&browser).await?.len(), 3);
    press(&browser, "Erase records").await?;
    press(&browser, "Erase for good").await?;
    browser
        .wait(&format!("{PANEL}.querySelectorAll('.entry').length === 0"))
        .await?;
    assert!(focused(&browser).await?.starts_with("Erased."));
    assert_eq!(records(&browser).await?, [Value::Null; 0]);
    let kept: Vec<String> = browser.get("Object.keys(localStorage).sort()").await?;
    assert_eq!(kept, ["mixus-privacy", "mixus-privacy-start"]);
    browser.open(&flow.site.url("/")).await?;
    browser.control().await?;
    assert_eq!(browser.allowed().await?, [""; 0]);
    done()
}

/// With a server: what waits and what is stored, with a receipt that proves it; and all of it goes, there too.
pub(crate) async fn history_proved(flow: Flow) -> Result<Outcome> {
    let mut server = RecordServer::new(&flow.site).await?;
    page(&server).before(SAVING).put(&flow.site, "/");
    let browser = flow.browser().await?;
    open(&browser, &flow, "/").await?;
    browser.accept().await?;
    look(&browser).await?;
    assert_eq!(shown(&browser).await?[0][3], "waiting");
    // It is seen to arrive.
    server.listen().await?;
    browser.run("dispatchEvent(new Event('online'))").await?;
    browser.wait(&format!("({SHOWN})({PANEL})[0][3] === 'kept'")).await?;
    press(&browser, "Receipt").await?;
    let (name, receipt) = saved(&browser, 1).await?;
    assert!(name.contains("-consent-receipt-"), "{name}");
    verify(&receipt)?;
    let entries = kept(&browser, 1).await?;
    let event: Value = serde_json::from_str(receipt["event"].as_str().context("an event")?)?;
    assert_eq!(event, entries[0]["event"]);

    browser.press(Key::Escape).await?;
    browser.control_button(1).await?;
    let entries = kept(&browser, 2).await?;
    look(&browser).await?;
    press(&browser, "Download a copy").await?;
    press(&browser, "Everything, as it was signed").await?;
    let (_, copy) = saved(&browser, 2).await?;
    let listed = copy["events"].as_array().context("events")?;
    for (receipt, entry) in listed.iter().zip(&entries) {
        verify(receipt)?;
        let event: Value = serde_json::from_str(receipt["event"].as_str().context("an event")?)?;
        assert_eq!(event, entry["event"]);
    }
    assert_eq!(listed.len(), 2);

    press(&browser, "Erase records").await?;
    press(&browser, "Erase for good").await?;
    browser
        .wait(&format!("{PANEL}.querySelectorAll('.entry').length === 0"))
        .await?;
    browser
        .wait(&format!("{PANEL}.querySelector('.none').textContent.startsWith('Erased.')"))
        .await?;
    assert_eq!(value(&browser, "records.history()").await?, json!([]));
    let names: Vec<String> = browser.get("Object.keys(localStorage).sort()").await?;
    assert!(!names.iter().any(|it| it.starts_with("mixus-privacy.")), "{names:?}");
    let rows = "new Promise((resolve) => { indexedDB.open('mixus-privacy').onsuccess = ({ target: { result: db } }) => {\
        const all = db.transaction('kept').objectStore('kept').getAllKeys();\
        all.onsuccess = () => (db.close(), resolve(all.result.filter((it) => /^A[\\\\w-]{26,}$/.test(it) || it === 'device'))); }; })";
    assert_eq!(value(&browser, rows).await?, json!([]));
    // Nobody else can bring it back.
    let again = value(
        &browser,
        &format!(
            "fetch('http://{}/v1/events', {{ method: 'POST', headers: {{ 'Content-Type': 'text/plain' }}, body: {} }}).then((it) => it.json())",
            server.address, receipt["event"]
        ),
    )
    .await?;
    assert_eq!(again["answers"][0]["code"], "subject/erased", "{again}");
    done()
}

/// Hundreds of them: as many as somebody looks at.
pub(crate) async fn history_of_hundreds(flow: Flow) -> Result<Outcome> {
    Page::new().put(&flow.site, "/");
    let browser = flow.browser().await?;
    browser.open(&flow.site.url("/")).await?;
    browser.banner().await?;
    browser.run("(async () => { for (let at = 0; at < 500; at += 1) await privacy.rejectAll(); window.all = true; })()").await?;
    browser.wait("window.all").await?;
    look(&browser).await?;
    let count = format!("{PANEL}.querySelectorAll('.entry').length");
    assert_eq!(browser.get::<usize>(&count).await?, 20);
    let said: String = browser.get(&format!("{PANEL}.querySelector('.count').textContent")).await?;
    assert_eq!(said, "500 decisions");
    press(&browser, "Show 20 more").await?;
    browser.wait(&format!("{count} === 40")).await?;
    let at: usize = browser
        .get(&format!(
            "[...{PANEL}.querySelectorAll('.entry h3')].indexOf({PANEL}.getRootNode().activeElement)"
        ))
        .await?;
    assert_eq!(at, 20);
    done()
}

/// By keys alone: to the page, through it, and out.
pub(crate) async fn history_by_keyboard(flow: Flow) -> Result<Outcome> {
    let server = RecordServer::start(&flow.site).await?;
    page(&server)
        .before(SAVING)
        .body("<p><button type=\"button\" data-privacy=\"history\">Decisions</button></p>")
        .put(&flow.site, "/");
    let browser = flow.browser().await?;
    open(&browser, &flow, "/").await?;
    browser.reject().await?;
    kept(&browser, 1).await?;
    // A button of the page leads straight there.
    browser.run("document.querySelector('[data-privacy]').focus()").await?;
    browser.press(Key::Enter).await?;
    browser.panel().await?;
    browser.wait(&format!("{PANEL}?.querySelector('.entry')")).await?;
    let mut seen = Vec::new();
    while seen.len() < 30 && !seen.contains(&"Receipt".to_owned()) {
        browser.press(Key::Tab).await?;
        seen.push(focused(&browser).await?);
    }
    for name in ["Download a copy", "Erase records", "Receipt"] {
        assert!(seen.contains(&name.to_owned()), "{name} is not in {seen:?}");
    }
    browser.press(Key::Enter).await?;
    saved(&browser, 1).await?;
    // The tabs, both ways, in the order in which they stand.
    browser.run(&format!("{PANEL}.querySelector('#history').focus()")).await?;
    for (key, name) in [
        (Key::Right, "Who we are"),
        (Key::Right, "Purposes"),
        (Key::Left, "Who we are"),
        (Key::Left, "Your decisions"),
        (Key::Home, "Purposes"),
        (Key::End, "Who we are"),
    ] {
        browser.press(key).await?;
        assert_eq!(focused(&browser).await?, name);
    }
    browser.press(Key::Escape).await?;
    browser.wait(&format!("!({PANEL})")).await?;
    let back: bool = browser
        .get("document.activeElement === document.querySelector('[data-privacy]')")
        .await?;
    assert!(back);
    done()
}

/// In California: that an opt-out was carried out can be looked up, by signal and by choice (L45).
pub(crate) async fn history_of_an_opt_out(flow: Flow) -> Result<Outcome> {
    for (path, gpc) in [("/", false), ("/signal", true)] {
        Page::new().config(json!({"region": "US-CA", "gpc": gpc})).put(&flow.site, path);
    }
    let browser = flow.browser().await?;
    browser.open(&flow.site.url("/")).await?;
    browser.reject().await?;
    look(&browser).await?;
    let line: String = browser
        .get(&format!("{PANEL}.querySelector('.entry .opted').textContent"))
        .await?;
    assert_eq!(line, "Opt-out of sale and sharing processed");
    browser.open(&flow.site.url("/signal")).await?;
    look(&browser).await?;
    let note: String = browser
        .get(&format!("{PANEL}.querySelector('.history .note').textContent"))
        .await?;
    assert!(note.starts_with("Opt-out request honored"), "{note}");
    done()
}
