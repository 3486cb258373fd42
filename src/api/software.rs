//! The software module's exports.

use alloc::vec::Vec;

use wasm_bindgen::prelude::*;

use crate::web::software;

/// What becomes of a passphrase.
#[wasm_bindgen]
pub fn stretched(passphrase: &[u8], with: &[u8]) -> Result<Vec<u8>, JsValue> {
    software::stretched(passphrase, with)
}

/// What two keys agree on.
#[wasm_bindgen]
pub fn agreed(private: &[u8], other: &[u8]) -> Result<Vec<u8>, JsValue> {
    software::agreed(private, other)
}

/// The public key of a private one.
#[wasm_bindgen]
pub fn public_of(private: &[u8]) -> Result<Vec<u8>, JsValue> {
    software::public_of(private)
}

/// Seals a text.
#[wasm_bindgen]
pub fn seal(key: &[u8], nonce: &[u8], aad: &[u8], text: Vec<u8>) -> Result<Vec<u8>, JsValue> {
    software::seal(key, nonce, aad, text)
}

/// Opens a text.
#[wasm_bindgen]
pub fn open(key: &[u8], nonce: &[u8], aad: &[u8], text: Vec<u8>) -> Result<Vec<u8>, JsValue> {
    software::open(key, nonce, aad, text)
}
