//! How far an upload is: written in place, into slots in turn, each with a sum over it.
//!
//! There are three, since what was written last may not have reached the disk, and what has must not be written over:
//! a slot says which one was known to be there for good when it was written, and the next takes neither the place of
//! that one nor of itself. So however often a sync fails, a process is killed or a write is torn, what was
//! acknowledged is read again.

use std::io;

use sha2::{Digest as _, Sha256};

use super::disk::{OpenFile, read_all};
use super::id::Id;

/// So far apart that no disk tears two at once.
const APART: u64 = 4096;
const PLACES: u8 = 3;
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
    /// Which of the slots is known to be there for good.
    sure: u8,
    state: State,
}

impl Slot {
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
        bytes[41] = self.sure;
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
            sure: bytes[41],
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

/// The slots of an upload.
#[derive(Clone, Copy, Debug)]
pub(super) struct Slots {
    newest: Slot,
    place: u8,
}

impl Slots {
    /// Those of an upload that begins.
    pub(super) fn begin(file: &dyn OpenFile, id: &Id, state: State) -> io::Result<Slots> {
        let newest = Slot {
            number: 0,
            sure: 0,
            state,
        };
        let slots = Slots { newest, place: 0 };
        slots.keep(file, id)?;
        Ok(slots)
    }

    /// The newest that is whole; nothing if none is.
    pub(super) fn read(file: &dyn OpenFile, id: &Id) -> io::Result<Option<Slots>> {
        let mut found: Option<Slots> = None;
        for place in 0..PLACES {
            let mut bytes = [0; SLOT];
            if read_all(file, &mut bytes, u64::from(place) * APART)? < SLOT {
                continue;
            }
            let newest = Slot::read(&bytes, id);
            let slots = newest.map(|newest| Slots { newest, place });
            found = found.into_iter().chain(slots).max_by_key(|it| it.newest.number);
        }
        Ok(found)
    }

    pub(super) fn state(&self) -> State {
        self.newest.state
    }

    /// Makes sure of what was read, which may still be on its way to the disk: it is written once more, elsewhere.
    /// After a sync that failed, the system takes what was lost for written, and a later one tries nothing.
    pub(super) fn settle(&mut self, file: &dyn OpenFile, id: &Id) -> io::Result<()> {
        self.next(file, id, self.newest.sure, self.newest.state)
    }

    /// Returns once the next state is there for good; the last one is. When that fails, nobody knows which of the two
    /// will be read.
    pub(super) fn write(&mut self, file: &dyn OpenFile, id: &Id, state: State) -> io::Result<()> {
        self.next(file, id, self.place, state)
    }

    fn next(&mut self, file: &dyn OpenFile, id: &Id, sure: u8, state: State) -> io::Result<()> {
        let free = (0..PLACES).find(|it| *it != self.place && *it != sure);
        let newest = Slot {
            number: self.newest.number + 1,
            sure,
            state,
        };
        let next = Slots {
            newest,
            place: free.unwrap_or(0),
        };
        next.keep(file, id)?;
        *self = next;
        Ok(())
    }

    fn keep(&self, file: &dyn OpenFile, id: &Id) -> io::Result<()> {
        file.write(&self.newest.bytes(id), u64::from(self.place) * APART)?;
        file.sync()
    }
}

/// Where it stands what an upload was joined from.
const PARTS: u64 = APART * PLACES as u64;

/// Keeps beside the slots what an upload was joined from. Its name is the sum over that.
pub(super) fn write_parts(file: &dyn OpenFile, parts: &[Id]) -> io::Result<()> {
    let bytes: Vec<u8> = parts.iter().flat_map(|it| it.bytes().to_owned()).collect();
    file.write(&bytes, PARTS)
}

/// What an upload was joined from; nothing if that is damaged.
pub(super) fn read_parts(file: &dyn OpenFile, id: &Id) -> io::Result<Option<Vec<Id>>> {
    let length = file.length()?.saturating_sub(PARTS);
    let each = id.bytes().len();
    let Some(length) = usize::try_from(length).ok().filter(|it| *it <= MOST_PARTS * each) else {
        return Ok(None);
    };
    let mut bytes = vec![0; length];
    read_all(file, &mut bytes, PARTS)?;
    let parts: Option<Vec<Id>> = bytes.chunks(each).map(Id::of_bytes).collect();
    Ok(parts.filter(|parts| Id::joined(parts) == *id))
}

/// As many parts can be joined.
pub(super) const MOST_PARTS: usize = 256;

#[cfg(test)]
mod tests {
    use super::*;

    fn slot() -> (Id, Slot) {
        let state = State {
            kind: Kind::Part,
            length: u64::MAX,
            offset: 5,
            touched: 1_795_000_000,
        };
        let slot = Slot {
            number: 7,
            sure: 1,
            state,
        };
        (Id::fresh().expect("a name"), slot)
    }

    #[test]
    fn every_bit_of_a_slot_counts() {
        let (id, slot) = slot();
        let bytes = slot.bytes(&id);
        assert_eq!(Slot::read(&bytes, &id), Some(slot));
        for bit in 0..SLOT * 8 {
            let mut changed = bytes;
            changed[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(Slot::read(&changed, &id), None, "{bit}");
        }
        assert_eq!(Slot::read(&bytes, &Id::fresh().expect("a name")), None, "another's");
        assert_eq!(Slot::read(&[0; SLOT], &id), None);
    }
}
