//! `cargo xtask build`: writes the npm package to `pkg/`.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha384};

use crate::run::run;
use crate::{bundle, paths, setup, wasm};

/// The modules that are loaded on first use.
const LATE: [&str; 9] = [
    "panel", "ledger", "track", "compile", "sync", "verify", "rights", "vault", "software",
];
/// What stays beside an entry and is loaded when it is needed.
const BESIDE: [&str; 10] = [
    "./policy.js", "./policy/*", "./texts/*", "./late.js", "./panel.js", "./ledger.js", "./track.js",
    "./compile.js", "./history.js", "./account.js",
];
/// Scripts that are used with sealed files, and come after these.
const ABOVE: [&str; 4] = ["download", "keys", "tus", "upload"];
/// Entries of which only some people ever see the texts.
const LATER: [&str; 2] = ["history", "account"];
/// Texts that are modules of their own, by the folder that they are in: what is said to those who look at their decisions or have an
/// account, and to those who send files.
const APART: [(&str, &[&str]); 2] = [("later/", &LATER), ("files/", &["files"])];

/// What stays beside the files for Node.js.
const NODE: [&str; 5] = ["./compile.js", "./document.js", "./policy.js", "./server.js", "node:*"];

/// `cargo xtask build`.
pub fn command(arguments: &[String]) -> Result<()> {
    crate::no_arguments(arguments)?;
    build()
}

/// The cargo features that are modules of the package.
pub(crate) fn modules() -> impl Iterator<Item = &'static str> {
    ["boot"].into_iter().chain(LATE)
}

/// Builds everything and writes `pkg/`.
pub fn build() -> Result<()> {
    setup::build()?;
    let root = paths::root();
    let package = paths::package();
    let work = paths::work();
    fs::create_dir_all(&work)?;
    if package.exists() {
        fs::remove_dir_all(&package)?;
    }
    fs::create_dir_all(&package)?;
    // Node.js runs the package's command line as modules because this says so.
    fs::copy(root.join("pkg.json"), package.join("package.json"))?;
    let js = |name: &str| root.join("js").join(name);
    let style = |name: &str| bundle::style(&root.join(format!("src/web/style/{name}.css")), name);

    let [languages, later, files] = texts(&root.join("src/web/texts"), &package.join("texts"))?;
    let banner = style("banner")?;
    let english = work.join("english-banner.js");
    let common = bundle::read_json(&root.join("src/web/texts/en.json"))?;
    bundle::json_module(&json!({"banner": common["banner"]}), &english)?;
    let boot = wasm::bare("boot")?;
    fs::copy(&boot, package.join("boot.wasm"))?;
    let bytes = work.join("boot-bytes.js");
    let base64 = STANDARD.encode(fs::read(&boot)?);
    fs::write(
        &bytes,
        format!("export default () => Uint8Array.from(atob(\"{base64}\"), (it) => it.charCodeAt(0));\n"),
    )?;

    let (css, embed) = (style("panel")?, style("embed")?);
    for name in LATE {
        let module = wasm::build(name)?;
        fs::copy(&module.wasm, package.join(format!("{name}.wasm")))?;
        let glue = format!("glue-{name}");
        bundle::entry(
            &js(&format!("{name}.js")),
            &package.join(format!("{name}.js")),
            &[("style-panel", &css), ("style-embed", &embed), (&glue, &module.glue)],
            &["./rights.js", "./software.js", "./vault-address.js"],
        )?;
    }
    bundle::script(&js("guard.js"), &package.join("guard.js"))?;
    bundle::script(&js("strict/index.js"), &package.join("guard-strict.js"))?;
    bundle::script(&js("strict/worker.js"), &package.join("guard-worker.js"))?;
    bundle::entry(&js("strict/release.js"), &package.join("guard-release.js"), &[], &[])?;
    let devtools = style("devtools")?;
    bundle::entry(
        &js("devtools.js"),
        &package.join("devtools.js"),
        &[("style-devtools", &devtools)],
        &[],
    )?;
    let (worker, beside) = (js("vault/worker.js"), ["./software.js"]);
    bundle::entry(&worker, &package.join("vault-worker.js"), &[], &beside)?;
    bundle::entry(&js("vault/address.js"), &package.join("vault-address.js"), &[], &[])?;
    // A classic script, which a worker that is a module can import as well.
    bundle::script(&js("download/worker.js"), &package.join("sealed-worker.js"))?;
    for name in ABOVE {
        let file = format!("{name}.js");
        bundle::entry(&js(&file), &package.join(&file), &[], &["./vault.js", "./software.js"])?;
    }
    bundle::entry(&js("late.js"), &package.join("late.js"), &[], &BESIDE)?;
    for name in LATER {
        let (file, css) = (format!("{name}.js"), style(name)?);
        let named: [(&str, &Path); 2] = [("later-texts", &later), (&format!("style-{name}"), &css)];
        bundle::entry(&js(&file), &package.join(&file), &named, &BESIDE)?;
    }
    let (look, beside) = (style("files")?, ["./upload.js", "./texts/*"]);
    let named = [("style-files", look.as_path()), ("files-texts", files.as_path())];
    bundle::entry(&js("files.js"), &package.join("files.js"), &named, &beside)?;
    let module = wasm::build("server")?;
    fs::copy(&module.wasm, package.join("server.wasm"))?;
    let glue = [("glue-server", module.glue.as_path())];
    for name in ["document.js", "server.js", "vite.js", "cli.js"] {
        bundle::entry(&js(name), &package.join(name), &glue, &NODE)?;
    }
    policy(&root.join("src/policy/default/policy.json"), &package.join("policy.js"))?;
    let (lazy, inline) = (js("parts.js"), js("parts-inline.js"));
    let common: [(&str, &Path); 3] = [
        ("style-banner", &banner),
        ("english-banner", &english),
        ("languages", &languages),
    ];
    let named = [&common[..], &[("parts", lazy.as_path())]].concat();
    let beside = [&BESIDE[..], &["./guard.js"]].concat();
    bundle::entry(&js("loader.js"), &package.join("index.js"), &named, &beside)?;
    let default = package.join("policy.js");
    let own = [
        ("parts", inline.as_path()),
        ("default-policy", &default),
        ("boot-bytes", &bytes),
    ];
    let named = [&common[..], &own[..]].concat();
    bundle::entry(&js("loader.js"), &package.join("inline.js"), &named, &BESIDE[1..])?;
    for name in ["guard.js", "index.js", "inline.js"] {
        bundle::eager(&package.join(name))?;
    }
    manifest(&root, &package)
}

