//! The ledger module's exports.

use alloc::string::String;

use js_sys::Array;
use wasm_bindgen::prelude::*;

use crate::web::ledger;

/// The canonical JSON of a slip.
#[wasm_bindgen]
pub fn record(slip: &str, plan: &str) -> Option<String> {
    ledger::record(slip, plan)
}

/// What another manager's cookie says.
#[wasm_bindgen]
pub fn foreign(name: &str, value: &str) -> Array {
    ledger::foreign(name, value)
}
