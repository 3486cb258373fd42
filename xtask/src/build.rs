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
    bundle::json_module(&json!({"banner": english["banner"]}), &banner)?;
    for entry in fs::read_dir(&texts)? {
        let path = entry?.path();
        let lang = path.file_stem().and_then(|it| it.to_str()).context("a file name")?;
        bundle::json_module(&bundle::read_json(&path)?, &package.join(format!("texts/{lang}.js")))?;
    }

    let boot = wasm::bare("boot")?;
    fs::copy(&boot, package.join("boot.wasm"))?;
    let style = |name: &str| bundle::style(&root.join(format!("src/web/style/{name}.css")), name);
    bundle::entry(
        &root.join("js/index.js"),
        &package.join("index.js"),
        &[
            ("style-banner", style("banner")?.as_path()),
            ("english-banner", banner.as_path()),
        ],
        &["./guard.js", "./policy.js", "./panel.js", "./texts/*"],
    )?;
    bundle::script(&root.join("js/guard.js"), &package.join("guard.js"))?;

    let panel = wasm::build("panel")?;
    fs::copy(&panel.wasm, package.join("panel.wasm"))?;
    bundle::entry(
        &root.join("js/panel.js"),
        &package.join("panel.js"),
        &[
            ("style-panel", style("panel")?.as_path()),
            ("style-embed", style("embed")?.as_path()),
            ("glue-panel", panel.glue.as_path()),
        ],
        &[],
    )?;
    policy(&root.join("src/policy/default"), &package)
}

/// Compiles the default policy document: what the banner needs in `policy.js`, the rest
/// beside it.
fn policy(from: &Path, package: &Path) -> Result<()> {
    let mut document = bundle::read_json(&from.join("policy.json"))?;
    let mut loaders = String::new();
    for entry in fs::read_dir(from.join("texts"))? {
        let path = entry?.path();
        let lang = path.file_stem().and_then(|it| it.to_str()).context("a file name")?;
        let texts = bundle::read_json(&path)?;
        bundle::json_module(&texts, &package.join(format!("policy/{lang}.js")))?;
        document["texts"][lang] = texts;
        if lang != "en" {
            loaders.push_str(&format!("{lang}:()=>import(\"./policy/{lang}.js\"),"));
        }
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
    let mut first = json!({});
    if let Some(purposes) = document["texts"]["en"]["purposes"].as_object() {
        for (key, texts) in purposes {
            first[key] = json!({"title": texts["title"], "short": texts["short"]});
        }
    }
    let plan = Value::from(plan);
    let name = &document["controller"]["name"];
    let language = &document["language"];
    let english = json!({"purposes": first});
    fs::write(
        package.join("policy.js"),
        format!(
            "export default {{plan:{plan},name:{name},language:{language},\
             texts:{{en:{},{loaders}}},full:{{en:()=>import(\"./policy/en.js\")}},\
             document:()=>import(\"./policy/document.js\")}};\n",
            bundle::compact(&english)
        ),
    )?;
    if let Some(document) = document.as_object_mut() {
        document.remove("texts");
        document.remove("$schema");
    }
    bundle::json_module(&document, &package.join("policy/document.js"))
}
