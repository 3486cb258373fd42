//! What the process is told: by flags, environment, and a file, in this order.

use std::path::PathBuf;

use clap::Args;
use mixus_privacy::ledger;
use mixus_privacy_server::{Database, Settings};
use serde::Deserialize;

use crate::Failure;

/// How to serve.
#[derive(Args, Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Options {
    /// A file with options.
    #[arg(long, env = "MIXUS_CONFIG", value_name = "FILE")]
    #[serde(skip)]
    config: Option<PathBuf>,

    /// Where to listen. [default: 127.0.0.1:8787]
    #[arg(long, env = "MIXUS_LISTEN", value_name = "ADDRESS")]
    pub(crate) listen: Option<String>,

    /// The database: a path, made where there is none, or `postgres://…`. [default: privacy.db]
    #[arg(long, env = "MIXUS_DATABASE", value_name = "PATH or URL")]
    database: Option<String>,

    /// The log's name, a host and a path without a scheme. It never changes. [default: localhost/log]
    #[arg(long, env = "MIXUS_ORIGIN", value_name = "NAME")]
    origin: Option<String>,

    /// Origins of pages that may ask, joined by commas; `*` for any.
    #[arg(long, env = "MIXUS_ALLOW", value_name = "ORIGIN", value_delimiter = ',')]
    allow: Vec<String>,

    /// Ed25519 public keys, base64url, with which the site's server signs whom to link to an account.
    #[arg(long, env = "MIXUS_LINK_KEY", value_name = "KEY", value_delimiter = ',')]
    link_key: Vec<String>,

    /// Events that one address may send a second, on average; 0 for any number. [default: 50]
    #[arg(long, env = "MIXUS_RATE", value_name = "NUMBER")]
    rate: Option<u32>,

    /// A folder with policy documents, as JSON, to be archived: those that pages use, and have used.
    #[arg(long, env = "MIXUS_NOTICES", value_name = "FOLDER")]
    notices: Option<PathBuf>,

    /// What is logged: error, warn, info, debug. [default: info]
    #[arg(long, env = "MIXUS_LOG", value_name = "LEVEL")]
    pub(crate) log: Option<String>,
}

impl Options {
    /// With what the file says, where neither flag nor environment does.
    pub(crate) fn merged(self) -> Result<Options, Failure> {
        let Some(path) = &self.config else { return Ok(self) };
        let named = |error: String| format!("{}: {error}", path.display());
        let text = std::fs::read_to_string(path).map_err(|error| named(error.to_string()))?;
        let file: Options = toml::from_str(&text).map_err(|error| named(error.to_string()))?;
        let list = |own: Vec<String>, other| if own.is_empty() { other } else { own };
        Ok(Options {
            listen: self.listen.or(file.listen),
            database: self.database.or(file.database),
            origin: self.origin.or(file.origin),
            allow: list(self.allow, file.allow),
            link_key: list(self.link_key, file.link_key),
            rate: self.rate.or(file.rate),
            notices: self.notices.or(file.notices),
            log: self.log.or(file.log),
            config: self.config,
        })
    }

    /// How records are kept.
    pub(crate) fn settings(&self) -> Result<Settings, Failure> {
        let usual = Settings::default();
        let link_keys = self
            .link_key
            .iter()
            .map(|key| ledger::bytes(key).ok_or("--link-key is not 32 bytes of base64url"));
        Ok(Settings {
            database: self.database.as_deref().map_or(usual.database, Database::from),
            origin: self.origin.clone().unwrap_or(usual.origin),
            allow: self.allow.clone(),
            link_keys: link_keys.collect::<Result<_, _>>()?,
            rate: self.rate.unwrap_or(usual.rate),
            notices: self.notices.clone(),
            ..Settings::default()
        })
    }
}
