//! What the person decided, and what follows from it.
//!
//! [`Session`] holds a policy, a regime, the signals and the decisions so far; from them
//! come [`Permissions`], every verdict with its reasons. A click becomes an [`Event`]; the
//! fold of all events is the [`Decision`].

mod act;
mod ask;
mod decision;
mod event;
mod explain;
mod import;
mod ledger;
mod mirror;
mod permissions;
mod session;
mod signals;

pub use act::{Act, Person, Source};
pub use ask::{asks, decidable};
pub use decision::{Choice, Decision};
pub use event::Event;
pub use explain::{Outcome, Step, explain};
pub use import::{FOREIGN, Imported, import};
pub use ledger::fold;
pub use mirror::Mirror;
pub use permissions::{Note, Permissions, Rule, Verdict};
pub use session::{Deed, Pick, Ports, Refusal, Session};
pub use signals::Signals;

/// A day in milliseconds.
pub(crate) const DAY: u64 = 86_400_000;
