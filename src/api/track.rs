//! The track module's exports.

use wasm_bindgen::prelude::*;

use crate::web::track;

/// Cuts an event down to what a policy document allows.
#[wasm_bindgen]
pub fn minimise(document: &JsValue, name: &str, props: &JsValue) -> JsValue {
    track::run(document, name, props)
}
