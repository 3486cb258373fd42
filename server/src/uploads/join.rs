//! Uploads that are joined to one: copied, in pieces, and taken away once the whole is there for good.
//!
//! The key of the whole is made of those of its parts. So who did not hear that they were joined, or a server that
//! ended meanwhile, finds what there is of it, and goes on there.

use std::collections::BTreeSet;
use std::io;
use std::net::IpAddr;
use std::sync::Arc;

use super::disk::{OpenFile, read_all};
use super::held::{self, Held};
use super::id::{Id, Key};
use super::state::{Kind, State};
use super::trouble::Trouble;
use super::{Manner, Uploads, run};

/// So much is copied at once.
const PIECE: usize = 256 * 1024;
/// So much is copied until it is made sure of.
const SURE: u64 = 64 * 1024 * 1024;

impl Uploads {
    /// Joins parts that are finished.
    pub(super) async fn join(
        self: &Arc<Self>,
        address: Option<IpAddr>,
        parts: Vec<Key>,
    ) -> Result<(Key, State), Trouble> {
        let key = Key::joined(&parts);
        let id = key.id();
        let held = match self.hold(id, Manner::Asking).await {
            Err(Trouble::Unknown) => {
                let uploads = Arc::clone(self);
                let parts = parts.clone();
                run(move || uploads.begin_joined(address, id, &parts)).await??
            }
            held => held?,
        };
        let uploads = Arc::clone(self);
        let state = run(move || {
            let mut held = held;
            if !held.state().is_finished() {
                uploads.copy(&mut held, &parts)?;
                uploads.quota.finished(&id);
                uploads.counted.became("joined");
            }
            // Whoever made it may not have come as far as that.
            uploads.made_sure()?;
            // It is there: what is left of its parts is not worth an error.
            let _ = uploads.remove_parts(&parts);
            Ok::<_, Trouble>(held.state())
        })
        .await??;
        Ok((key, state))
    }

    fn begin_joined(&self, address: Option<IpAddr>, id: Id, parts: &[Key]) -> Result<Held, Trouble> {
        let (mut length, mut instead) = (0_u64, 0_u64);
        let mut seen = BTreeSet::new();
        for part in parts {
            let id = part.id();
            let (state, _) = self.part(&id)?;
            length = length.saturating_add(state.length);
            if seen.insert(id) {
                instead = instead.saturating_add(state.length);
            }
        }
        if length > self.settings.longest {
            return Err(Trouble::TooLong);
        }
        self.quota.begin(id, address, length, instead)?;
        // What was left of it is not half of it: it has no state.
        let made = match self.make(id, length, Kind::Joined, parts) {
            Err(Trouble::Failed(error)) if error.kind() == io::ErrorKind::AlreadyExists => {
                Err(Trouble::Locked)
            }
            made => made,
        };
        made.inspect_err(|_| self.quota.gone(&id, length, false))
    }

    fn made_sure(&self) -> io::Result<()> {
        let _names = self.lock_names();
        self.sync_names()
    }

    fn part(&self, id: &Id) -> Result<(State, Arc<dyn OpenFile>), Trouble> {
        let (state, file) = match held::look(self.folder.as_ref(), id) {
            Err(Trouble::Unknown) => return Err(Trouble::Parts),
            looked => looked?,
        };
        let is_good = state.kind == Kind::Part && state.is_finished() && !self.has_expired(&state);
        if is_good { Ok((state, file)) } else { Err(Trouble::Parts) }
    }

    /// Copies what is not there yet.
    fn copy(&self, held: &mut Held, parts: &[Key]) -> Result<(), Trouble> {
        let mut begin = 0;
        let mut buffer = vec![0; PIECE];
        for part in parts {
            let (State { length, .. }, file) = self.part(&part.id())?;
            while held.at() < begin + length {
                let from = held.at() - begin;
                let count = usize::try_from(length - from).map_or(PIECE, |it| it.min(PIECE));
                let piece = &mut buffer[..count];
                if read_all(file.as_ref(), piece, from)? < count {
                    return Err(io::Error::from(io::ErrorKind::UnexpectedEof).into());
                }
                held.write(piece)?;
                if held.at() - held.state().offset >= SURE {
                    held.commit(self.now())?;
                }
            }
            begin += length;
        }
        held.commit(self.now())?;
        Ok(())
    }
}
