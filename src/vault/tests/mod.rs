//! Sealed streams, and who opens them.
#![allow(
    clippy::cast_possible_truncation,
    clippy::single_range_in_vec_init,
    reason = "small numbers, and lists of ranges"
)]

mod access;
mod attacks;
mod damage;
mod envelope;
mod files;
mod forms;
mod limits;
mod primitives;
mod tink;
pub(crate) mod world;
