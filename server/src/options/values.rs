//! What options can be, wherever they stand.

use std::str::FromStr;

use clap::ValueEnum;
use mixus_privacy::ledger;
use mixus_privacy_server::Settings;
use serde::{Deserialize, Deserializer};

/// An origin of pages, or `*`.
#[derive(Clone, Debug, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct Origin(pub String);

impl FromStr for Origin {
    type Err = String;

    fn from_str(text: &str) -> Result<Origin, String> {
        let origin = Settings::is_origin(text).then(|| Origin(text.into()));
        origin.ok_or_else(|| format!("{text:?} is no origin: one is https://www.example.com, without a path"))
    }
}

/// The log's name.
#[derive(Clone, Debug, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct LogName(pub String);

impl FromStr for LogName {
    type Err = String;

    fn from_str(text: &str) -> Result<LogName, String> {
        let name = Settings::is_name(text).then(|| LogName(text.into()));
        name.ok_or_else(|| format!("{text:?} is no name: one is privacy.example.com/log, without a scheme"))
    }
}

/// A public key.
#[derive(Clone, Debug, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct Key(pub [u8; 32]);

impl FromStr for Key {
    type Err = String;

    fn from_str(text: &str) -> Result<Key, String> {
        ledger::bytes(text)
            .map(Key)
            .ok_or_else(|| "a key is 32 bytes as base64url".into())
    }
}

macro_rules! from_text {
    ($($name:ident)*) => {$(
        impl TryFrom<String> for $name {
            type Error = String;

            fn try_from(text: String) -> Result<$name, String> {
                text.parse()
            }
        }
    )*};
}
from_text!(Origin LogName Key);

/// How much is logged.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, ValueEnum)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Level {
    /// What failed.
    Error,
    /// What should be looked after as well.
    Warn,
    /// Every request as well.
    Info,
    /// The same: nothing is only for whoever looks for faults.
    Debug,
}

/// A number of which there has to be one at least.
pub(crate) fn some(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(0) => Err("there has to be one at least".into()),
        Ok(number) => Ok(number),
        Err(_) => Err("it is no number".into()),
    }
}

pub(crate) fn some_number<'d, D: Deserializer<'d>>(from: D) -> Result<Option<usize>, D::Error> {
    let number = usize::deserialize(from)?;
    some(&number.to_string()).map(Some).map_err(serde::de::Error::custom)
}
