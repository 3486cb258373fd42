//! JavaScript values as documents.

use alloc::string::String;
use alloc::vec::Vec;

use wasm_bindgen::JsValue;

use super::host;
use crate::policy::Node;

/// A JavaScript value that is read as JSON.
#[derive(Clone, Debug)]
pub(crate) struct Js(pub(crate) JsValue);

impl Node for Js {
    fn member(&self, name: &str) -> Option<Self> {
        let value = host::get(&self.0, name);
        (!value.is_undefined()).then_some(Js(value))
    }

    fn length(&self) -> Option<usize> {
        usize::try_from(host::length(&self.0)).ok()
    }

    fn item(&self, at: usize) -> Option<Self> {
        let value = host::item(&self.0, u32::try_from(at).ok()?);
        (!value.is_undefined()).then_some(Js(value))
    }

    fn text(&self) -> Option<String> {
        self.0.as_string()
    }

    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_precision_loss,
        clippy::float_cmp,
        reason = "the round trip is the check"
    )]
    fn integer(&self) -> Option<i64> {
        let number = self.0.as_f64()?;
        let whole = number as i64;
        (whole as f64 == number && number.abs() <= 9_007_199_254_740_992.0).then_some(whole)
    }

    fn flag(&self) -> Option<bool> {
        self.0.as_bool()
    }

    fn names(&self) -> Option<Vec<String>> {
        let names = Js(host::names(&self.0)?);
        (0..names.length()?).map(|at| names.item(at)?.text()).collect()
    }

    fn is_object(&self) -> bool {
        host::is_object(&self.0)
    }
}

/// Reads JSON; `None` when it is none.
pub(crate) fn parse(text: &str) -> Option<Js> {
    let value = host::parse(text);
    (!value.is_undefined()).then_some(Js(value))
}
