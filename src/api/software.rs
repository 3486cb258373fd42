//! The software module's exports. What goes wrong is thrown as its code.

use alloc::vec::Vec;

use wasm_bindgen::prelude::*;

use crate::vault::Fault;
use crate::web::software;

fn code(it: Result<Vec<u8>, Fault>) -> Result<Vec<u8>, JsValue> {
    it.map_err(|fault| JsValue::from_str(fault.code()))
}

/// What becomes of a passphrase.
#[wasm_bindgen]
pub fn stretched(passphrase: &[u8], with: &[u8]) -> Result<Vec<u8>, JsValue> {
    code(software::stretched(passphrase, with))
}

/// What two keys agree on.
#[wasm_bindgen]
pub fn agreed(private: &[u8], other: &[u8]) -> Result<Vec<u8>, JsValue> {
    code(software::agreed(private, other))
}

/// The public key of a private one.
#[wasm_bindgen]
pub fn public_of(private: &[u8]) -> Result<Vec<u8>, JsValue> {
    code(software::public_of(private))
}

/// Seals a text.
#[wasm_bindgen]
pub fn seal(key: &[u8], nonce: &[u8], aad: &[u8], text: Vec<u8>) -> Result<Vec<u8>, JsValue> {
    code(software::seal(key, nonce, aad, text))
}

/// Opens a text.
#[wasm_bindgen]
pub fn open(key: &[u8], nonce: &[u8], aad: &[u8], text: Vec<u8>) -> Result<Vec<u8>, JsValue> {
    code(software::open(key, nonce, aad, text))
}
