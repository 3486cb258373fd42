//! A disk in memory: several connections of a process share it, it counts what is asked of it, fails on demand, and
//! can be cut off from one call to the next.

use std::sync::{Mutex, MutexGuard, PoisonError};

use fastrand::Rng;
use rusqlite::ffi;

use super::image::Image;
use super::locks::Locks;

/// What is asked of a disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Call {
    Open,
    Delete,
    Access,
    Read,
    Write,
    Cut,
    Sync,
    Size,
    Lock,
    Map,
    MapLock,
}

/// Which calls fail, by their number, and in which of several ways.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Plan {
    pub from: u64,
    pub until: u64,
    pub way: usize,
}

/// What a call meets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Meets {
    Nothing,
    /// It has this code for its answer, and no effect.
    Failure(i32),
    /// Half of it happens.
    Half(i32),
    /// It happens, and is said to have failed.
    Done(i32),
}

impl Call {
    /// Whether it changes what stands on the disk.
    const fn changes(self) -> bool {
        matches!(self, Call::Open | Call::Delete | Call::Write | Call::Cut | Call::Sync)
    }

    const fn fails(self, way: usize) -> Meets {
        let ways: &[Meets] = match self {
            Call::Open => &[Meets::Failure(ffi::SQLITE_CANTOPEN), Meets::Failure(ffi::SQLITE_FULL)],
            Call::Delete => {
                &[Meets::Failure(ffi::SQLITE_IOERR_DELETE), Meets::Done(ffi::SQLITE_IOERR_DELETE)]
            }
            Call::Access => &[Meets::Failure(ffi::SQLITE_IOERR_ACCESS)],
            // That a file is too short is no failure: SQLite takes what is missing for zeros, and asks for the size as well.
            Call::Read => &[Meets::Failure(ffi::SQLITE_IOERR_READ), Meets::Half(ffi::SQLITE_IOERR_READ)],
            Call::Write => &[
                Meets::Failure(ffi::SQLITE_IOERR_WRITE),
                Meets::Half(ffi::SQLITE_FULL),
                Meets::Done(ffi::SQLITE_IOERR_WRITE),
            ],
            Call::Cut => &[
                Meets::Failure(ffi::SQLITE_IOERR_TRUNCATE),
                Meets::Done(ffi::SQLITE_IOERR_TRUNCATE),
            ],
            Call::Sync => &[Meets::Failure(ffi::SQLITE_IOERR_FSYNC)],
            Call::Size => &[Meets::Failure(ffi::SQLITE_IOERR_FSTAT)],
            Call::Lock => &[Meets::Failure(ffi::SQLITE_IOERR_LOCK), Meets::Failure(ffi::SQLITE_BUSY)],
            Call::Map => &[
                Meets::Failure(ffi::SQLITE_IOERR_SHMMAP),
                Meets::Failure(ffi::SQLITE_IOERR_NOMEM),
            ],
            Call::MapLock => &[Meets::Failure(ffi::SQLITE_IOERR_SHMLOCK), Meets::Failure(ffi::SQLITE_BUSY)],
        };
        ways[way % ways.len()]
    }
}

/// What a disk is and what was asked of it.
#[derive(Debug)]
pub(crate) struct State {
    pub image: Image,
    pub locks: Vec<Locks>,
    pub rng: Rng,
    /// How much was asked so far, and how much of it changes something.
    pub calls: u64,
    pub changes: u64,
    /// What failed.
    pub failed: Vec<Call>,
    pub plan: Plan,
    /// The power goes with this change.
    pub power_until: u64,
    /// A sync says that it did something, and does nothing.
    pub lies: bool,
    pub fragile: bool,
}

/// A disk.
#[derive(Debug)]
pub(crate) struct Disk(Mutex<State>);

impl Disk {
    pub(crate) fn new(image: Image, rng: Rng) -> Disk {
        Disk(Mutex::new(State {
            image,
            locks: Vec::new(),
            rng,
            calls: 0,
            changes: 0,
            failed: Vec::new(),
            plan: Plan::default(),
            power_until: u64::MAX,
            lies: false,
            fragile: false,
        }))
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts a call, and says what it meets.
    pub(crate) fn asked(&self, call: Call) -> (MutexGuard<'_, State>, Meets) {
        let mut state = self.state();
        if state.is_off() {
            return (state, Meets::Failure(ffi::SQLITE_IOERR));
        }
        state.calls += 1;
        if call.changes() {
            state.changes += 1;
        }
        // The last call is begun, and not finished.
        if state.is_off() {
            let code = ffi::SQLITE_IOERR;
            let meets = if matches!(call, Call::Write | Call::Cut) {
                Meets::Done(code)
            } else {
                Meets::Failure(code)
            };
            return (state, meets);
        }
        if (state.plan.from..state.plan.until).contains(&state.calls) {
            state.failed.push(call);
            let meets = call.fails(state.plan.way);
            return (state, meets);
        }
        (state, Meets::Nothing)
    }
}

impl State {
    /// Whether the power has gone.
    pub(crate) const fn is_off(&self) -> bool {
        self.changes >= self.power_until
    }

    pub(crate) fn locks(&mut self, file: usize) -> &mut Locks {
        if self.locks.len() <= file {
            self.locks.resize_with(file + 1, Locks::default);
        }
        &mut self.locks[file]
    }

    pub(crate) fn sync(&mut self, file: usize, names: bool) {
        if self.lies {
            return;
        }
        self.image.files[file].sync();
        if names {
            self.image.sync_names();
        }
    }
}
