//! Processes that share a database tell each other how long the log has become. Nothing depends on it but how soon
//! they know: each looks for itself now and then.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use tokio::sync::Notify;

use super::address::Address;
use super::line::connect;
use super::trouble::Trouble;

/// So much is said at once.
const PAUSE: Duration = Duration::from_millis(20);
/// How often one looks who would be told.
const SELDOM: Duration = Duration::from_secs(2);
/// How often one looks who is told nothing.
const OFTEN: Duration = Duration::from_millis(250);

#[derive(Debug, Default)]
pub(super) struct Ear {
    /// The log as long as this process has made it.
    said: AtomicU64,
    /// The log as long as others say it is.
    heard: AtomicU64,
    mouth: Notify,
    /// Rung when there is something to look for.
    pub bell: Notify,
    open: AtomicBool,
}

impl Ear {
    /// Tells the others, some time soon.
    pub(super) fn say(&self, size: u64) {
        self.said.store(size, Ordering::Relaxed);
        self.mouth.notify_one();
    }

    pub(super) fn hear(&self, size: &str) {
        let size = size.parse().unwrap_or(0);
        // One hears oneself, too.
        if size > self.said.load(Ordering::Relaxed) && self.heard.fetch_max(size, Ordering::Relaxed) < size {
            self.bell.notify_one();
        }
    }

    /// The connection is gone.
    pub(super) fn deafen(&self) {
        self.open.store(false, Ordering::Relaxed);
        self.mouth.notify_one();
    }

    /// How often one has to look for oneself.
    pub(super) fn every(&self) -> Duration {
        if self.open.load(Ordering::Relaxed) { SELDOM } else { OFTEN }
    }

    /// Listens and speaks for as long as the database knows how.
    pub(super) async fn run(self: Arc<Self>, address: Address) {
        loop {
            if matches!(self.talk(&address).await, Err(Trouble::Refused(_))) {
                return;
            }
            tokio::time::sleep(OFTEN).await;
        }
    }

    async fn talk(self: &Arc<Self>, address: &Address) -> Result<(), Trouble> {
        let client = connect(address, Some(Arc::clone(self))).await?;
        client.batch_execute("LISTEN mixus_privacy").await?;
        // What is said need not outlive anything.
        client.batch_execute("SET synchronous_commit = off").await?;
        let notify = client.prepare("SELECT pg_notify('mixus_privacy', $1)").await?;
        self.open.store(true, Ordering::Relaxed);
        while !client.is_closed() {
            self.mouth.notified().await;
            let size = self.said.load(Ordering::Relaxed).to_string();
            client.query(&notify, &[&size]).await?;
            tokio::time::sleep(PAUSE).await;
        }
        Ok(())
    }
}
