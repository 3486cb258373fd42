//! The demo's files: `www/`, the vendors' kits from npm, and a policy for the ports in use.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context as _, Result};
use serde_json::{Value, json};

use crate::run::run;
use crate::{build, bundle, paths, setup};

/// Where the finished site lies.
pub(super) fn folder() -> PathBuf {
    paths::root().join("target/demo")
}

/// Builds the site for these origins. The package has to be built.
pub fn build(address: &str, vendors: &[(&'static str, String)]) -> Result<()> {
    let from = paths::root().join("www");
    let to = folder();
    setup::npm(&from)?;
    fs::create_dir_all(&to)?;
    let mut origins = json!({"site": address});
    for (name, origin) in vendors {
        origins[*name] = Value::from(origin.as_str());
    }
    for name in ["index.html", "app.css"] {
        let mut text = fs::read_to_string(from.join(name))?;
        for (vendor, origin) in vendors {
            text = text.replace(&format!("{{{{{vendor}}}}}"), origin);
        }
        fs::write(to.join(name), text)?;
    }
    fs::write(to.join("origins.json"), origins.to_string())?;
    for kit in ["app", "vendors/analytics", "vendors/errors", "vendors/chat"] {
        run(Command::new(paths::root().join("js/node_modules/.bin/esbuild"))
            .arg(from.join(kit).with_extension("js"))
            .args(["--bundle", "--minify", "--format=esm", "--target=es2022", "--log-level=warning"])
            .args([
                "--external:/pkg/*",
                "--external:/policy.js",
                "--define:process.env.NODE_ENV=\"production\"",
            ])
            .arg(format!("--define:ORIGINS={origins}"))
            .arg(format!("--outfile={}", to.join(kit).with_extension("js").display())))?;
    }
    fs::copy(from.join("node_modules/@n8n/chat/dist/style.css"), to.join("vendors/chat.css"))?;
    policy(vendors)
}

/// The default policy with this demo's services in it, compiled.
fn policy(vendors: &[(&'static str, String)]) -> Result<()> {
    let from = paths::root().join("src/policy/default");
    let mut document = bundle::read_json(&from.join("policy.json"))?;
    let ours = bundle::read_json(&paths::root().join("www/services.json"))?;
    let host = |vendor: &str| {
        let found = vendors.iter().find(|(name, _)| *name == vendor);
        found.map(|(_, origin)| origin.trim_start_matches("http://").to_owned())
    };
    document["version"] = "demo-1".into();
    for service in document["services"].as_array_mut().context("services")? {
        let Some(change) = ours.get(service["key"].as_str().unwrap_or_default()) else {
            continue;
        };
        for (name, value) in change.as_object().context("a change")? {
            service[name] = value.clone();
        }
        if let Some(vendor) = change["hosts"].as_str() {
            service["hosts"] = json!([host(vendor).context("no such vendor")?]);
        }
    }
    let never = document["never"][0]["hosts"].as_array_mut().context("the never-list")?;
    never.push(host("ads").context("no such vendor")?.into());
    for (_, texts) in document["texts"].as_object_mut().context("texts")? {
        let file = from.join(texts.as_str().context("an address")?);
        *texts = bundle::read_json(&file)?;
    }
    let file = folder().join("policy.json");
    fs::write(&file, document.to_string())?;
    build::policy(&file, &folder().join("policy.js"))
}

/// The content security policy of the page: strict, but for the vendors' own origins.
pub(super) fn content_policy() -> Result<String> {
    let origins: Value = bundle::read_json(&folder().join("origins.json"))?;
    let of = |name: &str| origins[name].as_str().unwrap_or_default().to_owned();
    let (analytics, errors, chat, video) = (of("analytics"), of("errors"), of("chat"), of("video"));
    Ok(format!(
        "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' data:; \
         font-src 'self' data:; connect-src 'self' {analytics} {errors} {chat}; frame-src {video}; \
         base-uri 'none'; form-action 'none'"
    ))
}
