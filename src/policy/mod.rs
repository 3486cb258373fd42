//! What the site may do: the policy document and the rules it must satisfy.
//!
//! A document is JSON, walked by a [`Cursor`]. [`compile()`] checks all of it, names every
//! fault, and makes the [`plan`] that a page decides by. A document with a fault that refuses
//! it has no plan, and without a plan the answer to every question is "denied".

#[cfg(not(feature = "boot"))]
mod canonical;
#[cfg(not(feature = "boot"))]
mod class;
#[cfg(not(feature = "boot"))]
mod compile;
mod consent_mode;
#[cfg(not(feature = "boot"))]
mod cursor;
#[cfg(not(feature = "boot"))]
mod details;
#[cfg(not(feature = "boot"))]
mod events;
#[cfg(not(feature = "boot"))]
mod fault;
#[cfg(not(feature = "boot"))]
mod form;
#[cfg(any(test, feature = "json"))]
mod json;
mod pattern;
pub mod plan;
#[cfg(test)]
pub(crate) mod tests;
mod text;
#[cfg(not(feature = "boot"))]
mod texts;

#[cfg(not(feature = "boot"))]
pub use canonical::{Object, canonical};
#[cfg(not(feature = "boot"))]
pub use class::Class;
#[cfg(not(feature = "boot"))]
pub use compile::compile;
pub use consent_mode::{CONSENT_MODE, CONSENT_MODE_NEVER};
#[cfg(not(feature = "boot"))]
pub use cursor::{Cursor, Kind};
#[cfg(not(feature = "boot"))]
pub use events::{EventRule, EventRules, Kind as PropKind, PropRule, read as read_events};
#[cfg(not(feature = "boot"))]
pub use fault::{Code, Fault, Severity};
#[cfg(not(feature = "boot"))]
pub use form::{is_key, is_language, is_region, is_version};
#[cfg(any(test, feature = "json"))]
pub use json::Json;
pub use pattern::{Address, covers};
pub use plan::{Item, Key, MOST_ITEMS, Model, Policy, Regime, flags};
pub use text::{Parts, Sink, field, has_word, index, number, parts, put_number, seal, sum, unseal};
#[cfg(not(feature = "boot"))]
pub use texts::read as read_texts;
