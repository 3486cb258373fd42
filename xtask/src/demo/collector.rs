//! What arrived at the vendors.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};
use tokio::sync::watch;

/// As many requests are remembered, of all pages together.
const REMEMBERED: usize = 2000;
/// As much of a body is shown, in bytes: more than any kit here sends.
const SHOWN: usize = 16 * 1024;

/// A request as a vendor would have seen it.
#[derive(Clone, Debug)]
struct Arrival {
    /// Counts from 1.
    number: u64,
    /// The page that sent it.
    page: String,
    shown: Value,
}

#[derive(Debug, Default)]
struct Arrivals {
    last: u64,
    list: VecDeque<Arrival>,
}

/// The requests so far, shared by all servers. Pages and tests read them as JSON.
#[derive(Clone, Debug)]
pub(super) struct Collector {
    arrivals: Arc<Mutex<Arrivals>>,
    last: watch::Sender<u64>,
}

impl Collector {
    pub(super) fn new() -> Collector {
        Collector {
            arrivals: Arc::default(),
            last: watch::Sender::new(0),
        }
    }

    /// Writes a request down.
    pub(super) fn add(&self, vendor: &str, page: &str, method: &str, path: &str, body: &[u8]) {
        let mut arrivals = self.arrivals.lock().unwrap_or_else(PoisonError::into_inner);
        arrivals.last += 1;
        let number = arrivals.last;
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let body_shown = String::from_utf8_lossy(body.get(..SHOWN).unwrap_or(body));
        arrivals.list.push_back(Arrival {
            number,
            page: page.into(),
            shown: json!({
                "number": number,
                "at": u64::try_from(since.as_millis()).unwrap_or(u64::MAX),
                "vendor": vendor,
                "method": method,
                "path": path,
                "bytes": body.len(),
                "body": body_shown,
            }),
        });
        if arrivals.list.len() > REMEMBERED {
            arrivals.list.pop_front();
        }
        self.last.send_replace(number);
    }

    /// What a page has sent after the arrival with the number `seen`, as soon as there is
    /// something or `patience` is over.
    pub(super) async fn after(&self, page: &str, seen: u64, patience: Duration) -> Vec<Value> {
        let mut last = self.last.subscribe();
        let news = async {
            loop {
                let found = self.found(page, seen);
                // The sender lives as long as `self`, so that waiting cannot fail.
                if !found.is_empty() || last.changed().await.is_err() {
                    return found;
                }
            }
        };
        tokio::time::timeout(patience, news).await.unwrap_or_default()
    }

    fn found(&self, page: &str, seen: u64) -> Vec<Value> {
        let arrivals = self.arrivals.lock().unwrap_or_else(PoisonError::into_inner);
        let new = arrivals.list.iter().filter(|it| it.number > seen && it.page == page);
        new.map(|it| it.shown.clone()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_page_hears_of_its_own_requests() {
        let collector = Collector::new();
        collector.add("chat", "p1", "POST", "/webhook", b"{}");
        collector.add("chat", "p2", "GET", "/", b"");
        let first = collector.after("p1", 0, Duration::from_secs(9)).await;
        assert_eq!(first.len(), 1);
        assert_eq!(first[0]["bytes"], 2);
        assert!(collector.after("p1", 1, Duration::from_secs(9)).await.is_empty());
    }

    #[tokio::test(start_paused = true)]
    async fn waiting_ends_with_the_next_request() {
        let collector = Collector::new();
        let waiting = collector.after("p1", 0, Duration::from_secs(9));
        let adding = async {
            tokio::task::yield_now().await;
            collector.add("chat", "p2", "GET", "/", b"");
            tokio::task::yield_now().await;
            collector.add("chat", "p1", "GET", "/", b"");
        };
        let (found, ()) = tokio::join!(waiting, adding);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0]["number"], 2);
    }
}
