//! Policies and states, made by the crate itself as a build and a browser make them.

use std::fs;
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context as _, Result, bail};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use mixus_privacy::consent::{Head, Slip, State};
use mixus_privacy::policy::{Json, Sink as _, canonical, compile};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::browser::Browser;
use crate::root;

/// A day in seconds.
pub const DAY: u32 = 86_400;

/// The default policy document, with its English texts in place.
pub fn document() -> Result<Value> {
    let folder = root().join("src/policy/default");
    let read = |name: &str| -> Result<Value> {
        let path = folder.join(name);
        let text = fs::read_to_string(&path).with_context(|| path.display().to_string())?;
        Ok(serde_json::from_str(&text)?)
    };
    let mut document = read("policy.json")?;
    document["texts"] = json!({"en": read("texts/en.json")?});
    Ok(document)
}

/// A purpose with its texts for [`document`].
pub fn add_purpose(document: &mut Value, key: &str) {
    push(&mut document["purposes"], json!({"key": key}));
    document["texts"]["en"]["purposes"][key] = json!({"title": key, "short": "new", "description": "New."});
}

/// A service with its texts for [`document`].
pub fn add_service(document: &mut Value, key: &str, purpose: &str, host: &str) {
    push(
        &mut document["services"],
        json!({
            "key": key,
            "purpose": purpose,
            "name": key,
            "provider": {"name": key},
            "hosts": [host],
            "retention": {"days": 30},
        }),
    );
    document["texts"]["en"]["services"][key] = json!({"description": "New."});
}

fn push(list: &mut Value, item: Value) {
    if let Some(list) = list.as_array_mut() {
        list.push(item);
    }
}

/// Compiles a document to what `start({ policy })` takes.
pub fn source(document: &Value) -> Result<Value> {
    let text = canonical(&mut Json::new(document)).context("the document has no canonical form")?;
    let mut at = Json::new(document);
    let plan = compile(&mut at, &URL_SAFE_NO_PAD.encode(Sha256::digest(&text)));
    if at.refused() {
        bail!("the document has faults: {:?}", at.faults);
    }
    Ok(json!({
        "plan": plan,
        "name": document["controller"]["name"],
        "language": document["language"],
        "texts": document["texts"],
        "document": document,
    }))
}

/// The time, in seconds since 1970.
pub fn now() -> u32 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u32::try_from(since.as_secs()).unwrap_or(u32::MAX)
}

/// The state that a decision of that time led to: `+analytics!social`.
pub fn state(version: &str, at: u32, until: u32, picks: &str) -> String {
    let mut group = Vec::new();
    let head = Head {
        seq: 1,
        at,
        until,
        gpc: false,
    };
    head.write(&mut group);
    group.put(picks.as_bytes());
    let mut out = Vec::new();
    State::default().take(&group, version.as_bytes(), &mut out);
    String::from_utf8(out).unwrap_or_default()
}

/// The version of the default policy.
pub fn version() -> Result<String> {
    Ok(document()?["version"].as_str().context("a version")?.into())
}

/// Puts a state where the package keeps it, for the next page. The browser has to be on a
/// page of the site.
pub async fn keep(browser: &Browser, state: &str) -> Result<()> {
    let text = json!(state);
    let script = format!(
        "document.cookie = 'mixus_privacy=' + {text} + ';Path=/;Max-Age=86400;SameSite=Lax';\
         localStorage['mixus-privacy'] = {text};"
    );
    browser.run(&script).await
}

/// The state in the cookie and the one in storage, as [`kept`] finds them: every entry, such
/// as `+analytics`, with when it was made and until when it holds.
#[derive(Debug, PartialEq, Eq)]
pub struct Kept {
    /// Signs and names.
    pub picks: Vec<String>,
    /// When the last decision was made, in seconds since 1970.
    pub at: u32,
    /// Until when it holds, in seconds since 1970.
    pub until: u32,
}

/// What the browser keeps. The copies of the state have to agree and to be whole.
pub async fn kept(browser: &Browser) -> Result<Option<Kept>> {
    let [cookie, stored]: [Option<String>; 2] = browser
        .get(
            "[document.cookie.match(/(?:^|; )mixus_privacy=([^;]*)/)?.[1] ?? null, \
             localStorage['mixus-privacy'] ?? null]",
        )
        .await?;
    if cookie != stored {
        bail!("the cookie says {cookie:?}, storage {stored:?}");
    }
    let Some(text) = cookie else {
        return Ok(None);
    };
    let state = State::read(text.as_bytes());
    if state.damaged {
        bail!("damaged: {text}");
    }
    let mut kept = Kept {
        picks: Vec::new(),
        at: 0,
        until: 0,
    };
    for group in state.groups() {
        let head = Head::read(group);
        if head.at >= kept.at {
            (kept.at, kept.until) = (head.at, head.until);
        }
        for entry in mixus_privacy::consent::entries(group) {
            let name = String::from_utf8_lossy(entry.name);
            kept.picks.push(format!("{}{name}", char::from(entry.sign)));
        }
    }
    kept.picks.sort();
    Ok(Some(kept))
}

/// The records of decisions that the browser keeps, oldest first: act, source and choices.
pub async fn records(browser: &Browser) -> Result<Vec<(String, String, String)>> {
    let slips: Vec<String> = browser
        .get(
            "Object.keys(localStorage).filter((it) => it.startsWith('mixus-privacy.')).sort()\
             .map((it) => localStorage[it])",
        )
        .await?;
    let mut records = Vec::new();
    for slip in slips {
        let read = Slip::read(slip.as_bytes()).with_context(|| format!("damaged: {slip}"))?;
        let act = read.act().context("an act")?.as_str();
        let source = read.source().context("a source")?.as_str();
        let group = String::from_utf8_lossy(read.group()).into_owned();
        let choices = group.get(19..).unwrap_or_default();
        records.push((act.into(), source.into(), choices.into()));
    }
    Ok(records)
}
