//! To which service a tag or an address belongs, and what follows from that.
//!
//! The gate knows no page: the guard collects what markup says and where it points, and
//! asks here. What the gate does not understand it holds.

mod judge;

pub use judge::{Answer, Judgement, Tag, judge};

#[cfg(test)]
mod tests;
