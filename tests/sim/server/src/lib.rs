//! The server of the simulation: what the real one judges by, over a store in memory.
//!
//! The form of events, the judgement, the log and its proofs are the product's own; what is left of the real
//! server (a database, HTTP) is as short here as it can be, and `tests/same.rs` holds it against the real one.
//! Signatures are checked by whoever calls, so that a simulation can choose how much they cost.

mod server;
mod store;
#[cfg(target_arch = "wasm32")]
mod wasm;

pub use server::{Keys, Pulled, Server};
pub use store::{Row, Store};
