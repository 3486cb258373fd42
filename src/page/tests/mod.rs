//! What must stay true of a page, whatever happens on it (promises 1 to 4), and what each regime
//! of the default policy makes of a person.

mod device;
mod explain;
mod law;
mod limits;
mod picks;
mod promises;
mod regimes;
mod state;
mod store;
