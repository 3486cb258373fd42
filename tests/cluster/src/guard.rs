//! Ends the server with the process that started it, however that ends, and takes its files away.

use std::path::Path;
use std::process::{Child, Command, Stdio};

use anyhow::{Context as _, Result};

use crate::programs::Account;

/// Waits until its input ends, which the system sees to when a process does.
const SCRIPT: &str = r#"trap '' HUP INT TERM
cat
"$1/pg_ctl" stop --pgdata=data --mode=immediate --silent
rm -rf "$2""#;

#[derive(Debug)]
pub(crate) struct Guard(Child);

impl Guard {
    pub(crate) fn new(programs: &Path, folder: &Path, account: Option<&Account>) -> Result<Guard> {
        let mut command = Command::new("sh");
        command
            .args(["-c", SCRIPT, "guard"])
            .args([programs, folder])
            .current_dir(folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        if let Some(account) = account {
            account.assume(&mut command);
        }
        Ok(Guard(command.spawn().context("sh")?))
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        drop(self.0.stdin.take());
        let _ = self.0.wait();
    }
}
