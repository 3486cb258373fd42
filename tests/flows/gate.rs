//! What is held, and how it runs when it may.

use anyhow::Result;
use mixus_privacy_tests::policy::{kept, records};
use mixus_privacy_tests::{Browser, CONTROL, Engine, Flow, Outcome, Page, Reply, done};
use serde_json::Value;

/// What scripts said that they ran, in order.
async fn ran(browser: &Browser) -> Result<Vec<String>> {
    browser.get("window.ran ?? []").await
}

/// Opens the page and accepts everything.
async fn accepted(flow: &Flow) -> Result<Browser> {
    let browser = flow.browser().await?;
    browser.open(&flow.site.url("/")).await?;
    browser.banner().await?;
    assert_eq!(ran(&browser).await?, [""; 0]);
    browser.accept().await?;
    browser.control().await?;
    Ok(browser)
}

pub(crate) async fn order(flow: Flow) -> Result<Outcome> {
    let Flow { site, .. } = &flow;
    // The first answer comes only after the second was asked for: side by side, in order.
    let slow = Reply::script("(window.ran ||= []).push('first')").after("/held/second.js");
    site.reply("/held/first.js", slow);
    site.reply("/held/second.js", Reply::script("ran.push('second')"));
    site.reply("/held/last.js", Reply::script("ran.push('last')"));
    Page::new()
        .body(
            r#"
<script type="text/plain" data-category="analytics" data-src="/held/first.js"></script>
<script type="text/plain" data-category="analytics" data-src="/held/second.js"></script>
<script type="text/plain" data-category="analytics">ran.push('inline');</script>
<template data-category="analytics"><script>ran.push('template');</script><script src="/held/last.js"></script></template>
<script type="text/plain" data-category="analytics">ran.push('end');</script>"#,
        )
        .put(site, "/");
    let browser = accepted(&flow).await?;
    browser.wait("window.ran?.length === 6").await?;
    let expected = ["first", "second", "inline", "template", "last", "end"];
    assert_eq!(ran(&browser).await?, expected);
    done()
}

pub(crate) async fn errors(flow: Flow) -> Result<Outcome> {
    let Flow { site, .. } = &flow;
    site.reply("/held/missing.js", Reply::status(404));
    site.reply("/held/bad.js", Reply::script("this is no JavaScript"));
    site.reply("/held/throws.js", Reply::script("throw new Error('external')"));
    Page::new()
        .body(
            r#"
<script type="text/plain" data-category="analytics">throw new Error('inline');</script>
<script type="text/plain" data-category="analytics">this is no JavaScript</script>
<script type="text/plain" data-category="analytics" data-src="/held/missing.js"></script>
<script type="text/plain" data-category="analytics" data-src="/held/bad.js"></script>
<script type="text/plain" data-category="analytics" data-src="/held/throws.js"></script>
<script type="text/plain" data-category="analytics" data-src="http://"></script>
<script type="text/plain" data-category="analytics">(window.ran ||= []).push('inline');</script>
<script type="text/plain" data-category="analytics" data-src="/held/external.js"></script>"#,
        )
        .put(site, "/");
    let browser = accepted(&flow).await?;
    browser.wait("window.ran?.length === 2").await?;
    assert_eq!(ran(&browser).await?, ["inline", "/held/external.js"]);
    // The package is as well as before.
    browser.control_button(1).await?;
    browser.wait("allowed().length === 0").await?;
    done()
}

/// Every form in which something can be held, with what it asks for.
const FORMS: &str = r#"
<script type="text/plain" data-category="analytics">(window.ran ||= []).push('inline');</script>
<script type="text/plain" data-category="analytics" data-src="/held/external.js"></script>
<script type="text/plain" data-category="analytics" src="/held/plain.js"></script>
<script type="text/plain" data-category="analytics" async data-src="/held/async.js"></script>
<script type="text/plain" data-category="analytics" data-type="module">import '/held/imported.js'; window.ran.push('module');</script>
<script type="text/plain" data-category="analytics" data-type="module" data-src="/held/module.js"></script>
<iframe id="frame" title="A frame" data-category="analytics" data-src="/held/frame.html"></iframe>
<img id="image" alt="" data-category="analytics" data-src="/held/image.svg">
<img alt="" data-category="analytics" data-srcset="/held/set.svg 1x">
<link rel="stylesheet" data-category="analytics" data-href="/held/style.css">
<video data-category="analytics" data-poster="/held/poster.svg"></video>
<video muted preload="auto" data-category="analytics" data-src="/held/video.webm"></video>
<video muted preload="auto"><source data-category="analytics" data-src="/held/source.webm" type="video/webm"></video>
<object data-category="analytics" type="image/svg+xml" data-data="/held/object.svg"></object>
<embed data-category="analytics" type="image/svg+xml" data-src="/held/embed.svg">
<template data-category="analytics"><p id="templated">Now it is here.</p><script>ran.push('template');</script></template>"#;

