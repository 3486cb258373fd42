//! What the site may do: the policy document and the rules it must satisfy.
//!
//! A document is JSON ([`read`] takes any [`Node`] that behaves like it). Reading never
//! stops at the first fault, and a document with a fault is never used: the answer to
//! every question about it is then "denied".

mod canonical;
mod class;
mod consent_mode;
mod details;
mod document;
mod events;
mod fault;
mod form;
mod node;
mod pattern;
mod place;
mod read;
mod regime;
mod texts;

pub use canonical::{canonical, Text as CanonicalText};
pub use consent_mode::{CONSENT_MODE, CONSENT_MODE_NEVER};
pub use document::{Key, Never, Policy, Purpose, Service};
pub use class::Class;
pub use events::{EventRule, EventRules, Kind, PropRule};
pub(crate) use events::read as read_events;
pub use fault::{Code, Fault, Faults, FaultList, FirstFault, Severity};
pub use form::{is_key, is_language, is_region, is_version};
pub use node::Node;
pub use pattern::{Address, Pattern};
pub(crate) use place::push_number;
pub use place::{Path, Place};
pub use read::read;
pub use regime::{Minors, Model, Regime};
pub use texts::read_texts;
