//! Uploads, over real connections, as a client of tus asks; and what no client would ask.

mod begin;
mod browser;
#[path = "../records/describes.rs"]
mod describes;
mod expire;
mod hostile;
mod join;
mod limits;
mod read;
mod reading;
mod take;
mod wire;
mod world;
mod write;
