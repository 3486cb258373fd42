//! Records of decisions: taken in, kept, proved, handed back.

mod answering;
pub(crate) mod api;
mod archive;
mod database;
mod kept;
mod key;
mod keyset;
mod metrics;
mod postgres;
mod rates;
mod serve;
mod settings;
mod sign;
mod sqlite;
mod store;
#[cfg(test)]
mod tests;
mod tidy;
pub(crate) mod token;
mod wait;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64};
use std::time::Instant;

pub use database::Database;
pub use kept::Unavailable;
pub(crate) use rates::network;
pub use settings::{Patience, Settings};

use mixus_privacy::ledger::{Subject, verifier_key};

use archive::{Archive, documents, hash_of};
pub(crate) use key::LogKey;
use keyset::Keyset;
use metrics::Metrics;
use rates::Rates;
use sign::Signer;
use store::{Around, Store};
use tokio::sync::{Mutex, Notify, Semaphore, watch};
use wait::Waiting;

use crate::uploads::{self, Uploads};

/// The records of one site.
#[derive(Clone, Debug)]
pub struct Records(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    settings: Settings,
    signer: Signer,
    store: Store,
    archive: Archive,
    waiting: Arc<Waiting>,
    metrics: Arc<Metrics>,
    rates: Rates,
    uploads: Option<Arc<Uploads>>,
    /// For which pages seal files.
    keyset: Option<Keyset>,
    /// For those who wait for news.
    seats: Semaphore,
    /// For exports that are made of all events at once.
    exports: Semaphore,
    /// When it was last seen that the store can be written to.
    ready: Mutex<Option<Instant>>,
    /// Rung when something was erased.
    untidy: Arc<Notify>,
    /// Whether nobody is to wait for anything any more.
    ended: watch::Sender<bool>,
    /// This process among others in the same log.
    process: u32,
    /// How many questions there were.
    questions: AtomicU64,
    /// The operator knows of the proxy in front.
    warned: AtomicBool,
}

impl Inner {
    /// Waits until nobody is to wait for anything any more.
    async fn ending(&self) {
        // It only ends with this.
        let _ = self.ended.subscribe().wait_for(|ended| *ended).await;
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        // Whoever tidies up sees that there is nothing left to do.
        self.untidy.notify_one();
    }
}

/// Why records cannot be opened.
#[derive(Clone, Debug, thiserror::Error)]
pub enum NotOpened {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] Unavailable),
    /// A setting cannot be used: its name, and why.
    #[error("{0}: {1}")]
    Setting(&'static str, String),
}

impl Records {
    /// Opens the database, or makes it, with a key of the log's own.
    pub async fn open(settings: Settings) -> Result<Records, NotOpened> {
        let waiting = Arc::new(Waiting::default());
        let told = Arc::clone(&waiting);
        let metrics = Arc::new(Metrics::default());
        let news = Arc::new(move |touched: &[(Subject, String)]| told.tell(touched));
        let around = Around {
            clock: settings.clock,
            news,
            metrics: Arc::clone(&metrics),
        };
        settings.check()?;
        let documents = settings.notices.as_deref().map(documents).transpose();
        let documents = documents.map_err(|why| NotOpened::Setting("notices", why))?;
        let keyset = settings.keyset.as_deref();
        let keyset = keyset.map(|it| Keyset::open(it, (settings.clock)())).transpose();
        let keyset = keyset.map_err(|why| NotOpened::Setting("keyset", why))?;
        let store = Store::open(&settings.database, &around).await?;
        let archive = Archive::new(settings.most_notices);
        for document in documents.into_iter().flatten() {
            archive.keep(&store, hash_of(&document), document).await?;
        }
        let process = getrandom::u32().map_err(|error| Unavailable(error.to_string()))?;
        let key = key::of(&store, settings.key_file.as_deref()).await?;
        let signer = Signer::new(&settings.origin, &key);
        let uploads = match &settings.uploads {
            None => None,
            Some(it) => {
                let opened = Uploads::open(it.clone(), settings.clock, metrics.uploads.clone()).await;
                let opened = opened.map_err(|error| NotOpened::Setting("uploads", error.to_string()))?;
                tokio::spawn(uploads::keep(Arc::downgrade(&opened)));
                Some(opened)
            }
        };
        let untidy = Arc::new(Notify::new());
        let inner = Arc::new(Inner {
            rates: Rates::new(settings.rate),
            uploads,
            keyset,
            seats: Semaphore::new(settings.waiting),
            settings,
            signer,
            store,
            archive,
            waiting,
            metrics,
            exports: Semaphore::new(2),
            ready: Mutex::default(),
            untidy: Arc::clone(&untidy),
            ended: watch::Sender::new(false),
            process,
            questions: AtomicU64::new(0),
            warned: AtomicBool::new(false),
        });
        tokio::spawn(tidy::keep(Arc::downgrade(&inner), untidy));
        Ok(Records(inner))
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

    /// The same without opening the database: it is read from the file that the settings name, or from the database, which
    /// another process may have.
    pub async fn verifier_key_of(settings: &Settings) -> Result<String, NotOpened> {
        let key = match &settings.key_file {
            Some(path) => LogKey::Secret(key::read(path)?),
            None => Store::peek_key(&settings.database)
                .await?
                .and_then(|it| LogKey::read(&it))
                .ok_or_else(|| NotOpened::Setting("database", "there is no log yet".into()))?,
        };
        Ok(verifier_key(&settings.origin, &key.public()))
    }

    /// Takes away uploads that have expired. It is done now and then by itself. How many it was.
    pub async fn tidy_uploads(&self) -> Result<u64, Unavailable> {
        let Some(uploads) = &self.0.uploads else {
            return Ok(0);
        };
        uploads.tidied().await.map_err(|error| Unavailable(error.to_string()))
    }

    pub(crate) fn uploads(&self) -> Option<&Arc<Uploads>> {
        self.0.uploads.as_ref()
    }

    pub(crate) fn patience(&self) -> Patience {
        self.0.settings.patience
    }

    /// Becomes true when the process is to end.
    pub(crate) fn ended(&self) -> watch::Receiver<bool> {
        self.0.ended.subscribe()
    }

    /// The key with which anyone verifies the log's checkpoints, as C2SP `signed-note` writes it.
    pub fn verifier_key(&self) -> String {
        self.0.signer.verifier_key()
    }
}

/// What a fuzzer is to reach behind the end points.
#[cfg(fuzzing)]
#[doc(hidden)]
#[allow(missing_docs, reason = "they are documented where they are")]
pub mod fuzzing {
    use mixus_privacy::ledger::Subject;

    use super::{sign, token};

    pub fn asks(header: &str, sub: &Subject, method: &str, path: &str, now: u64) -> bool {
        sign::asks(header, sub, method, path, now)
    }

    pub fn links(token: &str, keys: &[[u8; 32]], sub: &Subject, acct: &str, now: u64) -> bool {
        token::links(token, keys, sub, acct, now).is_some()
    }

    pub fn erases(token: &str, keys: &[[u8; 32]], acct: &str, now: u64) -> bool {
        token::erases(token, keys, acct, now)
    }
}
