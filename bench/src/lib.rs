//! What several benchmarks share.

pub mod stats;
mod table;

use std::process::ExitCode;

pub use table::table;

/// How a benchmark ends: what went wrong is said on the standard error stream.
pub fn ended(measured: anyhow::Result<()>) -> ExitCode {
    match measured {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("bench: {error:#}");
            ExitCode::FAILURE
        }
    }
}
