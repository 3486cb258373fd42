//! What time and new versions of the policy do to a decision.

use anyhow::Result;
use mixus_privacy_tests::policy::{
    DAY, add_purpose, add_service, document, keep, kept, now, source, state, version,
};
use mixus_privacy_tests::{BANNER, Browser, Flow, Outcome, Page, Reply, Site, done};
use serde_json::{Value, json};

const TAG: &str = r#"<script type="text/plain" data-service="plausible" data-src="http://plausible.io/js/script.js"></script>"#;

/// Goes to a page without the package, to put a state into the browser, and then to `/`.
async fn open_with(browser: &Browser, site: &Site, state: &str) -> Result<()> {
    site.reply("/empty", Reply::html("<!doctype html><title>Empty</title>"));
    browser.open(&site.url("/empty")).await?;
    keep(browser, state).await?;
    browser.open(&site.url("/")).await
}

pub(crate) async fn expiry(flow: Flow) -> Result<Outcome> {
    let Flow { site, .. } = &flow;
    let version = version()?;
    let guard = format!("<script src=\"/pkg/guard.js\" data-version=\"{version}\"></script>");
    Page::new().body(TAG).guard(&guard).put(site, "/");
    let browser = flow.browser().await?;
    let picks = "+analytics+plausible+error-reports!preferences!support-chat!social";

    // While it holds, nothing is asked and the script runs.
    let good = state(&version, now() - 100 * DAY, now() + 82 * DAY, picks);
    open_with(&browser, site, &good).await?;
    browser.control().await?;
    site.wait("plausible.io/js/script.js").await?;
    assert_eq!(browser.allowed().await?, ["analytics"]);

    // When it has run out, it is denied from the start, and asked about.
    let over = state(&version, now() - 200 * DAY, now() - 18 * DAY, picks);
    site.forget();
    open_with(&browser, site, &over).await?;
    browser.banner().await?;
    assert_eq!(browser.allowed().await?, [""; 0]);
    let note: String = browser.get("privacy.explain('analytics').note").await?;
    assert_eq!(note, "lapsed");
    assert_eq!(browser.beacon(site, "over").await?, [""; 0]);

    // A time in the future is a clock that cannot be right: denied.
    let ahead = state(&version, now() + 30 * DAY, now() + 200 * DAY, picks);
    site.forget();
    open_with(&browser, site, &ahead).await?;
    browser.banner().await?;
    assert_eq!(browser.allowed().await?, [""; 0]);
    assert_eq!(browser.beacon(site, "ahead").await?, [""; 0]);
    done()
}

pub(crate) async fn validity_of_the_policy(flow: Flow) -> Result<Outcome> {
    let Flow { site, .. } = &flow;
    let mut document = document()?;
    document["validity"] = json!({"days": 30});
    site.reply("/policy.json", Reply::json(&source(&document)?));
    Page::new().body(TAG).policy("'/policy.json'").put(site, "/");
    let browser = flow.browser().await?;
    browser.open(&site.url("/")).await?;
    browser.banner().await?;
    browser.accept().await?;
    browser.control().await?;
    let kept = kept(&browser).await?.expect("a state");
    assert_eq!(kept.until - kept.at, 30 * DAY);
    // The cookie does not outlive the decision.
    let cookies = browser.session.get_all_cookies().await?;
    let cookie = cookies.iter().find(|it| it.name == "mixus_privacy").expect("a cookie");
    let ends = cookie.expiry.expect("an end");
    assert!((ends - i64::from(kept.until)).abs() <= 5, "{ends} and {}", kept.until);
    done()
}

