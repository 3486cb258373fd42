//! People who use the keyboard, a screen reader, a small screen, other colours, other scripts.

use std::collections::BTreeSet;

use anyhow::{Context as _, Result, bail};
use mixus_privacy_tests::policy::records;
use mixus_privacy_tests::{
    BANNER, Browser, CONTROL, Flow, Options, Outcome, PANEL, Page, Reply, done, root, skip,
};
use serde_json::{Value, json};
use thirtyfour::Key;

/// What has the focus, also inside shadow roots: its text or label, and whether it shows.
const FOCUS: &str = "(() => {
    let at = document.activeElement;
    while (at?.shadowRoot?.activeElement) at = at.shadowRoot.activeElement;
    const style = getComputedStyle(at);
    return {
        // The focus may be in the browser's own bars.
        name: !document.hasFocus() ? '' : at.ariaLabel || at.textContent.trim().slice(0, 60),
        role: at.role || at.localName,
        visible: style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2,
    };
})()";

async fn focus(browser: &Browser) -> Result<(String, bool)> {
    let focus: Value = browser.get(FOCUS).await?;
    let name = focus["name"].as_str().unwrap_or_default().to_string();
    Ok((name, focus["visible"] == true))
}

/// Presses Tab until something with this name has the focus, and sees that it shows.
async fn tab_to(browser: &Browser, name: &str) -> Result<()> {
    let mut seen = Vec::new();
    for _ in 0..40 {
        browser.press(Key::Tab).await?;
        let (at, visible) = focus(browser).await?;
        if at == name {
            assert!(visible, "the focus on {name} does not show");
            return Ok(());
        }
        seen.push(at);
    }
    bail!("no {name} in {seen:?}")
}

pub(crate) async fn keyboard(flow: Flow) -> Result<Outcome> {
    let Flow { site, .. } = &flow;
    Page::new()
        .body("<p><a href=\"#there\">A link of the page</a></p>")
        .put(site, "/");
    let browser = flow.browser().await?;
    browser.open(&site.url("/")).await?;
    browser.banner().await?;

    // The banner comes first, and refusing is as near as accepting.
    let mut order = Vec::new();
    for _ in 0..5 {
        browser.press(Key::Tab).await?;
        let (name, visible) = focus(&browser).await?;
        assert!(visible || name == "A link of the page", "the focus on {name} does not show");
        order.push(name);
    }
    assert_eq!(
        order,
        [
            "Who we are and every service",
            "Reject all",
            "Accept all",
            "Choose in detail",
            "A link of the page"
        ]
    );
    // Back to the banner, and through the panel.
    browser.press_with(Key::Shift, Key::Tab).await?;
    assert_eq!(focus(&browser).await?.0, "Choose in detail");
    browser.press(Key::Enter).await?;
    browser.panel().await?;
    // The focus stays inside while the panel is open: everything outside is inert.
    for _ in 0..30 {
        browser.press(Key::Tab).await?;
        let (name, _) = focus(&browser).await?;
        assert!(name != "A link of the page" && name != "Reject all in the banner", "{name}");
        let inside: bool = browser
            .get(&format!(
                "document.activeElement === document.body || {PANEL}.getRootNode().host === document.activeElement"
            ))
            .await?;
        assert!(inside, "the focus left the panel for {name}");
    }
    // Escape closes it, changes nothing, and the focus is back where it was.
    browser.press(Key::Escape).await?;
    browser.wait(&format!("!({PANEL})")).await?;
    assert_eq!(focus(&browser).await?.0, "Choose in detail");
    assert_eq!(browser.allowed().await?, [""; 0]);
    assert_eq!(records(&browser).await?, []);

    // A choice, by keys alone.
    browser.press(Key::Enter).await?;
    browser.panel().await?;
    tab_to(&browser, "Support chat").await?;
    browser.press(Key::Space).await?;
    tab_to(&browser, "Save my choice").await?;
    browser.press(Key::Enter).await?;
    browser.control().await?;
    browser.wait(&format!("!({PANEL})")).await?;
    assert_eq!(browser.allowed().await?, ["support-chat"]);

    // And withdrawn the same way.
    browser.run("document.activeElement?.blur()").await?;
    tab_to(&browser, "Withdraw all").await?;
    browser.press(Key::Enter).await?;
    browser.wait("allowed().length === 0").await?;

    // What had the focus is gone; it is at what is left. The control opens the panel and gets
    // the focus back.
    assert_eq!(focus(&browser).await?.0, "Privacy choices");
    browser.press(Key::Enter).await?;
    browser.panel().await?;
    browser.press(Key::Escape).await?;
    browser.wait(&format!("!({PANEL})")).await?;
    assert_eq!(focus(&browser).await?.0, "Privacy choices");

    // The panel's tabs are one stop; arrows move between them.
    browser.press(Key::Enter).await?;
    browser.panel().await?;
    tab_to(&browser, "Purposes").await?;
    browser.press(Key::Right).await?;
    assert_eq!(focus(&browser).await?.0, "Your decisions");
    browser.press(Key::Right).await?;
    assert_eq!(focus(&browser).await?.0, "Who we are");
    let about: bool = browser
        .get(&format!("{PANEL}.querySelector('.about').checkVisibility()"))
        .await?;
    assert!(about);
    done()
}

