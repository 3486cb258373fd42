//! Walking JavaScript values: documents and properties stay where they are, and only what is
//! used crosses over.

use alloc::string::String;
use alloc::vec::Vec;

use js_sys::{Array, Object, Reflect};
use wasm_bindgen::JsCast as _;
use wasm_bindgen::prelude::*;

use crate::policy::{Code, Cursor, Fault, Kind};

/// A value as an object, also one without a prototype or of another frame, which is no
/// instance of this window's `Object`.
fn object(value: &JsValue) -> Option<&Object> {
    value.is_object().then(|| value.unchecked_ref())
}

/// A place in a JavaScript value; it collects every fault.
#[derive(Debug)]
pub(crate) struct Js {
    way: Vec<(String, JsValue)>,
    /// The faults so far.
    pub(crate) faults: Vec<Fault>,
}

impl Js {
    /// At the root of a document.
    pub(crate) fn new(document: &JsValue) -> Js {
        Js {
            way: [(String::new(), document.clone())].into(),
            faults: Vec::new(),
        }
    }

    fn here(&self) -> JsValue {
        self.way.last().map_or(JsValue::UNDEFINED, |(_, value)| value.clone())
    }

    fn at(&self, name: &str) -> JsValue {
        let here = self.here();
        if name.is_empty() {
            return here;
        }
        // Only its own members: what a prototype has is not in the document.
        match object(&here) {
            Some(object) if Object::has_own(object, &name.into()) => {
                Reflect::get(&here, &name.into()).unwrap_or_default()
            }
            _ => JsValue::UNDEFINED,
        }
    }

    fn path(&self, name: &str) -> String {
        let mut path = self.way.last().map_or(String::new(), |(path, _)| path.clone());
        if !path.is_empty() && !name.is_empty() {
            path.push('.');
        }
        path.push_str(name);
        path
    }
}

impl Cursor for Js {
    #[allow(
        clippy::cast_possible_truncation,
        reason = "checked to be whole and within 2^53"
    )]
    fn kind(&self, name: &str) -> Kind {
        let value = self.at(name);
        if value.is_undefined() {
            Kind::Absent
        } else if value.is_string() {
            Kind::Text
        } else if value.as_bool().is_some() {
            Kind::Flag
        } else if let Some(number) = value.as_f64() {
            #[allow(
                clippy::float_cmp,
                clippy::cast_precision_loss,
                reason = "a whole number within 2^53 survives the round trip exactly"
            )]
            let whole = number.abs() <= 9_007_199_254_740_992.0 && (number as i64) as f64 == number;
            if whole { Kind::Number } else { Kind::Other }
        } else if Array::is_array(&value) {
            Kind::List
        } else if value.is_object() {
            Kind::Object
        } else {
            Kind::Other
        }
    }

    fn text(&self, name: &str) -> String {
        self.at(name).as_string().unwrap_or_default()
    }

    #[allow(
        clippy::cast_possible_truncation,
        reason = "`kind` tells whether it is a whole number"
    )]
    fn number(&self, name: &str) -> i64 {
        self.at(name).as_f64().unwrap_or(0.0) as i64
    }

    fn flag(&self, name: &str) -> bool {
        self.at(name).as_bool().unwrap_or(false)
    }

    fn names(&self) -> Vec<String> {
        let here = self.here();
        match object(&here) {
            Some(object) if !Array::is_array(&here) => {
                Object::keys(object).iter().filter_map(|it| it.as_string()).collect()
            }
            _ => Vec::new(),
        }
    }

    fn enter(&mut self, name: &str) -> usize {
        let value = self.at(name);
        let length = value.dyn_ref::<Array>().map_or(0, |it| it.length() as usize);
        self.way.push((self.path(name), value));
        length
    }

    fn item(&mut self, at: usize) {
        let here = self.here();
        let value = here
            .dyn_ref::<Array>()
            .map_or(JsValue::UNDEFINED, |it| it.get(u32::try_from(at).unwrap_or(u32::MAX)));
        let mut path = self.path("");
        path.push('[');
        path.push_str(&alloc::string::ToString::to_string(&at));
        path.push(']');
        self.way.push((path, value));
    }

    fn leave(&mut self) {
        self.way.pop();
    }

    fn fault(&mut self, code: Code, name: &str) {
        let path = self.path(name);
        // Two rules may find the same fault.
        let fault = Fault { code, path };
        if !self.faults.contains(&fault) {
            self.faults.push(fault);
        }
    }
}
