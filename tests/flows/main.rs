//! Whole flows, each in every engine: `first_visit::firefox` and so on.

mod visit;

use std::process::ExitCode;

use mixus_privacy_tests::{flows, run};

fn main() -> ExitCode {
    run(&flows![visit::first_visit, visit::accept, visit::reject])
}
