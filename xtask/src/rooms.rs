//! The walls of the house: what a file of `src/` may name, judged by its tokens, so that
//! comments and texts do not count.

use std::fmt;
use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result};
use proc_macro2::{Delimiter, Ident, TokenStream, TokenTree};
use syn::spanned::Spanned as _;
use syn::{Expr, Item, Stmt};

use crate::paths;

/// The rooms, and which others each may name.
const ROOMS: [(&str, &[&str]); 12] = [
    ("policy", &[]),
    ("consent", &["policy"]),
    ("ledger", &["consent", "policy"]),
    ("sync", &["ledger", "consent", "policy"]),
    ("rights", &["ledger", "consent", "policy"]),
    ("vault", &[]),
    ("gate", &["consent", "policy"]),
    ("minimise", &["policy"]),
    ("page", &["gate", "consent", "policy"]),
    ("serve", &["page", "gate", "consent", "policy"]),
    (
        "web",
        &[
            "sync", "rights", "ledger", "serve", "page", "gate", "minimise", "vault", "consent", "policy",
        ],
    ),
    ("api", &["web"]),
];
/// The rooms that know a browser.
const BROWSER_ROOMS: [&str; 2] = ["web", "api"];
/// The crates that do.
const BROWSER_CRATES: [&str; 4] = ["js_sys", "serde_wasm_bindgen", "wasm_bindgen", "web_sys"];
/// Where files have a length that a reader can hold in mind, and which.
const SOURCES: [&str; 7] = ["src", "js", "tests", "xtask", "bench", "server", "www"];
const KINDS: [&str; 7] = ["rs", "js", "ts", "css", "html", "mjs", "jsx"];
const LONGEST: usize = 400;

/// A place where a rule is broken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    file: String,
    line: usize,
    says: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.file, self.line, self.says)
    }
}

/// The number of files that were looked at under a project's root, and every fault.
pub fn check(root: &Path) -> Result<(usize, Vec<Fault>)> {
    let mut files = Vec::new();
    for folder in SOURCES {
        collect(root, folder, &mut files)?;
    }
    let mut faults = Vec::new();
    for file in &files {
        let text = fs::read_to_string(root.join(file)).with_context(|| file.clone())?;
        faults.extend(length(file, &text));
        if file.starts_with("src/") && paths::kind(file) == "rs" {
            faults.extend(source(file, &text).with_context(|| file.clone())?);
        }
    }
    Ok((files.len(), faults))
}

/// The sources in a folder, by their paths from the root.
fn collect(root: &Path, folder: &str, files: &mut Vec<String>) -> Result<()> {
    let Ok(entries) = fs::read_dir(root.join(folder)) else {
        return Ok(());
    };
    for entry in entries {
        let entry = entry?;
        let name = entry.file_name().into_string().ok().context("a file name that is not UTF-8")?;
        let path = format!("{folder}/{name}");
        if entry.file_type()?.is_dir() {
            let made = ["node_modules", "target", "dist", "pkg"].contains(&name.as_str());
            if !made && !name.starts_with('.') {
                collect(root, &path, files)?;
            }
        } else if KINDS.contains(&paths::kind(&name)) {
            files.push(path);
        }
    }
    files.sort();
    Ok(())
}

fn length(file: &str, text: &str) -> Option<Fault> {
    let lines = text.lines().count();
    (lines > LONGEST).then(|| Fault {
        file: file.into(),
        line: LONGEST + 1,
        says: format!("has {lines} lines; more than {LONGEST} are two concepts"),
    })
}

/// The faults of one file, `src/…/….rs`.
fn source(file: &str, text: &str) -> Result<Vec<Fault>> {
    let inner = file.strip_prefix("src/").context("not a source of the module")?;
    let way: Vec<&str> = inner.trim_end_matches(".rs").split('/').collect();
    let mut walk = Walk {
        file,
        allowed: None,
        pure: true,
        faults: Vec::new(),
    };
    if let [room, _, ..] = way[..] {
        let Some((_, allowed)) = ROOMS.iter().find(|(name, _)| *name == room) else {
            walk.fault(1, format!("there is no room {room}"));
            return Ok(walk.faults);
        };
        walk.allowed = Some((room, *allowed));
        walk.pure = !BROWSER_ROOMS.contains(&room);
        if room == "api" {
            thin(&syn::parse_file(text)?, &mut walk);
        }
    } else {
        map(&syn::parse_file(text)?, &mut walk);
    }
    // How far up the crate's root is: a file is a module in its folder's, `mod.rs` is the latter.
    let depth = way.len() - usize::from(way.last() == Some(&"mod"));
    let tokens: TokenStream = text.parse().map_err(|error| anyhow::anyhow!("{error}"))?;
    walk.tokens(tokens, depth);
    Ok(walk.faults)
}

