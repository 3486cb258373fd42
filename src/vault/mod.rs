//! Files that are sealed before they leave.
//!
//! The body of a sealed file is a stream of Google Tink's streaming AEAD, byte for byte, so that a back end opens it
//! with a library it already trusts. A [`Layout`] and a [`Plan`] say where its segments lie; a [`Sealer`] and an
//! [`Opener`] go through it, [`Access`] opens it anywhere, each with whichever [`Engine`] runs the cipher; a
//! [`Journal`] is what lets an upload go on.
//!
//! In front of it stands an [`Envelope`]: a [`Head`] that commits to the file's secret and that the body is bound to,
//! a [`Stanza`] for each recipient, and sealed [`Metadata`]. `docs/envelope.md` is its specification. Randomness comes
//! in as an argument.

#[cfg(feature = "cipher")]
mod agree;
mod bytes;
mod engine;
mod envelope;
mod fault;
#[cfg(feature = "cipher")]
mod gcm;
mod head;
mod hpke;
mod journal;
mod key;
mod layout;
mod message;
mod metadata;
mod open;
mod padme;
mod pair;
mod passphrase;
mod plan;
#[cfg(feature = "cipher")]
mod private;
mod seal;
mod stanza;
mod stream;
#[cfg(feature = "cipher")]
mod stretch;
#[cfg(test)]
#[cfg(feature = "cipher")]
mod tests;
#[cfg(feature = "cipher")]
mod whole;
mod wrapper;

#[cfg(feature = "cipher")]
pub use agree::{agree, public};
pub use engine::{Engine, TAG};
pub use envelope::{BLOCK, Envelope, FIRST, LONGEST, Opened, length};
pub use fault::Fault;
#[cfg(feature = "cipher")]
pub use gcm::Gcm;
pub use head::{HEAD, Head};
pub use journal::Journal;
pub use key::{KEY, Key};
pub use layout::Layout;
pub use message::{Message, Wrap};
pub use metadata::Metadata;
pub use open::{Access, Opener};
pub use padme::padme;
pub use pair::{PublicKey, for_key, to_pair_agreed};
pub use passphrase::{Cost, Stretch, to_stretched};
pub use plan::{Plan, Segment, Span};
#[cfg(feature = "cipher")]
pub use private::{PrivateKey, to_pair};
pub use seal::Sealer;
pub use stanza::{Kind, Stanza};
pub use stream::{NONCE, PREFIX, START, Start, nonce};
#[cfg(feature = "cipher")]
pub use stretch::to_passphrase;
pub use wrapper::to_wrapper;
