//! `cargo xtask size`: what is shipped, and whether it keeps to its budget.

use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::path::Path;

use anyhow::{Result, bail};
use brotli::enc::BrotliEncoderParams;
use flate2::Compression;
use flate2::write::GzEncoder;

use crate::{build, paths, readme};

/// What a first visit loads of the package whatever its policy says.
const FIRST: [&str; 3] = ["guard.js", "boot.wasm", "index.js"];

/// The most that some files may have together, in bytes of brotli.
struct Budget {
    name: &'static str,
    files: &'static [&'static str],
    most: usize,
}

const BUDGETS: [Budget; 4] = [
    Budget {
        name: "guard",
        files: &["guard.js"],
        most: 3_500,
    },
    Budget {
        name: "guard, boot module, loader, styles and English texts",
        files: &FIRST,
        most: 13_500,
    },
    Budget {
        name: "strict guard",
        files: &["guard-strict.js"],
        most: 4_000,
    },
    Budget {
        name: "vault",
        files: &["vault.js", "vault.wasm"],
        most: 20_000,
    },
];

/// A shipped file and its size, in bytes.
#[derive(Clone, Debug)]
struct File {
    name: String,
    raw: usize,
    gzip: usize,
    brotli: usize,
}

/// `cargo xtask size`: builds, prints the table and fails over budget.
pub fn command(arguments: &[String]) -> Result<()> {
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments[..] {
        [] => {
            build::build()?;
            check()
        }
        [way @ ("--markdown" | "--readme")] => {
            build::build()?;
            let files = measure(&paths::package())?;
            let table = markdown(&files);
            if way == "--readme" {
                readme::put("size", &table)?;
            } else {
                print!("{table}");
            }
            verdict(&files)
        }
        _ => bail!(
            "knows --markdown, which prints the table for the README, and --readme, which puts it there"
        ),
    }
}

/// The same for the package that has been built.
pub fn check() -> Result<()> {
    let files = measure(&paths::package())?;
    print!("{}", table(&files));
    println!();
    for budget in &BUDGETS {
        let brotli = total(&files, budget.files)?;
        println!("{}: {brotli} of {} bytes", budget.name, budget.most);
    }
    verdict(&files)
}

/// Every file that a page can load; those of a first visit come first.
fn measure(package: &Path) -> Result<Vec<File>> {
    let names = build::files(package, "")?;
    let mut files = Vec::new();
    for name in names.into_iter().filter(|it| build::is_loadable(it)) {
        let bytes = fs::read(package.join(&name))?;
        files.push(File {
            raw: bytes.len(),
            gzip: gzip(&bytes)?,
            brotli: brotli(&bytes)?,
            name,
        });
    }
    let place = |file: &File| FIRST.iter().position(|it| *it == file.name).unwrap_or(FIRST.len());
    files.sort_by_key(place);
    Ok(files)
}

/// The size after `gzip -9`.
fn gzip(bytes: &[u8]) -> Result<usize> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes)?;
    Ok(encoder.finish()?.len())
}

/// The size after `brotli -q 11`.
fn brotli(bytes: &[u8]) -> Result<usize> {
    let settings = BrotliEncoderParams {
        quality: 11,
        size_hint: bytes.len(),
        ..BrotliEncoderParams::default()
    };
    let mut out = Vec::new();
    brotli::BrotliCompress(&mut &bytes[..], &mut out, &settings)?;
    Ok(out.len())
}

fn total(files: &[File], names: &[&str]) -> Result<usize> {
    let mut sum = 0;
    for name in names {
        let Some(file) = files.iter().find(|it| it.name == *name) else {
            bail!("the package has no {name}");
        };
        sum += file.brotli;
    }
    Ok(sum)
}

fn verdict(files: &[File]) -> Result<()> {
    for budget in &BUDGETS {
        let over = total(files, budget.files)?.saturating_sub(budget.most);
        if over > 0 {
            bail!("{} is {over} bytes over its budget of {}", budget.name, budget.most);
        }
    }
    Ok(())
}

fn table(files: &[File]) -> String {
    let mut out = format!("{:<22} {:>7} {:>7} {:>7}\n", "file", "raw", "gzip 9", "br 11");
    for file in files {
        let File {
            name,
            raw,
            gzip,
            brotli,
        } = file;
        let _ = writeln!(out, "{name:<22} {raw:>7} {gzip:>7} {brotli:>7}");
    }
    out
}

/// The table of the README. Of files that come one a language, only the largest is told.
fn markdown(files: &[File]) -> String {
    let mut rows: Vec<File> = Vec::new();
    for file in files {
        let mut file = file.clone();
        if let Some((folder, _)) = file.name.split_once('/') {
            file.name = format!("{folder}/*.js (largest)");
        }
        match rows.iter_mut().find(|it| it.name == file.name) {
            Some(row) if row.brotli < file.brotli => *row = file,
            Some(_) => (),
            None => rows.push(file),
        }
    }
    let mut out = String::from("| file | raw | gzip 9 | brotli 11 |\n|---|--:|--:|--:|\n");
    for File {
        name,
        raw,
        gzip,
        brotli,
    } in rows
    {
        let _ = writeln!(out, "| {name} | {raw} | {gzip} | {brotli} |");
    }
    for budget in &BUDGETS[1..] {
        let sum = total(files, budget.files).unwrap_or_default();
        let _ = writeln!(out, "| **{}** | | | **{sum}** of {} |", budget.name, budget.most);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(name: &str, brotli: usize) -> File {
        File {
            name: name.into(),
            raw: brotli,
            gzip: brotli,
            brotli,
        }
    }

    #[test]
    fn over_budget_is_an_error() {
        let with = |guard, boot| {
            let strict = file("guard-strict.js", 4_000);
            let vault = [file("vault.js", 5_000), file("vault.wasm", 15_000)];
            let first = [file("guard.js", guard), file("boot.wasm", boot), file("index.js", 0), strict];
            verdict(&[&first[..], &vault].concat()).is_ok()
        };
        assert!(with(3_500, 13_500 - 3_500));
        assert!(!with(3_501, 0));
        assert!(!with(3_500, 13_500 - 3_499));
    }

    #[test]
    fn a_file_that_is_missing_is_an_error() {
        assert!(verdict(&[file("guard.js", 1), file("index.js", 1)]).is_err());
    }

    #[test]
    fn sizes_are_those_after_compression() {
        let bytes = b"all the same ".repeat(1000);
        for size in [gzip(&bytes), brotli(&bytes)] {
            let size = size.expect("it is compressed");
            assert!(size > 10 && size < 200, "{size}");
        }
    }

    #[test]
    fn languages_share_a_row() {
        let files = [
            file("guard.js", 1),
            file("guard-strict.js", 1),
            file("boot.wasm", 2),
            file("index.js", 3),
            file("vault.js", 4),
            file("vault.wasm", 4),
            file("texts/de.js", 5),
            file("texts/en.js", 7),
        ];
        let table = markdown(&files);
        assert!(table.contains("| texts/*.js (largest) | 7 | 7 | 7 |"), "{table}");
        assert!(!table.contains("| 5 |"), "{table}");
        assert!(table.contains("**6** of 13500"), "{table}");
    }
}
