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

/// A number of bytes: `5G`, `512M`, `1000`.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(try_from = "String")]
pub(crate) struct Size(pub u64);

impl FromStr for Size {
    type Err = String;

    fn from_str(text: &str) -> Result<Size, String> {
        let (number, shift) = match text.char_indices().last() {
            Some((at, 'K')) => (&text[..at], 10),
            Some((at, 'M')) => (&text[..at], 20),
            Some((at, 'G')) => (&text[..at], 30),
            Some((at, 'T')) => (&text[..at], 40),
            _ => (text, 0),
        };
        let bytes = number.parse().ok().and_then(|it: u64| it.checked_mul(1 << shift));
        let bytes = bytes.filter(|it| i64::try_from(*it).is_ok()).map(Size);
        bytes.ok_or_else(|| format!("{text:?} is no size: one is 5G, 512M, or a number of bytes"))
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
from_text!(Origin LogName Key Size);

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read() {
        for (text, bytes) in [("0", 0), ("1000", 1000), ("1K", 1024), ("5G", 5 << 30), ("2T", 2 << 40)] {
            assert_eq!(text.parse(), Ok(Size(bytes)), "{text}");
        }
        for bad in ["", "G", "5 G", "5g", "5GB", "-1", "1.5G", "99999999T", "5\u{e9}"] {
            assert!(bad.parse::<Size>().is_err(), "{bad}");
        }
    }
}