const ASKS: [&str; 14] = [
    "external.js", "plain.js", "async.js", "imported.js", "module.js", "frame.html", "image.svg", "set.svg",
    "style.css", "poster.svg", "video.webm", "source.webm", "object.svg", "embed.svg",
];

pub(crate) async fn held_forms(flow: Flow) -> Result<Outcome> {
    let Flow { site, .. } = &flow;
    Page::new().body(FORMS).put(site, "/");
    let browser = flow.browser().await?;
    browser.open(&site.url("/")).await?;
    browser.banner().await?;
    browser.beacon(site, "held").await?;
    let held: Vec<String> = site.requests().into_iter().map(|it| it.path).collect();
    assert!(!held.iter().any(|it| it.starts_with("/held/")), "{held:?}");
    assert!(!browser.get::<bool>("!!document.querySelector('#templated')").await?);

    browser.accept().await?;
    browser.control().await?;
    for name in ASKS {
        site.wait(&format!("/held/{name}")).await?;
    }
    browser.wait("window.ran?.length === 8").await?;
    browser.wait("document.querySelector('#templated')").await?;
    browser
        .wait("getComputedStyle(document.querySelector('main')).outlineColor === 'rgb(1, 2, 3)'")
        .await?;

    // Withdrawn, what can be taken away is taken away.
    browser.control_button(1).await?;
    browser.wait("allowed().length === 0").await?;
    browser.wait("!document.querySelector('#templated')").await?;
    browser.wait("!document.querySelector('#image').getAttribute('src')").await?;
    browser
        .wait("document.querySelector('#frame').contentDocument?.location.href === 'about:blank'")
        .await?;
    browser
        .wait("getComputedStyle(document.querySelector('main')).outlineColor !== 'rgb(1, 2, 3)'")
        .await?;
    done()
}

pub(crate) async fn held_template(flow: Flow) -> Result<Outcome> {
    let Flow { site, engine } = &flow;
    Page::new()
        .body(
            r#"<template data-category="analytics"><img alt="" src="/held/in.svg"><script src="/held/in.js"></script></template>"#,
        )
        .put(site, "/");
    let browser = flow.browser().await?;
    browser.open(&site.url("/")).await?;
    browser.banner().await?;
    browser.beacon(site, "held").await?;
    assert_eq!(ran(&browser).await?, [""; 0]);
    let early = site.requests().iter().any(|it| it.path.starts_with("/held/"));
    if *engine == Engine::Firefox {
        // Its preload scanner does not know templates; no script can stop it.
        println!("{engine}: what is in a template was asked for early: {early}");
    } else {
        assert!(!early);
    }
    browser.accept().await?;
    browser.control().await?;
    browser
        .wait("window.ran?.length === 1 && document.querySelector('main img').complete")
        .await?;
    site.wait("/held/in.svg").await?;
    browser.control_button(1).await?;
    browser.wait("!document.querySelector('main img')").await?;
    done()
}

pub(crate) async fn added_later(flow: Flow) -> Result<Outcome> {
    let Flow { site, .. } = &flow;
    Page::new().put(site, "/");
    let add = |name: &str| {
        format!(
            "const it = document.createElement('script'); it.type = 'text/plain';\
             it.dataset.service = 'plausible'; it.dataset.src = 'http://plausible.io/{name}.js';\
             document.body.append(it);\
             document.body.insertAdjacentHTML('beforeend', '<div><iframe title=\"Later\" data-service=\"x-posts\" data-src=\"http://platform.twitter.com/{name}\"></iframe></div>');"
        )
    };
    let browser = flow.browser().await?;
    browser.open(&site.url("/")).await?;
    browser.banner().await?;
    browser.run(&add("before")).await?;
    assert_eq!(browser.beacon(site, "before").await?, [""; 0]);
    browser.accept().await?;
    browser.control().await?;
    site.wait("plausible.io/before.js").await?;
    site.wait("platform.twitter.com/before").await?;
    browser.run(&add("after")).await?;
    site.wait("plausible.io/after.js").await?;
    site.wait("platform.twitter.com/after").await?;
    browser.wait("window.ran?.length === 2").await?;
    // A frame that was thrown away and one that was moved do no harm.
    browser
        .run("const [one, two] = document.querySelectorAll('iframe'); one.remove(); document.querySelector('main').append(two);")
        .await?;
    browser.control_button(1).await?;
    browser.wait("allowed().length === 0").await?;
    assert_eq!(browser.errors().await?, [""; 0]);
    done()
}

