//! The form of events, what they add up to, and the log.

mod event;
mod fold;
mod log;
mod world;
