//! The boot module's exports. They are numbers only and need no glue.

use crate::web::boot;

/// The address of the plan (0), the setting (1), the input (2) or the output (3).
#[allow(unsafe_code, reason = "an export by name; the name is nobody else's")]
#[unsafe(no_mangle)]
pub extern "C" fn a(which: u32) -> u32 {
    boot::address(which)
}

/// A call by number.
#[allow(unsafe_code, reason = "an export by name; the name is nobody else's")]
#[unsafe(no_mangle)]
pub extern "C" fn c(which: u32, length: u32, extra: u32) -> u32 {
    boot::call(which, length, extra)
}
