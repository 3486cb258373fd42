//! How much may be uploaded: by one address, and by all. What is still to come counts from the beginning.
//!
//! Which address an upload is of is known in memory alone, under a hash that no other process makes: after a restart
//! it is of nobody, and counts for all.

use std::collections::HashMap;
use std::hash::{BuildHasher as _, RandomState};
use std::net::IpAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::id::Id;
use super::settings::UploadSettings;
use super::trouble::Trouble;
use crate::records::network;

/// What there is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Sums {
    /// Bytes of all uploads, once they are finished.
    pub bytes: i64,
    /// Unfinished uploads.
    pub open: i64,
}

impl Sums {
    fn add(&mut self, other: Sums) {
        self.bytes = self.bytes.saturating_add(other.bytes);
        self.open = self.open.saturating_add(other.open);
    }
}

#[derive(Debug, Default)]
struct Counts {
    sums: Sums,
    /// What has changed while the folder is being counted.
    since: Sums,
    /// Unfinished uploads of an address, and their bytes.
    each: HashMap<u64, (u64, u64)>,
    /// Whose an unfinished upload is, with its length.
    whose: HashMap<Id, (u64, u64)>,
}

#[derive(Debug)]
pub(super) struct Quota {
    counts: Mutex<Counts>,
    secret: RandomState,
    total: u64,
    open: u64,
    open_each: u64,
    bytes_each: u64,
}

fn signed(bytes: u64) -> i64 {
    i64::try_from(bytes).unwrap_or(i64::MAX)
}

impl Counts {
    fn change(&mut self, by: Sums) {
        self.sums.add(by);
        self.since.add(by);
    }

    fn free(&mut self, id: &Id) {
        let Some((address, length)) = self.whose.remove(id) else {
            return;
        };
        let Some((count, bytes)) = self.each.get_mut(&address) else {
            return;
        };
        *count = count.saturating_sub(1);
        *bytes = bytes.saturating_sub(length);
        if *count == 0 {
            self.each.remove(&address);
        }
    }
}

impl Quota {
    pub(super) fn new(settings: &UploadSettings) -> Quota {
        Quota {
            counts: Mutex::default(),
            secret: RandomState::new(),
            total: settings.total,
            open: settings.open,
            open_each: settings.open_each,
            bytes_each: settings.bytes_each,
        }
    }

    fn counts(&self) -> MutexGuard<'_, Counts> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes room for an upload of so many bytes, of which so many take the place of others that are there.
    pub(super) fn begin(
        &self,
        id: Id,
        address: Option<IpAddr>,
        length: u64,
        instead: u64,
    ) -> Result<(), Trouble> {
        let mut counts = self.counts();
        // Two that join the same parts make the same upload: only one of them begins it.
        if counts.whose.contains_key(&id) {
            return Err(Trouble::Locked);
        }
        let address = address.map(|it| self.secret.hash_one(network(it)));
        let after = counts.sums.bytes.saturating_add(signed(length.saturating_sub(instead)));
        if counts.sums.open >= signed(self.open) || (length > instead && after > signed(self.total)) {
            return Err(Trouble::Full);
        }
        if let Some(address) = address {
            let (count, bytes) = counts.each.get(&address).copied().unwrap_or_default();
            let bytes = bytes.saturating_add(length);
            if count >= self.open_each || (instead == 0 && bytes > self.bytes_each) {
                return Err(Trouble::TooMany);
            }
            counts.each.insert(address, (count + 1, bytes));
            counts.whose.insert(id, (address, length));
        }
        counts.change(Sums {
            bytes: signed(length),
            open: 1,
        });
        Ok(())
    }

    /// An upload is finished: its address has room for another.
    pub(super) fn finished(&self, id: &Id) {
        let mut counts = self.counts();
        counts.free(id);
        counts.change(Sums { bytes: 0, open: -1 });
    }

    /// An upload is gone, or did not come to be.
    pub(super) fn gone(&self, id: &Id, length: u64, was_finished: bool) {
        let mut counts = self.counts();
        counts.free(id);
        counts.change(Sums {
            bytes: -signed(length),
            open: if was_finished { 0 } else { -1 },
        });
    }

