//! The record of decisions that anyone can verify: signed events, what they add up to, and the log.
//!
//! An [`Event`] is canonical JSON that names its device, the event before it and what the device had seen
//! of others. [`fold`] says what any set of them amounts to. A [`Log`] is a Merkle tree (RFC 9162) over
//! them, whose [`Checkpoint`]s a server signs; a [`Receipt`] proves one event by these alone. Signing and
//! checking signatures is left to whoever has the keys: the browser's own in a browser, a library on a server.

mod event;
mod fold;
mod id;
mod instant;
mod json;
mod merkle;
mod note;
mod receipt;
mod scan;
mod subject;
#[cfg(test)]
pub(crate) mod tests;

pub use event::{
    Event, Fault, Hash, Kind, LONGEST, NOTHING, hash, is_account, with_signature, without_signature,
};
pub use fold::{Entry, Scope, Standing, Word, fold, imposed, left, state};
pub use id::{Id, hexadecimal};
pub use instant::instant;
pub use merkle::{Log, Tile, Tiles, empty, is_consistent, leaf, root_of};
pub use note::{Checkpoint, Signature, is_name, key_id, read_verifier_key, verifier_key};
pub use receipt::{Claim, LONGEST_RECEIPT, Member, Proved, Receipt, Signed, Unproved, checkpoint_of};
pub use scan::{Choices, Scan};
pub use subject::{KEY, Subject, bytes, text};
