//! What a browser loads while it reads the markup, before any script can hold it: stopped by the
//! header, or by a build that rewrote the page. A vector is a file of `tests/markup/`; its first
//! line names the engines where it does not fire, `header` for what only the header stops, and
//! `call` for what no element makes: it is dropped, and made again on the next page.

use std::collections::BTreeSet;
use std::fs;

use anyhow::{Context as _, Result};
use mixus_privacy::policy::Policy;
use mixus_privacy::serve::{Rewrite, rewrite};
use mixus_privacy_tests::policy::{document, source, version};
use mixus_privacy_tests::{Browser, Engine, Flow, Outcome, Page, Site, done, root};

use crate::strict::{GUARDS, fired, missing, silent};

struct Vector {
    name: String,
    html: String,
    /// Only the header stops it.
    header: bool,
    /// It is no element that could be let go.
    call: bool,
}

fn vectors(engine: Engine) -> Result<Vec<Vector>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(root().join("tests/markup"))? {
        let path = entry?.path();
        let name = path.file_stem().and_then(|it| it.to_str()).context("a name")?.to_owned();
        let text = fs::read_to_string(&path)?;
        let (head, html) = text.split_once('\n').context("two lines")?;
        let says = |word: &str| head.split(' ').any(|it| it == word);
        if !says(&engine.to_string()) {
            found.push(Vector {
                html: html.replace("AT", &format!("{name}.vendor.example")),
                name,
                header: says("header"),
                call: says("call"),
            });
        }
    }
    found.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(found)
}

/// A policy where undeclared vendors wait for everything.
fn plan() -> Result<(String, String)> {
    let mut document = document()?;
    document["never"] = serde_json::json!([]);
    for purpose in document["purposes"].as_array_mut().context("a list")? {
        purpose.as_object_mut().context("a purpose")?.shift_remove("closed");
    }
    let source = source(&document)?;
    Ok((source["plan"].as_str().context("a plan")?.into(), source.to_string()))
}

fn page(body: &str, guards: &str) -> Result<Page> {
    let guards = guards.replace("VERSION", &version()?);
    Ok(Page::new().guard(&guards).policy(&plan()?.1).body(body))
}

fn whole(vectors: &[Vector]) -> String {
    vectors.iter().map(|it| it.html.as_str()).collect()
}

fn names(vectors: &[Vector]) -> BTreeSet<String> {
    // A declared vendor has a host of its own.
    vectors
        .iter()
        .map(|it| it.name.clone())
        .filter(|it| it != "script-declared")
        .collect()
}

fn declared(site: &Site) -> bool {
    site.arrived().iter().any(|it| it.starts_with("plausible.io"))
}

pub(crate) async fn markup_control(flow: Flow) -> Result<Outcome> {
    let Flow { site, engine } = &flow;
    let vectors = vectors(*engine)?;
    page(&whole(&vectors), "")?.put(site, "/");
    let browser = flow.browser().await?;
    browser.open(&site.url("/")).await?;
    assert_eq!(missing(&browser, site, &names(&vectors)).await?, BTreeSet::new());
    assert!(declared(site));
    done()
}

/// Nothing before a decision, all after it, and nothing after a withdrawal: on the page and on the next.
async fn visit(browser: &Browser, site: &Site, vectors: &[Vector]) -> Result<()> {
    browser.open(&site.url("/")).await?;
    browser.banner().await?;
    silent(browser, site, "before").await?;
    assert!(!declared(site), "before");
    browser.reject().await?;
    browser.control().await?;
    silent(browser, site, "refused").await?;
    browser.session.refresh().await?;
    browser.control().await?;
    silent(browser, site, "refused-next").await?;
    assert!(!declared(site), "refused");

    browser.control_button(0).await?;
    browser.panel().await?;
    browser.panel_button("accept").await?;
    let mut now = names(vectors);
    for vector in vectors.iter().filter(|it| it.call) {
        now.remove(&vector.name);
    }
    assert_eq!(missing(browser, site, &now).await?, BTreeSet::new(), "accepted");
    assert!(declared(site), "accepted");
    browser.control().await?;
    browser.session.refresh().await?;
    browser.control().await?;
    assert_eq!(missing(browser, site, &names(vectors)).await?, BTreeSet::new(), "returned");

    browser.run("privacy.withdraw()").await?;
    browser.wait("allowed().length === 0").await?;
    site.forget();
    browser.session.refresh().await?;
    browser.control().await?;
    silent(browser, site, "withdrawn").await?;
    assert!(!declared(site), "withdrawn");
    assert_eq!(fired(site), BTreeSet::new());
    Ok(())
}

/// The markup as it is; the server says what may be asked.
pub(crate) async fn markup_by_header(flow: Flow) -> Result<Outcome> {
    let Flow { site, engine } = &flow;
    let vectors: Vec<Vector> = vectors(*engine)?.into_iter().filter(|it| it.name != "preconnect").collect();
    let guards = GUARDS.replace("data-allow=", "data-header data-allow=");
    page(&whole(&vectors), &guards)?.served(&plan()?.0).put(site, "/");
    let browser = flow.browser().await?;
    visit(&browser, site, &vectors).await?;
    done()
}

/// No header; the markup was rewritten when the site was built.
pub(crate) async fn markup_by_rewriting(flow: Flow) -> Result<Outcome> {
    let Flow { site, engine } = &flow;
    let vectors: Vec<Vector> = vectors(*engine)?.into_iter().filter(|it| !it.header).collect();
    let (plan, _) = plan()?;
    let policy = Policy::read(plan.as_bytes(), b"", b"").context("a plan")?;
    let with = Rewrite {
        policy: &policy,
        page: &site.url("/"),
        allow: &[],
        head: "",
    };
    let (body, held) = rewrite(&whole(&vectors), with)?;
    assert!(held.len() > 20, "{held:?}");
    page(&body, GUARDS)?.put(site, "/");
    let browser = flow.browser().await?;
    visit(&browser, site, &vectors).await?;
    done()
}
