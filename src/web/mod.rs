//! The browser: the only room that knows it.

#[cfg(feature = "boot")]
mod bare;
#[cfg(feature = "boot")]
pub(crate) mod boot;
