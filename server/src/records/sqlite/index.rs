//! Which events a subject has, and an account: without their rows, and without a random write in a commit.
//!
//! A table in the order of the log is only ever appended to; an index of subjects is not. Kept beside the rows it would dirty
//! a page of its own for every event, which is most of what a commit costs, and more the larger it is. So what was
//! committed last is indexed in memory, and goes into a file of its own in the order of that, many events at a time
//! ([`super::merge`]). The file holds nothing that the rows do not say: it may lag, and may be lost.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use mixus_privacy::ledger::{Hash, Subject};
use rusqlite::{Connection, params};
use sha2::{Digest as _, Sha256};

/// What entries are found by: a subject or an account, then the place in the device's chain (for an account: in the
/// log), then the place in the log.
pub(super) type Key = (i64, u64, u64);

/// A part of the index, in its order.
pub(super) type Part = BTreeMap<Key, Mark>;

/// What is known of an event without its row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Mark(pub [u8; 33]);

impl Mark {
    /// Of an event: the rest of its subject, its device, as much of its hash as nobody finds twice, and whether it was
    /// decided for an account.
    pub(super) fn new(sub: &Subject, dev: [u8; 8], hash: &Hash, linked: bool) -> Mark {
        let parts = sub.0.iter().skip(8).chain(&dev).chain(hash.iter().take(12));
        let mut mark = [0; 33];
        for (to, from) in mark.iter_mut().zip(parts) {
            *to = *from;
        }
        mark[32] = linked.into();
        Mark(mark)
    }

    /// In the index of accounts there is nothing more to know.
    const ACCOUNT: Mark = Mark([0; 33]);

    /// What the key does not say of whose it is.
    fn rest(&self) -> &[u8] {
        self.0.split_at(12).0
    }

    pub(super) fn is_of(&self, sub: &Subject) -> bool {
        self.rest() == rest(sub)
    }

    pub(super) fn is_by(&self, dev: [u8; 8]) -> bool {
        self.0.get(12..20) == Some(&dev)
    }

    pub(super) fn has(&self, hash: &Hash) -> bool {
        self.0.get(20..32) == hash.get(..12)
    }

    /// Whether it was decided for an account.
    pub(super) fn is_linked(&self) -> bool {
        self.0[32] != 0
    }
}

/// By which a subject is found: its hour, and some of its hash. Never negative before the year 246,000.
pub(super) fn near(sub: &Subject) -> i64 {
    sub.0.first_chunk().map_or(0, |first| i64::from_be_bytes(*first))
}

/// What that leaves out.
pub(super) fn rest(sub: &Subject) -> [u8; 12] {
    sub.0.last_chunk().copied().unwrap_or_default()
}

/// That of an account.
pub(super) const NAMELESS: [u8; 12] = [0; 12];

/// By which an account is found: always negative.
pub(super) fn near_account(acct: &str) -> i64 {
    let hash: Hash = Sha256::digest(acct).into();
    hash.first_chunk().map_or(-1, |first| i64::from_be_bytes(*first) | i64::MIN)
}

/// Adds what is found of an event to a part.
pub(super) fn put(
    part: &mut Part,
    place: u64,
    (sub, dev, seq): (&Subject, [u8; 8], u64),
    hash: &Hash,
    acct: &str,
) {
    part.insert((near(sub), seq, place), Mark::new(sub, dev, hash, !acct.is_empty()));
    if !acct.is_empty() {
        part.insert((near_account(acct), place, place), Mark::ACCOUNT);
    }
}

/// What is not in the file yet.
#[derive(Debug, Default)]
struct Memory {
    fresh: Part,
    /// On its way into the file.
    merging: Arc<Part>,
}

/// The index. Whoever asks it brings a connection to its file.
#[derive(Debug, Default)]
pub(super) struct Index(Mutex<Memory>);

