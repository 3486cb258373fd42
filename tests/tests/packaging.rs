//! The packed package in projects as sites have them: no bundler, Vite, webpack; each without
//! a plugin and without a word about WebAssembly, with the lazy entry and with the inline one.

use std::process::ExitCode;

use anyhow::{Context as _, Result};
use mixus_privacy_tests::{BANNER, Browser, Engine, Fixture, Flow, Outcome, Reply, done, flows, run_in};

/// The entries, each in a folder of its own in every project.
const ENTRIES: [&str; 2] = ["lazy", "inline"];
const VITE: &str = "node_modules/vite/bin/vite.js";

fn main() -> ExitCode {
    // The browsers differ in what they do with the package, not in how it got there.
    run_in(&[Engine::Chromium], &flows![plain, vite_build, vite_dev, vite_plugin, webpack])
}

/// Installing and building hold up their thread.
async fn install(name: &'static str) -> Result<Fixture> {
    tokio::task::spawn_blocking(move || Fixture::install(name)).await?
}

async fn tool(fixture: &Fixture, arguments: Vec<String>) -> Result<()> {
    let fixture = fixture.clone();
    let run = move || {
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        fixture.run("node", &arguments)
    };
    tokio::task::spawn_blocking(run).await?.map(drop)
}

/// A visit: the banner asks, the panel opens, nothing runs before it may, accepting runs what
/// was held, and the console stays empty.
async fn visit(browser: &Browser, url: &str) -> Result<()> {
    browser.open(url).await?;
    browser.banner().await?;
    browser.choose().await?;
    assert!(
        browser.get::<bool>("window.held === undefined").await?,
        "{url} ran what is held"
    );

    browser.open(url).await?;
    browser.banner().await?;
    browser.accept().await?;
    browser.control().await?;
    browser.wait("window.held === 1").await?;

    assert_eq!(browser.errors().await?, [""; 0], "{url}");
    let log = browser.session.browser_log().await.context("the console")?;
    let said: Vec<String> = log.iter().map(|it| format!("{it:?}")).collect();
    assert_eq!(said, [""; 0], "{url}");
    Ok(())
}

/// What the site was asked for.
fn asked(flow: &Flow) -> Vec<String> {
    flow.site
        .requests()
        .into_iter()
        .filter(|it| it.host.is_empty())
        .map(|it| it.path)
        .collect()
}

async fn plain(flow: Flow) -> Result<Outcome> {
    let fixture = install("plain").await?;
    for entry in ENTRIES {
        fixture.publish(&flow.site, entry)?;
    }
    fixture.publish(&flow.site, "node_modules/@mixus/privacy")?;
    for entry in ENTRIES {
        let browser = flow.browser().await?;
        visit(&browser, &flow.site.url(&format!("/{entry}/"))).await?;
    }

    // With the inline entry one file is all that the banner takes.
    flow.site.forget();
    let browser = flow.browser().await?;
    browser.open(&flow.site.url("/inline/")).await?;
    browser.banner().await?;
    let all = ["/inline/", "/inline/main.js", "/node_modules/@mixus/privacy/inline.js"];
    assert_eq!(asked(&flow), all);

    // What is missing when the panel is wanted is told, and the banner stays.
    flow.site.reply("/node_modules/@mixus/privacy/panel.wasm", Reply::status(404));
    browser.open(&flow.site.url("/lazy/")).await?;
    browser.banner().await?;
    browser
        .click(&format!("{BANNER}.querySelectorAll('.actions button')[2]"))
        .await?;
    browser.wait("errors.length").await?;
    assert_eq!(browser.errors().await?, ["module/unavailable panel"]);
    browser.banner().await?;
    done()
}

async fn vite_build(flow: Flow) -> Result<Outcome> {
    let fixture = install("vite").await?;
    for entry in ENTRIES {
        // Beside the sources, which a server in development watches.
        let to = format!("--outDir=../built/{entry}");
        tool(&fixture, [VITE, "build", entry, &to, "--emptyOutDir"].map(Into::into).into()).await?;
        let preview = ["preview", entry, &to, "--host=127.0.0.1", "--strictPort"];
        let server = fixture.serve(VITE, &preview).await?;
        let browser = flow.browser().await?;
        visit(&browser, &server.url("/")).await?;
    }
    done()
}

async fn vite_dev(flow: Flow) -> Result<Outcome> {
    let fixture = install("vite").await?;
    // One after the other: they share the folder where Vite keeps what it has prepared.
    for entry in ENTRIES {
        let server = fixture.serve(VITE, &[entry, "--host=127.0.0.1", "--strictPort"]).await?;
        let browser = flow.browser().await?;
        visit(&browser, &server.url("/")).await?;
    }
    done()
}

/// With the plugin, what vendors gave to be pasted into a page waits, and what the site needs does not.
async fn vite_plugin(flow: Flow) -> Result<Outcome> {
    let fixture = install("vite").await?;
    let to = "--outDir=../built/plugin";
    tool(&fixture, [VITE, "build", "plugin", to, "--emptyOutDir"].map(Into::into).into()).await?;
    let built = fixture
        .serve(VITE, &["preview", "plugin", to, "--host=127.0.0.1", "--strictPort"])
        .await?;
    let served = fixture.serve(VITE, &["plugin", "--host=127.0.0.1", "--strictPort"]).await?;
    for server in [built, served] {
        flow.site.forget();
        let browser = flow.browser().await?;
        browser.open(&server.url("/")).await?;
        browser.banner().await?;
        flow.site.wait("cdn.example/picture.svg").await?;
        assert_eq!(flow.site.arrived(), ["cdn.example/picture.svg"]);
        browser.accept().await?;
        browser.control().await?;
        flow.site.wait("plausible.io/script.js").await?;
        // The default policy keeps analytics to vendors that it names.
        assert!(!flow.site.arrived().iter().any(|it| it.starts_with("pixel.example")));
        assert_eq!(browser.errors().await?, [""; 0]);
    }
    done()
}

async fn webpack(flow: Flow) -> Result<Outcome> {
    let fixture = install("webpack").await?;
    for entry in ENTRIES {
        let webpack = "node_modules/webpack-cli/bin/cli.js";
        let from = format!("./{entry}/main.js");
        let to = format!("{entry}/dist");
        let arguments = [webpack, "--mode=production", "--entry", &from, "--output-path", &to];
        tool(&fixture, arguments.map(Into::into).into()).await?;
        fixture.publish(&flow.site, entry)?;
        let browser = flow.browser().await?;
        visit(&browser, &flow.site.url(&format!("/{entry}/"))).await?;
    }
    done()
}
