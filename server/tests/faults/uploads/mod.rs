//! What uploads go through.

mod checks;
mod deeds;
mod disk;
mod errors;
mod kill;
mod model;
mod power;
#[path = "../../uploads/reading.rs"]
mod reading;