pub(crate) async fn focus_is_not_hidden(flow: Flow) -> Result<Outcome> {
    let Flow { site, .. } = &flow;
    // Links all over the page, also where the banner stands.
    let links: Vec<String> = (0..60).map(|at| format!("<p><a href=\"#{at}\">Link {at}</a></p>")).collect();
    let links = links.concat();
    for (path, layout) in [("/box", "box"), ("/bar", "bar")] {
        Page::new()
            .body(&links)
            .config(json!({"region": "DE", "layout": layout}))
            .put(site, path);
    }
    let browser = flow.browser().await?;
    for path in ["/box", "/bar"] {
        browser.open(&site.url(path)).await?;
        browser.banner().await?;
        let mut seen = BTreeSet::new();
        for _ in 0..70 {
            browser.press(Key::Tab).await?;
            let (name, _) = focus(&browser).await?;
            if !name.starts_with("Link ") {
                continue;
            }
            seen.insert(name.clone());
            browser.at_rest(BANNER).await?;
            // Some part of what has the focus has to be seen (WCAG 2.2, 2.4.11).
            browser
                .wait(
                    "(() => { const { left, right, top, bottom } = document.activeElement.getBoundingClientRect();\
                     return [[left + 1, top + 1], [right - 1, bottom - 1], [(left + right) / 2, (top + bottom) / 2], [right - 1, top + 1], [left + 1, bottom - 1]]\
                     .some(([x, y]) => document.elementFromPoint(x, y) === document.activeElement); })()",
                )
                .await
                .with_context(|| format!("{name} is hidden behind the banner ({path})"))?;
        }
        assert_eq!(seen.len(), 60, "{path}");
    }
    done()
}

/// Runs axe-core over the page as it stands, or over a part of it, which an expression names.
pub(crate) async fn axe(browser: &Browser, what: &str, part: &str) -> Result<()> {
    browser
        .run(
            "if (!window.axe && !document.querySelector('#checker')) { const it = document.createElement('script');\
             it.id = 'checker'; it.src = '/node_modules/axe-core/axe.min.js'; document.head.append(it); }",
        )
        .await?;
    browser.wait("window.axe").await?;
    let found = browser
        .settled(&[
            "(({ violations, passes }) => ({\
             violations: violations.map(({ id, help, nodes }) => ({ id, help, nodes: nodes.map((it) => [it.target, it.html.slice(0, 160), it.failureSummary]) })),\
             inside: passes.filter(({ nodes }) => nodes.some((it) => Array.isArray(it.target[0]))).map((it) => it.id),\
             }))(await axe.run(",
            part,
            ", { iframes: false }))",
        ].concat())
        .await?;
    assert!(found["value"].is_object(), "{what}: {found}");
    let found = &found["value"];
    assert_eq!(found["violations"], json!([]), "{what}: {:#}", found["violations"]);
    let inside = found["inside"].to_string();
    for rule in ["button-name", "color-contrast"] {
        assert!(inside.contains(rule), "{what}: axe did not look inside: {inside}");
    }
    Ok(())
}

