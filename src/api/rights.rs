//! The rights module's exports.

use alloc::string::String;

use js_sys::Array;
use wasm_bindgen::prelude::*;

use crate::web::rights;

/// Events in a form.
#[wasm_bindgen]
pub fn exported(form: &str, subject: &str, events: &str, documents: &Array, now: f64) -> Option<String> {
    rights::exported(form, subject, events, documents, now)
}
