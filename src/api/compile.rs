//! The compile module's exports.

use wasm_bindgen::prelude::*;

use crate::web::compile;

/// Checks and compiles a policy document.
#[wasm_bindgen(js_name = compile)]
pub fn run(document: &JsValue) -> JsValue {
    compile::run(document)
}
