//! `cargo xtask …`; see the library.

use std::process::ExitCode;

use xtask::{COMMANDS, usage};

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (name, rest) = arguments.split_first().map_or(("", &[][..]), |(name, rest)| (name, rest));
    let Some(command) = COMMANDS.iter().find(|it| it.name == name) else {
        print!("{}", usage());
        return match name {
            "help" | "-h" | "--help" => ExitCode::SUCCESS,
            _ => ExitCode::from(2),
        };
    };
    match (command.run)(rest) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xtask {name}: {error:#}");
            ExitCode::FAILURE
        }
    }
}
