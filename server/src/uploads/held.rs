//! An upload while somebody is at it, and nobody else.

use std::io;
use std::sync::Arc;

use super::disk::{Folder, OpenFile};
use super::id::{Id, Key};
use super::state::{Slots, State, read_parts};
use super::trouble::Trouble;

/// An upload that is locked: by its file, so that it holds against other processes, and ends with this one.
#[derive(Debug)]
pub(super) struct Held {
    id: Id,
    data: Arc<dyn OpenFile>,
    side: Arc<dyn OpenFile>,
    slots: Slots,
    /// How far it is written; only what the state says is there for good.
    at: u64,
    /// What lies behind the state's offset was taken away.
    is_cut: bool,
}

/// Asks who holds an upload to let go, for as long as what is answered is kept: who holds it looks now and then whether
/// its other file is locked. Nothing if somebody else asks at the moment.
pub(super) fn ask(folder: &dyn Folder, id: &Id) -> Result<Option<Arc<dyn OpenFile>>, Trouble> {
    let [_, side] = id.files();
    let side = open(folder, &side)?;
    Ok(side.lock()?.then_some(side))
}

fn open(folder: &dyn Folder, name: &str) -> Result<Arc<dyn OpenFile>, Trouble> {
    folder.open(name).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => Trouble::Unknown,
        _ => error.into(),
    })
}

/// What is known of an upload, whoever is at it; and its file. Its end is only told by who has it.
pub(super) fn look(folder: &dyn Folder, id: &Id) -> Result<(State, Arc<dyn OpenFile>), Trouble> {
    let [data, side] = id.files();
    let data = open(folder, &data)?;
    let side = open(folder, &side)?;
    let slots = Slots::read(side.as_ref(), id)?.ok_or(Trouble::Unknown)?;
    Ok((slots.state(), data))
}

/// What a joined upload was joined from.
pub(super) fn parts(folder: &dyn Folder, id: &Id) -> Result<Vec<Key>, Trouble> {
    let [_, side] = id.files();
    let side = open(folder, &side)?;
    read_parts(side.as_ref(), id)?.ok_or(Trouble::Unknown)
}

impl Held {
    /// One that was just made, and locked.
    pub(super) fn new(id: Id, data: Arc<dyn OpenFile>, side: Arc<dyn OpenFile>, slots: Slots) -> Held {
        Held {
            id,
            data,
            side,
            at: slots.state().offset,
            slots,
            is_cut: false,
        }
    }

    /// Takes an upload, if nobody has it.
    pub(super) fn take(folder: &dyn Folder, id: &Id) -> Result<Option<Held>, Trouble> {
        let [data, side] = id.files();
        let data = open(folder, &data)?;
        if !data.lock()? {
            return Ok(None);
        }
        if !data.is_there()? {
            return Err(Trouble::Unknown);
        }
        let side = open(folder, &side)?;
        let mut slots = Slots::read(side.as_ref(), id)?.ok_or(Trouble::Unknown)?;
        slots.settle(side.as_ref(), id)?;
        Ok(Some(Held::new(*id, data, side, slots)))
    }

    pub(super) fn id(&self) -> Id {
        self.id
    }

    pub(super) fn state(&self) -> State {
        self.slots.state()
    }

    /// How far it is written.
    pub(super) fn at(&self) -> u64 {
        self.at
    }

    /// Whether somebody else would like to have it.
    pub(super) fn is_wanted(&self) -> io::Result<bool> {
        if !self.side.lock()? {
            return Ok(true);
        }
        self.side.unlock()?;
        Ok(false)
    }

    /// Writes on. What lies there from somebody who came further, and could not say so, goes first.
    pub(super) fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        if !self.is_cut {
            let offset = self.state().offset;
            if self.data.length()? > offset {
                self.data.cut(offset)?;
            }
            self.is_cut = true;
        }
        self.data.write(bytes, self.at)?;
        self.at += bytes.len() as u64;
        Ok(())
    }

    /// Returns once all that was written is there for good.
    pub(super) fn commit(&mut self, now: u64) -> io::Result<()> {
        let state = self.state();
        if self.at == state.offset {
            return Ok(());
        }
        self.data.sync()?;
        let state = State {
            offset: self.at,
            touched: now,
            ..state
        };
        self.slots.write(self.side.as_ref(), &self.id, state)
    }
}
