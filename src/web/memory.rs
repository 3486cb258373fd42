//! The allocator and the panic handler of the WebAssembly modules.

use lol_alloc::{AssumeSingleThreaded, FreeListAllocator};

// SAFETY: a module without the `atomics` feature has one thread.
#[allow(unsafe_code, reason = "a global allocator that is small needs the promise of one thread")]
#[global_allocator]
static ALLOCATOR: AssumeSingleThreaded<FreeListAllocator> =
    unsafe { AssumeSingleThreaded::new(FreeListAllocator::new()) };

/// A panic ends the module; the loader then keeps everything denied and reports once. No
/// message is built, which keeps the formatting code of `core` out of the modules.
#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    core::arch::wasm32::unreachable()
}
