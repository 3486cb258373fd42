//! What the process is told: by flags, environment, and a file, in this order.

mod source;
mod values;

use std::path::PathBuf;

use clap::Args;
use mixus_privacy_server::{Database, Settings, UploadSettings};
use serde::Deserialize;

use crate::Failure;
pub(crate) use source::{parse, strangers};
use values::{Key, Origin, Size};
pub(crate) use values::{Level, LogName};

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

    /// Where to serve /metrics (with /v1/health and /v1/ready), and nowhere else. [default: where all is]
    #[arg(long, env = "MIXUS_METRICS", value_name = "ADDRESS")]
    pub(crate) metrics: Option<String>,

    /// The database: a path, made where there is none, or `postgres://…`. [default: privacy.db]
    #[arg(long, env = "MIXUS_DATABASE", value_name = "PATH or URL")]
    database: Option<String>,

    /// The log's name, a host and a path without a scheme. It never changes. [default: localhost/log]
    #[arg(long, env = "MIXUS_ORIGIN", value_name = "NAME")]
    origin: Option<LogName>,

    /// The log's own key, if it is not to be in the database: as `openssl genpkey -algorithm ed25519` writes it, and nobody
    /// else can read it. It never changes.
    #[arg(long, env = "MIXUS_KEY_FILE", value_name = "FILE")]
    key_file: Option<PathBuf>,

    /// Origins of pages that may ask, joined by commas; `*` for any.
    #[arg(long, env = "MIXUS_ALLOW", value_name = "ORIGIN", value_delimiter = ',')]
    allow: Vec<Origin>,

    /// Ed25519 public keys, base64url, with which the site's server signs whom to link to an account.
    #[arg(long, env = "MIXUS_LINK_KEY", value_name = "KEY", value_delimiter = ',')]
    link_key: Vec<Key>,

    /// A folder with policy documents, as JSON, to be archived: those that pages use, and have used.
    #[arg(long, env = "MIXUS_NOTICES", value_name = "FOLDER")]
    notices: Option<PathBuf>,

    /// For how many days records are kept; 0 for ever. [default: 1492, 13 months and three years]
    #[arg(long, env = "MIXUS_RETAIN", value_name = "DAYS")]
    retain: Option<u32>,

    /// How many proxies of your own stand in front: so many entries at the end of X-Forwarded-For are believed. [default: 0]
    #[arg(long, env = "MIXUS_PROXIES", value_name = "NUMBER")]
    proxies: Option<usize>,

    /// Events that one address may send a second, on average; 0 for any number. A read counts as one. [default: 50]
    #[arg(long, env = "MIXUS_RATE", value_name = "NUMBER")]
    rate: Option<u32>,

    /// As many connections are open at once; others wait. [default: 10000]
    #[arg(long, env = "MIXUS_CONNECTIONS", value_name = "NUMBER", value_parser = values::some)]
    #[serde(deserialize_with = "values::some_number")]
    connections: Option<usize>,

    /// As many readers wait for news at once; others are told to come back. [default: 5000]
    #[arg(long, env = "MIXUS_WAITING", value_name = "NUMBER")]
    waiting: Option<usize>,

    /// The statement with the public keys for which pages seal files, served at /v1/keys. [default: none]
    #[arg(long, env = "MIXUS_KEYSET", value_name = "FILE")]
    keyset: Option<PathBuf>,

    /// A folder for files that are uploaded, made where there is none. [default: nothing is uploaded]
    #[arg(long, env = "MIXUS_UPLOADS", value_name = "FOLDER")]
    uploads: Option<PathBuf>,

    /// Ed25519 public keys, base64url, with which the site's server signs who may begin an upload. [default: who can ask may]
    #[arg(long, env = "MIXUS_UPLOAD_KEY", value_name = "KEY", value_delimiter = ',')]
    upload_key: Vec<Key>,

    /// How long an uploaded file may be, in bytes, or with K, M, G, T. [default: 5G]
    #[arg(long, env = "MIXUS_UPLOAD_LONGEST", value_name = "SIZE")]
    upload_longest: Option<Size>,

    /// How much is kept of all uploads, with what is still to come of those that have begun. [default: 100G]
    #[arg(long, env = "MIXUS_UPLOAD_TOTAL", value_name = "SIZE")]
    upload_total: Option<Size>,

    /// As many uploads may be unfinished. [default: 10000]
    #[arg(long, env = "MIXUS_UPLOAD_OPEN", value_name = "NUMBER")]
    upload_open: Option<u64>,

    /// As many of them may be of one address. [default: 100]
    #[arg(long, env = "MIXUS_UPLOAD_OPEN_EACH", value_name = "NUMBER")]
    upload_open_each: Option<u64>,

    /// How much those of one address may be together, once they are finished. [default: 20G]
    #[arg(long, env = "MIXUS_UPLOAD_BYTES_EACH", value_name = "SIZE")]
    upload_bytes_each: Option<Size>,

    /// For how many hours an unfinished upload waits to go on. [default: 24]
    #[arg(long, env = "MIXUS_UPLOAD_EXPIRE", value_name = "HOURS")]
    upload_expire: Option<u32>,

    /// For how many days uploaded files are kept; 0 for ever. [default: 0]
    #[arg(long, env = "MIXUS_UPLOAD_RETAIN", value_name = "DAYS")]
    upload_retain: Option<u32>,

    /// What is logged: one line of JSON a request, none of them about a person. [default: info]
    #[arg(long, env = "MIXUS_LOG", value_name = "LEVEL")]
    pub(crate) log: Option<Level>,
}

