//! What the person decided, and what follows from it.
//!
//! A [`Session`] holds the policy and the signals, a [`State`] the decisions so far; from both
//! come the [`Verdict`]s. A click becomes a group of choices with its [`Slip`], the record;
//! what all groups add up to is the next state.

mod act;
mod ask;
mod consent_mode;
#[cfg(not(feature = "boot"))]
mod dispute;
#[cfg(not(feature = "boot"))]
mod event;
#[cfg(not(feature = "boot"))]
mod import;
#[cfg(test)]
mod import_tests;
mod session;
mod signals;
mod slip;
mod state;
mod verdict;

pub use act::{Act, Person, Source};
pub use ask::Purposes;
pub use consent_mode::consent_mode;
#[cfg(not(feature = "boot"))]
pub use dispute::dispute;
#[cfg(not(feature = "boot"))]
pub use event::Event;
#[cfg(not(feature = "boot"))]
pub use import::{FOREIGN, Imported, import};
pub use session::{Deed, Refusal, Session};
pub use signals::Signals;
pub use slip::{Slip, write_slip};
pub use state::{Entries, Entry, Head, State, entries, entry_of};
pub use verdict::{Note, Rule, Verdict, of};

/// A day in seconds.
pub(crate) const DAY: u32 = 86_400;
