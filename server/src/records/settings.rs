//! How records are kept.

use std::path::PathBuf;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::database::Database;

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
    /// For how many days records are kept; 0 for ever. See `docs/server.md` for how long that should be.
    pub retain: u32,
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
            allow: Vec::new(),
            link_keys: Vec::new(),
            rate: 50,
            proxies: 0,
            connections: 10_000,
            waiting: 5_000,
            patience: Patience::default(),
            notices: None,
            most_notices: 10_000,
            retain: RETAIN,
            clock: now,
        }
    }
}

fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |it| it.as_secs())
}
