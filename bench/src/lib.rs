//! What several benchmarks share.

pub mod stats;
mod table;

pub use table::table;
