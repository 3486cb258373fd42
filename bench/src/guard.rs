//! What the guards cost a page that changes much: the same work in a page without them and in
//! pages with them, in turns.

use std::fs;
use std::net::SocketAddr;
use std::path::Path;

use anyhow::{Context as _, Result};
use serde_json::{Value, json};

use crate::chromium::Chromium;
use crate::server::{Files, serve};
use mixus_privacy_bench::stats::{compare, median};
use mixus_privacy_bench::table;

/// The pages: a name, and what stands first in the head.
const PAGES: [(&str, &str); 3] = [
    ("without", ""),
    ("guard.js", "<script src=\"/pkg/guard.js\"></script>"),
    (
        "guard.js and guard-strict.js",
        "<script src=\"/pkg/guard.js\"></script><script src=\"/pkg/guard-strict.js\"></script>",
    ),
];
/// What runs the package in pages with a guard.
const START: &str = "<script type=\"module\">\
    import { start } from '/pkg/index.js'; start({ region: 'DE' }).then(() => (window.ready = 1));\
    </script>";
/// The parts of the work.
const PARTS: [&str; 3] = ["10,000 insertions", "1,000 requests", "both"];

/// Measures and prints.
pub(crate) fn run(root: &Path, rounds: usize, markdown: bool) -> Result<()> {
    let server = serve(files(root)?)?;
    // By page and part, a number for each round.
    let mut spent = vec![vec![Vec::new(); PARTS.len()]; PAGES.len()];
    let mut version = String::new();
    for round in 0..=rounds {
        let mut chromium = Chromium::start()?;
        version.clone_from(&chromium.version);
        for turn in 0..PAGES.len() {
            let which = (round + turn) % PAGES.len();
            let made = work(&mut chromium, server, which)?;
            // The first round only warms up what all pages share.
            if round > 0 {
                let parts = [made[0], made[1], made[0] + made[1]];
                spent[which].iter_mut().zip(parts).for_each(|(all, it)| all.push(it));
            }
        }
        eprint!("\rround {round} of {rounds}");
    }
    eprintln!();
    println!("{version}, {rounds} rounds\n");
    let mut rows = vec![vec!["ms, median; speed to the page without".to_owned()]];
    rows[0].extend(PAGES.iter().map(|(name, _)| (*name).to_owned()));
    for (at, part) in PARTS.iter().enumerate() {
        let mut row = vec![(*part).to_owned()];
        for (which, all) in spent.iter().enumerate() {
            let mut cell = format!("{:.0}", median(&all[at]));
            if which > 0 {
                let speed = compare(&spent[0][at], &all[at], |without, with| without / with);
                cell = format!("{cell}; {:.2} ({:.2} to {:.2})", speed.value, speed.low, speed.high);
            }
            row.push(cell);
        }
        rows.push(row);
    }
    println!("{}", table(&rows, markdown));
    Ok(())
}

fn files(root: &Path) -> Result<Files> {
    let mut files = Files::default();
    for entry in fs::read_dir(root.join("pkg"))? {
        let path = entry?.path();
        let name = path.file_name().and_then(|it| it.to_str()).context("a name")?;
        if path.extension().is_some_and(|it| it == "js" || it == "wasm") {
            files.add(&format!("/pkg/{name}"), &fs::read(&path)?)?;
        }
    }
    files.add("/work.js", include_bytes!("work.js"))?;
    files.add("/tiny.txt", b"tiny")?;
    files.add(
        "/picture.svg",
        b"<svg xmlns='http://www.w3.org/2000/svg' width='8' height='8'/>",
    )?;
    for (at, (_, guards)) in PAGES.iter().enumerate() {
        let start = if guards.is_empty() { "<script>window.ready = 1</script>" } else { START };
        let page = format!(
            "<!doctype html><title>Work</title>{guards}<link rel=\"icon\" href=\"data:,\">\
             <script src=\"/work.js\"></script>{start}<div id=\"root\"></div>"
        );
        files.add(&format!("/{at}/"), page.as_bytes())?;
    }
    Ok(files)
}

/// Does the work in a new page; answers the milliseconds of its two parts.
fn work(chromium: &mut Chromium, server: SocketAddr, which: usize) -> Result<[f64; 2]> {
    let cdp = &mut chromium.cdp;
    let context = cdp.call("", "Target.createBrowserContext", json!({}))?["browserContextId"].clone();
    let page = json!({"url": "about:blank", "browserContextId": context});
    let target = cdp.call("", "Target.createTarget", page)?;
    let attach = json!({"targetId": target["targetId"], "flatten": true});
    let attached = cdp.call("", "Target.attachToTarget", attach)?;
    let session = attached["sessionId"].as_str().context("a session")?.to_owned();
    cdp.call(&session, "Page.enable", json!({}))?;
    let url = json!({"url": format!("http://{server}/{which}/")});
    cdp.call(&session, "Page.navigate", url)?;
    cdp.wait(&session, "Page.loadEventFired")?;
    let ready = "new Promise((done) => { const look = () => window.ready ? setTimeout(done, 300) : setTimeout(look, 20); look(); })";
    cdp.get(&session, ready)?;
    let spent: Value = cdp.get(&session, "work()")?;
    cdp.call("", "Target.disposeBrowserContext", json!({"browserContextId": context}))?;
    serde_json::from_value(spent).context("two numbers")
}
