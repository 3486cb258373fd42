//! What every store has to keep to, and what several processes over one have to.

mod broken;
mod proxy;
mod same;
mod share;
mod start;
mod world;
