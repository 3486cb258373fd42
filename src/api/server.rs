//! The server module's exports, for Node.js.

use wasm_bindgen::prelude::*;

use crate::web::server::{self, Request};

/// What a response should say, as `[name, value, …]`; nothing where the plan is damaged.
#[wasm_bindgen]
pub fn headers(request: &Request, allow: &str) -> Option<Vec<String>> {
    server::headers(request, allow)
}

/// The same for nginx, as a file.
#[wasm_bindgen]
pub fn nginx(request: &Request, allow: &str) -> Option<String> {
    server::nginx(request, allow)
}

/// The `Set-Cookie` lines that end the cookies of what is not allowed.
#[wasm_bindgen]
pub fn expire(request: &Request, stores: &str, host: &str) -> Option<Vec<String>> {
    server::expire(request, stores, host)
}

/// A page's markup in which nothing of a vendor loads by itself, and what is held in it, as
/// `[markup, tag, url, service, …]`.
#[wasm_bindgen]
pub fn rewrite(plan: &str, html: &str, page: &str, allow: &str, head: &str) -> Result<Vec<String>, String> {
    server::rewrite(plan, html, page, allow, head)
}
