//! The form of events, what they add up to, and the log.
#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_sign_loss,
    clippy::format_collect,
    clippy::string_slice,
    reason = "small numbers, and texts that are ASCII"
)]

mod event;
mod every;
mod fold;
mod log;
mod note;
mod receipts;
pub(crate) mod world;
