//! What comes after what.

use std::collections::HashMap;
use std::hash::{BuildHasher as _, BuildHasherDefault, DefaultHasher};

use mixus_privacy::ledger::Hash;

use super::fault::Code;
use super::row::{Looked, Names};

/// As much of a hash as nobody finds twice.
type Short = [u8; 16];

/// Every event so far, and whose it was: 24 bytes each, so that a log of ten millions fits into half a gigabyte.
#[derive(Debug, Default)]
pub(super) struct Chains(HashMap<Short, u64>);

/// What stands for names that were erased.
const ERASED: u64 = 0;

/// Whose an event is, in short. Nobody gains by two that are alike: an event's hash and signature stand for it.
fn whose(names: &Names) -> u64 {
    BuildHasherDefault::<DefaultHasher>::default().hash_one(names).max(1)
}

fn short(hash: &Hash) -> Short {
    hash.first_chunk().copied().unwrap_or_default()
}

impl Chains {
    /// Takes a row in of which something else is wrong: what comes after it is not to blame.
    pub(super) fn pass(&mut self, hash: &[u8]) {
        if let Some(short) = hash.first_chunk() {
            self.0.insert(*short, ERASED);
        }
    }

    /// Takes a row in, and says what is wrong with where it stands.
    pub(super) fn take(&mut self, row: &Looked) -> Vec<Code> {
        let mut faults = Vec::new();
        if let (Some(before), Some((sub, dev, seq))) = (&row.before, row.names) {
            let known = self.0.get(&short(before)).copied();
            let wanted = whose(&(sub, dev, seq.saturating_sub(1)));
            if known.is_none_or(|known| known != ERASED && known != wanted) {
                faults.push(Code::Chain);
            }
        }
        let names = row.names.as_ref().map_or(ERASED, whose);
        if self.0.insert(short(&row.hash), names).is_some() {
            faults.push(Code::Twice);
        }
        faults
    }
}
