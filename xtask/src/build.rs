//! `cargo xtask build`: writes the npm package.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result, bail};
use base64::Engine as _;
use mixus_privacy::policy::{Json, canonical, compile};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::{bundle, paths, wasm};

/// Builds everything and writes `pkg/`.
pub(crate) fn build() -> Result<()> {
    let root = paths::root();
    let package = paths::package();
    let work = paths::work();
    fs::create_dir_all(&work)?;
    if package.exists() {
        fs::remove_dir_all(&package)?;
    }
    fs::create_dir_all(&package)?;

    let texts = root.join("src/web/texts");
    let english = bundle::read_json(&texts.join("en.json"))?;
    let banner = work.join("english-banner.js");
    bundle::json_module(english.get("banner").unwrap_or(&Value::Null), &banner)?;
    bundle::json_module(&english, &package.join("texts/en.js"))?;

    let boot = wasm::bare("boot")?;
    fs::copy(&boot, package.join("boot.wasm"))?;
    let style = bundle::style(&root.join("src/web/style/banner.css"), "banner")?;
    bundle::entry(
        &root.join("js/index.js"),
        &package.join("index.js"),
        &[
            ("style-banner", style.as_path()),
            ("english-banner", banner.as_path()),
        ],
        &["./guard.js", "./policy.js", "./panel.js", "./texts/*"],
    )?;
    bundle::script(&root.join("js/guard.js"), &package.join("guard.js"))?;
    policy(&root.join("src/policy/default"), &package)
}

/// Compiles the default policy document.
fn policy(from: &Path, package: &Path) -> Result<()> {
    let mut document = bundle::read_json(&from.join("policy.json"))?;
    for entry in fs::read_dir(from.join("texts"))? {
        let path = entry?.path();
        let lang = path.file_stem().and_then(|it| it.to_str()).context("a file name")?;
        document["texts"][lang] = bundle::read_json(&path)?;
    }
    let mut at = Json::new(&document);
    let text = canonical(&mut at).context("the policy has no canonical form")?;
    let hash = base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(Sha256::digest(&text));
    let mut at = Json::new(&document);
    let plan = compile(&mut at, &hash);
    for fault in &at.faults {
        eprintln!("{} {} {}", fault.path, fault.code.as_str(), fault.code.says());
    }
    if at.refused() {
        bail!("the default policy has faults");
    }
    let compiled = json!({
        "plan": plan,
        "name": document["controller"]["name"],
        "language": document["language"],
        "texts": {"en": document["texts"]["en"]},
    });
    bundle::json_module(&compiled, &package.join("policy.js"))
}
