//! What is done now and then: records that were kept for long enough go, and nothing of them stays on the disk.

use std::sync::{Arc, Weak};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::{Instant, sleep, sleep_until};

use super::kept::Unavailable;
use super::{Inner, Records};

/// How often old records are looked for.
const PURGE: Duration = Duration::from_secs(3600);
/// How often the disk is cleared at most: whoever has much erased must not keep the writer busy with it.
const SCRUB: Duration = Duration::from_secs(1);
const DAY: u64 = 86_400;

impl Records {
    /// Takes away what has been kept for as long as the settings say. It is done every hour by itself. How many
    /// records it was.
    pub async fn purge(&self) -> Result<u64, Unavailable> {
        self.0.purge().await
    }
}

impl Inner {
    async fn purge(&self) -> Result<u64, Unavailable> {
        let days = u64::from(self.settings.retain);
        let before = (self.settings.clock)().saturating_sub(days * DAY);
        let mut all = 0;
        if days == 0 {
            return Ok(all);
        }
        loop {
            // In slices: others are served in between.
            let count = self.store.purge(before).await?;
            if count == 0 {
                break;
            }
            all += count;
            self.metrics.purged.inc_by(count);
            self.untidy.notify_one();
        }
        Ok(all)
    }
}

/// Works until the records are no longer used. What an earlier process left undone comes first.
pub(super) async fn keep(inner: Weak<Inner>, untidy: Arc<Notify>) {
    let mut purge = Instant::now();
    untidy.notify_one();
    loop {
        tokio::select! {
            () = untidy.notified() => {
                let Some(inner) = inner.upgrade() else { return };
                match inner.store.scrub().await {
                    Ok(true) => {}
                    Ok(false) => untidy.notify_one(),
                    Err(error) => tracing::error!(%error, "what was erased is still on the disk"),
                }
                drop(inner);
                sleep(SCRUB).await;
            }
            () = sleep_until(purge) => {
                let Some(inner) = inner.upgrade() else { return };
                match inner.purge().await {
                    Ok(0) => {}
                    Ok(count) => tracing::info!(count, "purged"),
                    Err(error) => tracing::error!(%error, "old records are still there"),
                }
                purge = Instant::now() + PURGE;
            }
        }
    }
}
