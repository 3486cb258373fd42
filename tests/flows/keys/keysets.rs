//! Public keys that the policy names.

use anyhow::Result;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use ed25519_dalek::{Signer as _, SigningKey};
use mixus_privacy_tests::{Browser, Flow, Outcome, Page, Reply, done, policy::document};
use serde_json::{Value, json};

use super::{asked, page, put};
use crate::sync::value;

const KIND: &str = "application/vnd.mixus.keyset+json";
/// When they end, in seconds since 1970; a test lasts shorter.
const LATER: u64 = 4_000_000_000;
/// Private and public keys.
const ALICE: [&str; 2] = [
    "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=",
    "pOCSkrZRwni5dyxWn1+puxPZBrRqtoyd+dwrRAn4ogk=",
];
const BOB: [&str; 2] = [
    "AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgI=",
    "zo060cy2M+x7cMF4FKXHbs0CloUFDTRHRboFhw5YfVk=",
];

fn signer(number: u8) -> SigningKey {
    SigningKey::from_bytes(&[number; 32])
}

fn pin(number: u8) -> String {
    URL_SAFE_NO_PAD.encode(signer(number).verifying_key().to_bytes())
}

/// A public key as Tink writes it in its keysets.
fn tink(id: u32, public: &str) -> Value {
    let mut value = vec![0x12, 6, 8, 1, 0x10, 1, 0x18, 2, 0x1a, 32];
    value.extend(STANDARD.decode(public).unwrap_or_default());
    json!({
        "keyData": {"typeUrl": "type.googleapis.com/google.crypto.tink.HpkePublicKey", "value": STANDARD.encode(value),
            "keyMaterialType": "ASYMMETRIC_PUBLIC"},
        "status": "ENABLED", "keyId": id, "outputPrefixType": "TINK",
    })
}

fn said(owner: &str, serial: u64, expires: u64, public: &str) -> Value {
    json!({
        "owner": owner, "serial": serial, "expires": expires,
        "keyset": {"primaryKeyId": 7, "key": [tink(6, BOB[1]), tink(7, public)]},
    })
}

fn signed(number: u8, said: &Value) -> Value {
    let payload = said.to_string();
    let text = format!("DSSEv1 {} {KIND} {} {payload}", KIND.len(), payload.len());
    let sig = STANDARD.encode(signer(number).sign(text.as_bytes()).to_bytes());
    json!({"payloadType": KIND, "payload": STANDARD.encode(payload), "signatures": [{"keyid": pin(number), "sig": sig}]})
}

/// The number of the key, or the fault, for each of these recipients.
async fn recipients(browser: &Browser, of: &str, options: &Value) -> Result<Value> {
    let call = format!(
        "keys.recipients({of}, {options}).then((all) => all.map(({{ id, key }}) => `${{id}} ${{btoa(String.fromCharCode(...key)).slice(0, 4)}}`), ({{ code, path }}) => `${{code}} ${{path}}`)"
    );
    asked(browser, &call).await
}

/// Where the policy document names keysets, files are sealed for the server and the organisation, and for whoever recovers
/// them without being asked; each opens what is theirs.
pub(crate) async fn keysets_of_a_policy(flow: Flow) -> Result<Outcome> {
    let mut policy = document()?;
    let entry = |owner: &str, pins: &[u8]| json!({"owner": owner, "url": flow.site.url(&format!("/{owner}")), "pins": pins.iter().map(|it| pin(*it)).collect::<Vec<_>>()});
    let mut abroad = entry("server", &[1]);
    abroad["url"] = json!(flow.site.url("/abroad"));
    abroad["regimes"] = json!(["us"]);
    policy["keysets"] = json!([
        abroad,
        entry("server", &[1]),
        entry("organisation", &[1, 2]),
        entry("recovery", &[3])
    ]);
    for (owner, by, public) in [("server", 1, ALICE[1]), ("organisation", 2, BOB[1]), ("recovery", 3, BOB[1])]
    {
        let statement = signed(by, &said(owner, 1, LATER, public));
        flow.site.reply(&format!("/{owner}"), Reply::json(&statement));
    }
    flow.site.reply("/policy.json", Reply::json(&policy));
    let browser = flow.browser().await?;
    put(&flow, "");
    Page::new().policy("'/policy.json'").put(&flow.site, "/");
    browser.open(&flow.site.url("/")).await?;
    browser.wait("window.started || window.failed").await?;
    let to = recipients(&browser, "privacy", &json!({"server": true})).await?;
    assert_eq!(to, json!(["7 pOCS", "7 zo06"]));
    let to = recipients(&browser, "privacy", &json!({"server": true, "organisation": true})).await?;
    assert_eq!(to, json!(["7 pOCS", "7 zo06", "7 zo06"]));
    // Somebody else's server does not get what is sealed here.
    assert!(!flow.site.requests().iter().any(|it| it.path == "/abroad"));
    let sealed = "keys.recipients(privacy, { server: true }).then((to) => it.sealed('for you', to))";
    let call = |pair: [&str; 2]| {
        format!(
            "{sealed}.then((file) => it.fault(it.opened(file, {{ keys: [{{ id: 7, key: it.bytes('{}'), public: it.bytes('{}') }}] }})))",
            pair[0], pair[1]
        )
    };
    for pair in [ALICE, BOB] {
        assert_eq!(asked(&browser, &call(pair)).await?, "nothing: for you");
    }
    assert_eq!(asked(&browser, &call([BOB[0], ALICE[1]])).await?, "vault/closed");
    // Whoever recovers is there, or nothing is sealed.
    flow.site
        .reply("/recovery", Reply::json(&signed(1, &said("recovery", 2, LATER, ALICE[1]))));
    let to = recipients(&browser, "privacy", &json!({"server": true})).await?;
    assert_eq!(to, "keys/unpinned recovery");
    assert_eq!(browser.errors().await?, [""; 0]);
    done()
}

