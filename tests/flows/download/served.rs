//! Opened files at addresses of the site, which a service worker answers for.

use anyhow::{Context as _, Result};
use mixus_privacy_tests::{Browser, Engine, Flow, Outcome, Page, Reply, done, skip};
use serde_json::{Value, json};
use thirtyfour::cdp::Cdp;

use super::{NO_WORKERS, serving, shown};

/// Something played to its end, and what was asked of its file.
fn played(said: &Value, there: u64, duration: u64) -> Result<()> {
    let number = |name: &str| said[name].as_u64().context("a number");
    assert_eq!((number("duration")?, number("there")?), (duration, there), "{said}");
    let (size, before) = (number("size")?, usize::try_from(number("before")?)?);
    let parts: Vec<(u64, u64)> = serde_json::from_value(said["parts"].clone())?;
    assert!(before > 0 && parts.iter().all(|(from, to)| from < to && *to <= size), "{said}");
    // It did not read its way there.
    let behind = parts.get(before..).context("parts")?;
    assert!(behind.iter().any(|(from, _)| *from > size / 2), "{said}");
    done().map(drop)
}

/// Pages that nobody has touched may make no sound.
async fn touched(browser: &Browser) -> Result<()> {
    browser.click("document.querySelector('h1')").await
}

/// A long sound from another server is heard from somewhere in its midst.
pub(crate) async fn served_sound(flow: Flow) -> Result<Outcome> {
    let Some((browser, server)) = serving(&flow).await? else {
        return skip(NO_WORKERS);
    };
    if !browser.get::<bool>("new Audio().canPlayType('audio/wav') !== ''").await? {
        return skip("it plays no WAV");
    }
    touched(&browser).await?;
    let said = shown(&browser, &format!("heard('{}')", server.url())).await?;
    played(&said, 600, 720)?;
    done()
}

/// Pictures that move.
pub(crate) async fn served_film(flow: Flow) -> Result<Outcome> {
    let Some((browser, server)) = serving(&flow).await? else {
        return skip(NO_WORKERS);
    };
    // The browser of the tests ends when it is asked whether it can.
    if flow.engine == Engine::WebKit || shown(&browser, "canFilm()").await? != true {
        return skip("it makes no WebM");
    }
    touched(&browser).await?;
    let said = shown(&browser, &format!("seen('{}')", server.url())).await?;
    assert_eq!(said["width"], 160, "{said}");
    played(&said, 9, 12)?;
    done()
}

/// Parts of all sorts.
pub(crate) async fn served_in_parts(flow: Flow) -> Result<Outcome> {
    let Some((browser, _server)) = serving(&flow).await? else {
        return skip(NO_WORKERS);
    };
    let said = shown(&browser, "ranges()").await?;
    let part = |from: u64, to: u64| {
        let length = to - from + 1;
        json!([206, format!("bytes {from}-{to}/3000000"), length.to_string(), true])
    };
    let whole = json!([200, null, "3000000", true]);
    let none = json!([416, "bytes */3000000", null, true]);
    let wanted = json!({
        "": whole,
        "bytes=0-0": part(0, 0),
        "bytes=0-": part(0, 2_999_999),
        "bytes=524231-524233": part(524_231, 524_233),
        "bytes=2999999-": part(2_999_999, 2_999_999),
        "bytes=-5": part(2_999_995, 2_999_999),
        "bytes=-9000000": part(0, 2_999_999),
        "bytes=5-9000000": part(5, 2_999_999),
        "bytes=3000000-": none,
        "bytes=-0": none,
        "bytes=5-4": whole,
        "bytes=0-1,4-5": whole,
        "lines=1-2": whole,
        "HEAD": [200, null, "3000000"],
        "POST": [405],
        "empty": [200, 0, 416],
        "released": [404],
        "guessed": [404, 404],
        "nobody": [404],
    });
    for (name, wanted) in wanted.as_object().context("cases")? {
        let said = &said[name];
        // Of what is not there there is no part to compare.
        let until = if *wanted == none { 3 } else { 4 };
        let cut = |it: &Value| it.as_array().map(|it| it.iter().take(until).cloned().collect::<Vec<_>>());
        assert_eq!(cut(said), cut(wanted), "{name}");
    }
    done()
}

/// What is said of each type: shown is what runs nothing.
pub(crate) async fn served_types(flow: Flow) -> Result<Outcome> {
    let Some((browser, _server)) = serving(&flow).await? else {
        return skip(NO_WORKERS);
    };
    let said = shown(&browser, "told()").await?;
    let always = "nosniff no-store same-origin";
    let unknown = format!("application/octet-stream attachment sandbox {always}");
    let wanted = json!({
        "video/mp4": format!("video/mp4 inline sandbox {always}"),
        "image/png": format!("image/png inline sandbox {always}"),
        "IMAGE/PNG": format!("image/png inline sandbox {always}"),
        "application/pdf": format!("application/pdf inline  {always}"),
        "text/plain": format!("text/plain; charset=utf-8 inline sandbox {always}"),
        "image/svg+xml": format!("image/svg+xml attachment sandbox {always}"),
        "text/html": unknown,
        "text/html;video/mp4": unknown,
        "application/xhtml+xml": unknown,
        "text/xml": unknown,
        "text/javascript": unknown,
        "application/wasm": unknown,
        "video/mp4\r\nX-A: b": unknown,
        "": unknown,
        "name": " filename*=UTF-8''a__gpj.exe__%20%C3%A9",
    });
    for (kind, wanted) in wanted.as_object().context("types")? {
        assert_eq!(said[kind], *wanted, "{kind:?}");
    }
    assert_eq!(said.as_object().map(serde_json::Map::len), Some(15));
    done()
}

