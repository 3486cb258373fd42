//! What is counted, for Prometheus. Nothing here tells of anyone.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::{Registry, Unit};

use crate::uploads::Counted;

/// What became of an event: `stored`, `duplicate`, `fork`, or the code with which it was refused.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(crate) struct Became {
    pub result: &'static str,
}

/// A question and its answer.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(crate) struct Asked {
    pub method: &'static str,
    /// The template of the path.
    pub route: &'static str,
    pub status: u16,
}

/// The template of a path.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(crate) struct Route {
    pub route: &'static str,
}

type Level = Gauge<u64, AtomicU64>;

#[derive(Debug)]
pub(crate) struct Metrics {
    registry: Registry,
    pub events: Family<Became, Counter>,
    /// How many events each commit held.
    pub together: Histogram,
    /// How long each commit took, in seconds.
    pub commit: Histogram,
    pub failures: Counter,
    pub requests: Family<Asked, Counter>,
    /// How long answers took, in seconds.
    pub durations: Family<Route, Histogram>,
    pub limited: Counter,
    pub purged: Counter,
    pub connections: Level,
    pub waiting: Level,
    pub entries: Level,
    pub notices: Level,
    pub uploads: Counted,
}

impl Default for Metrics {
    fn default() -> Metrics {
        let mut metrics = Metrics {
            registry: Registry::with_prefix("mixus_privacy"),
            events: Family::default(),
            together: Histogram::new(exponential_buckets(1.0, 2.0, 11)),
            commit: Histogram::new(exponential_buckets(0.000_25, 2.0, 14)),
            failures: Counter::default(),
            requests: Family::default(),
            // Up to a minute: whoever waits for news is answered after 25 seconds.
            durations: Family::new_with_constructor(|| Histogram::new(exponential_buckets(0.000_5, 2.0, 18))),
            limited: Counter::default(),
            purged: Counter::default(),
            connections: Level::default(),
            waiting: Level::default(),
            entries: Level::default(),
            notices: Level::default(),
            uploads: Counted::default(),
        };
        let to = &mut metrics.registry;
        to.register(
            "events",
            "Events that were sent, by what became of them",
            metrics.events.clone(),
        );
        to.register("commit_events", "Events in one commit", metrics.together.clone());
        to.register_with_unit(
            "commit_duration",
            "Time until a commit was durable",
            Unit::Seconds,
            metrics.commit.clone(),
        );
        to.register("store_failures", "Commits that the store refused", metrics.failures.clone());
        to.register(
            "http_requests",
            "Requests, by their answers; 499: nobody waited for it",
            metrics.requests.clone(),
        );
        to.register_with_unit(
            "http_request_duration",
            "Time until a request was answered",
            Unit::Seconds,
            metrics.durations.clone(),
        );
        to.register(
            "rate_limited_requests",
            "Requests that were too many from one address",
            metrics.limited.clone(),
        );
        to.register("purged_events", "Events that were kept for long enough", metrics.purged.clone());
        to.register("connections", "Open connections", metrics.connections.clone());
        to.register("waiting_readers", "Readers who wait for news", metrics.waiting.clone());
        to.register("log_entries", "Entries of the log", metrics.entries.clone());
        to.register("notices", "Documents in the archive", metrics.notices.clone());
        metrics.uploads.register(to);
        metrics
    }
}

impl Metrics {
    /// Counts what became of an event.
    pub(crate) fn count(&self, result: &'static str) {
        self.events.get_or_create(&Became { result }).inc();
    }

    /// The text that Prometheus reads.
    pub(crate) fn text(self: &Arc<Self>) -> String {
        let mut out = String::new();
        // Writing to a text cannot fail.
        let _ = encode(&mut out, &self.registry);
        out
    }
}
