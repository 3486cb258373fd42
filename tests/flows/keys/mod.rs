//! A person's keys, and the public ones of those who run a site.

mod keysets;

use anyhow::{Context as _, Result};
use mixus_privacy_tests::{Browser, Engine, Flow, Options, Outcome, Page, Reply, Test, done, flows, skip};
use serde_json::{Value, json};
use thirtyfour::cdp::Cdp;

use crate::sync::value;

/// Every flow of these files.
pub(crate) fn all() -> Vec<Test> {
    flows![
        a_pair_that_stays,
        a_pair_of_two_tabs,
        keys_restored_elsewhere,
        keys_rotated,
        keys_that_would_be_lost,
        keys_that_nobody_keeps,
        keys_got_back_by_others,
        keys_of_two_browsers,
        recovery_codes,
        keys_without_the_curve,
        keys_with_a_zero,
        keys_without_storage,
        keys_in_a_private_window,
        keys_by_passkey,
        keysets::keysets_of_a_policy,
        keysets::keysets_that_do_not_hold,
    ]
    .to_vec()
}

/// Puts the page's part on the site, or at a host of its own.
fn put(flow: &Flow, host: &str) {
    let script = include_str!("page.js");
    flow.site.reply(&format!("{host}/keys-page.js"), Reply::script(script));
    Page::new().put(&flow.site, &format!("{host}/"));
}

/// A page that can do all of it, and has fetched nothing for it yet.
async fn page(flow: &Flow, browser: &Browser) -> Result<()> {
    put(flow, "");
    browser.open(&flow.site.url("/")).await?;
    browser.wait("window.started").await
}

/// What a function of the page promises, with what it is given.
async fn asked(browser: &Browser, call: &str) -> Result<Value> {
    value(browser, &format!("import('/keys-page.js').then((it) => it.{call})")).await
}

/// A pair that is there after a reload, opens what was sealed for it, and cannot be taken out. Nothing of it is fetched before.
pub(crate) async fn a_pair_that_stays(flow: Flow) -> Result<Outcome> {
    let browser = flow.browser().await?;
    page(&flow, &browser).await?;
    let requests = flow.site.requests();
    let early = requests
        .iter()
        .any(|it| ["/pkg/keys", "/pkg/vault"].iter().any(|name| it.path.starts_with(name)));
    assert!(!early, "{requests:?}");
    let begun = asked(&browser, "begin()").await?;
    assert_eq!(begun["status"]["kept"], "wrapped");
    assert_eq!(begun["status"]["wrappers"], json!(["code", "passphrase"]));
    assert_eq!(begun["status"]["loss"], json!([]));
    assert_eq!(begun["to"], begun["status"]["keys"]);
    assert_eq!(begun["kept"].as_array().map(Vec::len), Some(1));
    page(&flow, &browser).await?;
    let file = &begun["file"];
    assert_eq!(asked(&browser, &format!("opened({file})")).await?, "a secret");
    let exported = asked(&browser, "exported()").await?;
    assert_eq!(exported, json!(["false deriveBits", "refused", "refused", "refused"]));
    done()
}

/// Two tabs that need a pair at once.
pub(crate) async fn a_pair_of_two_tabs(flow: Flow) -> Result<Outcome> {
    let browser = flow.browser().await?;
    page(&flow, &browser).await?;
    let first = browser.session.window().await?;
    let second = browser.session.new_tab().await?;
    // Both wait for a word that both hear.
    asked(&browser, "stand()").await?;
    browser.session.switch_to_window(second).await?;
    page(&flow, &browser).await?;
    asked(&browser, "stand()").await?;
    value(&browser, "window.go()").await?;
    browser.wait("window.made").await?;
    let made: u64 = browser.get("window.made").await?;
    browser.session.switch_to_window(first).await?;
    browser.wait("window.made").await?;
    assert_eq!(browser.get::<u64>("window.made").await?, made);
    assert_eq!(browser.get::<String>("localStorage.count").await?, "1");
    done()
}

/// In another browser a code brings keys back, as does a passphrase. Whatever is wrong with them is told in the same words.
pub(crate) async fn keys_restored_elsewhere(flow: Flow) -> Result<Outcome> {
    let browser = flow.browser().await?;
    page(&flow, &browser).await?;
    let begun = asked(&browser, "begin()").await?;
    for by in ["code", "passphrase"] {
        let mut given = begun.clone();
        given["by"] = json!(by);
        let other = flow.browser().await?;
        page(&flow, &other).await?;
        let said = asked(&other, &format!("elsewhere({given})")).await?;
        let wanted = json!([
            "keys/closed",
            "keys/closed",
            "keys/closed",
            "nowhere",
            "keys/form wrapped",
            "keys/form wrapped",
            "wrapped code,passphrase 0 0",
            "a secret",
        ]);
        assert_eq!(said, wanted, "{by}");
    }
    done()
}