/// Going through the tokens of a file.
struct Walk<'a> {
    file: &'a str,
    /// The room, and the others that it may name; none for the map of rooms.
    allowed: Option<(&'a str, &'static [&'static str])>,
    pure: bool,
    faults: Vec<Fault>,
}

impl Walk<'_> {
    fn fault(&mut self, line: usize, says: String) {
        self.faults.push(Fault {
            file: self.file.into(),
            line,
            says,
        });
    }

    /// `depth` is how many times `super` leads from here to the crate's root.
    fn tokens(&mut self, tokens: TokenStream, depth: usize) {
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        let mut rest = &tokens[..];
        while let [first, after @ ..] = rest {
            rest = after;
            match first {
                TokenTree::Ident(name) if name == "crate" => self.root(name, after),
                TokenTree::Ident(name) if name == "super" => {
                    let mut up = 1;
                    while let Some([TokenTree::Ident(next), more @ ..]) = inside(rest)
                        && next == "super"
                    {
                        up += 1;
                        rest = more;
                    }
                    if up >= depth {
                        self.root(name, rest);
                    }
                }
                TokenTree::Ident(name) if name == "mod" => {
                    if let [TokenTree::Ident(_), TokenTree::Group(body), more @ ..] = after {
                        self.tokens(body.stream(), depth + 1);
                        rest = more;
                    }
                }
                TokenTree::Ident(name) if self.pure && BROWSER_CRATES.iter().any(|it| name == it) => {
                    self.fault(line(name), format!("a pure room names {name}"));
                }
                TokenTree::Group(group) => self.tokens(group.stream(), depth),
                _ => (),
            }
        }
    }

    /// A path that starts at the crate's root goes on with `after`.
    fn root(&mut self, at: &Ident, after: &[TokenTree]) {
        match inside(after) {
            None => {
                if let [TokenTree::Ident(word), ..] = after
                    && word == "as"
                {
                    self.fault(line(at), "gives the crate's root another name".into());
                }
            }
            Some([TokenTree::Group(group), ..]) if group.delimiter() == Delimiter::Brace => {
                let inner: Vec<TokenTree> = group.stream().into_iter().collect();
                for part in inner.split(|it| matches!(it, TokenTree::Punct(it) if it.as_char() == ',')) {
                    if let Some(first) = part.first() {
                        self.arrow(line(at), first);
                    }
                }
            }
            Some([first, ..]) => self.arrow(line(at), first),
            Some([]) => (),
        }
    }

    fn arrow(&mut self, line: usize, to: &TokenTree) {
        let Some((room, allowed)) = self.allowed else {
            return;
        };
        let to = to.to_string();
        if to != room && !allowed.contains(&to.as_str()) {
            self.fault(line, format!("{room} must not know {to}"));
        }
    }
}

/// What follows `::`.
fn inside(tokens: &[TokenTree]) -> Option<&[TokenTree]> {
    match tokens {
        [TokenTree::Punct(one), TokenTree::Punct(two), rest @ ..]
            if one.as_char() == ':' && two.as_char() == ':' =>
        {
            Some(rest)
        }
        _ => None,
    }
}

fn line(ident: &Ident) -> usize {
    ident.span().start().line
}

/// The map of rooms, and nothing else.
fn map(file: &syn::File, walk: &mut Walk<'_>) {
    for item in &file.items {
        let ok = match item {
            Item::Mod(item) => item.content.is_none(),
            Item::ExternCrate(_) => true,
            _ => false,
        };
        if !ok {
            walk.fault(item.span().start().line, "is more than the map of rooms".into());
        }
    }
}

/// Each function of the surface is one call.
fn thin(file: &syn::File, walk: &mut Walk<'_>) {
    for item in &file.items {
        let ok = match item {
            Item::Use(_) => true,
            Item::Mod(item) => item.content.is_none(),
            Item::Fn(item) => matches!(&item.block.stmts[..], [Stmt::Expr(it, _)] if is_call(it)),
            _ => false,
        };
        if !ok {
            walk.fault(
                item.span().start().line,
                "the surface holds logic: one call is all it may be".into(),
            );
        }
    }
}

fn is_call(expression: &Expr) -> bool {
    match expression {
        Expr::Call(it) => is_value(&it.func) && it.args.iter().all(is_value),
        Expr::MethodCall(it) => is_value(&it.receiver) && it.args.iter().all(is_value),
        _ => false,
    }
}

