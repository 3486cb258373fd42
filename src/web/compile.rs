//! Checking and compiling a policy document that the page brings along itself.

use alloc::string::String;
use alloc::vec::Vec;

use serde::Serialize;
use sha2::{Digest as _, Sha256};
use wasm_bindgen::prelude::*;

use super::value::Js;
use crate::policy::{Severity, canonical, compile};

/// A fault, as JavaScript sees it.
#[derive(Serialize)]
struct Fault {
    code: &'static str,
    path: String,
    says: &'static str,
    /// Whether the document is refused for it.
    refuses: bool,
}

/// What became of a document.
#[derive(Serialize)]
struct Compiled {
    /// The plan; none if the document is refused.
    plan: Option<String>,
    /// Every fault, in the order of the document.
    faults: Vec<Fault>,
}

/// Compiles `document`, in which the texts of every language stand in place.
pub(crate) fn run(document: &JsValue) -> JsValue {
    let text = canonical(&mut Js::new(document)).unwrap_or_default();
    let mut at = Js::new(document);
    let plan = compile(&mut at, &base64url(&Sha256::digest(text.as_bytes())));
    let faults: Vec<Fault> = at
        .faults
        .into_iter()
        .map(|fault| Fault {
            code: fault.code.as_str(),
            path: fault.path,
            says: fault.code.says(),
            refuses: fault.code.severity() == Severity::Refuses,
        })
        .collect();
    let refused = text.is_empty() || faults.iter().any(|it| it.refuses);
    let compiled = Compiled {
        plan: (!refused).then_some(plan),
        faults,
    };
    serde_wasm_bindgen::to_value(&compiled).unwrap_or_default()
}

/// Base64 for addresses, without padding (RFC 4648, section 5).
fn base64url(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let mut out = String::new();
    for chunk in bytes.chunks(3) {
        let mut bits = 0_u32;
        for at in 0..3 {
            bits = bits << 8 | u32::from(chunk.get(at).copied().unwrap_or(0));
        }
        for at in 0..=chunk.len() {
            let digit = bits >> (18 - 6 * at) & 63;
            out.push(char::from(DIGITS.get(digit as usize).copied().unwrap_or(b'A')));
        }
    }
    out
}
