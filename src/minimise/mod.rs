//! What an analytics event may carry: an allow-list, coarse values, and classes of data that
//! are refused whatever the list says.

mod coarse;
mod event;
mod sensitive;

pub use event::{Code, Fault, Minimised, Value, minimise};
pub use sensitive::class_of_value;

#[cfg(test)]
mod tests;
