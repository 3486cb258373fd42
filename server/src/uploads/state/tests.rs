//! Slots, as a disk treats them that fails.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use proptest::collection::vec;
use proptest::prelude::*;

use super::*;

fn slot() -> (Id, Slot) {
    let state = State {
        kind: Kind::Part,
        length: u64::MAX,
        offset: 5,
        touched: 1_795_000_000,
    };
    let slot = Slot { number: 7, state };
    (Id::fresh(), slot)
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
    assert_eq!(Slot::read(&bytes, &Id::fresh()), None, "another's");
    assert_eq!(Slot::read(&[0; SLOT], &id), None);
}

/// A file whose syncs fail as they do on Linux: what did not reach the disk counts as written from then on.
#[derive(Debug, Default)]
struct Fragile {
    seen: Mutex<Vec<u8>>,
    lasting: Mutex<Vec<u8>>,
    pending: Mutex<Vec<(usize, Vec<u8>)>>,
    /// A sync fails; or it does not even do that much, as the power goes meanwhile.
    fails: AtomicBool,
    goes: AtomicBool,
}

fn put(to: &Mutex<Vec<u8>>, at: usize, bytes: &[u8]) {
    let mut to = to.lock().expect("a lock");
    let length = to.len().max(at + bytes.len());
    to.resize(length, 0);
    to[at..at + bytes.len()].copy_from_slice(bytes);
}

impl Fragile {
    /// What is on its way arrives up to so many bytes of each write, or not at all.
    fn power_goes(&self, arrives: usize) {
        for (at, bytes) in self.pending.lock().expect("a lock").drain(..) {
            put(&self.lasting, at, &bytes[..bytes.len().min(arrives)]);
        }
        let left = self.lasting.lock().expect("a lock").clone();
        *self.seen.lock().expect("a lock") = left;
    }
}

impl OpenFile for Fragile {
    fn lock(&self) -> io::Result<bool> {
        Ok(true)
    }

    fn unlock(&self) -> io::Result<()> {
        Ok(())
    }

    fn is_there(&self) -> io::Result<bool> {
        Ok(true)
    }

    fn length(&self) -> io::Result<u64> {
        Ok(self.seen.lock().expect("a lock").len() as u64)
    }

    fn read(&self, into: &mut [u8], at: u64) -> io::Result<usize> {
        let seen = self.seen.lock().expect("a lock");
        let there = seen.get(usize::try_from(at).expect("small")..).unwrap_or(&[]);
        let count = there.len().min(into.len());
        into[..count].copy_from_slice(&there[..count]);
        Ok(count)
    }

    fn write(&self, bytes: &[u8], at: u64) -> io::Result<()> {
        let at = usize::try_from(at).expect("small");
        put(&self.seen, at, bytes);
        self.pending.lock().expect("a lock").push((at, bytes.into()));
        Ok(())
    }

    fn cut(&self, _: u64) -> io::Result<()> {
        Ok(())
    }

    fn sync(&self) -> io::Result<()> {
        if self.goes.load(Ordering::Relaxed) {
            return Err(io::Error::other("no power"));
        }
        let pending: Vec<_> = self.pending.lock().expect("a lock").drain(..).collect();
        if self.fails.load(Ordering::Relaxed) {
            return Err(io::Error::other("lost"));
        }
        for (at, bytes) in pending {
            put(&self.lasting, at, &bytes);
        }
        Ok(())
    }
}

#[derive(Clone, Copy, Debug)]
enum Step {
    /// It goes on, in the same hands.
    Write { fails: bool },
    /// Somebody else takes it.
    Settle { fails: bool },
    /// The power goes in the midst of such a thing.
    Power { settles: bool, arrives: usize },
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        any::<bool>().prop_map(|fails| Step::Write { fails }),
        any::<bool>().prop_map(|fails| Step::Settle { fails }),
        (any::<bool>(), 0..=SLOT).prop_map(|(settles, arrives)| Step::Power { settles, arrives }),
    ];
    vec(step, 0..40)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    /// What was once told is not taken back, whatever fails how often.
    #[test]
    fn what_was_acknowledged_is_read_again(steps in steps()) {
        let id = Id::fresh();
        let file = Fragile::default();
        let state = State { kind: Kind::Whole, length: 1_000, offset: 0, touched: 0 };
        let mut held = Some(Slots::begin(&file, &id, state).expect("begun"));
        let mut told = 0;
        for step in steps {
            // Who failed has let go of it.
            let mut slots = match held.take() {
                Some(slots) => slots,
                None => Slots::read(&file, &id).expect("read").expect("one is whole"),
            };
            prop_assert!(slots.state().offset >= told);
            let next = State { offset: slots.state().offset + 1, ..slots.state() };
            let fails = |it| file.fails.store(it, Ordering::Relaxed);
            match step {
                Step::Write { fails: it } => {
                    fails(false);
                    // Only who has made sure of the last goes on.
                    slots.settle(&file, &id).expect("sure");
                    fails(it);
                    if slots.write(&file, &id, next).is_ok() {
                        told = next.offset;
                        held = Some(slots);
                    }
                }
                Step::Settle { fails: it } => {
                    let mut slots = Slots::read(&file, &id).expect("read").expect("one is whole");
                    fails(it);
                    if slots.settle(&file, &id).is_ok() {
                        told = slots.state().offset;
                    }
                }
                Step::Power { settles, arrives } => {
                    fails(false);
                    if !settles {
                        slots.settle(&file, &id).expect("sure");
                        told = slots.state().offset;
                    }
                    file.goes.store(true, Ordering::Relaxed);
                    let done =
                        if settles { slots.settle(&file, &id) } else { slots.write(&file, &id, next) };
                    prop_assert!(done.is_err());
                    file.goes.store(false, Ordering::Relaxed);
                    file.power_goes(arrives);
                }
            }
        }
        let slots = Slots::read(&file, &id).expect("read").expect("one is whole");
        prop_assert!(slots.state().offset >= told, "{} after {told}", slots.state().offset);
    }
}
