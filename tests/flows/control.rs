//! Pages that are strict about what may run, and themes that are not fair.

use anyhow::{Context as _, Result};
use mixus_privacy_tests::{BANNER, Flow, Outcome, PANEL, Page, Reply, done};

/// Writes down what the browser refused.
const SPY: &str = "window.refused = [];
addEventListener('securitypolicyviolation', (event) => refused.push(event.violatedDirective + ' ' + event.blockedURI + ' ' + event.sample));";

pub(crate) async fn content_policy(flow: Flow) -> Result<Outcome> {
    let Flow { site, .. } = &flow;
    site.reply("/spy.js", Reply::script(SPY));
    Page::new()
        .first("<script src=\"/spy.js\"></script>")
        .header(
            "content-security-policy",
            "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'none'; connect-src 'self'; \
             img-src 'self' http://beacon-held.example; frame-src 'self' http://platform.twitter.com; object-src 'self'; \
             require-trusted-types-for 'script'; trusted-types mixusPrivacyGuard",
        )
        .body(
            r#"
<script type="text/plain" data-category="analytics" data-src="/held/external.js"></script>
<script type="text/plain" data-category="analytics" data-type="module" data-src="/held/module.js"></script>
<img alt="" data-category="analytics" data-src="/held/image.svg">
<object data-category="analytics" type="image/svg+xml" data-data="/held/object.svg"></object>
<template data-category="analytics"><script src="/held/templated.js"></script></template>
<iframe title="A post" data-service="x-posts" data-src="http://platform.twitter.com/embed/1" width="480" height="300"></iframe>"#,
        )
        .put(site, "/");
    let browser = flow.browser().await?;
    browser.open(&site.url("/")).await?;
    browser.banner().await?;
    browser
        .wait("document.querySelector('iframe').contentDocument?.querySelector('mixus-privacy')")
        .await?;
    assert_eq!(browser.beacon(site, "held").await?, [""; 0]);
    // It has its styles, although no style is allowed.
    let placed: String = browser.get(&format!("getComputedStyle({BANNER}).position")).await?;
    assert_eq!(placed, "fixed");
    browser.choose().await?;
    let shape: String = browser
        .get(&format!("getComputedStyle({PANEL}.querySelector('footer')).display"))
        .await?;
    assert_eq!(shape, "grid");
    browser.panel_button("accept").await?;
    browser.control().await?;
    for name in ["external.js", "module.js", "image.svg", "templated.js", "object.svg"] {
        site.wait(&format!("/held/{name}")).await?;
    }
    site.wait("platform.twitter.com/embed/1").await?;
    browser.wait("window.ran?.length === 3").await?;
    browser.control_button(1).await?;
    browser.wait("allowed().length === 0").await?;
    browser
        .wait("document.querySelector('iframe').contentDocument?.querySelector('mixus-privacy')")
        .await?;
    assert_eq!(browser.get::<Vec<String>>("refused").await?, [""; 0]);
    assert_eq!(browser.errors().await?, [""; 0]);
    done()
}

pub(crate) async fn nonce(flow: Flow) -> Result<Outcome> {
    let Flow { site, .. } = &flow;
    site.reply("/spy.js", Reply::script(SPY));
    Page::new()
        .first("<script nonce=\"n0\" src=\"/spy.js\"></script>")
        .guard("<script nonce=\"n0\" src=\"/pkg/guard.js\"></script>")
        .header(
            "content-security-policy",
            "default-src 'self'; script-src 'self' 'nonce-n0' 'wasm-unsafe-eval'; style-src 'none'; img-src *",
        )
        .body(
            r#"
<script type="text/plain" nonce="n0" data-category="analytics">(window.ran ||= []).push('inline');</script>
<script type="text/plain" nonce="n0" data-category="analytics" data-src="http://plausible.io/js/script.js"></script>"#,
        )
        .put(site, "/");
    let browser = flow.browser().await?;
    browser.open(&site.url("/")).await?;
    browser.banner().await?;
    assert_eq!(browser.beacon(site, "held").await?, [""; 0]);
    browser.accept().await?;
    browser.control().await?;
    browser.wait("window.ran?.length === 2").await?;
    assert_eq!(browser.get::<Vec<String>>("refused").await?, [""; 0]);
    done()
}

pub(crate) async fn theme_without_contrast(flow: Flow) -> Result<Outcome> {
    let Flow { site, .. } = &flow;
    let theme = |css: &str| Page::new().head(&format!("<style>mixus-privacy {{ {css} }}</style>"));
    theme("--mixus-button: #6b2fb3; --mixus-button-text: #fff; --mixus-radius: 0").put(site, "/fair");
    theme("--mixus-button: #ddd; --mixus-button-text: #fff").put(site, "/pale");
    theme("--mixus-button: rgb(0 0 0 / .1)").put(site, "/clear");
    let browser = flow.browser().await?;
    let colour = format!("getComputedStyle({BANNER}.querySelector('.actions button')).backgroundColor");
    browser.open(&site.url("/fair")).await?;
    browser.banner().await?;
    assert_eq!(browser.errors().await?, [""; 0]);
    assert_eq!(browser.get::<String>(&colour).await?, "rgb(107, 47, 179)");
    for path in ["/pale", "/clear"] {
        browser.open(&site.url(path)).await?;
        browser.banner().await?;
        browser.wait("errors.length").await?;
        assert_eq!(browser.errors().await?, ["banner/asymmetric theme.contrast"]);
        assert_eq!(browser.get::<String>(&colour).await?, "rgb(22, 24, 29)", "the plain theme");
        // The panel does without it as well.
        browser.choose().await?;
        let plain: String = browser
            .get(&format!(
                "getComputedStyle({PANEL}.querySelector('[data-do=accept]')).backgroundColor"
            ))
            .await?;
        assert_eq!(plain, "rgb(22, 24, 29)");
    }
    done()
}

pub(crate) async fn theme_that_hides(flow: Flow) -> Result<Outcome> {
    let Flow { site, .. } = &flow;
    // The root is open, and so a page can reach in. What it does there along with a theme is
    // measured with the theme.
    let reach = |css: &str| {
        format!(
            "const make = Element.prototype.attachShadow;\
             Element.prototype.attachShadow = function (init) {{\
             const root = make.call(this, init);\
             const sheet = new CSSStyleSheet(); sheet.replaceSync({});\
             const {{ set, get }} = Object.getOwnPropertyDescriptor(ShadowRoot.prototype, 'adoptedStyleSheets');\
             Object.defineProperty(root, 'adoptedStyleSheets', {{\
             get() {{ return get.call(this); }}, set(sheets) {{ set.call(this, [...sheets, sheet]); }} }});\
             return root; }};",
            serde_json::json!(css)
        )
    };
    let first = ".actions button:first-child";
    let browser = flow.browser().await?;
    for (path, css) in [
        ("/small", format!("{first} {{ font-size: .6rem }}")),
        ("/grey", format!("{first} {{ background: #ccc; color: #000 }}")),
        ("/faint", format!("{first} {{ opacity: .2 }}")),
        ("/narrow", ".actions { grid-template-columns: 1fr 3fr }".into()),
    ] {
        Page::new()
            .head("<style>mixus-privacy { --mixus-surface: #fff }</style>")
            .before(&reach(&css))
            .put(site, path);
        browser.open(&site.url(path)).await?;
        browser.banner().await?;
        browser
            .wait("errors.some((it) => it.code === 'banner/asymmetric')")
            .await
            .with_context(|| path.to_string())?;
        browser
            .wait("document.querySelector('mixus-privacy').hasAttribute('plain')")
            .await?;
    }
    done()
}
