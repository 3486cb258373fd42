//! A folder in memory, beneath uploads: its calls fail, and its power goes between two of them.

use std::collections::BTreeMap;
use std::io::{self, ErrorKind};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use fastrand::Rng;
use mixus_privacy_server::{Folder, OpenFile};

use crate::vfs::Image;

/// Which calls fail, by their number, and in which of several ways.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Plan {
    pub from: u64,
    pub until: u64,
    pub way: usize,
}

/// How many ways there are.
pub(super) const WAYS: usize = 3;

#[derive(Debug)]
struct State {
    image: Image,
    /// Who has locked a file.
    locks: BTreeMap<usize, u64>,
    handles: u64,
    rng: Rng,
    calls: u64,
    failed: u64,
    plan: Plan,
    /// How many changes there were, and with which of them the power goes.
    changes: u64,
    power_until: u64,
    /// A sync says that it did something, and does nothing.
    lies: bool,
}

/// A folder, as a process has it.
#[derive(Clone, Debug)]
pub(super) struct Disk(Arc<Mutex<State>>);

/// What a call is going to do.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Call {
    /// It only looks.
    Looks,
    /// It changes something.
    Changes,
    Syncs,
}

/// How a call fails.
enum Way {
    /// Nothing happened.
    Nothing(io::Error),
    /// Half of it happened.
    Half(io::Error),
    /// It happened, and is said to have failed.
    Done(io::Error),
}

impl State {
    /// Counts a call; why it fails, if it does.
    fn call(&mut self, call: Call) -> Result<(), Way> {
        self.calls += 1;
        if call != Call::Looks {
            self.changes += 1;
        }
        if self.changes >= self.power_until {
            return Err(Way::Nothing(io::Error::other("there is no power")));
        }
        if !(self.plan.from..self.plan.until).contains(&self.calls) {
            return Ok(());
        }
        self.failed += 1;
        let broken = io::Error::other("the disk is broken");
        Err(match (call, self.plan.way % WAYS) {
            (Call::Changes, 1) => Way::Half(ErrorKind::StorageFull.into()),
            (Call::Changes, 2) => Way::Done(broken),
            (_, 1) => Way::Nothing(ErrorKind::StorageFull.into()),
            _ => Way::Nothing(broken),
        })
    }

    /// A call that happens or does not.
    fn whole<T>(&mut self, call: Call, work: impl FnOnce(&mut State) -> io::Result<T>) -> io::Result<T> {
        match self.call(call) {
            Ok(()) => work(self),
            Err(Way::Nothing(error) | Way::Half(error)) => Err(error),
            Err(Way::Done(error)) => {
                let _ = work(self);
                Err(error)
            }
        }
    }
}

impl Disk {
    pub(super) fn new(rng: &mut Rng) -> Disk {
        Disk::with(Image::default(), rng, false)
    }

    fn with(image: Image, rng: &mut Rng, lies: bool) -> Disk {
        Disk(Arc::new(Mutex::new(State {
            image,
            locks: BTreeMap::new(),
            handles: 0,
            rng: rng.fork(),
            calls: 0,
            failed: 0,
            plan: Plan::default(),
            changes: 0,
            power_until: u64::MAX,
            lies,
        })))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How many calls there were, and how many of them failed.
    pub(super) fn calls(&self) -> (u64, u64) {
        let state = self.state();
        (state.calls, state.failed)
    }

    pub(super) fn fails(&self, plan: Plan) {
        self.state().plan = plan;
    }

    /// The power goes with a change to come.
    pub(super) fn goes_with(&self, change: u64) {
        let mut state = self.state();
        state.power_until = state.changes + change;
    }

    pub(super) fn is_gone(&self) -> bool {
        let state = self.state();
        state.changes >= state.power_until
    }

    /// No sync does anything from now on.
    pub(super) fn lies(&self) {
        self.state().lies = true;
    }

    /// The process is gone, from one call to the next.
    pub(super) fn killed(&self, rng: &mut Rng) -> Disk {
        let mut state = self.state();
        state.power_until = 0;
        Disk::with(state.image.clone(), rng, state.lies)
    }

    /// The power is gone, and back.
    pub(super) fn power_lost(&self, rng: &mut Rng) -> Disk {
        let mut state = self.state();
        state.power_until = 0;
        let left = state.image.after_power_loss(rng, false);
        Disk::with(left, rng, state.lies)
    }

    /// A file that is open. It is not made while the state is locked: it locks it to end.
    fn opened(&self, file: io::Result<usize>) -> io::Result<Arc<dyn OpenFile>> {
        let file = file?;
        let mut state = self.state();
        state.handles += 1;
        Ok(Arc::new(Open {
            disk: self.clone(),
            file,
            handle: state.handles,
        }))
    }
}

impl Folder for Disk {
    fn make(&self, name: &str) -> io::Result<Arc<dyn OpenFile>> {
        let made = self.state().whole(Call::Changes, |state| match state.image.find(name) {
            Some(_) => Err(ErrorKind::AlreadyExists.into()),
            None => Ok(state.image.make(Some(name))),
        });
        self.opened(made)
    }

