//! State that outlives a call from the page.

use core::cell::RefCell;

/// A `RefCell` that can be a static. Borrow it only with the `try_` methods: a call that
/// comes back while the state is in use gets the denying answer, not a panic.
#[derive(Debug)]
pub(crate) struct Single<T>(RefCell<T>);

// SAFETY: a module without the `atomics` feature has one thread.
#[allow(unsafe_code, reason = "statics must be Sync, and there is only one thread")]
unsafe impl<T> Sync for Single<T> {}

impl<T> Single<T> {
    pub(crate) const fn new(value: T) -> Single<T> {
        Single(RefCell::new(value))
    }

    /// Looks at the state; `None` while somebody changes it.
    pub(crate) fn read<R>(&self, look: impl FnOnce(&T) -> R) -> Option<R> {
        self.0.try_borrow().ok().map(|state| look(&state))
    }

    /// Changes the state; `None` while somebody uses it.
    pub(crate) fn write<R>(&self, change: impl FnOnce(&mut T) -> R) -> Option<R> {
        self.0.try_borrow_mut().ok().map(|mut state| change(&mut state))
    }
}
