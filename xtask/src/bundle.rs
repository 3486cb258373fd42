//! The JavaScript of the package: bundled and minified by esbuild, with the generated parts
//! (glue, style sheets, texts) resolved by name.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result};
use serde_json::Value;

use crate::paths;
use crate::run::run;

fn esbuild() -> Command {
    let mut command = Command::new(paths::root().join("js/node_modules/.bin/esbuild"));
    command.args(["--log-level=warning", "--minify", "--charset=utf8", "--legal-comments=none"]);
    command
}

/// Minifies a style sheet and gives it a name that JavaScript imports as text.
pub(crate) fn style(source: &Path, name: &str) -> Result<PathBuf> {
    let to = paths::work().join(format!("{name}.css.txt"));
    run(esbuild()
        .arg(source)
        .arg("--target=chrome123,firefox120,safari17.5")
        .arg(format!("--outfile={}", to.with_extension("css").display())))?;
    let css = fs::read_to_string(to.with_extension("css"))?;
    fs::write(&to, css.trim_end())?;
    Ok(to)
}

/// Writes a JSON value as a module with one default export.
pub(crate) fn json_module(value: &Value, to: &Path) -> Result<()> {
    if let Some(folder) = to.parent() {
        fs::create_dir_all(folder)?;
    }
    fs::write(to, format!("export default {};\n", compact(value)))?;
    Ok(())
}

/// JSON as a JavaScript literal: names that need no quotes go without.
pub(crate) fn compact(value: &Value) -> String {
    match value {
        Value::Object(members) => {
            let members: Vec<String> = members
                .iter()
                .map(|(name, value)| {
                    let plain = name.chars().all(|it| it.is_ascii_alphanumeric() || it == '_')
                        && !name.starts_with(|it: char| it.is_ascii_digit());
                    let name = if plain { name.clone() } else { Value::from(name.as_str()).to_string() };
                    format!("{name}:{}", compact(value))
                })
                .collect();
            format!("{{{}}}", members.join(","))
        }
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(compact).collect();
            format!("[{}]", items.join(","))
        }
        other => other.to_string(),
    }
}

/// Reads a JSON file.
pub(crate) fn read_json(path: &Path) -> Result<Value> {
    let text = fs::read_to_string(path).with_context(|| format!("{}", path.display()))?;
    serde_json::from_str(&text).with_context(|| format!("{}", path.display()))
}

/// Bundles an entry of `js/` into `pkg/`.
///
/// `names` are the modules that imports find by name; `beside` the files that stay apart,
/// next to the entry, and are loaded when they are needed.
pub(crate) fn entry(source: &Path, to: &Path, names: &[(&str, &Path)], beside: &[&str]) -> Result<()> {
    let mut command = esbuild();
    command
        .arg(source)
        .args(["--bundle", "--format=esm", "--target=es2022", "--loader:.txt=text"])
        .arg(format!("--define:VERSION=\"{}\"", env!("CARGO_PKG_VERSION")))
        .arg(format!("--outfile={}", to.display()));
    for (name, path) in names {
        command.arg(format!("--alias:{name}={}", path.display()));
    }
    for file in beside {
        command.arg(format!("--external:{file}"));
    }
    run(&mut command)?;
    squeeze(to, true)
}

/// Bundles a script whose face is `page`, to be read by people too.
pub(crate) fn plain(source: &Path, to: &Path, names: &[(&str, &Path)], beside: &[&str]) -> Result<()> {
    let mut command = Command::new(paths::root().join("js/node_modules/.bin/esbuild"));
    command
        .arg(source)
        .args([
            "--log-level=warning",
            "--bundle",
            "--format=iife",
            "--global-name=page",
            "--target=es2022",
        ])
        .arg("--define:import.meta.url=\"https://site.example/pkg/page.js\"")
        .arg(format!("--define:VERSION=\"{}\"", env!("CARGO_PKG_VERSION")))
        .arg(format!("--outfile={}", to.display()));
    for (name, path) in names {
        command.arg(format!("--alias:{name}={}", path.display()));
    }
    for file in beside {
        command.arg(format!("--external:{file}"));
    }
    run(&mut command)
}

/// Minifies a file of the package once more: terser finds what esbuild leaves.
fn squeeze(file: &Path, module: bool) -> Result<()> {
    let mut command = Command::new("node");
    command
        .arg(paths::root().join("js/node_modules/terser/bin/terser"))
        .arg(file)
        .args([
            "--compress",
            "passes=4,ecma=2022,keep_fargs=false,collapse_vars=false",
            "--mangle",
            "--ecma",
            "2022",
        ])
        .arg("--output")
        .arg(file);
    if module {
        command.arg("--module");
    }
    run(&mut command)
}

/// Asks the engine to compile every function of a file while it loads, in the background where it
/// can: the first call of each is then not what a person who clicks waits for. Engines that do not
/// know the comment pass over it.
pub(crate) fn eager(file: &Path) -> Result<()> {
    let script = fs::read_to_string(file)?;
    fs::write(file, format!("//# allFunctionsCalledOnLoad\n{script}"))?;
    Ok(())
}

/// Minifies a classic script.
pub(crate) fn script(source: &Path, to: &Path) -> Result<()> {
    run(esbuild()
        .arg(source)
        .args(["--bundle", "--format=iife", "--target=es2022"])
        .arg(format!("--outfile={}", to.display())))?;
    squeeze(to, false)
}