pub(crate) async fn aliases(flow: Flow) -> Result<Outcome> {
    let Flow { site, .. } = &flow;
    // As the manuals of other managers write it.
    Page::new()
        .body(
            r#"
<script type="text/plain" data-category="analytics" data-service="Plausible" data-src="/held/vanilla.js"></script>
<script type="text/plain" data-cookiecategory="analytics" src="/held/vanilla2.js"></script>
<script type="text/plain" data-type="application/javascript" data-name="plausible" data-src="/held/klaro.js"></script>
<script type="text/plain" data-cookieconsent="statistics" src="/held/cookiebot.js"></script>
<iframe title="Cookiebot" data-cookieconsent="statistics" data-cookieblock-src="/held/cookiebot.html"></iframe>
<script type="text/plain" class="optanon-category-C0002" src="/held/onetrust.js"></script>
<script type="text/plain" data-cookieyes="cookieyes-analytics" src="/held/cookieyes.js"></script>
<script type="text/plain" data-usercentrics="Plausible" src="/held/usercentrics.js"></script>
<script type="didomi/javascript" data-purposes="analytics" data-vendor="plausible" src="/held/didomi.js"></script>
<script type="text/plain" data-c15t-category="measurement" src="/held/c15t.js"></script>
<script type="text/plain" data-cookie-consent="functionality" src="/held/termsfeed.js"></script>
<script type="text/plain" data-category="statistics" src="/held/complianz.js"></script>
<script type="text/plain" data-category="marketing" src="/held/never.js"></script>"#,
        )
        .put(site, "/");
    let browser = flow.browser().await?;
    browser.open(&site.url("/")).await?;
    browser.banner().await?;
    browser.beacon(site, "held").await?;
    assert!(!site.requests().iter().any(|it| it.path.starts_with("/held/")));
    browser.accept().await?;
    browser.control().await?;
    for name in [
        "vanilla.js", "vanilla2.js", "klaro.js", "cookiebot.js", "cookiebot.html", "onetrust.js",
        "cookieyes.js", "usercentrics.js", "didomi.js", "c15t.js", "termsfeed.js", "complianz.js",
    ] {
        site.wait(&format!("/held/{name}")).await?;
    }
    browser.beacon(site, "ran").await?;
    // "Marketing" is this policy's never-list, whatever was accepted.
    assert!(!site.requests().iter().any(|it| it.path == "/held/never.js"));
    done()
}

const FRAMES: &str = r#"
<iframe title="One" data-service="youtube" data-src="http://www.youtube-nocookie.com/embed/one" width="480" height="300"></iframe>
<iframe title="Two" data-service="youtube" data-src="http://www.youtube-nocookie.com/embed/two" width="480" height="300"></iframe>
<iframe title="Post" data-service="x-posts" data-src="http://platform.twitter.com/embed/post" width="480" height="300"></iframe>"#;

fn placeholder(at: usize) -> String {
    format!("document.querySelectorAll('iframe')[{at}].contentDocument?.querySelector('mixus-privacy')")
}

/// Presses a button in the placeholder of a frame.
async fn press_in(browser: &Browser, frame: u16, does: &str) -> Result<()> {
    browser.wait(&placeholder(frame.into())).await?;
    browser.session.enter_frame(frame).await?;
    browser
        .click(&format!(
            "document.querySelector('mixus-privacy')?.shadowRoot.querySelector('[data-do={does}]')"
        ))
        .await?;
    browser.session.enter_default_frame().await?;
    Ok(())
}

