//! How far an upload is: written in place, into slots in turn, each with a sum over it.
//!
//! There are many, since nothing may be written over that may be all that is left. What was written last may not have
//! reached the disk, though it is read; after a sync that failed nobody knows, and the next may fail as well. So each goes
//! to another place, and what was acknowledged is there for as long as not [`PLACES`] of them fail one after the other.

use std::io;

use sha2::{Digest as _, Sha256};

use super::disk::{OpenFile, read_all};
use super::id::{Id, Key};

/// So far apart that no sector has two.
const APART: usize = 512;
const PLACES: usize = 32;
const SLOT: usize = 64;
/// How much of a slot its sum is over.
const SUMMED: usize = 48;
const MAGIC: [u8; 8] = *b"mixus\0u\x01";

/// What an upload is a part of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// It is all there is.
    Whole,
    /// It is to be joined with others.
    Part,
    /// It was joined from others.
    Joined,
}

/// What is known of an upload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct State {
    pub kind: Kind,
    /// How long it is going to be.
    pub length: u64,
    /// So many bytes are there for good.
    pub offset: u64,
    /// When it was begun or went on last, in seconds since 1970.
    pub touched: u64,
}

impl State {
    pub(super) fn is_finished(&self) -> bool {
        self.offset == self.length
    }

    /// Whether it is a file that can be read.
    pub(super) fn is_file(&self) -> bool {
        self.is_finished() && self.kind != Kind::Part
    }
}

/// A state as it is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Slot {
    /// Its place among all that were ever written.
    number: u64,
    state: State,
}

impl Slot {
    /// Where it stands.
    fn at(self) -> u64 {
        self.number % PLACES as u64 * APART as u64
    }

    fn bytes(self, id: &Id) -> [u8; SLOT] {
        let State {
            kind,
            length,
            offset,
            touched,
        } = self.state;
        let mut bytes = [0; SLOT];
        bytes[..8].copy_from_slice(&MAGIC);
        for (at, number) in [self.number, length, offset, touched].into_iter().enumerate() {
            bytes[8 + at * 8..16 + at * 8].copy_from_slice(&number.to_be_bytes());
        }
        bytes[40] = kind as u8;
        let sum = sum(id, &bytes[..SUMMED]);
        bytes[SUMMED..].copy_from_slice(&sum);
        bytes
    }

    fn read(bytes: &[u8; SLOT], id: &Id) -> Option<Slot> {
        let number = |at: usize| {
            let mut number = [0; 8];
            number.copy_from_slice(&bytes[8 + at * 8..16 + at * 8]);
            u64::from_be_bytes(number)
        };
        if bytes[..8] != MAGIC || bytes[SUMMED..] != sum(id, &bytes[..SUMMED]) {
            return None;
        }
        let kind = [Kind::Whole, Kind::Part, Kind::Joined];
        let kind = *kind.get(usize::from(bytes[40]))?;
        let state = State {
            kind,
            length: number(1),
            offset: number(2),
            touched: number(3),
        };
        Some(Slot {
            number: number(0),
            state,
        })
    }
}

/// It holds the name, so that no other upload's state passes for this one's.
fn sum(id: &Id, bytes: &[u8]) -> [u8; SLOT - SUMMED] {
    let hash = Sha256::new_with_prefix(id.bytes()).chain_update(bytes).finalize();
    let mut sum = [0; SLOT - SUMMED];
    sum.copy_from_slice(&hash[..SLOT - SUMMED]);
    sum
}

/// The slots of an upload: the newest that is whole.
#[derive(Debug)]
pub(super) struct Slots(Slot);

impl Slots {
    /// Those of an upload that begins.
    pub(super) fn begin(file: &dyn OpenFile, id: &Id, state: State) -> io::Result<Slots> {
        let slot = Slot { number: 0, state };
        keep(file, id, slot)?;
        Ok(Slots(slot))
    }

    /// Nothing if none is whole.
    pub(super) fn read(file: &dyn OpenFile, id: &Id) -> io::Result<Option<Slots>> {
        let mut all = vec![0; PLACES * APART];
        let there = read_all(file, &mut all, 0)?;
        let slots = all[..there].chunks(APART).filter_map(|it| Slot::read(it.first_chunk()?, id));
        Ok(slots.max_by_key(|it| it.number).map(Slots))
    }

    pub(super) fn state(&self) -> State {
        self.0.state
    }

    /// Makes sure of what was read, which may still be on its way to the disk: it is written once more, elsewhere.
    /// After a sync that failed, the system takes what was lost for written, and a later one tries nothing.
    pub(super) fn settle(&mut self, file: &dyn OpenFile, id: &Id) -> io::Result<()> {
        self.write(file, id, self.0.state)
    }

    /// Returns once the next state is there for good. When that fails, nobody knows which of the two will be read.
    pub(super) fn write(&mut self, file: &dyn OpenFile, id: &Id, state: State) -> io::Result<()> {
        let number = self.0.number + 1;
        let next = Slot { number, state };
        keep(file, id, next)?;
        self.0 = next;
        Ok(())
    }
}

fn keep(file: &dyn OpenFile, id: &Id, slot: Slot) -> io::Result<()> {
    file.write(&slot.bytes(id), slot.at())?;
    file.sync()
}

/// Where it stands what an upload was joined from.
const PARTS: u64 = (APART * PLACES) as u64;

/// Keeps beside the slots what an upload was joined from. Its key is the sum over that.
pub(super) fn write_parts(file: &dyn OpenFile, parts: &[Key]) -> io::Result<()> {
    let bytes: Vec<u8> = parts.iter().flat_map(|it| it.bytes().to_owned()).collect();
    file.write(&bytes, PARTS)
}

/// What an upload was joined from; nothing if that is damaged.
pub(super) fn read_parts(file: &dyn OpenFile, id: &Id) -> io::Result<Option<Vec<Key>>> {
    let length = file.length()?.saturating_sub(PARTS);
    let each = Key::LENGTH;
    let Some(length) = usize::try_from(length).ok().filter(|it| *it <= MOST_PARTS * each) else {
        return Ok(None);
    };
    let mut bytes = vec![0; length];
    read_all(file, &mut bytes, PARTS)?;
    let parts: Option<Vec<Key>> = bytes.chunks(each).map(Key::of_bytes).collect();
    Ok(parts.filter(|parts| Key::joined(parts).id() == *id))
}

/// As many parts can be joined.
pub(super) const MOST_PARTS: usize = 256;

#[cfg(test)]
mod tests;
