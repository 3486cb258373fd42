//! What several benchmarks share.

pub mod stats;
