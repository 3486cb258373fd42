//! Faults that are tests of the workspace: a quick set runs with all other tests, and here they run as often as is asked
//! for. What they did, they say on lines that begin with `count:`.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context as _, Result, bail};

use super::Counts;
use crate::run::{cargo, lines};
use crate::{build, paths, setup};

/// Tells the tests how often.
const HOW_OFTEN: &str = "MIXUS_FAULTS";

/// Variables by which tests find what they need.
type Variables = Vec<(&'static str, PathBuf)>;

/// Tests of one kind.
pub(super) struct Suite {
    /// What names the number on the command line, and how large it is by default.
    option: &'static str,
    number: u64,
    /// Sees to it that what they need is there.
    needs: Option<fn() -> Result<Variables>>,
    /// What `cargo test` is told, once for each program of tests.
    programs: &'static [&'static [&'static str]],
}

/// What `cargo test` is told of the server's tests: the program, and which of its tests.
macro_rules! server {
    ($program:literal, $($name:literal),+) => {
        &[
            "--release", "--package", "mixus-privacy-server", "--test", $program, "--", "--nocapture", $($name),+
        ]
    };
}

/// A server on `SQLite` is killed under load.
pub(super) const KILL: Suite = Suite {
    option: "--rounds",
    number: 1_000,
    needs: None,
    programs: &[server!("faults", "kill::")],
};

/// Servers over `PostgreSQL` are killed, and it is stopped.
pub(super) const POSTGRES: Suite = Suite {
    option: "--rounds",
    number: 200,
    needs: Some(postgres),
    programs: &[server!("faults", "postgres::")],
};

/// The power goes.
pub(super) const POWER: Suite = Suite {
    option: "--points",
    number: 10_000,
    needs: None,
    programs: &[server!("faults", "power::")],
};

/// Every so manieth call of the disk fails, and the connection to `PostgreSQL` breaks at every so manieth message.
pub(super) const ERRORS: Suite = Suite {
    option: "--step",
    number: 1,
    needs: Some(postgres),
    programs: &[
        server!("faults", "errors::", "place::"),
        &[
            "--release",
            "--package",
            "mixus-privacy-server",
            "--lib",
            "--",
            "--nocapture",
            "tests::broken",
        ],
    ],
};

/// What is sent is forged, replayed, forked, torn, oversized and deeply nested.
pub(super) const HOSTILE: Suite = Suite {
    option: "--bodies",
    number: 100_000,
    needs: None,
    programs: &[server!("faults", "hostile::", "forged::", "smuggle::")],
};

/// A server is killed while much is uploaded to it; and below uploads, the power goes and calls fail.
pub(super) const UPLOADS: Suite = Suite {
    option: "--rounds",
    number: 200,
    needs: None,
    programs: &[server!("faults", "uploads::")],
};

/// A database is changed behind the server's back, and audited.
pub(super) const AUDIT: Suite = Suite {
    option: "--mutations",
    number: 10_000,
    needs: None,
    programs: &[server!("audit", "mutation::")],
};

/// A proxy between each browser and the server does every kind of wrong. What takes time there is the browser.
pub(super) const NETWORK: Suite = Suite {
    option: "--rounds",
    number: 100,
    needs: Some(browsers),
    programs: &[&["--package", "mixus-privacy-tests", "--test", "flows", "--", "network_faults"]],
};

fn postgres() -> Result<Variables> {
    setup::database().map(|()| Variables::new())
}

fn browsers() -> Result<Variables> {
    build::build()?;
    let browsers = setup::browsers()?;
    Ok(browsers.variables().map(|(name, path)| (name, path.to_owned())).into())
}

impl Suite {
    pub(super) fn run(&self, options: &[String]) -> Result<Counts> {
        let number = self.number(options)?;
        let variables = self.needs.map_or_else(|| Ok(Variables::new()), |it| it())?;
        let mut counts = Counts::new();
        for program in self.programs {
            let mut command = cargo();
            command
                .current_dir(paths::root())
                .env(HOW_OFTEN, number.to_string())
                .envs(variables.iter().map(|(name, path)| (name, path)))
                .args(["test", "--quiet"])
                .args(*program);
            read(&mut command, &mut counts)?;
        }
        Ok(counts)
    }

    fn number(&self, options: &[String]) -> Result<u64> {
        match options {
            [] => Ok(self.number),
            [option, value] if option == self.option => value.parse().with_context(|| value.clone()),
            [option] if option == self.option => bail!("{option} needs a value"),
            [other, ..] => bail!("does not know {other:?}; there is {}", self.option),
        }
    }
}

/// Runs a command, and reads what it counted. That it has counted nothing is a failure: something did not find the tests.
pub(super) fn read(command: &mut Command, counts: &mut Counts) -> Result<()> {
    let before = counts.len();
    lines(command, |line| counts.extend(counted(line)))?;
    if counts.len() == before {
        bail!("nothing was counted");
    }
    Ok(())
}

/// What a line counts. What the test harness says of its progress may stand before it.
fn counted(line: &str) -> Option<(String, u64)> {
    let (_, count) = line.split_once("count: ")?;
    let (count, what) = count.split_once(' ')?;
    Some((what.into(), count.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_counted_is_read() {
        assert_eq!(counted("count: 12 points of it"), Some(("points of it".into(), 12)));
        assert_eq!(counted("..count: 3 kills"), Some(("kills".into(), 3)));
        assert_eq!(counted("count: all of them"), None);
        assert_eq!(counted("running 12 tests"), None);
    }

    #[test]
    fn to_have_counted_nothing_is_a_failure() {
        let mut counts = Counts::new();
        assert!(read(&mut Command::new("true"), &mut counts).is_err());
        let mut one = Command::new("echo");
        assert!(read(one.arg("count: 5 rounds"), &mut counts).is_ok());
        assert_eq!(counts, [("rounds".to_owned(), 5)]);
        let mut failing = Command::new("sh");
        failing.args(["-c", "echo 'count: 5 rounds'; exit 101"]);
        assert!(read(&mut failing, &mut counts).is_err());
    }

    #[test]
    fn a_number_may_be_asked_for() {
        let number = |options: &[&str]| {
            let options: Vec<String> = options.iter().map(|it| (*it).to_owned()).collect();
            KILL.number(&options).ok()
        };
        assert_eq!(number(&[]), Some(1_000));
        assert_eq!(number(&["--rounds", "7"]), Some(7));
        assert_eq!(number(&["--rounds"]), None);
        assert_eq!(number(&["--points", "7"]), None);
        assert_eq!(number(&["--rounds", "many"]), None);
    }
}