/// What was sealed before still opens, what comes now is for the new key, and both come back by what wrapped the first.
pub(crate) async fn keys_rotated(flow: Flow) -> Result<Outcome> {
    let browser = flow.browser().await?;
    page(&flow, &browser).await?;
    let said = asked(&browser, "rotated()").await?;
    let wanted = json!({
        "texts": ["old", "new"],
        "follows": [true, true, 2],
        "closed": "vault/closed",
        "order": [true, true, 0],
        "gone": "nowhere",
        "same": true,
        "again": ["old", "new"],
    });
    assert_eq!(said, wanted);
    page(&flow, &browser).await?;
    value(&browser, "import('/pkg/keys.js').then((it) => it.forget())").await?;
    assert_eq!(asked(&browser, "shut()").await?, "vault/closed");
    done()
}

/// Keys that are in this browser alone are called so, and need a word before anything is sealed for them or they go.
pub(crate) async fn keys_that_would_be_lost(flow: Flow) -> Result<Outcome> {
    let browser = flow.browser().await?;
    page(&flow, &browser).await?;
    let said = asked(&browser, "losses()").await?;
    let wanted = json!([
        "here", 0, 1, 0, "keys/loss it", 1, "keys/loss it", "wrapped", "code", true, 2, 1, "nowhere",
        "keys/none me"
    ]);
    assert_eq!(said, wanted);
    done()
}

/// A key that could not be kept elsewhere is not there; nor is one of which only a passkey knows.
pub(crate) async fn keys_that_nobody_keeps(flow: Flow) -> Result<Outcome> {
    let browser = flow.browser().await?;
    page(&flow, &browser).await?;
    let said = asked(&browser, "refused()").await?;
    let wanted = json!([
        "TypeError down",
        "nowhere",
        "keys/unfit by",
        "keys/unfit by",
        "keys/unfit by[0].code",
        "keys/passkey-alone by",
        "keys/unfit by",
        "keys/unfit keep",
        "keys/unfit by",
        "nowhere",
        "TypeError down",
        true,
    ]);
    assert_eq!(said, wanted);
    done()
}

/// By another code than before and a passphrase, without the keys themselves.
pub(crate) async fn keys_got_back_by_others(flow: Flow) -> Result<Outcome> {
    let browser = flow.browser().await?;
    page(&flow, &browser).await?;
    let said = asked(&browser, "changed()").await?;
    let wanted = json!([
        "keys/closed", 2, "code,passphrase", 3, true, "keys/closed", "code,passphrase", "a secret", 3
    ]);
    assert_eq!(said, wanted);
    done()
}

/// A browser that has a pair gets another back: both open what is theirs, here and later.
pub(crate) async fn keys_of_two_browsers(flow: Flow) -> Result<Outcome> {
    let browser = flow.browser().await?;
    page(&flow, &browser).await?;
    let said = asked(&browser, "merged()").await?;
    assert_eq!(said, json!([2, 0, true, "there", "here", 2, 2, 3]));
    done()
}

/// A code with a mistake is none.
pub(crate) async fn recovery_codes(flow: Flow) -> Result<Outcome> {
    let browser = flow.browser().await?;
    page(&flow, &browser).await?;
    let said = asked(&browser, "codes()").await?;
    assert_eq!(said, json!([0, true, false, true, true]));
    done()
}