    /// From now on, what changes is remembered until [`Quota::counted`].
    pub(super) fn count(&self) {
        self.counts().since = Sums::default();
    }

    /// What the folder holds. Other processes may have finished or ended what was begun here.
    pub(super) fn counted(&self, sums: Sums, is_open: impl Fn(&Id) -> bool) {
        let mut counts = self.counts();
        let since = counts.since;
        // What was begun since then the count need not know.
        if since == Sums::default() {
            let ended: Vec<Id> = counts.whose.keys().filter(|it| !is_open(it)).copied().collect();
            for id in &ended {
                counts.free(id);
            }
        }
        counts.sums = sums;
        counts.sums.add(since);
    }

    pub(super) fn sums(&self) -> Sums {
        self.counts().sums
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn quota() -> Quota {
        Quota::new(&UploadSettings {
            total: 100,
            open: 5,
            open_each: 3,
            bytes_each: 60,
            ..UploadSettings::default()
        })
    }

    fn begin(quota: &Quota, address: &str, length: u64) -> Result<Id, &'static str> {
        let id = Id::fresh();
        match quota.begin(id, address.parse().ok(), length, 0) {
            Ok(()) => Ok(id),
            Err(Trouble::Full) => Err("full"),
            Err(Trouble::TooMany) => Err("too many"),
            Err(other) => panic!("{other:?}"),
        }
    }

    #[test]
    fn what_is_to_come_counts() {
        let quota = quota();
        let first = begin(&quota, "192.0.2.1", 40).expect("room");
        assert_eq!(begin(&quota, "192.0.2.1", 30), Err("too many"), "its bytes");
        let second = begin(&quota, "192.0.2.2", 60).expect("room");
        assert_eq!(begin(&quota, "192.0.2.3", 1), Err("full"));
        quota.gone(&second, 60, false);
        quota.finished(&first);
        assert_eq!(quota.sums(), Sums { bytes: 40, open: 0 });
        for _ in 0..3 {
            begin(&quota, "192.0.2.1", 20).expect("its first is finished");
        }
        assert_eq!(begin(&quota, "192.0.2.1", 0), Err("too many"), "their number");
        begin(&quota, "192.0.2.4", 0).expect("room");
        begin(&quota, "192.0.2.4", 0).expect("room");
        assert_eq!(begin(&quota, "192.0.2.5", 0), Err("full"), "the number of all");
        begin(&quota, "nobody knows", 0).expect_err("for nobody neither");
    }

    #[test]
    fn what_is_begun_twice_counts_once() {
        let quota = quota();
        let id = begin(&quota, "192.0.2.1", 60).expect("room");
        let again = quota.begin(id, "192.0.2.1".parse().ok(), 60, 60);
        assert!(matches!(again, Err(Trouble::Locked)), "{again:?}");
        quota.finished(&id);
        assert_eq!(quota.sums(), Sums { bytes: 60, open: 0 });
        begin(&quota, "192.0.2.1", 40).expect("nothing of it is counted any more");
    }

    #[test]
    fn what_others_did_is_counted() {
        let quota = quota();
        let mine = begin(&quota, "192.0.2.1", 60).expect("room");
        quota.count();
        quota.counted(Sums { bytes: 90, open: 2 }, |it| *it == mine);
        assert_eq!(begin(&quota, "192.0.2.2", 20), Err("full"));
        assert_eq!(begin(&quota, "192.0.2.1", 1), Err("too many"));
        quota.count();
        quota.counted(Sums { bytes: 60, open: 0 }, |_| false);
        begin(&quota, "192.0.2.1", 10).expect("another process has finished it");
        quota.count();
        begin(&quota, "192.0.2.2", 20).expect("room");
        quota.counted(Sums { bytes: 70, open: 1 }, |_| false);
        assert_eq!(quota.sums(), Sums { bytes: 90, open: 2 });
    }
}