/// Writes the interface texts, some modules for each language, and answers the modules that load
/// them one at a time: those that a page may need at once, and those that few ever see.
fn texts(from: &Path, to: &Path) -> Result<[PathBuf; 3]> {
    let mut loaders = [const { String::new() }; 3];
    let mut found: Vec<_> = fs::read_dir(from)?.collect::<Result<_, _>>()?;
    found.sort_by_key(fs::DirEntry::file_name);
    for entry in found {
        let path = entry.path();
        let lang = path.file_stem().and_then(|it| it.to_str()).context("a file name")?;
        let Value::Object(mut common) = bundle::read_json(&path)? else {
            bail!("{}: no texts", path.display())
        };
        let [later, files] = APART.map(|(folder, names)| {
            let texts: Map<String, Value> =
                names.iter().filter_map(|name| common.remove_entry(*name)).collect();
            (Value::from(texts), folder)
        });
        for ((texts, folder), loaders) in [(common.into(), ""), later, files].into_iter().zip(&mut loaders) {
            bundle::json_module(&texts, &to.join(format!("{folder}{lang}.js")))?;
            write!(loaders, "{lang}:()=>import('./texts/{folder}{lang}.js'),")?;
        }
    }
    let [common, later, files] = loaders;
    let place = |name: &str, loaders: String| -> Result<PathBuf> {
        let module = paths::work().join(name);
        fs::write(&module, format!("export default {{{loaders}}};\n"))?;
        Ok(module)
    };
    Ok([
        place("languages.js", common)?,
        place("later-texts.js", later)?,
        place("files-texts.js", files)?,
    ])
}

/// Compiles a policy document with the package's own command line, which has to be built.
pub fn policy(document: &Path, to: &Path) -> Result<()> {
    if let Some(folder) = to.parent() {
        fs::create_dir_all(folder)?;
    }
    run(Command::new("node")
        .arg(paths::package().join("cli.js"))
        .arg("compile")
        .arg(document)
        .arg("--out")
        .arg(to))
}

/// Adds what is copied, the manifest and the hashes of every file that a page can load.
fn manifest(root: &Path, package: &Path) -> Result<()> {
    for (from, to) in [
        ("js/index.d.ts", "index.d.ts"),
        ("js/devtools.d.ts", "devtools.d.ts"),
        ("js/files.d.ts", "files.d.ts"),
        ("js/keys.d.ts", "keys.d.ts"),
        ("js/download.d.ts", "download.d.ts"),
        ("js/policy.d.ts", "policy.d.ts"),
        ("js/server.d.ts", "server.d.ts"),
        ("js/sync.d.ts", "sync.d.ts"),
        ("js/tus.d.ts", "tus.d.ts"),
        ("js/upload.d.ts", "upload.d.ts"),
        ("js/vault.d.ts", "vault.d.ts"),
        ("js/verify.d.ts", "verify.d.ts"),
        ("js/vite.d.ts", "vite.d.ts"),
        ("src/policy/default/policy.schema.json", "policy.schema.json"),
        ("src/policy/default/texts.schema.json", "texts.schema.json"),
        ("src/policy/default/policy.json", "policy.json"),
        ("README.md", "README.md"),
        ("CHANGELOG.md", "CHANGELOG.md"),
        ("LICENSE-MIT", "LICENSE-MIT"),
        ("LICENSE-APACHE", "LICENSE-APACHE"),
    ] {
        fs::copy(root.join(from), package.join(to)).with_context(|| from.to_owned())?;
    }
    let mut hashes = json!({});
    for name in files(package, "")? {
        if is_loadable(&name) {
            let digest = Sha384::digest(fs::read(package.join(&name))?);
            hashes[&name] = Value::from(format!("sha384-{}", STANDARD.encode(digest)));
        }
    }
    fs::write(package.join("integrity.json"), format!("{hashes:#}\n"))?;
    Ok(())
}

/// Whether this is code, which a page can load.
pub(crate) fn is_loadable(name: &str) -> bool {
    let node = ["cli.js", "document.js", "server.js", "server.wasm", "vite.js"];
    matches!(paths::kind(name), "js" | "wasm") && !node.contains(&name)
}

/// The names of every file of the package, sorted.
pub(crate) fn files(package: &Path, under: &str) -> Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(package.join(under))? {
        let entry = entry?;
        let name = entry.file_name().into_string().ok().context("a file name")?;
        let name = if under.is_empty() { name } else { format!("{under}/{name}") };
        if entry.file_type()?.is_dir() {
            names.extend(files(package, &name)?);
        } else {
            names.push(name);
        }
    }
    names.sort();
    Ok(names)
}
