//! Files that are sealed before they leave.
//!
//! The body of a sealed file is a stream of Google Tink's streaming AEAD, byte for byte, so that a back end opens it
//! with a library it already trusts. A [`Layout`] and a [`Plan`] say where its segments lie; a [`Sealer`] and an
//! [`Opener`] go through it, [`Access`] opens it anywhere, each with whichever [`Engine`] runs the cipher; a
//! [`Journal`] is what lets an upload go on. Randomness comes in as an argument.

mod engine;
mod fault;
mod journal;
mod key;
mod layout;
mod open;
mod plan;
mod seal;
mod stream;
#[cfg(test)]
mod tests;

pub use engine::{Engine, Gcm, TAG};
pub use fault::Fault;
pub use journal::Journal;
pub use key::{KEY, Key};
pub use layout::Layout;
pub use open::{Access, Opener};
pub use plan::{Plan, Segment, Span};
pub use seal::Sealer;
pub use stream::{NONCE, PREFIX, START, Start, nonce};
