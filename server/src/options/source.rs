//! Where an option came from, for whoever has to put it right.

use std::env;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Arg, Command, CommandFactory as _, Parser as _};

use crate::commands::Line;

/// Reads the command line and the environment; what cannot be read is told with its source.
pub(crate) fn parse() -> Line {
    Line::try_parse().unwrap_or_else(|error| {
        if let Some(name) = from_environment(&error) {
            eprintln!("The value is that of {name} in the environment.");
        }
        error.exit()
    })
}

/// The environment's name for the value that an error is about, if it came from there.
fn from_environment(error: &clap::Error) -> Option<String> {
    if !matches!(error.kind(), ErrorKind::InvalidValue | ErrorKind::ValueValidation) {
        return None;
    }
    let Some(ContextValue::String(about)) = error.get(ContextKind::InvalidArg) else {
        return None;
    };
    let mut command = Line::command();
    command.build();
    let mut arguments = all(&command).into_iter();
    let argument = arguments.find(|it| it.to_string() == *about)?;
    let flag = format!("--{}", argument.get_long()?);
    let given = env::args().any(|it| it == flag || it.starts_with(&format!("{flag}=")));
    let name = argument.get_env()?.to_str()?;
    (!given && env::var_os(name).is_some()).then(|| name.into())
}

fn all(command: &Command) -> Vec<&Arg> {
    let mut arguments: Vec<&Arg> = command.get_arguments().collect();
    arguments.extend(command.get_subcommands().flat_map(Command::get_arguments));
    arguments
}

/// Names in the environment that look like options and are none.
pub(crate) fn strangers() -> Vec<String> {
    let command = Line::command();
    let known: Vec<&str> = all(&command).into_iter().filter_map(|it| it.get_env()?.to_str()).collect();
    let names = env::vars_os().filter_map(|(name, _)| name.into_string().ok());
    names
        .filter(|it| it.starts_with("MIXUS_") && !known.contains(&it.as_str()))
        .collect()
}
