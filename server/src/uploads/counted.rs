//! What is counted of uploads, for Prometheus.

use std::sync::atomic::AtomicU64;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::{Registry, Unit};

/// What became of an upload: `begun`, `finished`, `joined`, `ended`, `expired`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(crate) struct Became {
    pub result: &'static str,
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Counted {
    became: Family<Became, Counter>,
    pub received: Counter,
    pub failures: Counter,
    pub open: Gauge<u64, AtomicU64>,
    pub bytes: Gauge<u64, AtomicU64>,
}

impl Counted {
    pub(crate) fn became(&self, result: &'static str) {
        self.became.get_or_create(&Became { result }).inc();
    }

    pub(crate) fn register(&self, to: &mut Registry) {
        to.register("uploads", "Uploads, by what became of them", self.became.clone());
        to.register_with_unit(
            "upload_received",
            "What of uploads is on the disk for good",
            Unit::Bytes,
            self.received.clone(),
        );
        to.register("upload_failures", "What the disk of uploads refused", self.failures.clone());
        to.register("uploads_open", "Uploads that are not finished", self.open.clone());
        to.register_with_unit(
            "uploads_kept",
            "Uploads with what is still to come of them",
            Unit::Bytes,
            self.bytes.clone(),
        );
    }
}
