//! The demo site: vendors' kits as npm ships them, and what arrives at their stand-ins.

use anyhow::{Context as _, Result};
use mixus_privacy_tests::{BANNER, Browser, CONTROL, Engine, Flow, Outcome, Test, done, flows, skip};
use serde_json::{Value, json};
use thirtyfour::Key;
use thirtyfour::cdp::Cdp;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use xtask::demo::Demo;

/// Every flow of this file.
pub(crate) fn all() -> Vec<Test> {
    flows![assistant, two_devices, narrow, files].to_vec()
}

/// By vendor: what its tag does, and how many requests have arrived.
const ROWS: &str = "Object.fromEntries([...document.querySelectorAll('#tags > li')].map((it) => \
    [it.dataset.mark, [it.querySelector('.state').dataset.state, +it.dataset.arrived]]))";

/// The newest answer of the assistant.
const ANSWER: &str = "document.querySelector('#talk .it').textContent";

/// Lets something fail, and waits until the assistant says who was told.
async fn fail(browser: &Browser, told: &str) -> Result<()> {
    browser.click("document.querySelector('[data-ask=fail]')").await?;
    browser.wait(&format!("{ANSWER}.includes('{told}')")).await
}

/// Asks for an address as no page does: nothing holds this.
async fn knock(address: &str) -> Result<()> {
    let (host, path) = address
        .trim_start_matches("http://")
        .split_once('/')
        .context("an address with a path")?;
    let mut stream = TcpStream::connect(host).await?;
    let head = format!("GET /{path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
    stream.write_all(head.as_bytes()).await?;
    stream.read_to_end(&mut Vec::new()).await?;
    Ok(())
}

/// The demo in a browser. It is served for as long as the first of these lives.
async fn opened(flow: &Flow) -> Result<(JoinSet<()>, Browser)> {
    let demo = Demo::start(Some(0), None).await?;
    let address = format!("{}/?region=DE&language=en", demo.address);
    let mut server = JoinSet::new();
    server.spawn(demo.serve());
    let browser = flow.browser().await?;
    // Wide and high enough for the question to stand clear of the banner.
    browser.session.set_window_rect(0, 0, 1280, 1000).await?;
    browser.open(&address).await?;
    browser.wait(BANNER).await?;
    Ok((server, browser))
}

pub(crate) async fn assistant(flow: Flow) -> Result<Outcome> {
    let (_server, browser) = opened(&flow).await?;

    // Everything is held, and nothing is kept.
    let row = |of: &str| format!("({ROWS})['{of}']");
    browser.wait(&format!("{}?.[0] === 'never'", row("advertising"))).await?;
    let held = json!({
        "plausible": ["held", 0], "sentry": ["held", 0], "n8n-chat": ["held", 0],
        "film-network": ["held", 0], "advertising": ["never", 0], "pasted": ["never", 0],
    });
    fail(&browser, "Nobody was told").await?;
    assert_eq!(browser.get::<Value>(ROWS).await?, held);
    let kept: [usize; 2] = browser.get("[document.cookie.length, localStorage.length]").await?;
    assert_eq!(kept, [0, 0]);

    // What is allowed runs; what happened before is not told.
    browser.accept().await?;
    for vendor in ["plausible", "n8n-chat", "film-network"] {
        let row = row(vendor);
        browser.wait(&format!("{row}[0] === 'ran' && {row}[1] > 0")).await?;
    }
    assert_eq!(browser.get::<Value>(&row("sentry")).await?, json!(["ran", 0]));
    fail(&browser, "Sentry was told").await?;
    browser.wait(&format!("{}[1] === 1", row("sentry"))).await?;
    for vendor in ["advertising", "pasted"] {
        assert_eq!(browser.get::<Value>(&row(vendor)).await?, json!(["never", 0]));
    }

    // What is taken back is silent: a request that is made later arrives, and none of theirs.
    browser.control_button(1).await?;
    browser.wait(&format!("{}[0] === 'silent'", row("plausible"))).await?;
    browser.wait(&format!("{}[0] === 'held'", row("film-network"))).await?;
    browser
        .wait("!Object.keys(localStorage).some((it) => it.startsWith('n8n'))")
        .await?;
    let before: Value = browser.get(ROWS).await?;
    fail(&browser, "Nobody was told").await?;
    let vendors = "JSON.parse(document.getElementById('demo').textContent).vendors";
    browser
        .run(&format!("fetch({vendors}.chat + '/held').catch(() => {{}})"))
        .await?;
    knock(&browser.get::<String>(&format!("{vendors}.chat + '/later'")).await?).await?;
    let chat = before["n8n-chat"][1].as_u64().unwrap_or(0);
    browser.wait(&format!("{}[1] === {}", row("n8n-chat"), chat + 1)).await?;
    let mut after: Value = browser.get(ROWS).await?;
    after["n8n-chat"][1] = chat.into();
    assert_eq!(after, before);
    done()
}

/// What the server of records has of this device and, as far as it is known here, of others: titles and states.
const OUTBOX: &str = "[...document.querySelectorAll('#outbox > li[data-id]')].map((it) => [it.querySelector('b').textContent, it.dataset.state])";

/// Turns a switch; one that stands behind the control cannot be clicked.
async fn turn(browser: &Browser, line: u8) -> Result<()> {
    browser
        .run(&format!("document.querySelector('[data-line=\"{line}\"]').click()"))
        .await
}

/// A person with two devices: what is decided on one waits while its line is cut, and is seen to arrive on the other.
pub(crate) async fn two_devices(flow: Flow) -> Result<Outcome> {
    let (_server, browser) = opened(&flow).await?;

    // A decision is stored, and its receipt is there.
    browser.click("document.getElementById('tab-records')").await?;
    browser.accept().await?;
    browser.wait(&format!("{OUTBOX}[0]?.[1] === 'kept'")).await?;
    browser.wait("document.querySelector('#receipt pre')").await?;
    let receipt: String = browser.get("document.querySelector('#receipt pre').textContent").await?;
    crate::sync::verify(&serde_json::from_str(&receipt)?)?;
    browser.click("document.getElementById('verify')").await?;
    browser.wait("document.querySelector('#receipt .marks [data-good]')").await?;

    // With the line cut it waits; mended, it arrives.
    turn(&browser, 0).await?;
    browser.wait("document.querySelector('#log [data-kind=record]')").await?;
    browser.control_button(1).await?;
    browser.wait(&format!("{OUTBOX}[0]?.[1] === 'waiting'")).await?;
    browser.wait("!document.getElementById('waiting').hidden").await?;
    turn(&browser, 0).await?;
    browser
        .wait(&format!("{OUTBOX}[0]?.[1] === 'kept' && {OUTBOX}.length === 2"))
        .await?;

    // The second device is asked for itself; signed in, what it decides holds here.
    browser.click("document.getElementById('tab-second')").await?;
    browser.click("document.getElementById('both')").await?;
    browser.wait("document.getElementById('both-said').textContent").await?;
    let frame = browser.element("document.getElementById('frame')").await?;
    frame.clone().enter_frame().await?;
    browser.wait("document.getElementById('who').dataset.account").await?;
    browser.wait(BANNER).await?;
    // By keys: no driver of every engine clicks in a frame of another site, nor lets a script give it the focus.
    let accept = format!("{BANNER}.querySelectorAll('.actions button')[1]");
    let focused = format!("{accept}.getRootNode().activeElement === {accept}");
    browser.run(&format!("{accept}.focus()")).await?;
    for _ in 0..9 {
        if !browser.get::<bool>(&focused).await? {
            browser.press(Key::Tab).await?;
        }
    }
    assert!(browser.get::<bool>(&focused).await?);
    browser.press(Key::Enter).await?;
    browser.wait(CONTROL).await?;
    browser.session.enter_default_frame().await?;

    // Here everything had been taken back before: that is shown, and settled here, for both.
    browser
        .wait(&format!(
            "{BANNER}?.querySelector('h2').textContent === 'Your devices disagree'"
        ))
        .await?;
    browser.accept().await?;
    let running =
        "[...document.querySelectorAll('#tags .state')].filter((it) => it.dataset.state === 'ran').length";
    browser.wait(&format!("{running} >= 3")).await?;
    browser.wait(CONTROL).await?;
    frame.clone().enter_frame().await?;
    browser
        .wait("document.querySelectorAll('#states [data-state=ran]').length === 4")
        .await?;
    browser.session.enter_default_frame().await?;

    // And what is taken back here ends there.
    browser.control_button(1).await?;
    frame.enter_frame().await?;
    browser
        .wait("document.querySelectorAll('#states [data-state=ran]').length === 0")
        .await?;
    browser.session.enter_default_frame().await?;
    assert_eq!(browser.get::<usize>(running).await?, 0);
    done()
}

/// In every language it is as wide as a window of 320 pixels (WCAG 2.2, 1.4.10).
pub(crate) async fn narrow(flow: Flow) -> Result<Outcome> {
    if flow.engine != Engine::Chromium {
        return skip("its window gets no smaller");
    }
    let (_server, browser) = opened(&flow).await?;
    let languages: Vec<String> = browser
        .get("[...document.querySelector('[name=language]').options].map((it) => it.value)")
        .await?;
    assert!(languages.len() > 2, "{languages:?}");
    let small = json!({"width": 320, "height": 800, "deviceScaleFactor": 1, "mobile": true});
    Cdp::new(browser.session.clone())
        .send_raw("Emulation.setDeviceMetricsOverride", small)
        .await?;
    let page: String = browser.get("location.origin").await?;
    for language in languages {
        browser.open(&format!("{page}/?region=DE&language={language}")).await?;
        browser.wait(BANNER).await?;
        let width: u64 = browser.get("document.scrollingElement.scrollWidth").await?;
        assert_eq!(width, 320, "{language}");
    }
    done()
}

/// A file goes sealed, whatever was decided; what the server has of it is not the file; and after a reload it is opened again.
pub(crate) async fn files(flow: Flow) -> Result<Outcome> {
    let (_server, browser) = opened(&flow).await?;
    browser.reject().await?;
    browser.click("document.getElementById('attach')").await?;
    browser.wait("document.querySelector('mixus-files').to").await?;
    let text = browser.get::<String>("document.getElementById('key-said').innerText").await?;
    assert!(text.contains("this browser alone"), "{text}");
    let add = "document.querySelector('mixus-files').add([new File(['Dear diary, nobody reads this.'], 'diary.txt', { type: 'text/plain' })])";
    browser.run(add).await?;
    let shown = "document.querySelector('.file[data-state=shown]')";
    for _ in 0..2 {
        browser.wait(shown).await?;
        let panes: Vec<String> = browser
            .get(&format!("[...{shown}.querySelectorAll('.pane')].map((it) => it.textContent)"))
            .await?;
        let [yours, theirs] = &panes[..] else {
            anyhow::bail!("{panes:?}")
        };
        assert!(yours.contains("Dear diary") && yours.contains("diary.txt"), "{yours}");
        assert!(theirs.contains("no name") && !theirs.contains("diary"), "{theirs}");
        browser.session.refresh().await?;
    }
    let arrived = browser
        .get::<Value>(&format!("Object.values({ROWS}).map(([, count]) => count)"))
        .await?;
    assert!(
        arrived.as_array().is_some_and(|all| all.iter().all(|it| *it == json!(0))),
        "{arrived}"
    );
    done()
}
