//! Whole flows in real browsers against the built package.
//!
//! [`Browser`] is one browser with a new profile, driven over WebDriver; [`Site`] a web
//! server on the loopback interface that is the page's own site and, as the browser's proxy,
//! every third party as well, so that it knows what was asked of whom; [`Page`] a page made
//! for one test; [`policy`] compiles policies and writes states as a browser would have kept
//! them. A flow is an asynchronous function that takes a [`Flow`]; [`run`] runs each of them
//! in every engine.
//!
//! Nothing here waits for time to pass: it waits for conditions, and only how long it waits
//! before it gives up is a time. That nothing arrived is shown by something that was sent
//! later and did arrive.

mod browser;
mod capabilities;
mod cut;
mod engine;
mod faults;
mod files;
mod fixture;
mod listening;
mod page;
pub mod policy;
mod process;
mod profile;
mod records;
mod run;
mod site;

pub use browser::{Browser, Options};
pub use cut::CutProxy;
pub use engine::Engine;
pub use faults::{Fault, FaultProxy, Poison};
pub use files::{FileServer, Wrong};
pub use fixture::{Fixture, Server};
pub use listening::Listening;
pub use page::{BANNER, CONTROL, PANEL, Page};
pub use process::output;
pub use profile::Profile;
pub use records::RecordServer;
pub use run::{Flow, Outcome, Test, done, rounds, run, run_in, skip};
pub use site::{Reply, Request, Site};

use std::path::PathBuf;
use std::time::Duration;

/// How long a condition may take before it counts as not met.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// The project's root.
pub fn root() -> PathBuf {
    let here = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    here.parent().map_or_else(|| PathBuf::from("."), Into::into)
}
