//! `cargo xtask test`: everything that has to be true before something is merged.

use std::cell::RefCell;
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};

use crate::run::{self, lines, run};
use crate::setup::{self, Browsers};
use crate::{build, paths, rooms, size};

/// The crate that drives browsers.
const BROWSER_TESTS: &str = "mixus-privacy-tests";
/// The features of native code.
const NATIVE: [&str; 2] = [
    "--features",
    "mixus-privacy/json,mixus-privacy/markup,mixus-privacy/records,mixus-privacy/cipher",
];

/// The tests of one step, as their own summaries count them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Count {
    passed: u32,
    failed: u32,
    ignored: u32,
}

impl Count {
    /// Adds what a line such as `test result: ok. 3 passed; 0 failed; 1 ignored; …` says.
    fn read(&mut self, line: &str) {
        let Some(result) = line.trim_start().strip_prefix("test result: ") else {
            return;
        };
        let words: Vec<&str> = result.split([' ', ';']).filter(|it| !it.is_empty()).collect();
        for pair in words.windows(2) {
            let number: u32 = pair[0].parse().unwrap_or(0);
            match pair[1] {
                "passed" => self.passed += number,
                "failed" => self.failed += number,
                "ignored" => self.ignored += number,
                _ => (),
            }
        }
    }
}

/// What a step has to show.
type Done = Option<Count>;

struct Step<'a> {
    name: &'static str,
    run: Box<dyn FnMut() -> Result<Done> + 'a>,
}

/// A step that has ended: how long it took, and what it has to show or why it failed.
struct Ended {
    name: &'static str,
    took: Duration,
    result: Result<Done>,
}

/// `cargo xtask test`.
pub fn command(arguments: &[String]) -> Result<()> {
    crate::no_arguments(arguments)?;
    let browsers = RefCell::new(None);
    let steps = [
        Step::new("Setup", || {
            setup::build()?;
            setup::checks()?;
            setup::database()?;
            setup::peers()?;
            *browsers.borrow_mut() = Some(setup::browsers()?);
            Ok(None)
        }),
        Step::new("Format", format),
        Step::new("Clippy", clippy),
        Step::new("Rooms", rooms),
        Step::new("Types", types),
        Step::new("Native tests", native),
        Step::new("Build", || build::build().map(|()| None)),
        Step::new("Size", || size::check().map(|()| None)),
        Step::new("Browser flows", || flows(browsers.borrow().as_ref())),
    ];
    finish(&all(steps))
}

impl<'a> Step<'a> {
    fn new(name: &'static str, run: impl FnMut() -> Result<Done> + 'a) -> Step<'a> {
        Step {
            name,
            run: Box::new(run),
        }
    }
}

/// Runs steps in their order, up to the first that fails.
fn all<'a>(steps: impl IntoIterator<Item = Step<'a>>) -> Vec<Ended> {
    let mut ended = Vec::new();
    for mut step in steps {
        println!("\n== {} ==", step.name);
        let start = Instant::now();
        let result = (step.run)();
        let failed = result.is_err();
        ended.push(Ended {
            name: step.name,
            took: start.elapsed(),
            result,
        });
        if failed {
            break;
        }
    }
    ended
}

/// Prints the summary. A step that failed is an error.
fn finish(ended: &[Ended]) -> Result<()> {
    println!("\n== Summary ==");
    let mut tests = 0;
    for Ended { name, took, result } in ended {
        let shown = match result {
            Ok(None) => "ok".into(),
            Ok(Some(count)) => {
                tests += count.passed;
                let ignored = match count.ignored {
                    0 => String::new(),
                    ignored => format!(", {ignored} not possible there"),
                };
                format!("{} tests passed{ignored}", count.passed)
            }
            Err(_) => "FAILED".into(),
        };
        println!("{name:<14} {:>5} s  {shown}", took.as_secs());
    }
    if let Some((name, error)) = ended.iter().find_map(|it| Some((it.name, it.result.as_ref().err()?))) {
        bail!("{name} failed: {error:#}");
    }
    println!("All is well: {tests} tests passed, none failed.");
    Ok(())
}

