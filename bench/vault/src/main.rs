//! Measures sealed files in each engine, beside other ways to encrypt a file in a browser: `cargo xtask bench vault`.
//!
//! A file on the disk is given to a page as a person would, and sealed as fast as what comes of it can be read. Contestants take
//! turns in one browser, each in a tab of its own, so that whatever else the machine does falls on all of them alike. Then what each
//! of them has sealed is opened.

mod files;
mod memory;
mod report;
mod trial;

use std::fs;
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context as _, Result, bail};
use mixus_privacy_bench::{ended, table};
use mixus_privacy_tests::{Browser, Engine, Flow, Site, root};

use crate::files::Folder;
use crate::report::{ALL, Contestant, Series, alone, rows};
use crate::trial::trial;

const HELP: &str = "\
cargo xtask bench vault [options]

  --size <n>      MiB of the file (512)
  --large <n>     MiB of the file that shows that memory does not grow; 0: none (4096)
  --rounds <n>    how often each has its turn in Chromium, and half as often elsewhere (5)
  --engine <name> chromium, firefox or webkit alone
  --only <names>  these alone: mixus,left,openpgp,libsodium,age,webcrypto,stream,threads
  --markdown      tables for a document
";

struct Options {
    size: u32,
    large: u32,
    rounds: usize,
    engines: Vec<Engine>,
    contestants: Vec<Contestant>,
    markdown: bool,
}

fn options(mut arguments: impl Iterator<Item = String>) -> Result<Options> {
    let mut options = Options {
        size: 512,
        large: 4096,
        rounds: 5,
        engines: Engine::ALL.to_vec(),
        contestants: ALL.to_vec(),
        markdown: false,
    };
    while let Some(argument) = arguments.next() {
        let mut value = || arguments.next().with_context(|| format!("{argument} needs a value"));
        match argument.as_str() {
            "--size" => options.size = value()?.parse().context("--size")?,
            "--large" => options.large = value()?.parse().context("--large")?,
            "--rounds" => options.rounds = value()?.parse().context("--rounds")?,
            "--engine" => {
                let name = value()?;
                options.engines.retain(|it| it.to_string() == name);
            }
            "--only" => {
                let names = value()?;
                options.contestants.retain(|it| names.split(',').any(|name| name == it.file));
            }
            "--markdown" => options.markdown = true,
            _ => bail!("{argument} is not known\n\n{HELP}"),
        }
    }
    if options.rounds == 0 || options.size == 0 {
        bail!("--rounds and --size have to be at least 1");
    }
    Ok(options)
}

#[tokio::main]
async fn main() -> ExitCode {
    ended(measure().await)
}

async fn measure() -> Result<()> {
    let options = options(std::env::args().skip(1))?;
    let folder = Folder::new(&root())?;
    let full = folder.full(options.size.into())?;
    let large = folder.sparse(options.large.into())?;
    for engine in &options.engines {
        let site = Site::start().await?;
        folder.put(&root(), &site)?;
        let flow = Flow {
            engine: *engine,
            site,
        };
        run(&options, flow, &full, &large).await?;
    }
    Ok(())
}

/// How busy the machine is with everything.
fn load() -> String {
    let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    load.split_whitespace().next().unwrap_or_default().to_owned()
}

async fn run(options: &Options, flow: Flow, full: &Path, large: &Path) -> Result<()> {
    let browser = flow.browser().await?;
    let site = &flow.site;
    let is_chromium = flow.engine == Engine::Chromium;
    let rounds = if is_chromium { options.rounds } else { options.rounds.div_ceil(2) };
    let before = load();
    let [sealing, opening] = contest(options, &browser, site, full, rounds).await?;
    let mut others = Vec::new();
    if is_chromium && options.large > 0 {
        let size = options.large;
        let name = |what: &str| format!("{what} {size} MiB");
        others.push((name("sealing"), trial(&browser, site, large, ["mixus", "seal", "large"]).await));
        let opened = match trial(&browser, site, large, ["mixus", "keep", "large"]).await {
            Ok(_) => trial(&browser, site, large, ["mixus", "open", "large"]).await,
            Err(error) => Err(error),
        };
        others.push((name("opening"), opened));
    }
    for way in ["sealing", "opening"] {
        let made = trial(&browser, site, full, ["software", way, ""]).await;
        others.push((format!("{way} without the browser's cipher"), made));
    }
    println!(
        "{}, {} cores, {rounds} rounds, {} MiB, load {before} to {}\n",
        version(&browser).await?,
        std::thread::available_parallelism().map_or(1, Into::into),
        options.size,
        load(),
    );
    println!("{}", table(&rows("sealing", &sealing), options.markdown));
    println!("{}", table(&rows("opening", &opening), options.markdown));
    println!("{}", alone(&others, options.markdown));
    Ok(())
}

/// The name of a browser, and its version.
async fn version(browser: &Browser) -> Result<String> {
    let said: String = browser.get("navigator.userAgent").await?;
    let known = ["Chrome/", "Firefox/", "Version/"];
    let version = said.split(' ').find_map(|word| known.iter().find_map(|it| word.split_once(it)));
    Ok(format!("{} {}", browser.engine, version.unwrap_or_default().1))
}

/// What each contestant takes to seal the file, and then to open what it has sealed.
async fn contest(
    options: &Options,
    browser: &Browser,
    site: &Site,
    full: &Path,
    rounds: usize,
) -> Result<[Vec<Series>; 2]> {
    let series = |who: &Contestant| Series {
        who: *who,
        trials: Vec::new(),
        failed: None,
    };
    let mut both =
        ["seal", "open"].map(|way| (way, options.contestants.iter().map(series).collect::<Vec<_>>()));
    // What was sealed is kept where browsers have a site's files; not every engine has that.
    for series in both.iter_mut().flat_map(|(way, all)| all.iter_mut().filter(|_| *way == "open")) {
        if let Some(own) = series.who.keeps() {
            eprint!("\r{}: {own} keeps what it seals  ", browser.engine);
            let kept = trial(browser, site, full, [own, "keep", own]).await;
            series.failed = kept.err().map(|error| error.root_cause().to_string());
        }
    }
    for (way, all) in &mut both {
        // The first round only warms up what all share.
        for round in 0..=rounds {
            eprint!("\r{}, {way}: round {round} of {rounds}      ", browser.engine);
            for turn in 0..all.len() {
                let at = (round + turn) % all.len();
                let Some(series) = all.get_mut(at).filter(|it| it.failed.is_none()) else {
                    continue;
                };
                let of = series.who.keeps().unwrap_or("mixus");
                match trial(browser, site, full, [series.who.file, *way, of]).await {
                    Ok(made) if round > 0 => series.trials.push(made),
                    Ok(_) => (),
                    Err(error) => series.failed = Some(error.root_cause().to_string()),
                }
            }
        }
    }
    eprintln!();
    Ok(both.map(|(_, all)| all))
}
