//! The verify module's exports.

use alloc::string::String;

use wasm_bindgen::prelude::*;

use crate::web::verify;

/// What a receipt claims.
#[wasm_bindgen]
pub fn claimed(receipt: &str, key: &str) -> String {
    verify::claimed(receipt, key)
}
