//! Opening at an address, against the real server.

use std::fs;
use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::{Context as _, Result};
use mixus_privacy_tests::{Flow, Outcome, Reply, Wrong, done};
use serde_json::{Value, json};

use super::{asked, page};

/// A file of eight segments and a bit more.
const SIZE: u64 = 9_000_001;

/// The same file, of which no browser has kept anything.
fn fresh(url: &Value, name: &str) -> Result<String> {
    Ok(format!("{}?{name}", text(url)?))
}

fn text(value: &Value) -> Result<&str> {
    value.as_str().with_context(|| format!("a text: {value}"))
}

/// Whole and in parts, from another origin than the page's; what reads there is fetched by then and not before.
pub(crate) async fn opened_at_an_address(flow: Flow) -> Result<Outcome> {
    let (browser, server) = page(&flow).await?;
    let has = |it: &str| flow.site.requests().iter().any(|request| request.path == it);
    asked(&browser, &format!("begin('{}', 10)", server.url())).await?;
    assert!(has("/pkg/vault.js") && !has("/pkg/vault-address.js"));
    let count = asked(&browser, &format!("around('{}')", server.url())).await?;
    assert!(count.as_u64().is_some_and(|it| it > 25), "{count}");
    assert!(has("/pkg/vault-address.js"));
    done()
}

/// A part costs the segments that hold it, and no question is asked twice.
pub(crate) async fn address_in_parts(flow: Flow) -> Result<Outcome> {
    let (browser, server) = page(&flow).await?;
    let url = asked(&browser, &format!("begin('{}', {SIZE})", server.url())).await?;
    asked(&browser, &format!("known({url})")).await?;
    assert_eq!(server.ranges(), ["bytes=0-4095", "bytes=4096-4135"]);
    assert_eq!(asked(&browser, "part(5000000, 5000010)").await?, true);
    assert_eq!(server.ranges(), ["bytes=4722688-5246975"]);
    assert_eq!(asked(&browser, "part(524231, 524233)").await?, true);
    assert_eq!(server.ranges(), ["bytes=4136-1052671"]);
    asked(&browser, &format!("known('{}')", fresh(&url, "whole")?)).await?;
    server.ranges();
    assert_eq!(asked(&browser, "whole()").await?, true);
    let mut ranges = server.ranges();
    ranges.sort();
    ranges.dedup();
    assert_eq!(ranges, ["bytes=4136-4198399", "bytes=4198400-8392703", "bytes=8392704-9004424"]);
    done()
}

/// Whatever breaks, it goes on.
pub(crate) async fn address_over_a_bad_network(flow: Flow) -> Result<Outcome> {
    let (browser, server) = page(&flow).await?;
    let url = asked(&browser, &format!("begin('{}', {SIZE})", server.url())).await?;
    let wrong = [
        Wrong::Cut(0),
        Wrong::Reset,
        Wrong::Stall(100_000),
        Wrong::Status("503 Service Unavailable"),
        Wrong::Status("429 Too Many Requests"),
        Wrong::Cut(4_000_000),
    ];
    // The first question, and one of those that follow.
    for before in [0, 3] {
        for (at, wrong) in wrong.iter().enumerate() {
            let url = fresh(&url, &format!("{before}-{at}"))?;
            let plan = std::iter::repeat_n(None, before).chain([Some(wrong.clone())]);
            server.next(plan);
            let said = asked(&browser, &format!("known('{url}', {{ patience: 500 }})")).await?;
            assert_eq!(said, json!(["a", SIZE]), "{wrong:?}");
            assert_eq!(asked(&browser, "whole()").await?, true, "{wrong:?}");
            assert_eq!(server.met(), 1, "{wrong:?}");
        }
    }
    done()
}

/// Each answer is cut somewhere, and what follows begins there: no byte is asked for twice.
pub(crate) async fn address_cut_everywhere(flow: Flow) -> Result<Outcome> {
    let (browser, server) = page(&flow).await?;
    let url = asked(&browser, &format!("begin('{}', {SIZE})", server.url())).await?;
    // In the midst of each segment, and where it ends.
    for cut in [700_001, 1 << 19] {
        asked(&browser, &format!("known('{}')", fresh(&url, &cut.to_string())?)).await?;
        server.ranges();
        server.always(Some(Wrong::Cut(cut)));
        assert_eq!(asked(&browser, "whole()").await?, true);
        let mut parts: Vec<(u64, u64)> = Vec::new();
        for range in server.ranges() {
            let (from, to) = range.trim_start_matches("bytes=").split_once('-').context("a range")?;
            parts.push((from.parse()?, to.parse()?));
        }
        assert!(parts.len() > 8, "{parts:?}");
        parts.sort_unstable();
        // Browsers ask once more by themselves where a connection of before was closed.
        parts.dedup();
        for pair in parts.windows(2) {
            let [(one, end), (other, _)] = pair else { continue };
            let reached = one + u64::try_from(cut)?;
            assert_eq!(*other, reached.min(end + 1), "{parts:?}");
        }
        server.always(None);
    }
    done()
}

