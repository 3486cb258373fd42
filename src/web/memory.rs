//! The allocator and the panic handler of the modules that have glue.

use lol_alloc::{AssumeSingleThreaded, FreeListAllocator};

// SAFETY: a module without the `atomics` feature has one thread.
#[allow(
    unsafe_code,
    reason = "a small global allocator needs the promise of one thread"
)]
#[global_allocator]
static ALLOCATOR: AssumeSingleThreaded<FreeListAllocator> =
    unsafe { AssumeSingleThreaded::new(FreeListAllocator::new()) };

/// A panic ends the module. (With `serde-wasm-bindgen` comes `std`, which has its own.) No message is built, which keeps the formatting code of `core`
/// out of it.
#[cfg(not(feature = "compile"))]
#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    core::arch::wasm32::unreachable()
}