/// A browser that does not know the curve keeps the secret under a key of its own.
pub(crate) async fn keys_without_the_curve(flow: Flow) -> Result<Outcome> {
    let browser = flow.browser().await?;
    put(&flow, "");
    let before = "const { importKey, generateKey } = SubtleCrypto.prototype;\n\
                  const without = (call, at) => function (...all) {\n\
                  return all[at] === 'X25519' ? Promise.reject(new DOMException('unknown', 'NotSupportedError')) : call.apply(this, all);\n\
                  };\n\
                  SubtleCrypto.prototype.importKey = without(importKey, 2);\n\
                  SubtleCrypto.prototype.generateKey = without(generateKey, 0);\n";
    Page::new().before(before).put(&flow.site, "/");
    browser.open(&flow.site.url("/")).await?;
    browser.wait("window.started").await?;
    let begun = asked(&browser, "begin()").await?;
    browser.open(&flow.site.url("/")).await?;
    browser.wait("window.started").await?;
    let file = &begun["file"];
    assert_eq!(asked(&browser, &format!("opened({file})")).await?, "a secret");
    // The secret is in the database under a key that does not leave it.
    let row = "new Promise((resolve, reject) => { const it = indexedDB.open('mixus-privacy-keys'); it.onerror = reject; \
               it.onsuccess = () => { const row = it.result.transaction('kept').objectStore('kept').get('keyset'); \
               row.onsuccess = () => resolve(Object.entries(row.result.keys[0]).map(([name, it]) => `${name} ${it.by?.extractable ?? ''}`).sort().join()); }; })";
    let kept = value(&browser, row).await?;
    assert_eq!(kept, "id ,lock false,made ,public ,safe ");
    // A browser that knows it has the same keys.
    let other = flow.browser().await?;
    page(&flow, &other).await?;
    let mut given = begun.clone();
    given["by"] = json!("passphrase");
    let said = asked(&other, &format!("elsewhere({given})")).await?;
    assert_eq!(said[7], "a secret");
    done()
}

/// One secret in 256 begins with a zero, and not every browser takes it.
pub(crate) async fn keys_with_a_zero(flow: Flow) -> Result<Outcome> {
    let browser = flow.browser().await?;
    page(&flow, &browser).await?;
    let said = asked(&browser, "zeros()").await?;
    assert_eq!(said, json!([true, "a secret", "a secret"]));
    done()
}

/// A browser that keeps nothing says so, and makes nothing.
pub(crate) async fn keys_without_storage(flow: Flow) -> Result<Outcome> {
    if flow.engine == Engine::WebKit {
        return skip("no setting that a driver could make");
    }
    let options = Options {
        blocked: true,
        ..Options::default()
    };
    let browser = flow.browser_with(options).await?;
    page(&flow, &browser).await?;
    let call = "fault(it.keys.make({ by: [{ code: it.keys.recoveryCode() }], keep: () => { window.asked = true; } }))";
    let said = asked(&browser, call).await?;
    let said = said.as_str().context("a text")?;
    assert!(said.starts_with("keys/storage "), "{said}");
    assert!(!browser.get::<bool>("!!window.asked").await?);
    done()
}

/// In a private window a pair is made, or it is said that there can be none.
pub(crate) async fn keys_in_a_private_window(flow: Flow) -> Result<Outcome> {
    let options = Options {
        private: true,
        ..Options::default()
    };
    let browser = flow.browser_with(options).await?;
    page(&flow, &browser).await?;
    let call = "fault(it.keys.make({ by: [{ code: it.keys.recoveryCode() }], keep: () => { window.asked = true; } }).then(({ kept }) => kept))";
    let said = asked(&browser, call).await?;
    let said = said.as_str().context("a text")?;
    println!("{}: {said} in a private window", flow.engine);
    let asked: bool = browser.get("!!window.asked").await?;
    match said {
        "nothing: wrapped" => assert!(asked),
        said => {
            assert!(said.starts_with("keys/storage "), "{said}");
            assert!(!asked, "it was kept, and is not there");
        }
    }
    done()
}

/// A passkey opens a safe by itself, and is never the only one that does.
pub(crate) async fn keys_by_passkey(flow: Flow) -> Result<Outcome> {
    if flow.engine != Engine::Chromium {
        return skip("its driver has no authenticators with this extension");
    }
    let browser = flow.browser().await?;
    // Passkeys are for names, and not for addresses.
    put(&flow, "localhost");
    browser
        .open(&format!("http://localhost:{}/", flow.site.address().port()))
        .await?;
    browser.wait("window.started").await?;
    let devices = Cdp::new(browser.session.clone());
    devices.send_raw("WebAuthn.enable", json!({})).await?;
    let options = json!({"protocol": "ctap2", "ctap2Version": "ctap2_1", "transport": "internal", "hasResidentKey": true,
        "hasUserVerification": true, "hasPrf": true, "isUserVerified": true, "automaticPresenceSimulation": true});
    devices
        .send_raw("WebAuthn.addVirtualAuthenticator", json!({"options": options}))
        .await?;
    let said = asked(&browser, "byPasskey()").await?;
    let wanted = json!([
        "passkey,code",
        true,
        "keys/closed",
        "keys/passkey NotAllowedError",
        "passkey,code",
        "a secret"
    ]);
    assert_eq!(said, wanted);
    done()
}
