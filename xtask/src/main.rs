//! `cargo xtask …`: builds, serves, tests and measures the package.

use std::process::ExitCode;

mod build;
mod bundle;
mod paths;
mod run;
mod wasm;

const HELP: &str = "\
cargo xtask <command>

  build           writes the npm package to pkg/
";

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let result = match arguments.next().as_deref() {
        Some("build") => build::build(),
        _ => {
            print!("{HELP}");
            return ExitCode::from(2);
        }
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}
