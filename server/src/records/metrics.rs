//! What is counted, for Prometheus. Nothing here tells of anyone.

use std::sync::Arc;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::{Registry, Unit};

/// What became of an event: `stored`, `duplicate`, `fork`, or the code with which it was refused.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(crate) struct Became {
    pub result: &'static str,
}

#[derive(Debug)]
pub(crate) struct Metrics {
    registry: Registry,
    pub events: Family<Became, Counter>,
    /// How many events each commit held.
    pub together: Histogram,
    /// How long each commit took, in seconds.
    pub commit: Histogram,
    pub failures: Counter,
}

impl Default for Metrics {
    fn default() -> Metrics {
        let mut metrics = Metrics {
            registry: Registry::with_prefix("mixus_privacy"),
            events: Family::default(),
            together: Histogram::new(exponential_buckets(1.0, 2.0, 11)),
            commit: Histogram::new(exponential_buckets(0.000_25, 2.0, 14)),
            failures: Counter::default(),
        };
        let to = &mut metrics.registry;
        to.register(
            "events",
            "Events that were sent, by what became of them",
            metrics.events.clone(),
        );
        to.register("commit_events", "Events in one commit", metrics.together.clone());
        to.register_with_unit(
            "commit",
            "Time until a commit was durable",
            Unit::Seconds,
            metrics.commit.clone(),
        );
        to.register("store_failures", "Commits that the store refused", metrics.failures.clone());
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
