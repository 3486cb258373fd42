//! What uploads go through.

mod disk;
mod errors;
mod kill;
mod model;
mod power;
