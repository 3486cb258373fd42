//! The vault module's export.

use alloc::vec::Vec;

use wasm_bindgen::prelude::*;

use crate::web::vault;

/// Answers a question.
#[wasm_bindgen]
pub fn ask(what: u32, given: &[u8]) -> Vec<u8> {
    vault::ask(what, given)
}