fn is_value(expression: &Expr) -> bool {
    match expression {
        Expr::Path(_) | Expr::Lit(_) => true,
        Expr::Reference(it) => is_value(&it.expr),
        other => is_call(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults(file: &str, text: &str) -> Vec<String> {
        let faults = source(file, text).expect("Rust");
        faults.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn the_project_keeps_to_its_rooms() {
        let (files, faults) = check(&paths::root()).expect("sources");
        assert!(files > 50, "{files}");
        assert_eq!(faults, []);
    }

    #[test]
    fn a_pure_room_names_no_browser() {
        let bad = "use core::fmt;\nuse web_sys::Element;\n";
        assert_eq!(
            faults("src/policy/plan.rs", bad),
            ["src/policy/plan.rs:2: a pure room names web_sys"]
        );
        for bad in [
            "fn f() { let _ = js_sys::Date::now(); }",
            "use ::wasm_bindgen::prelude::*;",
            "#[wasm_bindgen] pub fn f() {}",
            "macro_rules! m { () => { web_sys::window() } }",
        ] {
            for room in ["policy", "consent", "gate", "minimise", "page"] {
                assert_eq!(faults(&format!("src/{room}/mod.rs"), bad).len(), 1, "{bad}");
            }
            assert_eq!(faults("src/web/dom.rs", bad), [""; 0]);
        }
        assert_eq!(
            faults("src/policy/plan.rs", "/// Not web_sys.\nconst A: &str = \"js_sys\";"),
            [""; 0]
        );
    }

    #[test]
    fn arrows_run_one_way() {
        for (file, bad) in [
            ("src/policy/plan.rs", "use crate::web::boot;"),
            ("src/policy/plan.rs", "use crate::consent::State;"),
            ("src/policy/plan.rs", "use super::super::consent::State;"),
            ("src/policy/mod.rs", "pub use super::consent;"),
            ("src/policy/plan.rs", "mod tests { use super::super::super::gate; }"),
            ("src/consent/state.rs", "fn f(_: crate::gate::Tag) {}"),
            ("src/gate/judge.rs", "use crate::{policy::Key, page::Page};"),
            ("src/minimise/event.rs", "use crate::api;"),
            ("src/page/mod.rs", "use crate::minimise;"),
            ("src/page/mod.rs", "use crate::*;"),
            ("src/page/mod.rs", "use crate as home;"),
            ("src/web/panel/view.rs", "use crate::api::boot;"),
            ("src/api/boot.rs", "use crate::policy::Key;"),
            ("src/banner/mod.rs", ""),
        ] {
            assert_eq!(faults(file, bad).len(), 1, "{bad}");
        }
        for (file, good) in [
            ("src/gate/judge.rs", "use crate::{policy::Key, consent::State};"),
            (
                "src/policy/plan.rs",
                "use super::text::Sink; use crate::policy::Key; pub(crate) fn f() {}",
            ),
            ("src/policy/plan.rs", "mod tests { use super::super::text; }"),
            ("src/policy/mod.rs", "mod a { use super::text; }"),
            ("src/web/panel/view.rs", "use super::super::value::Js; use crate::page::Page;"),
        ] {
            assert_eq!(faults(file, good), [""; 0], "{good}");
        }
    }

    #[test]
    fn the_surface_holds_no_logic() {
        for bad in [
            "pub fn f(x: bool) -> u32 { if x { web::a() } else { web::b() } }",
            "pub fn f(x: u32) -> u32 { match x { 0 => 1, _ => web::b() } }",
            "pub fn f() { for it in web::all() { web::b(it); } }",
            "pub fn f() { web::a(); web::b() }",
            "pub fn f(x: u32) -> u32 { web::a(x + 1) }",
            "pub fn f() { web::all().map(|it| it) }",
            "static A: u32 = 1;",
            "struct A; impl A { pub fn f() {} }",
        ] {
            assert!(!faults("src/api/track.rs", bad).is_empty(), "{bad}");
        }
        let good = "use crate::web::panel;\npub fn open(view: &V) -> bool { panel::open(view).is_some() }";
        assert_eq!(faults("src/api/panel.rs", good), [""; 0]);
        assert_eq!(faults("src/lib.rs", "mod web;\nfn f() {}").len(), 1);
    }

    #[test]
    fn a_file_has_an_end() {
        assert_eq!(length("a.rs", &"\n".repeat(LONGEST)), None);
        assert!(length("a.rs", &"\n".repeat(LONGEST + 1)).is_some());
    }
}
