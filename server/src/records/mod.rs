//! Records of decisions: taken in, kept, proved, handed back.

mod answering;
mod api;
mod database;
mod kept;
mod metrics;
mod postgres;
mod sign;
mod sqlite;
mod store;
#[cfg(test)]
mod tests;
mod wait;

use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

pub use database::Database;
pub use kept::Unavailable;

use mixus_privacy::ledger::Subject;

use metrics::Metrics;
use sign::Signer;
use store::{Around, Store};
use wait::Waiting;

/// How records are kept. [`Records::open`] makes them work.
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
    /// Events that one address may send a second, on average; 0 for any number.
    pub rate: u32,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings {
            database: "privacy.db".into(),
            origin: "localhost/log".into(),
            allow: Vec::new(),
            link_keys: Vec::new(),
            rate: 50,
        }
    }
}

/// The records of one site.
#[derive(Clone, Debug)]
pub struct Records(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    settings: Settings,
    signer: Signer,
    store: Store,
    waiting: Arc<Waiting>,
    metrics: Arc<Metrics>,
}

/// Seconds since 1970.
fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |it| it.as_secs())
}

impl Records {
    /// Opens the database, or makes it, with a key of the log's own.
    pub async fn open(settings: Settings) -> Result<Records, Unavailable> {
        let waiting = Arc::new(Waiting::default());
        let told = Arc::clone(&waiting);
        let metrics = Arc::new(Metrics::default());
        let news = Arc::new(move |touched: &[(Subject, String)]| told.tell(touched));
        let around = Around {
            clock: now,
            news,
            metrics: Arc::clone(&metrics),
        };
        let store = Store::open(&settings.database, &around).await?;
        let mut fresh = [0; 32];
        getrandom::fill(&mut fresh).map_err(|error| Unavailable(error.to_string()))?;
        let signer = Signer::new(&settings.origin, &store.secret(fresh).await?);
        Ok(Records(Arc::new(Inner {
            settings,
            signer,
            store,
            waiting,
            metrics,
        })))
    }

    /// Takes events in whose signatures nobody has checked, in their order; for benchmarks alone.
    #[cfg(feature = "unchecked")]
    pub async fn append_unchecked(&self, texts: Vec<String>) -> Result<(), Unavailable> {
        let mut events = Vec::new();
        for text in &texts {
            let event = mixus_privacy::ledger::Event::read(text).map_err(|it| Unavailable(it.to_string()))?;
            events.push(kept::Incoming::new(&event, event.hash(), text));
        }
        let answers = self.0.store.append(events).await?;
        let stored = answers.iter().all(|it| matches!(it, kept::Answer::Stored(_)));
        if stored { Ok(()) } else { Err(Unavailable("an event was not stored".into())) }
    }

    /// The key with which anyone verifies the log's checkpoints, as C2SP `signed-note` writes it.
    pub fn verifier_key(&self) -> String {
        self.0.signer.verifier_key()
    }
}
