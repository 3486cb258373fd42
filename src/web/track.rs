//! Cutting an analytics event down to what the policy allows.

use js_sys::{Array, Object, Reflect};
use wasm_bindgen::prelude::*;

use super::value::Js;
use crate::minimise::{Value, minimise};
use crate::policy::{Cursor as _, Policy, read_events};

fn set(object: &Object, name: &str, value: &JsValue) {
    // A plain object takes every member.
    let _ = Reflect::set(object, &name.into(), value);
}

/// Minimises an event under the rules of `document`: `{purpose, props, faults: [{code, path}]}`,
/// with an empty purpose for an unknown event. A fault names the place, never a value.
pub(crate) fn run(document: &JsValue, name: &str, props: &JsValue) -> JsValue {
    let mut at = Js::new(document);
    at.enter("minimise");
    let rules = read_events(&mut at, &Policy::default());
    let left = minimise(&rules, name, &mut Js::new(props));
    let kept = Object::new();
    for (name, value) in left.props {
        let value = match value {
            Value::Text(text) => text.into(),
            #[allow(clippy::cast_precision_loss, reason = "kept to two digits")]
            Value::Number(number) => JsValue::from_f64(number as f64),
            Value::Flag(flag) => flag.into(),
        };
        set(&kept, &name, &value);
    }
    let faults = Array::new();
    for fault in left.faults {
        let out = Object::new();
        set(&out, "code", &fault.code.as_str().into());
        set(&out, "path", &fault.path.into());
        faults.push(&out);
    }
    let out = Object::new();
    set(&out, "purpose", &left.purpose.into());
    set(&out, "props", &kept);
    set(&out, "faults", &faults);
    out.into()
}