pub(crate) async fn load_once(flow: Flow) -> Result<Outcome> {
    let Flow { site, .. } = &flow;
    Page::new().body(FRAMES).put(site, "/");
    let browser = flow.browser().await?;
    browser.open(&site.url("/")).await?;
    browser.banner().await?;
    browser.reject().await?;
    browser.control().await?;
    for at in 0..3 {
        browser.wait(&placeholder(at)).await?;
        // It has the frame's own size and place.
        let size: [u32; 2] = browser
            .get(&format!(
                "(({{ width, height }}) => [width, height])({}.shadowRoot.querySelector('.held').getBoundingClientRect())",
                placeholder(at)
            ))
            .await?;
        assert_eq!(size, [480, 300]);
    }
    let before = kept(&browser).await?;
    press_in(&browser, 0, "once").await?;
    site.wait("www.youtube-nocookie.com/embed/one").await?;
    browser
        .wait("document.querySelectorAll('iframe')[0].contentDocument === null")
        .await?;
    // That one alone, and nothing is kept as a permission.
    assert_eq!(browser.beacon(site, "once").await?, ["www.youtube-nocookie.com/embed/one"]);
    for at in 1..3 {
        browser.wait(&placeholder(at)).await?;
    }
    assert_eq!(browser.allowed().await?, [""; 0]);
    assert!(!browser.get::<bool>("privacy.allows('youtube')").await?);
    assert_eq!(kept(&browser).await?, before);
    // Its record says what it was.
    let records = records(&browser).await?;
    let last = records.iter().find(|it| it.1 == "contextual").expect("a record");
    assert_eq!((last.0.as_str(), last.2.as_str()), ("custom", "+youtube"));

    site.forget();
    browser.session.refresh().await?;
    browser.control().await?;
    browser.wait(&placeholder(0)).await?;
    assert_eq!(browser.beacon(site, "reloaded").await?, [""; 0]);
    done()
}

pub(crate) async fn always_allow(flow: Flow) -> Result<Outcome> {
    let Flow { site, .. } = &flow;
    Page::new().body(FRAMES).put(site, "/");
    let browser = flow.browser().await?;
    browser.open(&site.url("/")).await?;
    browser.banner().await?;
    browser.reject().await?;
    browser.control().await?;
    press_in(&browser, 0, "always").await?;
    site.wait("www.youtube-nocookie.com/embed/one").await?;
    site.wait("www.youtube-nocookie.com/embed/two").await?;
    let allowed: [bool; 3] = browser.get("['youtube', 'x-posts', 'social'].map(privacy.allows)").await?;
    assert_eq!(allowed, [true, false, false]);
    let arrived = browser.beacon(site, "always").await?;
    assert!(!arrived.iter().any(|it| it.contains("twitter")), "{arrived:?}");
    let picks = kept(&browser).await?.expect("a state").picks;
    assert!(
        picks.contains(&"+youtube".into()) && picks.contains(&"!x-posts".into()),
        "{picks:?}"
    );

    site.forget();
    browser.session.refresh().await?;
    browser.control().await?;
    site.wait("www.youtube-nocookie.com/embed/two").await?;
    browser.wait(&placeholder(2)).await?;
    // One click takes it back, and the placeholders are there again.
    browser
        .wait(&format!("{CONTROL}.querySelectorAll('button').length === 2"))
        .await?;
    browser.control_button(1).await?;
    browser.wait(&placeholder(0)).await?;
    browser.wait(&placeholder(1)).await?;
    done()
}

pub(crate) async fn data_layer(flow: Flow) -> Result<Outcome> {
    let Flow { site, .. } = &flow;
    Page::new()
        .head(
            "<script>function gtag() { dataLayer.push(arguments); }\
             dataLayer.push({ 'gtm.start': 1, event: 'gtm.js' }); gtag('config', 'X');\
             gtag('event', 'before'); dataLayer.push({ event: 'before' });</script>",
        )
        .body("<script type=\"text/plain\" data-category=\"analytics\" data-calls=\"shop.count track\" data-src=\"/held/external.js\"></script>\
             <script>track('before'); shop.count('before');</script>")
        .put(site, "/");
    let browser = flow.browser().await?;
    browser.open(&site.url("/")).await?;
    browser.banner().await?;
    let heard = "dataLayer.map((it) => it[0] === 'event' ? it[1] : it.event).filter(Boolean)";
    assert_eq!(browser.get::<Vec<String>>(heard).await?, ["gtm.js"]);
    browser.accept().await?;
    browser.control().await?;
    browser
        .run("gtag('event', 'after'); dataLayer.push({ event: 'after' });")
        .await?;
    // What came before is gone: it was collected before consent.
    assert_eq!(browser.get::<Vec<String>>(heard).await?, ["gtm.js", "after", "after"]);
    // The stand-ins are gone when what they stood for is there.
    browser.wait("window.ran?.length === 1").await?;
    assert_eq!(
        browser.get::<Value>("[typeof window.track, typeof window.shop.count]").await?,
        serde_json::json!(["undefined", "undefined"])
    );
    // After a withdrawal it is as before.
    browser.control_button(1).await?;
    browser.wait("allowed().length === 0").await?;
    browser.run("gtag('event', 'late')").await?;
    assert_eq!(browser.get::<Vec<String>>(heard).await?, ["gtm.js", "after", "after"]);
    done()
}
