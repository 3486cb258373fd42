//! More than one page at a time: tabs, and the back-forward cache.

use anyhow::{Context as _, Result};
use mixus_privacy_tests::{BANNER, Browser, Flow, Outcome, Page, done};

const TAGS: &str = r#"
<script type="text/plain" data-service="plausible" data-src="http://plausible.io/js/script.js"></script>
<iframe title="A post" data-service="x-posts" data-src="http://platform.twitter.com/embed/1" width="480" height="300"></iframe>"#;

/// When something of this name last happened in this tab, in milliseconds since 1970.
async fn last(browser: &Browser, name: &str) -> Result<i64> {
    let times: Vec<i64> = browser
        .get(&format!("news.filter((it) => it.name === '{name}').map((it) => it.at)"))
        .await?;
    times.last().copied().with_context(|| format!("no {name}"))
}

async fn follow(flow: &Flow, way: &str) -> Result<()> {
    let Flow { site, engine } = flow;
    let browser = flow.browser().await?;
    let session = &browser.session;
    browser.open(&site.url("/")).await?;
    browser.banner().await?;
    let first = session.window().await?;
    let second = session.new_tab().await?;
    session.switch_to_window(second.clone()).await?;
    browser.open(&site.url("/")).await?;
    // A tab that is not seen may be still in the middle of showing the banner.
    browser.wait(BANNER).await?;

    session.switch_to_window(first.clone()).await?;
    browser.accept().await?;
    browser.control().await?;
    let at = last(&browser, "click").await?;
    session.switch_to_window(second.clone()).await?;
    browser.control().await?;
    browser.wait("allowed().length === 4 && window.ran?.length === 1").await?;
    println!(
        "{engine}: {} ms from the click to the grant in the other tab, by {way}",
        last(&browser, "change").await? - at
    );
    let frame = "document.querySelector('iframe')";
    browser.wait(&format!("{frame}.contentDocument === null")).await?;

    // And back: a withdrawal in the second tab ends what the first one does.
    browser.control_button(1).await?;
    browser.wait("allowed().length === 0").await?;
    let at = last(&browser, "click").await?;
    session.switch_to_window(first).await?;
    browser.wait("allowed().length === 0").await?;
    browser
        .wait(&format!("{frame}.contentDocument?.location.href === 'about:blank'"))
        .await?;
    println!(
        "{engine}: {} ms from the click to the withdrawal in the other tab, by {way}",
        last(&browser, "change").await? - at
    );
    assert_eq!(browser.control_texts().await?, ["Privacy choices"]);
    Ok(())
}

/// A page that does not hear of these events.
fn deaf(events: &str) -> Page {
    let clicks = "addEventListener('click', () => news.push({ name: 'click', at: Date.now() }), true);";
    Page::new().body(TAGS).before(clicks).first(&format!(
        "<script>for (const name of {events}) addEventListener(name, (event) => event.stopImmediatePropagation(), true);</script>"
    ))
}

pub(crate) async fn two_tabs(flow: Flow) -> Result<Outcome> {
    deaf("['storage', 'visibilitychange']").put(&flow.site, "/");
    follow(&flow, "channel").await?;
    done()
}

pub(crate) async fn two_tabs_without_channel(flow: Flow) -> Result<Outcome> {
    deaf("['visibilitychange']")
        .first("<script>delete window.BroadcastChannel</script>")
        .put(&flow.site, "/");
    follow(&flow, "storage event").await?;
    done()
}

pub(crate) async fn back_forward(flow: Flow) -> Result<Outcome> {
    let Flow { site, engine } = &flow;
    let watch = "addEventListener('pageshow', (event) => { window.restored = event.persisted; });";
    // No other news than that it is shown again.
    let page = deaf("['storage', 'visibilitychange']")
        .first("<script>delete window.BroadcastChannel</script>")
        .before(watch);
    page.put(site, "/");
    page.put(site, "/other");
    let browser = flow.browser().await?;
    browser.open(&site.url("/")).await?;
    browser.banner().await?;
    browser.accept().await?;
    browser.control().await?;
    site.wait("platform.twitter.com/embed/1").await?;

    browser.open(&site.url("/other")).await?;
    browser.control().await?;
    browser.control_button(1).await?;
    browser.wait("allowed().length === 0").await?;

    // The first page comes back as it is now, not as it was when it was left.
    site.forget();
    browser.session.back().await?;
    browser.wait("location.pathname === '/' && window.started").await?;
    let restored: Option<bool> = browser.get("window.restored ?? null").await?;
    println!("{engine}: restored from the back-forward cache: {}", restored == Some(true));
    browser.wait("allowed().length === 0").await?;
    browser.control().await?;
    assert_eq!(browser.control_texts().await?, ["Privacy choices"]);
    browser
        .wait("document.querySelector('iframe').contentDocument?.location.href === 'about:blank'")
        .await?;

    assert_eq!(browser.beacon(site, "back").await?, [""; 0]);

    // The other way round: granted here, and the page ahead knows it.
    browser.control_button(0).await?;
    browser.panel().await?;
    browser.panel_button("accept").await?;
    browser.wait("allowed().length === 4").await?;
    browser.session.forward().await?;
    browser.wait("location.pathname === '/other' && window.started").await?;
    browser.wait("allowed().length === 4").await?;
    done()
}
