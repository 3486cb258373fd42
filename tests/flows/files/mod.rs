//! Many files on their way, and the element that a person sees of it.

mod access;
mod come;
mod later;
mod secret;
mod sent;
mod tus;

use std::fs;

use anyhow::{Context as _, Result};
use mixus_privacy_tests::{Browser, Flow, Options, Reply, Test, flows};
use serde_json::{Value, json};
use tempfile::TempDir;

use tus::Tus;

/// Every flow of these files.
pub(crate) fn all() -> Vec<Test> {
    flows![
        come::files_chosen,
        come::files_of_a_folder,
        come::files_dropped,
        come::files_by_keyboard,
        sent::files_paused,
        sent::files_given_up,
        sent::files_refused,
        sent::files_too_long,
        later::files_after_a_reload,
        later::files_discarded,
        sent::files_without_the_element,
        secret::files_stay_unseen,
        access::files_for_everyone,
        access::files_reflow,
        access::files_under_a_strict_policy,
    ]
    .to_vec()
}

/// Keeps the trees of elements for the test, which are closed to pages; `open` shows them to what looks for faults, too.
const TREES: &str = "window.trees = new WeakMap();\n\
    const attach = Element.prototype.attachShadow;\n\
    Element.prototype.attachShadow = function (options) {\n\
    const mode = document.documentElement.dataset.trees || options.mode;\n\
    const tree = attach.call(this, { ...options, mode });\n\
    trees.set(this, tree);\n\
    return tree;\n\
    };\n";

/// As long as a piece is, and some more: what is sent of it comes in two.
const LONG: usize = 5_000_000;

/// A page that takes files.
fn put(flow: &Flow, tus: &Tus, path: &str, language: &str, config: &Value, policy: &str) {
    let mut config = config.clone();
    config["at"] = json!(tus.at());
    let direction = if language == "ar" { "rtl" } else { "ltr" };
    let mut page = Reply::html(format!(
        "<!doctype html>\n<html lang=\"{language}\" dir=\"{direction}\" data-trees=\"open\">\n<head>\n<meta charset=\"utf-8\">\n<title>Files</title>\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<script src=\"/trees.js\"></script>\n\
         <link rel=\"stylesheet\" href=\"{path}.css\">\n</head>\n<body>\n<main>\n<h1>Files</h1>\n\
         <p><button type=\"button\" id=\"before\">Before</button></p>\n<mixus-files></mixus-files>\n</main>\n\
         <script type=\"application/json\" id=\"config\">{config}</script>\n<script type=\"module\" src=\"/files-page.js\"></script>\n</body>\n</html>\n"
    ));
    if !policy.is_empty() {
        page = page.header("content-security-policy", policy);
    }
    flow.site.reply(path, page);
    flow.site.reply("/trees.js", Reply::script(TREES));
    flow.site.reply("/files-page.js", Reply::script(include_str!("page.js")));
}

/// Opens a page that takes files.
async fn page(flow: &Flow, tus: &Tus) -> Result<Browser> {
    put(flow, tus, "/", "en", &json!({}), "");
    let browser = flow.browser().await?;
    browser.open(&flow.site.url("/")).await?;
    browser.wait("window.ready").await?;
    Ok(browser)
}

/// Gives files to the element: `(name, length)`.
async fn give(browser: &Browser, files: &[(&str, usize)]) -> Result<()> {
    browser.run(&format!("window.give({})", json!(files))).await
}

/// Waits until a file is in a state.
async fn state(browser: &Browser, name: &str, state: &str) -> Result<()> {
    browser.wait(&format!("row('{name}')?.dataset.state === '{state}'")).await
}

/// Presses a button by its name.
async fn press(browser: &Browser, label: &str) -> Result<()> {
    browser.click(&format!("button('{label}')")).await
}

/// Waits until something of these words is spoken.
async fn spoken(browser: &Browser, text: &str) -> Result<()> {
    browser
        .wait(&format!("spoken.some((it) => it.includes({}))", json!(text)))
        .await
}

/// Files on the disk, as a person has them.
fn disk(names: &[(&str, usize)]) -> Result<TempDir> {
    let folder = TempDir::with_prefix("mixus-privacy-")?;
    for (name, size) in names {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().context("a folder")?)?;
        fs::write(path, vec![7; *size])?;
    }
    Ok(folder)
}

/// A browser with something special, at a page of a language.
async fn page_in(flow: &Flow, tus: &Tus, language: &str, options: Options) -> Result<Browser> {
    put(flow, tus, "/", language, &json!({}), "");
    let browser = flow.browser_with(options).await?;
    browser.open(&flow.site.url("/")).await?;
    browser.wait("window.ready").await?;
    Ok(browser)
}
