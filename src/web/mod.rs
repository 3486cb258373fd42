//! The page: the only room that knows a browser.
//!
//! What can be said in one call to the browser is an import of `js/host.js`; display texts
//! and style sheets stay on that side and never enter linear memory.

mod cell;
mod host;
mod js;
mod memory;

#[cfg(feature = "boot")]
pub(crate) mod boot;

pub(crate) use cell::Single;
pub(crate) use js::Js;
