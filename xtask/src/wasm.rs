//! One WebAssembly module: compile, make the glue, shorten names, optimise.
//!
//! wasm-bindgen's tool is used as a library, so that its version is Cargo.lock's. Its own
//! loader is not: the package has one that is memoised, has no effect on import and works
//! with every bundler. What is left of the glue is bundled with the package's JavaScript.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result};
use wasm_bindgen_cli_support::Bindgen;

use crate::paths;
use crate::run::{cargo, run};

/// The files that the build of one module leaves.
#[derive(Debug)]
pub(crate) struct Module {
    /// The module.
    pub(crate) wasm: PathBuf,
    /// Its glue, an ES module: `imports`, `bind(exports)` and the module's own functions.
    pub(crate) glue: PathBuf,
}

/// Compiles the module of a cargo feature.
fn compile(feature: &str) -> Result<PathBuf> {
    let root = paths::root();
    let (profile, flags) = ways(feature);
    run(cargo()
        .current_dir(&root)
        .args(["build", "--quiet", "--package", "mixus-privacy", "--lib"])
        .args(["--target", "wasm32-unknown-unknown", "--profile", profile])
        .args(["--no-default-features", "--features", feature])
        .env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS", flags)
        .arg("--target-dir")
        .arg(root.join("target")))?;
    Ok(root
        .join("target/wasm32-unknown-unknown")
        .join(profile)
        .join("mixus_privacy.wasm"))
}

/// The profile and the flags by which the module of a feature is compiled. The envelope's cipher runs over some hundred bytes, so
/// that it may be slow; what takes its browser's place goes over whole files.
fn ways(feature: &str) -> (&'static str, &'static str) {
    match feature {
        "vault" => ("wasm", "--cfg sha2_backend_soft=\"compact\""),
        "software" => ("fast", ""),
        _ => ("wasm", ""),
    }
}

/// Makes a module small.
fn optimise(from: &Path, to: &Path) -> Result<()> {
    run(Command::new("node")
        .arg(paths::root().join("js/node_modules/binaryen/bin/wasm-opt"))
        // Rust keeps its data above the first 1024 bytes, so that constant offsets can be folded.
        .args(["-Oz", "--low-memory-unused", "--optimize-added-constants"])
        .args(["--enable-reference-types", "--enable-bulk-memory"])
        .args(["--enable-nontrapping-float-to-int", "--enable-sign-ext"])
        .args(["--enable-mutable-globals", "--enable-multivalue"])
        .args(["--strip-debug", "--strip-producers", "--strip-target-features"])
        .arg(from)
        .arg("-o")
        .arg(to))
}

/// Builds a module that has numbers only in its exports, and needs no glue.
pub(crate) fn bare(feature: &str) -> Result<PathBuf> {
    let compiled = compile(feature)?;
    let work = paths::work();
    fs::create_dir_all(&work)?;
    let mut module = walrus::Module::from_file(&compiled)?;
    // What the linker exports beside them.
    let others: Vec<_> = module
        .exports
        .iter()
        .filter(|export| export.name.starts_with("__"))
        .map(walrus::Export::id)
        .collect();
    for export in others {
        module.exports.delete(export);
    }
    let plain = work.join(format!("{feature}.plain.wasm"));
    module.emit_wasm_file(&plain)?;
    let optimised = work.join(format!("{feature}.wasm"));
    optimise(&plain, &optimised)?;
    Ok(optimised)
}

/// Builds the module of a cargo feature with its glue.
pub(crate) fn build(feature: &str) -> Result<Module> {
    let compiled = compile(feature)?;
    let work = paths::work().join(feature);
    fs::create_dir_all(&work)?;

    let mut output = Bindgen::new()
        .input_path(&compiled)
        .out_name("module")
        .bundler(true)?
        .typescript(false)
        .remove_name_section(true)
        .remove_producers_section(true)
        .generate_output()
        .context("wasm-bindgen")?;
    let names = Names::shorten(output.wasm_mut());
    output.emit(&work)?;

    let glue = fs::read_to_string(work.join("module_bg.js"))?;
    fs::write(work.join("module_bg.js"), names.rewrite(&glue)?)?;
    let wrapper = work.join("glue.js");
    fs::write(&wrapper, names.wrapper()?)?;

    let optimised = work.join(format!("{feature}.wasm"));
    optimise(&work.join("module_bg.wasm"), &optimised)?;
    Ok(Module {
        wasm: optimised,
        glue: wrapper,
    })
}

/// The short names of a module's imports and exports, by their long ones.
#[derive(Debug, Default)]
struct Names {
    /// With the module that has the import: the glue or `host.js`.
    imports: BTreeMap<(String, String), String>,
    exports: BTreeMap<String, String>,
}

impl Names {
    fn shorten(module: &mut walrus::Module) -> Names {
        let mut names = Names::default();
        for import in module.imports.iter_mut() {
            let short = short(names.imports.len());
            let key = (import.module.clone(), import.name.clone());
            names.imports.insert(key, short.clone());
            import.module = "a".into();
            import.name = short;
        }
        for export in module.exports.iter_mut() {
            let short = short(names.exports.len());
            names.exports.insert(export.name.clone(), short.clone());
            export.name = short;
        }
        names
    }

    /// The glue with short export names and with the package's one `host.js`.
    fn rewrite(&self, glue: &str) -> Result<String> {
        let host = paths::root().join("js/host.js");
        let mut out = String::new();
        let mut rest = glue;
        while let Some(at) = rest.find("wasm.") {
            let (before, after) = rest.split_at(at + "wasm.".len());
            out.push_str(before);
            let end = after
                .find(|it: char| !(it.is_ascii_alphanumeric() || it == '_'))
                .unwrap_or(after.len());
            let (name, tail) = after.split_at(end);
            out.push_str(self.exports.get(name).map_or(name, String::as_str));
            rest = tail;
        }
        out.push_str(rest);
        let host = host.to_str().context("the project's path is not UTF-8")?;
        Ok(out.replace("'./host.js'", &format!("'{host}'")))
    }

    fn wrapper(&self) -> Result<String> {
        let host = paths::root().join("js/host.js");
        let host = host.to_str().context("the project's path is not UTF-8")?;
        let pairs = |ours: bool| {
            let those = self.imports.iter().filter(|((module, _), _)| (module == "./host.js") == ours);
            let pairs: Vec<String> = those.map(|((_, long), short)| format!("{long} as {short}")).collect();
            pairs.join(", ")
        };
        let shorts: Vec<&str> = self.imports.values().map(String::as_str).collect();
        let start = self
            .exports
            .get("__wbindgen_start")
            .map(|short| format!(" exports.{short}?.();"))
            .unwrap_or_default();
        Ok(format!(
            "import {{ __wbg_set_wasm, {} }} from './module_bg.js';\n\
             import {{ {} }} from '{host}';\n\
             export * from './module_bg.js';\n\
             export const imports = {{ {} }};\n\
             export const bind = (exports) => {{ __wbg_set_wasm(exports);{start} }};\n",
            pairs(false),
            pairs(true),
            shorts.join(", "),
        ))
    }
}

/// `a`, `b`, … `z`, `aa`, … in an order that leaves out nothing.
fn short(mut at: usize) -> String {
    let mut out = String::new();
    loop {
        out.insert(0, char::from(b'a' + u8::try_from(at % 26).unwrap_or(0)));
        if at < 26 {
            return out;
        }
        at = at / 26 - 1;
    }
}
