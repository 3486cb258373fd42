//! What is done now and then: uploads that nobody goes on with go, and finished ones that were kept for long enough.

use std::collections::BTreeSet;
use std::io;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Weak};
use std::time::Duration;

use tokio::task::spawn_blocking;
use tokio::time::sleep;

use super::Uploads;
use super::disk::OpenFile;
use super::held::Held;
use super::id::{Id, Key, STATE};
use super::quota::Sums;
use super::state::{Slots, State};
use super::trouble::Trouble;

/// How often it is looked.
const OFTEN: Duration = Duration::from_secs(600);

/// What an upload was found to be.
enum Found {
    Kept(State),
    /// It is gone now.
    Gone,
    /// It is just being made, or being ended.
    Neither,
    /// What says how far it is cannot be read, though bytes are there. It is left for somebody to look at.
    Broken,
}

impl Uploads {
    /// Takes away what has expired and what was left half made or half taken away, and counts the rest. How many
    /// uploads went. Whoever is at one is left alone.
    pub(super) fn tidy(&self) -> io::Result<u64> {
        self.quota.count();
        let names = self.folder.names()?;
        let ids = names.iter().filter_map(|it| Id::parse(it.strip_suffix(STATE).unwrap_or(it)));
        let ids: BTreeSet<Id> = ids.collect();
        let mut sums = Sums::default();
        let mut open = BTreeSet::new();
        let (mut gone, mut broken) = (0, 0_u64);
        for id in ids {
            match self.look_at(&id)? {
                Found::Gone => gone += 1,
                Found::Neither => {}
                Found::Broken => broken += 1,
                Found::Kept(state) => {
                    sums.bytes = sums.bytes.saturating_add(i64::try_from(state.length).unwrap_or(i64::MAX));
                    if !state.is_finished() {
                        sums.open += 1;
                        open.insert(id);
                    }
                }
            }
        }
        self.quota.counted(sums, |it| open.contains(it));
        if broken > 0 {
            tracing::error!(broken, "uploads whose state is damaged");
        }
        if gone > 0 {
            let _names = self.lock_names();
            self.sync_names()?;
        }
        Ok(gone)
    }

    fn look_at(&self, id: &Id) -> io::Result<Found> {
        let [data_name, side_name] = id.files();
        let found = |file: io::Result<Arc<dyn OpenFile>>| match file {
            Ok(file) => Ok(Some(file)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        };
        let Some(data) = found(self.folder.open(&data_name))? else {
            // The bytes are made first and taken away last: it is being ended, or the power went meanwhile.
            return self.clear(&[side_name]);
        };
        let is_mine = data.lock()?;
        if is_mine && !data.is_there()? {
            return Ok(Found::Neither);
        }
        let side = found(self.folder.open(&side_name))?;
        let slots = match &side {
            Some(side) => Slots::read(side.as_ref(), id)?,
            None => None,
        };
        let state = slots.map(|it| it.state());
        match state {
            Some(state) if is_mine && self.has_expired(&state) => {
                self.counted.became("expired");
                self.clear(&[side_name, data_name])
            }
            Some(state) => Ok(Found::Kept(state)),
            None if !is_mine => Ok(Found::Neither),
            // Bytes are only written where there is a state: without one it was ended, or not begun to the end.
            None if side.is_none() || data.length()? == 0 => self.clear(&[side_name, data_name]),
            None => Ok(Found::Broken),
        }
    }

    fn clear(&self, names: &[String]) -> io::Result<Found> {
        let _names = self.lock_names();
        self.unsure.store(true, Ordering::Release);
        for name in names {
            match self.folder.remove(name) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        }
        Ok(Found::Gone)
    }

    /// The same, for whoever does not want to wait for it.
    pub(crate) async fn tidied(self: &Arc<Self>) -> io::Result<u64> {
        let uploads = Arc::clone(self);
        let gone = spawn_blocking(move || uploads.tidy()).await.map_err(io::Error::other)?;
        gone.inspect_err(|_| {
            self.counted.failures.inc();
        })
    }

    /// Takes away uploads that were joined to another. What stays expires.
    pub(super) fn remove_parts(&self, parts: &[Key]) -> Result<(), Trouble> {
        for part in parts {
            match Held::take(self.folder.as_ref(), &part.id()) {
                Ok(Some(held)) => self.remove(&held)?,
                Ok(None) | Err(Trouble::Unknown) => {}
                Err(trouble) => return Err(trouble),
            }
        }
        Ok(())
    }
}

/// Works until the uploads are no longer used.
pub(crate) async fn keep(uploads: Weak<Uploads>) {
    loop {
        sleep(OFTEN).await;
        let Some(uploads) = uploads.upgrade() else { return };
        match uploads.tidied().await {
            Ok(0) => {}
            Ok(count) => tracing::info!(count, "uploads are gone"),
            Err(error) => tracing::error!(%error, "old uploads are still there"),
        }
    }
}
