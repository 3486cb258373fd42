//! The surface that the package's JavaScript calls. No logic lives here.
#![allow(
    unreachable_pub,
    reason = "exports must be public, although only JavaScript reaches them"
)]

#[cfg(feature = "boot")]
mod boot;
#[cfg(feature = "compile")]
mod compile;
#[cfg(feature = "ledger")]
mod ledger;
#[cfg(feature = "panel")]
mod panel;
#[cfg(feature = "rights")]
mod rights;
#[cfg(feature = "server")]
mod server;
#[cfg(feature = "software")]
mod software;
#[cfg(feature = "sync")]
mod sync;
#[cfg(feature = "track")]
mod track;
#[cfg(feature = "vault")]
mod vault;
#[cfg(feature = "verify")]
mod verify;