impl Index {
    fn memory(&self) -> MutexGuard<'_, Memory> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Every entry of a subject or an account in a span, in its order.
    pub(super) fn find(
        &self,
        file: &Connection,
        near: i64,
        (from, to): (u64, u64),
    ) -> rusqlite::Result<Vec<(Key, Mark)>> {
        let span = (near, from, 0)..=(near, to, u64::MAX);
        let mut found: Part = {
            // Before the file is asked: what leaves the memory meanwhile is there.
            let memory = self.memory();
            let parts = [&memory.fresh, memory.merging.as_ref()];
            parts
                .iter()
                .flat_map(|part| part.range(span.clone()))
                .map(|(key, mark)| (*key, *mark))
                .collect()
        };
        let mut statement =
            file.prepare_cached("SELECT seq, place, mark FROM near WHERE near = ? AND seq BETWEEN ? AND ?")?;
        let most = i64::MAX.cast_unsigned();
        let mut rows = statement.query(params![near, from.min(most), to.min(most)])?;
        while let Some(row) = rows.next()? {
            found.insert((near, row.get(0)?, row.get(1)?), Mark(row.get(2)?));
        }
        Ok(found.into_iter().collect())
    }

    /// Adds what was committed. How much is not in the file yet, unless some of it is on its way there.
    pub(super) fn add(&self, part: Part) -> Option<usize> {
        let mut memory = self.memory();
        memory.fresh.extend(part);
        memory.merging.is_empty().then_some(memory.fresh.len())
    }

    /// Takes out what goes into the file next. It is found in memory until [`Index::merged`].
    pub(super) fn take(&self) {
        let mut memory = self.memory();
        memory.merging = Arc::new(std::mem::take(&mut memory.fresh));
    }

    /// What goes into the file now: what was taken out, without what was forgotten since.
    pub(super) fn merging(&self) -> Arc<Part> {
        Arc::clone(&self.memory().merging)
    }

    /// What was taken out is in the file.
    pub(super) fn merged(&self) {
        self.memory().merging = Arc::default();
    }

    /// What was taken out could not be brought into the file, and is fresh again.
    pub(super) fn put_back(&self) {
        let mut memory = self.memory();
        let merging = std::mem::take(&mut memory.merging);
        memory.fresh.extend(merging.iter().map(|(key, mark)| (*key, *mark)));
    }

    /// How many entries are in memory alone.
    pub(super) fn waiting(&self) -> usize {
        self.memory().fresh.len()
    }

    /// Finds nothing any more of some names before a place.
    pub(super) fn forget(&self, gone: &[Gone]) {
        let stays = |(key, mark): &(&Key, &Mark)| {
            !gone
                .iter()
                .any(|it| it.near == key.0 && it.rest == mark.rest() && key.2 < it.before)
        };
        let mut memory = self.memory();
        memory.fresh.retain(|key, mark| stays(&(key, mark)));
        if !memory.merging.iter().all(|it| stays(&it)) {
            let rest = memory.merging.iter().filter(stays);
            memory.merging = Arc::new(rest.map(|(key, mark)| (*key, *mark)).collect());
        }
    }
}

/// A name of which nothing is to be found any more.
#[derive(Clone, Copy, Debug)]
pub(super) struct Gone {
    pub near: i64,
    pub rest: [u8; 12],
    pub before: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_forgotten_on_its_way_into_the_file_does_not_arrive() {
        let index = Index::default();
        let [gone, stays] = [Subject([1; 20]), Subject([2; 20])];
        let mut part = Part::new();
        for (place, sub) in [(0, &gone), (1, &stays), (2, &gone)] {
            put(&mut part, place, (sub, [3; 8], place + 1), &[4; 32], "");
        }
        index.add(part);
        index.take();
        index.forget(&[Gone {
            near: near(&gone),
            rest: rest(&gone),
            before: 3,
        }]);
        let merging: Vec<u64> = index.merging().keys().map(|it| it.2).collect();
        assert_eq!(merging, [1]);
    }
}
