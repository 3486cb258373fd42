//! People who use a screen reader, a small screen, large letters, other colours, other scripts.

use anyhow::Result;
use mixus_privacy_tests::{Browser, Flow, Options, Outcome, Reply, done};
use serde_json::{Value, json};

use super::tus::Tus;
use super::{LONG, give, page_in, press, put, state};
use crate::access::{FITS, axe};

/// A list with a file in every state.
async fn every_state(browser: &Browser, tus: &Tus) -> Result<()> {
    tus.longest(20_000_000);
    tus.hold(1);
    let long =
        "A report of the year 2026 with all that belongs to it and a name that nobody made shorter.pdf";
    give(
        browser,
        &[
            (long, LONG),
            ("short.txt", 5),
            ("ملف طويل.txt", LONG + 1),
            ("waits.txt", LONG + 2),
            ("large.bin", 20_000_000),
        ],
    )
    .await?;
    state(browser, "short.txt", "done").await?;
    state(browser, "large.bin", "failed").await?;
    state(browser, long, "sending").await?;
    browser.wait("row('ملف طويل.txt').querySelector('progress').value > .8").await
}

/// In light, dark and right-to-left, with a file in every state; axe finds nothing.
pub(crate) async fn files_for_everyone(flow: Flow) -> Result<Outcome> {
    for (language, dark) in [("en", false), ("de", true), ("ar", false)] {
        let tus = Tus::start().await?;
        let options = Options {
            dark,
            ..Options::default()
        };
        let browser = page_in(&flow, &tus, language, options).await?;
        axe(&browser, &format!("{language}, empty"), "document").await?;
        every_state(&browser, &tus).await?;
        axe(&browser, &format!("{language}, with files"), "document").await?;
        // A name says what a button does and to what, whatever stands beside it.
        let names: Vec<String> = browser
            .get("[...one('ul').querySelectorAll('button, progress')].filter((it) => it.checkVisibility()).map((it) => it.ariaLabel)")
            .await?;
        assert!(
            names.iter().filter(|it| it.contains("short.txt")).count() == 1 && names.len() == 11,
            "{names:?}"
        );
        let small: Vec<String> = browser
            .get("[...one('.files').querySelectorAll('button')].filter((it) => it.checkVisibility() && (it.offsetWidth < 44 || it.offsetHeight < 44)).map((it) => it.textContent)")
            .await?;
        assert_eq!(small, [""; 0], "{language}: too small for a finger");
        let isolated: bool = browser
            .get("[...one('ul').querySelectorAll('.name')].every((it) => it.firstChild.localName === 'bdi')")
            .await?;
        assert!(isolated);
        let direction: String = browser.get("getComputedStyle(one('.files')).direction").await?;
        assert_eq!(direction, if language == "ar" { "rtl" } else { "ltr" });
    }
    done()
}

/// Everything fits the width of a small screen, and grows with the letters.
pub(crate) async fn files_reflow(flow: Flow) -> Result<Outcome> {
    let browser = flow.browser().await?;
    for (language, width, height, font) in [
        ("en", 320, 640, 100),
        ("ar", 320, 640, 100),
        ("pl", 320, 256, 100),
        ("de", 640, 900, 200),
        ("en", 320, 640, 200),
    ] {
        let tus = Tus::start().await?;
        put(&flow, &tus, "/page", language, &json!({}), "");
        flow.site.reply(
            "/page.css",
            Reply::of(
                "text/css",
                format!("html {{ font-size: {font}% }} body {{ margin: 0 }} h1 {{ margin: 0 }}"),
            ),
        );
        flow.site.reply(
            "/",
            Reply::html(format!(
                "<!doctype html><title>Frame</title><iframe title=\"Page\" src=\"/page\" width=\"{width}\" height=\"{height}\" style=\"border: 0\"></iframe>"
            )),
        );
        browser.open(&flow.site.url("/")).await?;
        browser.session.enter_frame(0).await?;
        browser.wait("window.ready").await?;
        every_state(&browser, &tus).await?;
        let wrong: Vec<String> = browser.get(&format!("{FITS}(one('.files'))")).await?;
        assert_eq!(wrong, [""; 0], "{language}, {width} by {height}, {font} %");
        browser.session.enter_default_frame().await?;
    }
    done()
}

/// Where no style and no thread is allowed it looks and works the same.
pub(crate) async fn files_under_a_strict_policy(flow: Flow) -> Result<Outcome> {
    let tus = Tus::start().await?;
    let origin = tus.at().trim_end_matches("/files").to_owned();
    let policy = format!(
        "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'none'; connect-src 'self' {origin}; require-trusted-types-for 'script'"
    );
    put(&flow, &tus, "/", "en", &json!({"together": 1}), &policy);
    let browser = flow.browser().await?;
    browser.open(&flow.site.url("/")).await?;
    browser.wait("window.ready").await?;
    give(&browser, &[("long.bin", LONG), ("short.txt", 5)]).await?;
    for name in ["long.bin", "short.txt"] {
        state(&browser, name, "done").await?;
    }
    assert_eq!(browser.get::<String>("getComputedStyle(one('.zone')).display").await?, "grid");
    press(&browser, "Take long.bin off the list").await?;
    // Moved within the page it is the same as before.
    browser
        .run("document.querySelector('main').append(document.querySelector('mixus-files'))")
        .await?;
    assert_eq!(browser.get::<Value>("rows()").await?, json!([["short.txt", "done"]]));
    done()
}
