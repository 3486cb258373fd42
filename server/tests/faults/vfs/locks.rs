//! The locks of a file, and the memory that its connections share.

use std::ptr::NonNull;

/// How many locks shared memory has.
const SLOTS: usize = 8;

/// Who holds what of a file: connections by their number.
#[derive(Debug, Default)]
pub(crate) struct Locks {
    shared: Vec<u64>,
    reserved: Option<u64>,
    pending: Option<u64>,
    exclusive: Option<u64>,
    /// The memory's regions; they go with the last connection.
    regions: Vec<Region>,
    mapped: Vec<u64>,
    slots: [Slot; SLOTS],
}

#[derive(Debug, Default)]
struct Slot {
    shared: Vec<u64>,
    exclusive: Option<u64>,
}

/// How far a file is locked, in the order of `SQLite`'s levels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Level {
    None,
    Shared,
    Reserved,
    Pending,
    Exclusive,
}

impl From<i32> for Level {
    fn from(level: i32) -> Level {
        match level {
            1 => Level::Shared,
            2 => Level::Reserved,
            3 => Level::Pending,
            4 => Level::Exclusive,
            _ => Level::None,
        }
    }
}

fn others(holder: Option<u64>, who: u64) -> bool {
    holder.is_some_and(|it| it != who)
}

impl Locks {
    /// Whether the lock could be had.
    pub(crate) fn lock(&mut self, who: u64, level: Level) -> bool {
        match level {
            Level::None => {}
            Level::Shared => {
                if others(self.pending, who) || others(self.exclusive, who) {
                    return false;
                }
                if !self.shared.contains(&who) {
                    self.shared.push(who);
                }
            }
            Level::Reserved => {
                if others(self.reserved, who) || others(self.pending, who) || others(self.exclusive, who) {
                    return false;
                }
                self.reserved = Some(who);
            }
            Level::Pending | Level::Exclusive => {
                if others(self.reserved, who) || others(self.pending, who) || others(self.exclusive, who) {
                    return false;
                }
                self.pending = Some(who);
                if level == Level::Exclusive {
                    if self.shared.iter().any(|it| *it != who) {
                        return false;
                    }
                    self.exclusive = Some(who);
                }
            }
        }
        true
    }

    pub(crate) fn unlock(&mut self, who: u64, level: Level) {
        for holder in [&mut self.reserved, &mut self.pending, &mut self.exclusive] {
            if *holder == Some(who) {
                *holder = None;
            }
        }
        if level == Level::None {
            self.shared.retain(|it| *it != who);
        }
    }

    pub(crate) fn is_reserved(&self) -> bool {
        self.reserved.or(self.pending).or(self.exclusive).is_some()
    }

    /// A region of the shared memory; none if it is not there and should not be made.
    pub(crate) fn map(&mut self, who: u64, region: usize, size: usize, make: bool) -> Option<NonNull<u8>> {
        if !self.mapped.contains(&who) {
            self.mapped.push(who);
        }
        while make && self.regions.len() <= region {
            self.regions.push(Region::new(size));
        }
        self.regions.get(region).map(|it| it.0)
    }

    pub(crate) fn unmap(&mut self, who: u64) {
        self.mapped.retain(|it| *it != who);
        for slot in &mut self.slots {
            slot.shared.retain(|it| *it != who);
            if slot.exclusive == Some(who) {
                slot.exclusive = None;
            }
        }
        if self.mapped.is_empty() {
            self.regions.clear();
        }
    }

    /// Whether the locks of the shared memory could be had.
    pub(crate) fn lock_slots(&mut self, who: u64, from: usize, count: usize, exclusive: bool) -> bool {
        let slots = &mut self.slots[from..from + count];
        let free = slots.iter().all(|slot| {
            !others(slot.exclusive, who) && (!exclusive || slot.shared.iter().all(|it| *it == who))
        });
        if free {
            for slot in slots {
                if exclusive {
                    slot.exclusive = Some(who);
                } else if !slot.shared.contains(&who) {
                    slot.shared.push(who);
                }
            }
        }
        free
    }

    pub(crate) fn unlock_slots(&mut self, who: u64, from: usize, count: usize) {
        for slot in &mut self.slots[from..from + count] {
            slot.shared.retain(|it| *it != who);
            if slot.exclusive == Some(who) {
                slot.exclusive = None;
            }
        }
    }
}

/// Memory that `SQLite` reads and writes through pointers, from several threads.
#[derive(Debug)]
struct Region(NonNull<u8>, usize);

// SAFETY: nothing in here reads or writes the memory; `SQLite` does, and sees to its order by the locks above.
#[allow(unsafe_code, reason = "shared memory is handed out as a pointer")]
unsafe impl Send for Region {}

impl Region {
    fn new(size: usize) -> Region {
        // Words, so that it is as aligned as SQLite's own would be.
        let words = Box::leak(vec![0_u64; size / 8].into_boxed_slice());
        Region(NonNull::from(words).cast(), size / 8)
    }
}

impl Drop for Region {
    #[allow(unsafe_code, reason = "shared memory is handed out as a pointer")]
    fn drop(&mut self) {
        let words = NonNull::slice_from_raw_parts(self.0.cast::<u64>(), self.1);
        // SAFETY: it came from a box of so many words, and the last connection that had a pointer to it has unmapped it.
        drop(unsafe { Box::from_raw(words.as_ptr()) });
    }
}