/// A file that would act in the site's name is not run, whatever it says it is; a drawing is seen.
pub(crate) async fn served_files_do_nothing(flow: Flow) -> Result<Outcome> {
    let Some((browser, _server)) = serving(&flow).await? else {
        return skip(NO_WORKERS);
    };
    assert_eq!(shown(&browser, "acting()").await?, json!(["error", 8]));
    assert_eq!(browser.get::<usize>("marked.length").await?, 0);
    done()
}

async fn status(browser: &Browser, url: &str) -> Result<Value> {
    crate::sync::value(browser, &format!("fetch('{url}').then((it) => it.status)")).await
}

/// An address leads somewhere for pages of the site, as long as the page that has the file is there.
pub(crate) async fn served_while_the_page_is_there(flow: Flow) -> Result<Outcome> {
    let Some((browser, _server)) = serving(&flow).await? else {
        return skip(NO_WORKERS);
    };
    let url = shown(&browser, "stays()").await?;
    let url = url.as_str().context("an address")?.to_owned();
    assert!(url.starts_with(&flow.site.url("/mixus-sealed/")), "{url}");
    assert_eq!(status(&browser, &url).await?, 200);
    let first = browser.session.window().await?;
    browser.session.new_tab().await.map(drop)?;
    let windows = browser.session.windows().await?;
    let second = windows.into_iter().find(|it| *it != first).context("a window")?;
    browser.session.switch_to_window(second).await?;
    // Another page of the site.
    browser.open(&flow.site.url("/")).await?;
    assert_eq!(status(&browser, &url).await?, 200);
    // Another origin: no worker of the site's hears it, and the site knows nothing of it.
    let other = url.replace("127.0.0.1", "localhost");
    status(&browser, &other).await?;
    browser.session.switch_to_window(first.clone()).await?;
    browser.open(&flow.site.url("/")).await?;
    assert_eq!(status(&browser, &url).await?, 404);
    // The server has not heard of it, but for what was asked at the other origin.
    let heard = flow.site.requests();
    let heard: Vec<&str> = heard
        .iter()
        .filter(|it| it.path.contains("mixus-sealed"))
        .map(|it| it.host.as_str())
        .collect();
    assert_eq!(heard, ["localhost"]);
    done()
}

/// Browsers end workers as they like: the next request finds its way all the same.
pub(crate) async fn served_by_a_worker_that_was_ended(flow: Flow) -> Result<Outcome> {
    if flow.engine != Engine::Chromium {
        return skip("workers cannot be ended from outside");
    }
    let Some((browser, _server)) = serving(&flow).await? else {
        return skip(NO_WORKERS);
    };
    let url = shown(&browser, "stays()").await?;
    let url = url.as_str().context("an address")?;
    for _ in 0..3 {
        assert_eq!(status(&browser, url).await?, 200);
        let cdp = Cdp::new(browser.session.clone());
        cdp.send_raw("ServiceWorker.enable", json!({})).await?;
        cdp.send_raw("ServiceWorker.stopAllWorkers", json!({})).await?;
    }
    assert_eq!(status(&browser, url).await?, 200);
    done()
}

/// A site that has a worker imports the part; without one, or without the part, it is told so.
pub(crate) async fn served_by_the_sites_own_worker(flow: Flow) -> Result<Outcome> {
    let site = &flow.site;
    let own = "addEventListener('activate', (event) => event.waitUntil(clients.claim()));";
    let rest = "addEventListener('fetch', (event) => event.request.url.includes('mixus') && event.respondWith(new Response('of the site')));";
    for (name, script) in [
        ("/classic.js", format!("importScripts('/pkg/sealed-worker.js'); {own} {rest}")),
        ("/module.js", format!("import '/pkg/sealed-worker.js'; {own} {rest}")),
        ("/without.js", format!("{own} {rest}")),
    ] {
        site.reply(name, Reply::script(script));
    }
    let Some((browser, _server)) = serving(&flow).await? else {
        return skip(NO_WORKERS);
    };
    // As if the page had been loaded without its worker.
    Page::new().put(site, "/other/");
    let none = "PrivacyError download/unavailable worker";
    let gone = "navigator.serviceWorker.getRegistrations().then((all) => Promise.all(all.map((it) => it.unregister())))";
    for (script, wanted) in [("", none), ("/classic.js", "a"), ("/module.js", "a"), ("/without.js", none)] {
        crate::sync::value(&browser, gone).await?;
        browser.open(&site.url("/")).await?;
        let said = shown(&browser, &format!("hosted('{script}')")).await;
        // Modules as service workers are young.
        if script == "/module.js" && said.is_err() {
            println!("count: 1 engine without service workers that are modules: {}", flow.engine);
            continue;
        }
        assert_eq!(said?, wanted, "{script}");
    }
    done()
}
