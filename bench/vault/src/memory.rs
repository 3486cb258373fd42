//! How much memory the processes in which pages run have.
//!
//! It is what they have for themselves and what they share with others in memory, all of it: not what is mapped from files, which
//! is the program. So it is never less than their proportional share.

use std::collections::HashMap;
use std::fs;
use std::sync::mpsc::{Sender, channel};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use mixus_privacy_tests::Engine;

/// How often it is looked.
const EACH: Duration = Duration::from_millis(10);
/// After how many looks processes are looked for again.
const AGAIN: u32 = 25;

/// The processes of this program's browsers in which pages run.
fn pages(engine: Engine) -> Vec<u32> {
    let mark = match engine {
        Engine::Chromium => "--type=renderer",
        Engine::Firefox => "-contentproc",
        Engine::WebKit => "WebKitWebProcess",
    };
    let all = fs::read_dir("/proc").into_iter().flatten().flatten();
    let all: Vec<u32> = all.filter_map(|it| it.file_name().to_str()?.parse().ok()).collect();
    let parents: HashMap<u32, u32> = all.iter().filter_map(|pid| Some((*pid, parent(*pid)?))).collect();
    let own = std::process::id();
    let is_ours = |pid: u32| {
        let line = std::iter::successors(Some(pid), |pid| parents.get(pid).copied());
        line.take(64).any(|it| it == own)
    };
    let is_page = |pid: u32| {
        let line = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
        String::from_utf8_lossy(&line).contains(mark)
    };
    all.into_iter().filter(|pid| is_ours(*pid) && is_page(*pid)).collect()
}

fn parent(pid: u32) -> Option<u32> {
    field(&fs::read_to_string(format!("/proc/{pid}/status")).ok()?, "PPid")?
        .try_into()
        .ok()
}

/// A number of a process's status.
fn field(status: &str, name: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))?;
    line.split_whitespace().next()?.parse().ok()
}

/// What some processes have, in KiB.
fn held(pids: &[u32]) -> u64 {
    let of = |pid: &u32| {
        let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
        Some(field(&status, "RssAnon")? + field(&status, "RssShmem")?)
    };
    pids.iter().filter_map(of).sum()
}

/// Looks at memory until it is asked for the most.
#[derive(Debug)]
pub(crate) struct Watch {
    end: Sender<()>,
    thread: JoinHandle<u64>,
}

impl Watch {
    /// Begins with what is there now.
    pub(crate) fn start(engine: Engine) -> Watch {
        let (end, ended) = channel();
        let mut pids = pages(engine);
        let idle = held(&pids);
        let thread = thread::spawn(move || {
            let mut most = idle;
            for look in 1_u32.. {
                if ended.recv_timeout(EACH).is_ok() {
                    break;
                }
                if look.is_multiple_of(AGAIN) {
                    pids = pages(engine);
                }
                most = most.max(held(&pids));
            }
            most - idle
        });
        Watch { end, thread }
    }

    /// The most that there was above the beginning, in MiB.
    pub(crate) fn most(self) -> f64 {
        let _ = self.end.send(());
        let kibibytes = self.thread.join().unwrap_or_default();
        f64::from(u32::try_from(kibibytes).unwrap_or(u32::MAX)) / 1024.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields() {
        let status = "Name:\tx\nPPid:\t7\nRssAnon:\t  1000 kB\nRssShmem:\t 24 kB\n";
        assert_eq!(field(status, "PPid"), Some(7));
        assert_eq!(field(status, "RssAnon"), Some(1000));
        assert_eq!(field(status, "Rss"), None);
    }

    #[test]
    fn a_process_has_memory() {
        assert!(held(&[std::process::id()]) > 100);
        assert!(parent(std::process::id()).is_some());
    }
}
