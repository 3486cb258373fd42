//! The panel module's exports.

use wasm_bindgen::prelude::*;

use crate::web::panel;

/// Opens the panel.
#[wasm_bindgen]
pub fn open(view: &JsValue) -> bool {
    panel::open(view).is_some()
}

/// Shows the placeholder in a held frame.
#[wasm_bindgen]
pub fn hold(view: &JsValue) -> bool {
    panel::hold(view).is_some()
}