fn cargo(arguments: &[&str]) -> Command {
    let mut command = run::cargo();
    command.current_dir(paths::root()).args(arguments);
    command
}

fn format() -> Result<Done> {
    run(&mut cargo(&["fmt", "--all", "--check"])).map(|()| None)
}

/// Clippy for what runs natively and for each module, since no build has all of them.
fn clippy() -> Result<Done> {
    let deny = ["--", "-D", "warnings"];
    let native = [&["clippy", "--quiet", "--workspace", "--all-targets"][..], &NATIVE, &deny].concat();
    run(&mut cargo(&native))?;
    for feature in build::modules().chain(["server"]) {
        println!("the {feature} module");
        let module = [
            "clippy", "--quiet", "--package", "mixus-privacy", "--lib", "--features", feature,
        ];
        let wasm = ["--target", "wasm32-unknown-unknown"];
        run(&mut cargo(&[&module[..], &wasm, &deny].concat()))?;
    }
    Ok(None)
}

fn rooms() -> Result<Done> {
    let (files, faults) = rooms::check(&paths::root())?;
    for fault in &faults {
        println!("{fault}");
    }
    if !faults.is_empty() {
        bail!("{} faults", faults.len());
    }
    println!("{files} files keep to their rooms");
    Ok(None)
}

/// The package's declarations, by a file that uses them.
fn types() -> Result<Done> {
    let js = paths::root().join("js");
    let mut command = Command::new(js.join("node_modules/.bin/tsc"));
    run(command.current_dir(&js).args(["--noEmit", "--project", "tsconfig.json"])).map(|()| None)
}

fn native() -> Result<Done> {
    let arguments = [&["test", "--workspace", "--exclude", BROWSER_TESTS][..], &NATIVE].concat();
    tests(&mut cargo(&arguments))
}

fn flows(browsers: Option<&Browsers>) -> Result<Done> {
    setup::npm(&paths::root().join("tests"))?;
    let mut command = cargo(&["test", "--package", BROWSER_TESTS]);
    if let Some(browsers) = browsers {
        command.envs(browsers.variables());
    }
    tests(&mut command)
}

/// Runs tests and counts them. None at all is a failure too: something did not find them.
fn tests(command: &mut Command) -> Result<Done> {
    let mut count = Count::default();
    let result = lines(command, |line| count.read(line));
    if let Err(error) = result {
        return Err(error.context(format!("{} tests passed, {} failed", count.passed, count.failed)));
    }
    if count.passed == 0 {
        bail!("no test ran");
    }
    Ok(Some(count))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn summaries_of_tests_are_added_up() {
        let mut count = Count::default();
        for line in [
            "running 3 tests",
            "test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.01s",
            "test result: FAILED. 4 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.01s",
            "7 passed",
        ] {
            count.read(line);
        }
        let sum = Count {
            passed: 7,
            failed: 2,
            ignored: 1,
        };
        assert_eq!(count, sum);
    }

    #[test]
    fn no_test_at_all_is_a_failure() {
        assert!(tests(&mut Command::new("true")).is_err());
        let one = || {
            let mut command = Command::new("echo");
            command.arg("test result: ok. 1 passed; 0 failed; 0 ignored;");
            command
        };
        assert!(tests(&mut one()).is_ok_and(|it| it.is_some_and(|it| it.passed == 1)));
        let mut failing = Command::new("sh");
        failing.args(["-c", "echo 'test result: FAILED. 1 passed; 1 failed;'; exit 101"]);
        assert!(tests(&mut failing).is_err());
    }

    #[test]
    fn a_failure_ends_the_run_and_is_an_error() {
        let reached = std::cell::Cell::new(false);
        let ended = all([
            Step::new("good", || Ok(None)),
            Step::new("bad", || bail!("broken")),
            Step::new("after", || {
                reached.set(true);
                Ok(None)
            }),
        ]);
        assert!(!reached.get());
        assert_eq!(ended.len(), 2);
        assert!(finish(&ended).is_err());
        assert!(finish(&ended[..1]).is_ok());
    }
}
