//! Keeps a site's privacy policy true in the browser.
//!
//! The rooms, and which way the arrows run (`api → web → the rest → consent → policy`):
//!
//! | room | what it knows | browser |
//! |---|---|---|
//! | [`policy`] | what the site may do: the document, its rules, regimes, the never-list | no |
//! | [`consent`] | what the person decided: events, the fold, permissions with reasons | no |
//! | `ledger` | signed events, what they add up to, and the log that proves them | no |
//! | `sync` | what travels between a device and a server, and when | no |
//! | `rights` | what a person can take away: exports of their events | no |
//! | `vault` | files: sealed streams, and who can open them | no |
//! | [`gate`] | to which service a tag or an address belongs, and what follows from that | no |
//! | [`page`] | one page: what calls, clicks and other tabs do to it | no |
//! | [`minimise`] | what an analytics event may carry | no |
//! | [`serve`] | what a server or a build tells a browser before any script | no |
//! | `web` | the page: banner, panel, store, tabs | yes |
//! | `api` | the surface that the package's JavaScript calls: thin, no logic | yes |
//!
//! The pure rooms take the clock, randomness and storage as arguments and compile
//! natively. `web` and `api` exist only for `wasm32`, in one module for each cargo feature:
//! `boot` (every page load) and, on first use, `panel`, `ledger`, `sync`, `compile` and `track`.
#![cfg_attr(
    all(target_arch = "wasm32", not(any(feature = "server", feature = "std"))),
    no_std
)]
// A panic would end a module and leave everything denied: nothing here can.
#![warn(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::string_slice,
    clippy::unreachable,
    clippy::unwrap_used
)]

#[cfg(not(feature = "boot"))]
extern crate alloc;

pub mod consent;
pub mod gate;
#[cfg(feature = "records")]
pub mod ledger;
#[cfg(not(feature = "boot"))]
pub mod minimise;
pub mod page;
pub mod policy;
#[cfg(feature = "records")]
pub mod rights;
#[cfg(not(feature = "boot"))]
pub mod serve;
#[cfg(feature = "records")]
pub mod sync;
#[cfg(feature = "sealed")]
pub mod vault;

#[cfg(target_arch = "wasm32")]
mod api;
#[cfg(target_arch = "wasm32")]
mod web;
