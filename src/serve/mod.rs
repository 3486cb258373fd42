//! What a server or a build tells a browser before any script of the page can run: which hosts it
//! may ask ([`header`]), and, after a withdrawal, which cookies that no script sees are over
//! ([`expire`]).
//!
//! No script, however early, stops what a browser loads while it still reads the markup. Only the
//! browser's own policy does, or other markup (`markup`, with the feature of that name).

mod expire;
mod header;
#[cfg(feature = "markup")]
mod markup;
mod nginx;
#[cfg(feature = "markup")]
mod owner;
#[cfg(feature = "markup")]
mod sources;
mod visitor;

pub use expire::expire;
pub use header::{content_security_policy, headers};
#[cfg(feature = "markup")]
pub use markup::{Held, Rewrite, rewrite};
pub use nginx::nginx;
pub use visitor::Visitor;

#[cfg(test)]
mod tests;
