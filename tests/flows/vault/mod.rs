//! Files that are sealed before they leave.

use std::fs;

use anyhow::{Context as _, Result};
use mixus_privacy_tests::{Browser, Flow, Outcome, Page, Reply, Test, done, flows, root};
use serde_json::{Value, json};

use crate::sync::value;

/// Every flow of these files.
pub(crate) fn all() -> Vec<Test> {
    flows![
        sealed_and_opened,
        damaged_files,
        files_by_passphrase,
        recipients_that_change,
        vectors_of_envelopes,
        sealing_that_is_given_up,
    ]
    .to_vec()
}

/// A page that can do all of it, and has fetched nothing for it yet.
async fn page(flow: &Flow) -> Result<Browser> {
    flow.site.reply("/vault-page.js", Reply::script(include_str!("page.js")));
    Page::new().put(&flow.site, "/");
    let browser = flow.browser().await?;
    browser.open(&flow.site.url("/")).await?;
    Ok(browser)
}

/// What a function of the page promises.
async fn asked(browser: &Browser, name: &str) -> Result<Value> {
    value(browser, &format!("import('/vault-page.js').then((it) => it.{name}())")).await
}

fn has_vault(flow: &Flow) -> bool {
    let requests = flow.site.requests();
    requests
        .iter()
        .any(|it| it.path.starts_with("/pkg/vault") || it.path.starts_with("/pkg/software"))
}

/// Of every length around the ends of segments, for more than one recipient, in threads; and nothing of it is there before.
pub(crate) async fn sealed_and_opened(flow: Flow) -> Result<Outcome> {
    let browser = page(&flow).await?;
    browser.wait("document.readyState === 'complete'").await?;
    assert!(!has_vault(&flow), "{:?}", flow.site.requests());
    let count = asked(&browser, "around").await?;
    assert!(count.as_u64().is_some_and(|it| it > 100), "{count}");
    assert!(has_vault(&flow));
    let threads = flow.site.requests().iter().any(|it| it.path == "/pkg/vault-worker.js");
    assert!(threads, "the page did all of it");
    done()
}

/// Whatever the reason, a file that does not open says so in the same words, unless anybody can see that it is none.
pub(crate) async fn damaged_files(flow: Flow) -> Result<Outcome> {
    let browser = page(&flow).await?;
    let said = asked(&browser, "damaged").await?;
    let said = said.as_object().context("words")?;
    let closed = "PrivacyError vault/closed";
    let seen = [
        ("0", "form"),
        ("8", "form"),
        ("72", "form"),
        ("4000", "form"),
        ("4096", "form"),
        ("cut", "length"),
        ("longer", "length"),
        ("a segment less", "length"),
        ("no file", "form"),
        ("nothing", "form"),
    ];
    assert_eq!(said.len(), 13 + 14);
    for (name, said) in said {
        let visible = seen.iter().find(|(it, _)| it == name);
        let wanted = visible.map_or(closed.to_owned(), |(_, code)| format!("PrivacyError vault/{code}"));
        assert_eq!(*said, wanted, "{name}");
    }
    done()
}

/// A passphrase opens however its letters are put together.
pub(crate) async fn files_by_passphrase(flow: Flow) -> Result<Outcome> {
    let browser = page(&flow).await?;
    let said = asked(&browser, "passphrase").await?;
    assert_eq!(said, json!(["a secret", "PrivacyError vault/closed"]));
    done()
}

/// Others than before, without the body.
pub(crate) async fn recipients_that_change(flow: Flow) -> Result<Outcome> {
    let browser = page(&flow).await?;
    let said = asked(&browser, "rewrapped").await?;
    assert_eq!(said, json!([4096, 1, "name", "text", "PrivacyError vault/closed"]));
    done()
}

/// What Python's Tink and other people's ciphers sealed.
pub(crate) async fn vectors_of_envelopes(flow: Flow) -> Result<Outcome> {
    let vectors = fs::read_to_string(root().join("src/vault/tests/envelopes.json"))?;
    flow.site.reply("/envelopes.json", Reply::of("application/json", vectors));
    let browser = page(&flow).await?;
    let said = asked(&browser, "vectors").await?;
    let wanted = [
        "empty wrapper",
        "for everyone new",
        "for everyone old",
        "for everyone wrapper",
        "for everyone passphrase",
        "padded new",
        "long name old",
        "long name passphrase",
        "of the third suite new",
        "of the third suite wrapper",
        "for many new",
        "for many old",
    ];
    assert_eq!(said, json!(wanted.map(|it| format!("{it} true"))));
    done()
}

/// Nobody has to read to the end.
pub(crate) async fn sealing_that_is_given_up(flow: Flow) -> Result<Outcome> {
    let browser = page(&flow).await?;
    let said = asked(&browser, "cancelled").await?;
    assert!(said.as_str().is_some_and(|it| it.starts_with("AbortError")), "{said}");
    done()
}
