//! The records of this device as canonical JSON, and decisions of other managers.

use alloc::string::String;

use js_sys::{Array, JSON};

use super::value::Js;
use crate::consent::{Event, Slip, import};
use crate::policy::Policy;

/// The canonical JSON (RFC 8785) of a slip; nothing when it is damaged.
pub(crate) fn record(slip: &str, plan: &str) -> Option<String> {
    let policy = Policy::read(plan.as_bytes(), b"", b"")?;
    let event = Event::of(Slip::read(slip.as_bytes())?, &policy)?;
    Some(event.canonical())
}

/// What another manager's cookie says, as pairs of a name and whether it was allowed.
pub(crate) fn foreign(name: &str, value: &str) -> Array {
    let json = JSON::parse(value).ok();
    let found = import(name, value, json.as_ref().map(Js::new).as_mut()).unwrap_or_default();
    let pairs = found.into_iter();
    pairs.map(|(name, allowed)| Array::of2(&name.into(), &allowed.into())).collect()
}