    fn open(&self, name: &str) -> io::Result<Arc<dyn OpenFile>> {
        let found = self
            .state()
            .whole(Call::Looks, |state| state.image.find(name).ok_or(ErrorKind::NotFound.into()));
        self.opened(found)
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        self.state().whole(Call::Changes, |state| {
            if state.image.delete(name) { Ok(()) } else { Err(ErrorKind::NotFound.into()) }
        })
    }

    fn sync(&self) -> io::Result<()> {
        self.state().whole(Call::Syncs, |state| {
            if !state.lies {
                state.image.sync_names();
            }
            Ok(())
        })
    }

    fn names(&self) -> io::Result<Vec<String>> {
        self.state().whole(Call::Looks, |state| Ok(state.image.names()))
    }
}

#[derive(Debug)]
struct Open {
    disk: Disk,
    file: usize,
    handle: u64,
}

impl Open {
    fn at(at: u64) -> usize {
        usize::try_from(at).expect("small")
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        let mut state = self.disk.state();
        if state.locks.get(&self.file) == Some(&self.handle) {
            state.locks.remove(&self.file);
        }
    }
}

impl OpenFile for Open {
    fn lock(&self) -> io::Result<bool> {
        self.disk.state().whole(Call::Looks, |state| {
            Ok(*state.locks.entry(self.file).or_insert(self.handle) == self.handle)
        })
    }

    fn unlock(&self) -> io::Result<()> {
        // One that cannot be undone would be a deadlock and no fault of a disk.
        self.disk.state().locks.remove(&self.file);
        Ok(())
    }

    fn is_there(&self) -> io::Result<bool> {
        self.disk.state().whole(Call::Looks, |state| Ok(state.image.has(self.file)))
    }

    fn length(&self) -> io::Result<u64> {
        self.disk
            .state()
            .whole(Call::Looks, |state| Ok(state.image.files[self.file].length() as u64))
    }

    fn read(&self, into: &mut [u8], at: u64) -> io::Result<usize> {
        self.disk
            .state()
            .whole(Call::Looks, |state| Ok(state.image.files[self.file].read(Open::at(at), into)))
    }

    fn write(&self, bytes: &[u8], at: u64) -> io::Result<()> {
        let mut state = self.disk.state();
        let met = state.call(Call::Changes);
        let file = &mut state.image.files[self.file];
        match met {
            Ok(()) => file.write(Open::at(at), bytes),
            Err(Way::Nothing(error)) => return Err(error),
            Err(Way::Half(error)) => {
                file.write(Open::at(at), &bytes[..bytes.len() / 2]);
                return Err(error);
            }
            Err(Way::Done(error)) => {
                file.write(Open::at(at), bytes);
                return Err(error);
            }
        }
        Ok(())
    }

    fn cut(&self, length: u64) -> io::Result<()> {
        self.disk.state().whole(Call::Changes, |state| {
            state.image.files[self.file].cut(Open::at(length));
            Ok(())
        })
    }

    fn sync(&self) -> io::Result<()> {
        let mut state = self.disk.state();
        let met = state.call(Call::Syncs);
        let State {
            image,
            rng,
            lies,
            power_until,
            changes,
            ..
        } = &mut *state;
        let file = &mut image.files[self.file];
        match met {
            Ok(()) if *lies => Ok(()),
            Ok(()) => {
                file.sync();
                Ok(())
            }
            Err(Way::Nothing(error) | Way::Half(error) | Way::Done(error)) => {
                // When the power is gone, all that is on its way is at stake. Otherwise it is as good as lost.
                if *changes < *power_until {
                    file.sync_fails(rng);
                }
                Err(error)
            }
        }
    }
}