pub(crate) async fn refusal_is_not_asked_again(flow: Flow) -> Result<Outcome> {
    let Flow { site, .. } = &flow;
    let version = version()?;
    Page::new().body(TAG).put(site, "/");
    let browser = flow.browser().await?;
    let picks = "!analytics!plausible!error-reports!preferences!support-chat!social";
    let fresh = state(&version, now() - 150 * DAY, now() + 32 * DAY, picks);
    open_with(&browser, site, &fresh).await?;
    browser.control().await?;
    // After six months it may be asked about, and until it is answered it stays refused.
    let old = state(&version, now() - 183 * DAY, now() - DAY, picks);
    open_with(&browser, site, &old).await?;
    browser.banner().await?;
    let note: String = browser.get("privacy.explain('analytics').note").await?;
    assert_eq!(note, "refused");
    assert_eq!(browser.beacon(site, "asked").await?, [""; 0]);
    done()
}

/// Accepts analytics and refuses the rest under the default policy, then comes back to
/// another policy.
async fn return_to(flow: &Flow, policy: &Value, body: &str) -> Result<Browser> {
    let Flow { site, .. } = flow;
    site.reply("/first.json", Reply::json(&source(&document()?)?));
    site.reply("/second.json", Reply::json(&source(policy)?));
    Page::new().body(body).policy("'/first.json'").put(site, "/");
    Page::new().body(body).policy("'/second.json'").put(site, "/second");
    let browser = flow.browser().await?;
    browser.open(&site.url("/")).await?;
    browser.banner().await?;
    browser.choose().await?;
    browser.turn("analytics").await?;
    browser.panel_button("save").await?;
    browser.control().await?;
    site.forget();
    browser.open(&site.url("/second")).await?;
    browser.banner().await?;
    let title: String = browser.get(&format!("{BANNER}.querySelector('h2').textContent")).await?;
    assert_eq!(title, "Something new asks for your permission");
    Ok(browser)
}

pub(crate) async fn new_purpose(flow: Flow) -> Result<Outcome> {
    let mut second = document()?;
    second["version"] = json!("2027-01-01");
    add_purpose(&mut second, "surveys");
    add_service(&mut second, "formly", "surveys", "forms.example");
    let tags = format!(
        "{TAG}<script type=\"text/plain\" data-category=\"surveys\" data-src=\"http://forms.example/form.js\"></script>"
    );
    let browser = return_to(&flow, &second, &tags).await?;
    let Flow { site, .. } = &flow;
    // It asks for itself alone; what was decided stands.
    assert_eq!(browser.asked().await?, ["surveys"]);
    assert_eq!(browser.allowed().await?, ["analytics"]);
    site.wait("plausible.io/js/script.js").await?;
    assert_eq!(browser.beacon(site, "asked").await?, ["plausible.io/js/script.js"]);
    browser.accept().await?;
    browser.control().await?;
    site.wait("forms.example/form.js").await?;
    assert!(browser.get::<bool>("privacy.allows('surveys')").await?);
    assert_eq!(browser.allowed().await?, ["analytics"], "accepting the new grants only the new");
    done()
}

pub(crate) async fn new_service(flow: Flow) -> Result<Outcome> {
    let mut second = document()?;
    second["version"] = json!("2027-01-01");
    add_service(&mut second, "counter", "analytics", "counter.example");
    let tags = format!(
        "{TAG}<script type=\"text/plain\" data-service=\"counter\" data-src=\"http://counter.example/count.js\"></script>"
    );
    let browser = return_to(&flow, &second, &tags).await?;
    let Flow { site, .. } = &flow;
    assert_eq!(browser.asked().await?, ["Analytics and performance"]);
    let allowed: [bool; 2] = browser.get("['plausible', 'counter'].map(privacy.allows)").await?;
    assert_eq!(allowed, [true, false]);
    let note: String = browser.get("privacy.explain('counter').note").await?;
    assert_eq!(note, "new-service");
    site.wait("plausible.io/js/script.js").await?;
    assert_eq!(browser.beacon(site, "asked").await?, ["plausible.io/js/script.js"]);
    browser.accept().await?;
    browser.control().await?;
    site.wait("counter.example/count.js").await?;
    done()
}
