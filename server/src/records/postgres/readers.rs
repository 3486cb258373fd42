//! Connections for what is only read, and for what is written once in a while.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::sync::Mutex;

use super::super::kept::Unavailable;
use super::address::Address;
use super::line::Line;
use super::statements::Reading;
use super::trouble::Trouble;

/// As many connections; many who ask share one.
const LINES: usize = 4;
/// A database that does not answer for so long has gone.
const STUCK: Duration = Duration::from_secs(10);

#[derive(Debug)]
pub(super) struct Readers {
    address: Address,
    lines: [Mutex<Option<Arc<Line<Reading>>>>; LINES],
    next: AtomicUsize,
}

impl Readers {
    pub(super) fn new(address: Address) -> Readers {
        Readers {
            address,
            lines: Default::default(),
            next: AtomicUsize::new(0),
        }
    }

    /// Asks something; once more over another connection if one is gone. So nothing may be asked that must not be
    /// done twice.
    pub(super) async fn ask<T, A>(&self, ask: impl Fn(Arc<Line<Reading>>) -> A) -> Result<T, Unavailable>
    where
        A: Future<Output = Result<T, Trouble>>,
    {
        match self.attempt(&ask).await {
            Err(Trouble::Lost(_) | Trouble::Moved) => Ok(self.attempt(&ask).await?),
            done => Ok(done?),
        }
    }

    async fn attempt<T, A>(&self, ask: impl Fn(Arc<Line<Reading>>) -> A) -> Result<T, Trouble>
    where
        A: Future<Output = Result<T, Trouble>>,
    {
        let attempt = async { ask(self.line().await?).await };
        let done = tokio::time::timeout(STUCK, attempt).await;
        done.unwrap_or_else(|_| Err(Trouble::stuck()))
    }

    async fn line(&self) -> Result<Arc<Line<Reading>>, Trouble> {
        let which = self.next.fetch_add(1, Ordering::Relaxed) % LINES;
        let Some(slot) = self.lines.get(which) else {
            return Err(Trouble::stuck());
        };
        let mut slot = slot.lock().await;
        if let Some(line) = slot.as_ref().filter(|it| !it.client.is_closed()) {
            return Ok(Arc::clone(line));
        }
        let line = Arc::new(Line::open(&self.address).await?);
        *slot = Some(Arc::clone(&line));
        Ok(line)
    }

    /// A connection for a transaction.
    pub(super) async fn own(&self) -> Result<Line, Unavailable> {
        Ok(Line::open(&self.address).await?)
    }
}