/// Everything that the package shows, in every layout.
async fn axe_everywhere(flow: &Flow, options: Options, language: &str) -> Result<()> {
    let Flow { site, .. } = flow;
    let frame = r#"<iframe title="A video" data-service="youtube" data-src="http://www.youtube-nocookie.com/embed/a" width="480" height="300"></iframe>"#;
    for layout in ["box", "bar", "centre"] {
        Page::new()
            .language(language)
            .body(frame)
            .config(json!({"region": "US-CA", "gpc": true, "layout": layout}))
            .put(site, &format!("/{layout}"));
    }
    let browser = flow.browser_with(options).await?;
    for layout in ["box", "bar", "centre"] {
        browser.open(&site.url(&format!("/{layout}"))).await?;
        browser.banner().await?;
        let dark: bool = browser.get("matchMedia('(prefers-color-scheme: dark)').matches").await?;
        assert_eq!(dark, options.dark);
        axe(&browser, &format!("banner, {layout}"), "document").await?;
    }
    // The panel, with everything in it open, and its second page.
    browser.choose().await?;
    browser
        .run(&format!(
            "{PANEL}.querySelectorAll('details').forEach((it) => (it.open = true))"
        ))
        .await?;
    axe(&browser, "panel", "document").await?;
    browser.panel_button("about").await?;
    axe(&browser, "panel, who we are", "document").await?;
    browser.panel_button("history").await?;
    browser.wait(&format!("{PANEL}.querySelector('.none:not([hidden])')")).await?;
    axe(&browser, "panel, no decisions", "document").await?;
    browser.panel_button("purposes").await?;
    browser.panel_button("accept").await?;
    browser.control().await?;
    browser.at_rest(CONTROL).await?;
    axe(&browser, "control", "document").await?;
    decisions(&browser).await?;
    axe(&browser, "panel, decisions", "document").await?;
    browser.panel_button("close").await?;
    browser.wait(&format!("!({PANEL})")).await?;
    // The placeholder, in the frame that is held.
    browser
        .wait("document.querySelector('iframe').contentDocument?.querySelector('mixus-privacy')")
        .await?;
    browser.session.enter_frame(0).await?;
    axe(&browser, "placeholder", "document.querySelector('mixus-privacy')").await
}

pub(crate) async fn axe_light(flow: Flow) -> Result<Outcome> {
    axe_everywhere(&flow, Options::default(), "en").await?;
    done()
}

pub(crate) async fn axe_dark(flow: Flow) -> Result<Outcome> {
    let options = Options {
        dark: true,
        ..Options::default()
    };
    axe_everywhere(&flow, options, "en").await?;
    done()
}

pub(crate) async fn axe_right_to_left(flow: Flow) -> Result<Outcome> {
    if !root().join("pkg/texts/ar.js").exists() {
        return skip("there are no Arabic texts");
    }
    axe_everywhere(&flow, Options::default(), "ar").await?;
    done()
}

/// Opens what was decided, with everything in it open.
async fn decisions(browser: &Browser) -> Result<()> {
    browser.control_button(0).await?;
    browser.panel().await?;
    browser.panel_button("history").await?;
    browser.wait(&format!("{PANEL}?.querySelector('.entry')")).await?;
    browser
        .run(&format!(
            "{PANEL}.querySelectorAll('.history [aria-expanded=false]').forEach((it) => it.click())"
        ))
        .await?;
    browser.wait(&format!("!{PANEL}.querySelector('.question').hidden")).await
}

