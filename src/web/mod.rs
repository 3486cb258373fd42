//! The browser: the only room that knows it.
//!
//! One module for each cargo feature. `boot` has neither allocator nor glue; the others are
//! loaded on first use and made with wasm-bindgen.

#[cfg(feature = "boot")]
mod bare;
#[cfg(feature = "boot")]
pub(crate) mod boot;
#[cfg(feature = "compile")]
pub(crate) mod compile;
#[cfg(feature = "ledger")]
pub(crate) mod ledger;
#[cfg(feature = "glue")]
mod memory;
#[cfg(feature = "panel")]
pub(crate) mod panel;
#[cfg(feature = "rights")]
pub(crate) mod rights;
#[cfg(feature = "server")]
pub(crate) mod server;
#[cfg(feature = "software")]
pub(crate) mod software;
#[cfg(feature = "sync")]
pub(crate) mod sync;
#[cfg(feature = "track")]
pub(crate) mod track;
#[cfg(any(
    feature = "compile",
    feature = "ledger",
    feature = "rights",
    feature = "track"
))]
mod value;
#[cfg(feature = "vault")]
pub(crate) mod vault;
#[cfg(feature = "verify")]
pub(crate) mod verify;
