//! What arrived at the vendors.

use std::sync::{Arc, Mutex, PoisonError};

use serde_json::{Value, json};
use tokio::sync::watch;

/// The requests so far, shared by all servers. Page and tests read them as JSON.
#[derive(Clone, Debug)]
pub(super) struct Collector {
    arrived: Arc<Mutex<Vec<Value>>>,
    count: watch::Sender<usize>,
}

impl Collector {
    pub(super) fn new() -> Collector {
        Collector {
            arrived: Arc::default(),
            count: watch::Sender::new(0),
        }
    }

    /// Writes a request down.
    pub(super) fn add(&self, vendor: &str, method: &str, path: &str, body: &[u8]) {
        let mut arrived = self.arrived.lock().unwrap_or_else(PoisonError::into_inner);
        // Enough to see what it was; the page shows it to whoever sent it.
        let text: String = String::from_utf8_lossy(body).chars().take(600).collect();
        arrived.push(json!({
            "vendor": vendor, "method": method, "path": path, "bytes": body.len(), "body": text,
        }));
        self.count.send_replace(arrived.len());
    }

    /// The requests after the first `seen`, as soon as there are any or `patience` is over.
    pub(super) async fn after(&self, seen: usize, patience: std::time::Duration) -> Value {
        let mut count = self.count.subscribe();
        // Over or not: the answer is what there is by then.
        let _ = tokio::time::timeout(patience, count.wait_for(|it| *it != seen)).await;
        let arrived = self.arrived.lock().unwrap_or_else(PoisonError::into_inner);
        // Fewer than were seen: somebody has cleared the list.
        let from = if seen > arrived.len() { 0 } else { seen };
        json!({"from": from, "arrived": arrived.get(from..).unwrap_or_default()})
    }

    /// Forgets everything.
    pub(super) fn clear(&self) {
        self.arrived.lock().unwrap_or_else(PoisonError::into_inner).clear();
        self.count.send_replace(0);
    }
}
