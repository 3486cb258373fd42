//! The browser: the only room that knows it.
//!
//! One module for each cargo feature. `boot` has neither allocator nor glue; the others are
//! loaded on first use and made with wasm-bindgen.

#[cfg(feature = "boot")]
mod bare;
#[cfg(feature = "boot")]
pub(crate) mod boot;
#[cfg(feature = "glue")]
mod memory;
#[cfg(feature = "panel")]
pub(crate) mod panel;
