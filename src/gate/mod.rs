//! To which service a tag or an address belongs, and what follows from that.
//!
//! The gate knows no page: the guard collects what markup says and where it points, and
//! asks here. What the gate does not understand it holds.

mod judge;
mod names;

pub use judge::{Answer, Judgement, Tag, Why, judge};
pub use names::resolve;
