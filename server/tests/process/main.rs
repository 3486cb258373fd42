//! The process itself: what it is told, what it writes down, and how it ends.

#[path = "../records/device.rs"]
#[allow(dead_code, reason = "a device does more in other tests")]
mod device;
mod lines;
mod options;
mod program;
#[path = "../uploads/reading.rs"]
mod reading;
mod uploads;