/// A keyset that nobody signed whom the policy names, that has ended, or that is older than one that was seen.
pub(crate) async fn keysets_that_do_not_hold(flow: Flow) -> Result<Outcome> {
    let browser = flow.browser().await?;
    page(&flow, &browser).await?;
    let url = flow.site.url("/v1/keys");
    let of = json!({"keysets": [{"owner": "server", "url": url, "pins": [pin(1), pin(2)]}]}).to_string();
    let good = said("server", 5, LATER, ALICE[1]);
    let with = |member: &str, value: Value| {
        let mut said = good.clone();
        said[member] = value;
        said
    };
    let key = |member: &str, value: Value| {
        let mut said = good.clone();
        said["keyset"]["key"][1][member] = value;
        said
    };
    let mut changed = signed(1, &good);
    changed["payload"] = json!(STANDARD.encode(with("serial", json!(6)).to_string()));
    let mut borrowed = signed(3, &good);
    borrowed["signatures"][0]["keyid"] = json!(pin(1));
    let mut kind = signed(1, &good);
    kind["payloadType"] = json!("text/plain");
    let mut second = signed(3, &good);
    let sig = signed(2, &good)["signatures"][0].clone();
    second["signatures"].as_array_mut().map(|it| it.push(sig)).unwrap_or_default();
    let mut raw = key("outputPrefixType", json!("RAW"));
    raw["serial"] = json!(9);
    let steps = [
        ("nobody answers", Reply::status(503), "keys/unreachable server"),
        ("no keyset", Reply::html("<p>Welcome"), "keys/form server"),
        ("another kind", Reply::json(&kind), "keys/form server"),
        ("somebody else's", Reply::json(&signed(3, &good)), "keys/unpinned server"),
        ("in another's name", Reply::json(&borrowed), "keys/unpinned server"),
        ("changed", Reply::json(&changed), "keys/unpinned server"),
        (
            "for another owner",
            Reply::json(&signed(1, &with("owner", json!("recovery")))),
            "keys/unpinned server",
        ),
        (
            "ended",
            Reply::json(&signed(1, &with("expires", json!(1_700_000_000)))),
            "keys/expired server",
        ),
        (
            "without an end",
            Reply::json(&signed(1, &with("expires", Value::Null))),
            "keys/form server",
        ),
        (
            "a key that is not in use",
            Reply::json(&signed(1, &key("status", json!("DISABLED")))),
            "keys/form server",
        ),
        ("a key without its number", Reply::json(&signed(1, &raw)), "keys/form server"),
        ("the one that follows", Reply::json(&second), "7 pOCS"),
        (
            "an older one",
            Reply::json(&signed(1, &with("serial", json!(4)))),
            "keys/rolled-back server",
        ),
        (
            "another of that number",
            Reply::json(&signed(1, &said("server", 5, LATER, BOB[1]))),
            "keys/rolled-back server",
        ),
        ("the same again", Reply::json(&signed(1, &good)), "7 pOCS"),
        (
            "a later one",
            Reply::json(&signed(2, &said("server", 8, LATER, BOB[1]))),
            "7 zo06",
        ),
        ("the one before", Reply::json(&signed(1, &good)), "keys/rolled-back server"),
        ("nobody answers any more", Reply::status(503), "7 zo06"),
    ];
    for (name, reply, wanted) in steps {
        flow.site.reply("/v1/keys", reply);
        let to = recipients(&browser, &of, &json!({"server": true})).await?;
        let wanted = if wanted.starts_with("keys/") { json!(wanted) } else { json!([wanted]) };
        assert_eq!(to, wanted, "{name}");
    }
    // It is remembered by the browser, and not by the page.
    page(&flow, &browser).await?;
    flow.site.reply("/v1/keys", Reply::json(&signed(1, &good)));
    let to = recipients(&browser, &of, &json!({"server": true})).await?;
    assert_eq!(to, "keys/rolled-back server");
    // What has ended meanwhile is not used, though nobody answers.
    flow.site.reply("/v1/keys", Reply::status(503));
    value(&browser, "(Date.now = () => 4_000_000_001_000, 1)").await?;
    let to = recipients(&browser, &of, &json!({"server": true})).await?;
    assert_eq!(to, "keys/expired server");

    without_one(&browser, &of).await?;
    done()
}

/// Where there is none, or none that could be trusted on its way.
async fn without_one(browser: &Browser, of: &str) -> Result<()> {
    let plain =
        json!({"keysets": [{"owner": "server", "url": "http://keys.example/v1/keys", "pins": [pin(1)]}]})
            .to_string();
    let to = recipients(browser, &plain, &json!({"server": true})).await?;
    assert_eq!(to, "keys/insecure server");
    for (options, wanted) in [
        (json!({"organisation": true}), "keys/no-keyset organisation"),
        (json!({}), "keys/unfit to"),
    ] {
        assert_eq!(recipients(browser, of, &options).await?, wanted);
    }
    Ok(())
}