impl Options {
    /// What a command needs that looks at a log.
    pub(crate) fn of(
        config: Option<PathBuf>,
        database: Option<String>,
        origin: Option<LogName>,
        key_file: Option<PathBuf>,
    ) -> Options {
        Options {
            config,
            database,
            origin,
            key_file,
            ..Options::default()
        }
    }

    /// With what the file says, where neither flag nor environment does.
    pub(crate) fn merged(self) -> Result<Options, Failure> {
        let Some(path) = &self.config else { return Ok(self) };
        let named = |error: String| format!("{}: {}", path.display(), error.trim_end());
        let text = std::fs::read_to_string(path).map_err(|error| named(error.to_string()))?;
        let file: Options = toml::from_str(&text).map_err(|error| named(error.to_string()))?;
        Ok(Options {
            listen: self.listen.or(file.listen),
            metrics: self.metrics.or(file.metrics),
            database: self.database.or(file.database),
            origin: self.origin.or(file.origin),
            key_file: self.key_file.or(file.key_file),
            allow: list(self.allow, file.allow),
            link_key: list(self.link_key, file.link_key),
            notices: self.notices.or(file.notices),
            retain: self.retain.or(file.retain),
            proxies: self.proxies.or(file.proxies),
            rate: self.rate.or(file.rate),
            connections: self.connections.or(file.connections),
            waiting: self.waiting.or(file.waiting),
            keyset: self.keyset.or(file.keyset),
            uploads: self.uploads.or(file.uploads),
            upload_key: list(self.upload_key, file.upload_key),
            upload_longest: self.upload_longest.or(file.upload_longest),
            upload_total: self.upload_total.or(file.upload_total),
            upload_open: self.upload_open.or(file.upload_open),
            upload_open_each: self.upload_open_each.or(file.upload_open_each),
            upload_bytes_each: self.upload_bytes_each.or(file.upload_bytes_each),
            upload_expire: self.upload_expire.or(file.upload_expire),
            upload_retain: self.upload_retain.or(file.upload_retain),
            log: self.log.or(file.log),
            config: self.config,
        })
    }

    /// How records are kept.
    pub(crate) fn settings(self) -> Settings {
        let uploads = self.upload_settings();
        let usual = Settings::default();
        Settings {
            database: self.database.map_or(usual.database, Database::from),
            origin: self.origin.map_or(usual.origin, |it| it.0),
            key_file: self.key_file,
            allow: self.allow.into_iter().map(|it| it.0).collect(),
            link_keys: self.link_key.into_iter().map(|it| it.0).collect(),
            notices: self.notices,
            retain: self.retain.unwrap_or(usual.retain),
            proxies: self.proxies.unwrap_or(usual.proxies),
            rate: self.rate.unwrap_or(usual.rate),
            connections: self.connections.unwrap_or(usual.connections),
            waiting: self.waiting.unwrap_or(usual.waiting),
            metrics_apart: self.metrics.is_some(),
            keyset: self.keyset,
            uploads,
            ..Settings::default()
        }
    }
}

impl Options {
    /// What may be uploaded, if anything.
    fn upload_settings(&self) -> Option<UploadSettings> {
        let usual = UploadSettings::default();
        let size = |given: Option<Size>, usual| given.map_or(usual, |it| it.0);
        Some(UploadSettings {
            folder: self.uploads.clone()?,
            keys: self.upload_key.iter().map(|it| it.0).collect(),
            longest: size(self.upload_longest, usual.longest),
            total: size(self.upload_total, usual.total),
            open: self.upload_open.unwrap_or(usual.open),
            open_each: self.upload_open_each.unwrap_or(usual.open_each),
            bytes_each: size(self.upload_bytes_each, usual.bytes_each),
            expire: self.upload_expire.unwrap_or(usual.expire),
            retain: self.upload_retain.unwrap_or(usual.retain),
            ..usual
        })
    }
}

fn list<T>(own: Vec<T>, other: Vec<T>) -> Vec<T> {
    if own.is_empty() { other } else { own }
}
