//! Running flows: each in every engine, some at a time, with everything ended at the end.

use std::any::Any;
use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use anyhow::{Result, anyhow};
use futures_util::FutureExt as _;
use libtest_mimic::{Arguments, Completion, Failed, Trial};
use tokio::runtime::Runtime;

use crate::browser::{Browser, Options};
use crate::engine::Engine;
use crate::process::end_all;
use crate::profile::Profile;
use crate::root;
use crate::site::Site;

/// How long one flow may take in one engine.
const LIMIT: Duration = Duration::from_secs(120);

/// How long a flow with the full number of faults may take.
const FULL_LIMIT: Duration = Duration::from_secs(4 * 3600);

/// As many flows of a run are run again that did not hold.
const SECOND_TRIES: usize = 3;

/// As many rounds of faults as are asked for, as `cargo xtask faults` does, or a few.
pub fn rounds(few: usize, all: usize) -> usize {
    let asked = std::env::var("MIXUS_FAULTS").unwrap_or_default();
    if asked == "full" { all } else { asked.parse().unwrap_or(few) }
}

/// What a flow has to work with.
#[derive(Debug)]
pub struct Flow {
    /// The engine in which it runs.
    pub engine: Engine,
    /// The site, and every other host.
    pub site: Site,
}

impl Flow {
    /// A new browser with a new profile.
    pub async fn browser(&self) -> Result<Browser> {
        self.browser_with(Options::default()).await
    }

    /// The same with something special.
    pub async fn browser_with(&self, options: Options) -> Result<Browser> {
        Browser::start(self.engine, &self.site, options, None).await
    }

    /// A browser that goes on with what is stored in a profile.
    pub async fn browser_in(&self, profile: &Profile) -> Result<Browser> {
        Browser::start(self.engine, &self.site, Options::default(), Some(profile)).await
    }
}

/// How a flow ended that did not fail.
#[derive(Debug)]
pub enum Outcome {
    /// Everything was shown.
    Done,
    /// The engine cannot do it.
    Skipped(String),
}

/// A flow that has been shown.
pub fn done() -> Result<Outcome> {
    Ok(Outcome::Done)
}

/// A flow that the engine cannot do.
pub fn skip(reason: &str) -> Result<Outcome> {
    Ok(Outcome::Skipped(reason.into()))
}

/// What a flow does, which takes a while.
type Doing = fn(Flow) -> Pin<Box<dyn Future<Output = Result<Outcome>> + Send>>;

/// A flow under its name.
#[derive(Clone, Copy, Debug)]
pub struct Test {
    /// Its name.
    pub name: &'static str,
    /// What it does.
    pub flow: Doing,
}

/// Names flows for [`run`].
#[macro_export]
macro_rules! flows {
    ($($($part:ident)::+),* $(,)?) => {
        [$($crate::Test {
            name: [$(stringify!($part)),+][[$(stringify!($part)),+].len() - 1],
            flow: |flow| ::std::boxed::Box::pin($($part)::+(flow)),
        }),*]
    };
}

/// Runs flows in every engine, as the arguments of the program say.
pub fn run(tests: &[Test]) -> ExitCode {
    run_in(&Engine::ALL, tests)
}

/// Runs flows in some engines, as the arguments of the program say.
pub fn run_in(engines: &[Engine], tests: &[Test]) -> ExitCode {
    let mut arguments = Arguments::from_args();
    // A browser is several processes: more than one a core makes all of them slow.
    if arguments.test_threads.is_none() {
        let cores = std::thread::available_parallelism().map_or(2, Into::into);
        arguments.test_threads = Some(cores.clamp(2, 4));
    }
    // What is missing would only show as conditions that are never met.
    for (path, how) in [
        ("pkg/integrity.json", "cargo xtask build"),
        ("tests/node_modules/axe-core/axe.min.js", "npm ci in tests/"),
    ] {
        if !arguments.list && !root().join(path).exists() {
            eprintln!("{path} is missing: {how}");
            return ExitCode::FAILURE;
        }
    }
    let runtime = match Runtime::new() {
        Ok(runtime) => Arc::new(runtime),
        Err(error) => {
            eprintln!("{error}");
            return ExitCode::FAILURE;
        }
    };
    runtime.spawn(interrupted());
    // Where it happened; the trace would be the runner's own.
    std::panic::set_hook(Box::new(|panic| eprintln!("{panic}")));
    let mut trials = Vec::new();
    for test in tests {
        for &engine in engines {
            let runtime = runtime.clone();
            let flow = test.flow;
            let name = format!("{}::{engine}", test.name);
            trials.push(Trial::ignorable_test(name.clone(), move || {
                match runtime.block_on(once_more(&name, engine, flow)) {
                    Ok(Outcome::Done) => Ok(Completion::Completed),
                    Ok(Outcome::Skipped(reason)) => Ok(Completion::ignored_with(reason)),
                    Err(error) => Err(Failed::from(format!("{error:#}"))),
                }
            }));
        }
    }
    libtest_mimic::run(&arguments, trials).exit_code()
}

/// Whether faults are looked for in full: then nothing is tried again.
fn in_full() -> bool {
    std::env::var_os("MIXUS_FAULTS").is_some()
}

/// Runs a flow, and once more if it did not hold: browsers and their drivers fail now and then for reasons of their own. What
/// held only then is told, and no more than [`SECOND_TRIES`] flows of a run get that.
async fn once_more(name: &str, engine: Engine, flow: Doing) -> Result<Outcome> {
    static TRIED: AtomicUsize = AtomicUsize::new(0);
    let error = match once(engine, flow).await {
        Ok(outcome) => return Ok(outcome),
        Err(error) if in_full() || TRIED.fetch_add(1, Ordering::Relaxed) >= SECOND_TRIES => {
            return Err(error);
        }
        Err(error) => error,
    };
    let outcome = once(engine, flow).await;
    if outcome.is_ok() {
        println!("count: 1 flow held only when it was run again, {name}: {error:#}");
    }
    outcome
}

async fn once(engine: Engine, flow: Doing) -> Result<Outcome> {
    let site = Site::start().await?;
    let work = AssertUnwindSafe(flow(Flow { engine, site })).catch_unwind();
    let limit = if in_full() { FULL_LIMIT } else { LIMIT };
    match tokio::time::timeout(limit, work).await {
        Ok(Ok(result)) => result,
        Ok(Err(panic)) => Err(anyhow!("{}", said(panic.as_ref()))),
        Err(_) => Err(anyhow!("took longer than {} seconds", limit.as_secs())),
    }
}

/// What a panic says.
fn said(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("a panic")
}

/// Ends the browsers when the tests are interrupted.
async fn interrupted() {
    use tokio::signal::unix::{SignalKind, signal};
    let (Ok(mut interrupt), Ok(mut terminate)) =
        (signal(SignalKind::interrupt()), signal(SignalKind::terminate()))
    else {
        return;
    };
    tokio::select! {
        _ = interrupt.recv() => (),
        _ = terminate.recv() => (),
    }
    end_all();
    std::process::exit(130);
}
