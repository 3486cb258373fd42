//! The way of events from a device to a server and to other devices: what is sent, and when.
//!
//! The same code runs in the browser and on the server: [`batch`] is what one side writes and the other
//! reads. The [`Outbox`] decides what is sent next and what becomes of the answers, [`judge`] what a server
//! takes in; they know no clock and no store, so that every order of events can be tried.

mod judge;
mod outbox;
#[cfg(test)]
mod tests;
mod wire;

pub use judge::{Answer, Incoming, Known, Place, Refusal, Token, judge};
pub use outbox::{Change, Outbox, Outcome, Step};
pub use wire::{Last, MOST_BYTES, MOST_EVENTS, asking, batch, is_fresh, lines};