/// Whether everything fits the width, and everything that can be used can be reached.
pub(crate) const FITS: &str = "((top) => {
    const wrong = [];
    const wide = (it) => it.scrollWidth > it.clientWidth + 1;
    if (document.documentElement.scrollWidth > innerWidth) wrong.push('the page scrolls sideways');
    const all = [top, ...top.querySelectorAll('*')];
    for (const it of all) {
        const style = getComputedStyle(it);
        if (/auto|scroll/.test(style.overflowX) && wide(it) && !it.matches('.scroll')) wrong.push('scrolls sideways: ' + it.localName + '.' + it.className);
    }
    for (const it of top.querySelectorAll('button, input, summary, a[href]')) {
        if (it.closest('.scroll') || !it.checkVisibility()) continue;
        it.scrollIntoView({ block: 'center' });
        const box = it.getBoundingClientRect();
        const name = (it.ariaLabel || it.textContent).trim();
        if (box.left < 0 || box.right > innerWidth + 1) wrong.push('sticks out: ' + name);
        const at = top.getRootNode().elementFromPoint((box.left + box.right) / 2, (box.top + box.bottom) / 2);
        if (at !== it && !it.contains(at)) wrong.push('cannot be reached: ' + name + ', there is ' + (at?.localName ?? 'nothing'));
    }
    return wrong;
})";

pub(crate) async fn reflow(flow: Flow) -> Result<Outcome> {
    let Flow { site, .. } = &flow;
    for (layout, font) in [("box", 100), ("bar", 100), ("centre", 100), ("box", 200), ("bar", 200)] {
        Page::new()
            .head(&format!("<link rel=\"stylesheet\" href=\"/font{font}.css\">"))
            .config(json!({"region": "US-CA", "gpc": true, "layout": layout}))
            .put(site, &format!("/{layout}{font}"));
        let css = format!("html {{ font-size: {font}% }}");
        site.reply(&format!("/font{font}.css"), Reply::of("text/css", css));
    }
    let browser = flow.browser().await?;
    // 1280 by 1024 at 400 % is 320 by 256 (WCAG 2.2, 1.4.10); text at 200 % is 1.4.4.
    for (page, width, height) in [
        ("box100", 320, 640),
        ("bar100", 320, 640),
        ("centre100", 320, 640),
        ("box100", 320, 256),
        ("bar100", 320, 256),
        ("centre100", 320, 256),
        ("box200", 1280, 900),
        ("bar200", 1280, 900),
    ] {
        let what = format!("{page}, {width} by {height}");
        site.reply(
            "/frame",
            Reply::html(format!(
                "<!doctype html><title>Frame</title><iframe title=\"Page\" src=\"/{page}\" width=\"{width}\" height=\"{height}\" style=\"border: 0\"></iframe>"
            )),
        );
        browser.open(&site.url("/frame")).await?;
        browser.session.enter_frame(0).await?;
        browser.banner().await?;
        let wrong: Vec<String> = browser.get(&format!("{FITS}({BANNER})")).await?;
        assert_eq!(wrong, [""; 0], "banner, {what}");
        browser.choose().await?;
        let wrong: Vec<String> = browser.get(&format!("{FITS}({PANEL})")).await?;
        assert_eq!(wrong, [""; 0], "panel, {what}");
        browser.panel_button("about").await?;
        let wrong: Vec<String> = browser.get(&format!("{FITS}({PANEL})")).await?;
        assert_eq!(wrong, [""; 0], "panel, who we are, {what}");
        browser.press(Key::Escape).await?;
        browser.wait(&format!("!({PANEL})")).await?;
        browser.reject().await?;
        browser.control().await?;
        browser.at_rest(CONTROL).await?;
        let wrong: Vec<String> = browser.get(&format!("{FITS}({CONTROL})")).await?;
        assert_eq!(wrong, [""; 0], "control, {what}");
        decisions(&browser).await?;
        let wrong: Vec<String> = browser.get(&format!("{FITS}({PANEL})")).await?;
        assert_eq!(wrong, [""; 0], "panel, decisions, {what}");
        browser
            .run("document.cookie = 'mixus_privacy=;Max-Age=0;Path=/'; localStorage.clear();")
            .await?;
        browser.session.enter_default_frame().await?;
    }
    done()
}
