//! Receipts, checked in the browser of whoever has one.

use std::fs;

use anyhow::{Context as _, Result};
use mixus_privacy_tests::{Flow, Outcome, Page, RecordServer, Reply, done, root};
use serde_json::{Value, json};

use super::{kept, open, value};

/// What a receipt proves, or the code and the member that it is refused for.
const CHECK: &str = "(receipt, key) => import('/pkg/verify.js').then((it) => it.verify(receipt, key))\
    .then(({ id, subject, index, taken, checkpoint: { origin, size } }) => ({ id, subject, index, taken, origin, size }),\
    ({ name, code, path }) => [name, code, path])";

/// The same receipts as everywhere, good and bad.
pub(crate) async fn vectors_of_receipts(flow: Flow) -> Result<Outcome> {
    let vectors = fs::read(root().join("tests/vectors/receipts.json"))?;
    let vectors: Value = serde_json::from_slice(&vectors)?;
    flow.site.reply("/receipts.json", Reply::json(&vectors));
    Page::new().put(&flow.site, "/");
    let browser = flow.browser().await?;
    browser.open(&flow.site.url("/")).await?;
    let all = format!(
        "fetch('/receipts.json').then((it) => it.json()).then(async ({{ key, good, bad }}) => {{\
         const said = [];\
         for (const it of [...good, ...bad]) said.push(await ({CHECK})(it.receipt, it.key ?? key));\
         return said; }})"
    );
    let said = value(&browser, &all).await?;
    let said = said.as_array().context("answers")?;
    let list = |name: &str| vectors[name].as_array().context("receipts");
    let (good, bad) = (list("good")?, list("bad")?);
    assert_eq!(said.len(), good.len() + bad.len());
    for (it, said) in good.iter().zip(said) {
        assert_eq!(*said, it["proves"], "{}", it["says"]);
    }
    for (it, said) in bad.iter().zip(&said[good.len()..]) {
        assert_eq!(*said, json!(["PrivacyError", it["code"], it["path"]]), "{}", it["says"]);
    }
    done()
}

/// What a person downloads proves what they decided, to a page that never heard of the server.
pub(crate) async fn a_receipt_of_ones_own(flow: Flow) -> Result<Outcome> {
    let mut server = RecordServer::start(&flow.site).await?;
    Page::new().after(&server.script()).put(&flow.site, "/");
    Page::new().put(&flow.site, "/elsewhere");
    let browser = flow.browser().await?;
    open(&browser, &flow, "/").await?;
    browser.accept().await?;
    let id = kept(&browser, 1).await?[0]["id"].as_str().context("an id")?.to_owned();
    let receipt = value(&browser, &format!("records.receipt('{id}')")).await?;
    server.end();

    browser.open(&flow.site.url("/elsewhere")).await?;
    let file = serde_json::to_string_pretty(&receipt)?;
    let ask = |file: &str| format!("({CHECK})({}, {})", json!(file), json!(server.key));
    let proved = value(&browser, &ask(&file)).await?;
    assert_eq!(proved["id"], id.as_str());
    assert_eq!((&proved["index"], &proved["origin"]), (&json!(0), &json!("localhost/log")));
    let changed = file.replace("\\\"analytics\\\":1", "\\\"analytics\\\":0");
    assert_ne!(changed, file);
    assert_eq!(
        value(&browser, &ask(&changed)).await?,
        json!(["PrivacyError", "receipt/proof", "proof"])
    );
    assert_eq!(
        value(&browser, &ask(&json!({"v": 1}).to_string())).await?,
        json!(["PrivacyError", "receipt/form", "event"])
    );

    // A browser that cannot check says so, and not that it was forged.
    let without = "crypto.subtle.importKey = () => Promise.reject(new DOMException('', 'NotSupportedError'))";
    browser.run(without).await?;
    let unsupported = json!(["PrivacyError", "verify/unsupported", "Ed25519"]);
    assert_eq!(value(&browser, &ask(&file)).await?, unsupported);
    flow.site.reply("/pkg/verify.wasm", Reply::status(404));
    browser.open(&flow.site.url("/elsewhere")).await?;
    let unavailable = json!(["PrivacyError", "module/unavailable", "verify"]);
    assert_eq!(value(&browser, &ask(&file)).await?, unavailable);
    done()
}
