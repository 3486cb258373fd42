//! Files that a page seals are opened by Google's Tink, and the other way round: at all lengths around the ends of segments, and at
//! 100 MiB. The page's part is the package itself, which runs outside of a browser too.

use std::path::{Path, PathBuf};
use std::process::Command;

use mixus_privacy_tests::{output, root};

/// A folder that goes with the test.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Folder {
        let path = std::env::temp_dir().join(format!("mixus-privacy-sealed-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&path).expect("a folder");
        Folder(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn said(command: &mut Command) -> Vec<String> {
    let text = output(command).expect("well");
    text.lines().map(str::to_owned).collect()
}

/// The back end, by Tink.
fn tink(arguments: &[&str], folder: &Path) -> Vec<String> {
    let python = xtask::paths::tink();
    said(
        Command::new(python)
            .arg(root().join("tests/interop/sealed.py"))
            .args(arguments)
            .arg(folder),
    )
}

/// The page.
fn page(what: &str, folder: &Path, keys: &[&str]) -> Vec<String> {
    said(
        Command::new("node")
            .arg(root().join("tests/interop/vault.mjs"))
            .arg(what)
            .arg(folder)
            .args(keys),
    )
}

fn keys() -> (String, String) {
    let said = tink(&["keys"], Path::new("."));
    let (private, public) = said[0].split_once(' ').expect("two keys");
    (private.to_owned(), public.to_owned())
}

/// The lengths around the ends of segments, and how long these are: with Tink's template and as files are usually sealed.
fn sizes() -> impl Iterator<Item = (u64, u64)> {
    [1 << 20, 1 << 19].into_iter().flat_map(|segment: u64| {
        let first = segment - 56;
        let two = first + segment - 16;
        let sizes = [0, 1, first - 1, first, first + 1, two, two + 1, 100 << 20];
        sizes.map(|size| (size, segment))
    })
}

/// All of these are what was sealed.
fn whole(mut said: Vec<String>, wanted: impl Iterator<Item = (String, u64)>) {
    let mut wanted: Vec<String> = wanted
        .map(|(name, size)| format!("{name}.sealed {name}.ü {size} true"))
        .collect();
    said.sort();
    wanted.sort();
    assert_eq!(said, wanted);
}

#[test]
fn tink_opens_what_a_page_sealed() {
    let folder = Folder::new("page");
    let (_, public) = keys();
    page("seal", &folder.0, &[&public]);
    let ways = |size| {
        let more = (1..3_000_000).contains(&size).then_some(["padded", "small"]);
        [""].into_iter().chain(more.into_iter().flatten())
    };
    let wanted = sizes()
        .flat_map(|(size, segment)| ways(size).map(move |way| (format!("{size}-{segment}{way}"), size)));
    whole(tink(&["open"], &folder.0), wanted);
}

#[test]
fn a_page_opens_what_tink_sealed() {
    let folder = Folder::new("tink");
    let (private, public) = keys();
    tink(&["seal"], &folder.0);
    let said = page("open", &folder.0, &[&private, &public]);
    whole(said, sizes().map(|(size, segment)| (format!("{size}-{segment}"), size)));
}
