//! Measures how soon a withdrawal holds elsewhere, in each engine, over the real server: `cargo xtask bench latency`.
//!
//! Two tabs of one browser and one tab of another, all signed in to one account. The first withdraws; the others write
//! down when their page has heard that it no longer may, by the clock of the machine that all of them run on.

use std::process::ExitCode;

use anyhow::{Context as _, Result, bail};
use mixus_privacy_bench::stats::quantile;
use mixus_privacy_bench::{ended, table};
use mixus_privacy_tests::{Browser, Engine, Flow, Page, RecordServer, Site};

const HELP: &str = "\
cargo xtask bench latency [options]

  --trials <n>    how many withdrawals in each engine (300)
  --engine <name> chromium, firefox or webkit alone
  --markdown      a table for a document
";

/// What every tab does: it remembers when it heard that nothing is allowed any more, and tells the other tabs.
const LISTEN: &str = "window.heard = []; window.beside = []; const tabs = new BroadcastChannel('heard'); \
    tabs.onmessage = ({ data }) => beside.push(data); \
    privacy.on('change', () => { if (allowed().length) return; const at = Date.now(); heard.push(at); tabs.postMessage(at); });";

struct Options {
    trials: usize,
    engines: Vec<Engine>,
    markdown: bool,
}

fn options(mut arguments: impl Iterator<Item = String>) -> Result<Options> {
    let mut options = Options {
        trials: 300,
        engines: Engine::ALL.to_vec(),
        markdown: false,
    };
    while let Some(argument) = arguments.next() {
        let mut value = || arguments.next().with_context(|| format!("{argument} needs a value"));
        match argument.as_str() {
            "--trials" => options.trials = value()?.parse()?,
            "--engine" => {
                let name = value()?;
                options.engines.retain(|it| it.to_string() == name);
            }
            "--markdown" => options.markdown = true,
            _ => bail!("{argument} is not known\n\n{HELP}"),
        }
    }
    Ok(options)
}

#[tokio::main]
async fn main() -> ExitCode {
    ended(measure().await)
}

async fn measure() -> Result<()> {
    let options = options(std::env::args().skip(1))?;
    let mut rows = vec![["", "p50 ms", "p99 ms", "most ms"].map(String::from).to_vec()];
    for engine in &options.engines {
        let (tabs, devices) = withdrawals(*engine, options.trials).await?;
        rows.push(row(*engine, "to another tab", tabs));
        rows.push(row(*engine, "to another device", devices));
    }
    println!(
        "{} withdrawals in each engine, browsers and server on the same machine\n",
        options.trials
    );
    print!("{}", table(&rows, options.markdown));
    Ok(())
}

fn row(engine: Engine, way: &str, mut took: Vec<f64>) -> Vec<String> {
    took.sort_by(f64::total_cmp);
    let mut row = vec![format!("{engine}, {way}")];
    row.extend(
        [0.5, 0.99, 1.0]
            .map(|share| quantile(&took, share).map_or_else(String::new, |it| format!("{it:.0}"))),
    );
    row
}

async fn open(browser: &Browser, site: &Site) -> Result<()> {
    browser.open(&site.url("/")).await?;
    browser.wait("window.records || window.unsynced").await?;
    browser.run(LISTEN).await
}

/// How long so many withdrawals took, in ms: to the other tab, to the other device.
async fn withdrawals(engine: Engine, trials: usize) -> Result<(Vec<f64>, Vec<f64>)> {
    let site = Site::start().await?;
    let server = RecordServer::start(&site).await?;
    Page::new().after(&server.script()).put(&site, "/");
    let flow = Flow { engine, site };
    let (one, two) = (flow.browser().await?, flow.browser().await?);
    open(&one, &flow.site).await?;
    let first = one.session.window().await?;
    let tab = one.session.new_tab().await?;
    one.session.switch_to_window(tab).await?;
    open(&one, &flow.site).await?;
    one.session.switch_to_window(first).await?;
    open(&two, &flow.site).await?;
    for browser in [&one, &two] {
        let sub = browser.settled("records.subject()").await?;
        let token = server.token("account", sub["value"].as_str().context("a subject")?);
        let linked = browser.settled(&format!("records.link('{token}')")).await?;
        if !linked["error"].is_null() {
            bail!("link: {}", linked["error"]);
        }
    }
    // Nothing is granted without a person.
    one.accept().await?;
    one.run("document.querySelector('h1').onclick = (event) => privacy.acceptAll(event)")
        .await?;
    let (mut tabs, mut devices) = (Vec::new(), Vec::new());
    for trial in 1..=trials {
        one.click("document.querySelector('h1')").await?;
        two.wait("allowed().length === 4").await?;
        let count: usize = two.get("heard.length").await?;
        one.run("beside.length = 0; window.began = Date.now(); privacy.rejectAll()")
            .await?;
        one.wait("beside.length").await?;
        two.wait(&format!("heard.length > {count}")).await?;
        let began: f64 = one.get("began").await?;
        tabs.push(one.get::<f64>("beside[0]").await? - began);
        devices.push(two.get::<f64>("heard.at(-1)").await? - began);
        eprint!("\r{engine}: {trial} of {trials}");
    }
    eprintln!();
    Ok((tabs, devices))
}
