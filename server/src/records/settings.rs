//! How records are kept.

use std::path::PathBuf;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use axum::http::Uri;

use super::NotOpened;
use super::database::Database;
use crate::uploads::UploadSettings;

/// A decision holds for 13 months at most (L29). For as long after that as someone can claim that there was none, the site
/// has to be able to show it (GDPR 7(1), 17(3)(e)), and not longer (GDPR 5(1)(e), L34): three years, which is the usual limitation
/// (so BGB 195). A site under another law says so.
const RETAIN: u32 = 396 + 3 * 365 + 1;

/// How records are kept. [`Records::open`](super::Records::open) makes them work.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where they are.
    pub database: Database,
    /// The log's name, a host and a path without a scheme: `privacy.example.com/log`.
    pub origin: String,
    /// Where the log's own key is, if not in the database: as `openssl genpkey -algorithm ed25519` writes it.
    pub key_file: Option<PathBuf>,
    /// Origins of pages that may ask, `https://www.example.com`; `*` for any.
    pub allow: Vec<String>,
    /// Ed25519 public keys with which the site's server signs who may be linked to an account.
    pub link_keys: Vec<[u8; 32]>,
    /// Events that one address may send a second, on average; 0 for any number. A read counts as one.
    pub rate: u32,
    /// How many proxies of your own stand in front: as many entries at the end of `X-Forwarded-For` are believed.
    pub proxies: usize,
    /// As many connections are open at once; others wait to be taken.
    pub connections: usize,
    /// As many readers wait for news at once.
    pub waiting: usize,
    /// How long the server waits for others.
    pub patience: Patience,
    /// A folder with the policy documents that pages use or have used, as JSON: they are archived, so that what an event
    /// names can be looked up.
    pub notices: Option<PathBuf>,
    /// As many documents that browsers sent are archived.
    pub most_notices: u64,
    /// Whether what is counted is served by [`Records::operators`](super::Records::operators) alone.
    pub metrics_apart: bool,
    /// For how many days records are kept; 0 for ever. See `docs/server.md` for how long that should be.
    pub retain: u32,
    /// What may be uploaded; nothing if it does not say.
    pub uploads: Option<UploadSettings>,
    /// The statement with the public keys for which pages seal files: see `docs/keys.md`.
    pub keyset: Option<PathBuf>,
    /// What tells the time, in seconds since 1970.
    #[doc(hidden)]
    pub clock: fn() -> u64,
}

/// How long the server waits for others, so that nobody holds it up.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    /// For the next request on a connection, up to the end of its header.
    pub head: Duration,
    /// For the body of a request.
    pub body: Duration,
    /// For more of an upload to come.
    pub idle: Duration,
    /// For what one request sends of an upload. What came until then is kept.
    pub upload: Duration,
    /// For somebody to take in what is sent to them.
    pub answer: Duration,
    /// For what is being answered when the process is to end.
    pub end: Duration,
}

impl Default for Patience {
    fn default() -> Patience {
        Patience {
            head: Duration::from_secs(30),
            body: Duration::from_secs(20),
            idle: Duration::from_secs(30),
            upload: Duration::from_secs(6 * 3600),
            answer: Duration::from_secs(30),
            end: Duration::from_secs(10),
        }
    }
}

impl Default for Settings {
    fn default() -> Settings {
        Settings {
            database: "privacy.db".into(),
            origin: "localhost/log".into(),
            key_file: None,
            allow: Vec::new(),
            link_keys: Vec::new(),
            rate: 50,
            proxies: 0,
            connections: 10_000,
            waiting: 5_000,
            patience: Patience::default(),
            notices: None,
            most_notices: 10_000,
            metrics_apart: false,
            retain: RETAIN,
            uploads: None,
            keyset: None,
            clock: now,
        }
    }
}

impl Settings {
    /// Whether this can stand in [`Settings::allow`]: an origin as browsers send it, or `*`.
    pub fn is_origin(text: &str) -> bool {
        let uri: Option<Uri> = text.parse().ok();
        let written = uri.as_ref().and_then(|it| {
            // No pattern: browsers send one host, and it has to be the same.
            let host = it.host().filter(|it| !it.contains('*'))?;
            let port = it.port().map_or(String::new(), |port| format!(":{port}"));
            Some(format!("{}://{}{port}", it.scheme_str()?, host.to_ascii_lowercase()))
        });
        text == "*" || written.is_some_and(|it| it == text)
    }

    /// Whether this can be a log's name (C2SP `signed-note` has no space and no plus in it, and here it is no URL).
    pub fn is_name(text: &str) -> bool {
        let bad = |it: char| it.is_whitespace() || it.is_control() || it == '+';
        !text.is_empty() && !text.contains(bad) && !text.contains("://")
    }

    pub(super) fn check(&self) -> Result<(), NotOpened> {
        if let Some(bad) = self.allow.iter().find(|it| !Settings::is_origin(it)) {
            return Err(NotOpened::Setting(
                "allow",
                format!("{bad:?} is no origin, such as https://www.example.com"),
            ));
        }
        if !Settings::is_name(&self.origin) {
            let why = format!("{:?} is no name, such as privacy.example.com/log", self.origin);
            return Err(NotOpened::Setting("origin", why));
        }
        Ok(())
    }
}

fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |it| it.as_secs())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_no_browser_sends_is_no_origin() {
        for good in [
            "*",
            "https://www.example.com",
            "http://localhost:8080",
            "https://[::1]:8443",
            "app://wrapped",
        ] {
            assert!(Settings::is_origin(good), "{good}");
        }
        for bad in [
            "",
            "null",
            "www.example.com",
            "https://www.example.com/",
            "https://www.example.com/shop",
            "https://WWW.example.com",
            "https://user@www.example.com",
            "https://*.example.com",
            "https://a b",
        ] {
            assert!(!Settings::is_origin(bad), "{bad}");
            let settings = Settings {
                allow: vec![bad.into()],
                ..Settings::default()
            };
            assert!(matches!(settings.check(), Err(NotOpened::Setting("allow", _))), "{bad}");
        }
    }

    #[test]
    fn what_notes_cannot_hold_is_no_name() {
        assert!(Settings::is_name("privacy.example.com/log"));
        for bad in ["", "a b", "a+b", "a\nb", "https://privacy.example.com/log", "a\u{a0}b"] {
            let settings = Settings {
                origin: bad.into(),
                ..Settings::default()
            };
            assert!(matches!(settings.check(), Err(NotOpened::Setting("origin", _))), "{bad:?}");
        }
    }
}