/// Nobody has to wait for a network that does not come back, and what is read ends with whoever reads.
pub(crate) async fn given_up_at_an_address(flow: Flow) -> Result<Outcome> {
    let (browser, server) = page(&flow).await?;
    let url = asked(&browser, &format!("begin('{}', {SIZE})", server.url())).await?;
    asked(&browser, &format!("known({url})")).await?;
    server.always(Some(Wrong::Stall(1000)));
    let other = fresh(&url, "other")?;
    assert_eq!(asked(&browser, &format!("given_up('{other}', 'opening')")).await?, "AbortError");
    assert_eq!(asked(&browser, &format!("given_up({url}, 'reading')")).await?, "AbortError");
    server.always(Some(Wrong::Reset));
    assert_eq!(asked(&browser, &format!("given_up({url}, 'reading')")).await?, "AbortError");
    server.always(None);
    // Nobody is stuck behind them.
    assert_eq!(asked(&browser, "looked_away()").await?, true);
    assert_eq!(asked(&browser, "whole()").await?, true);
    done()
}

/// What answers otherwise than with a part of one and the same file.
pub(crate) async fn addresses_that_are_none(flow: Flow) -> Result<Outcome> {
    let (browser, server) = page(&flow).await?;
    let url = asked(&browser, &format!("begin('{}', {SIZE})", server.url())).await?;
    let url = text(&url)?;
    let count = AtomicUsize::new(0);
    // Of none of them a browser has kept anything.
    let failed = async |url: &str| {
        let count = count.fetch_add(1, Ordering::Relaxed);
        asked(&browser, &format!("failed('{url}?{count}')")).await
    };
    let unreadable = |why: &str| Value::from(format!("PrivacyError vault/unreadable {why}"));

    // One that knows no parts, one that has nothing there, and one that nobody may ask from here.
    server.always(Some(Wrong::Whole));
    assert_eq!(failed(url).await?, unreadable("200"));
    server.always(None);
    assert_eq!(failed(&format!("{}/nothing", server.url())).await?, unreadable("404"));
    let hidden = Wrong::Header("access-control-expose-headers:", "date");
    server.always(Some(hidden));
    assert_eq!(failed(url).await?, unreadable("206"));
    server.always(Some(Wrong::Header("access-control-allow-origin:", "http://other.example")));
    assert_eq!(failed(url).await?, unreadable("TypeError"));
    server.always(None);
    assert_eq!(failed("http://127.0.0.1:1/").await?, unreadable("TypeError"));
    assert_eq!(failed("http://[").await?, unreadable("TypeError"));

    // It changes after it was opened: another tag, another length; or after a part of it was read.
    for (before, wrong) in [
        (1, Wrong::Header("etag:", "\"2\"")),
        (3, Wrong::Header("etag:", "\"2\"")),
        (1, Wrong::Header("content-range:", "bytes 4096-4135/5000000")),
    ] {
        server.next(std::iter::repeat_n(None, before));
        server.always(Some(wrong));
        assert_eq!(failed(url).await?, unreadable("changed"));
        server.always(None);
    }
    // Really another one, of the same length and under the same tag: then its segments do not open.
    let other = asked(&browser, &format!("begin('{}', {SIZE})", server.url())).await?;
    asked(&browser, &format!("known({other})")).await?;
    fs::copy(server.path(url)?, server.path(text(&other)?)?)?;
    let said = asked(&browser, "whole().catch(({ code }) => code)").await?;
    assert_eq!(said, "vault/closed");

    // An empty one, of which there is no part.
    let empty = asked(&browser, &format!("put('{}', new Blob())", server.url())).await?;
    assert_eq!(failed(text(&empty)?).await?, "PrivacyError vault/form");
    // What has moved is found.
    let moved = Reply::status(302).header("location", url);
    flow.site.reply("/moved", moved);
    assert_eq!(failed("/moved").await?, "nothing");
    done()
}

/// Whatever was cut off, swapped, or taken from another file.
pub(crate) async fn damaged_at_an_address(flow: Flow) -> Result<Outcome> {
    let (browser, server) = page(&flow).await?;
    let said = asked(&browser, &format!("damaged('{}')", server.url())).await?;
    let said = said.as_object().context("words")?;
    assert_eq!(said.len(), 32);
    let form = [
        "nothing",
        "no front",
        "a part of the head",
        "the head",
        "a part of the front",
        "the front",
        "a part of the start",
    ];
    let length = [
        "the start",
        "a part of a segment",
        "a segment",
        "three segments",
        "without one",
        "all but a byte",
        "a byte more",
        "a segment more",
    ];
    for (kind, said) in said {
        // Where a body starts stands a number, which may by chance be the right one.
        if kind == "swapped at the start" && said == "PrivacyError vault/form" {
            continue;
        }
        let wanted = match kind.as_str() {
            "whole" => "nothing",
            it if form.contains(&it) => "PrivacyError vault/form",
            it if length.contains(&it) => "PrivacyError vault/length",
            _ => "PrivacyError vault/closed",
        };
        assert_eq!(said, wanted, "{kind}");
    }
    done()
}
