//! Opening a stream, from its start or anywhere. What is handed out has been authenticated; that it is all there is
//! known only once the last segment is open, so whoever keeps what comes before puts it aside until then.

use alloc::vec::Vec;

use zeroize::Zeroize as _;

use super::bytes::fill;
use super::engine::TAG;
use super::layout::MOST;
use super::stream::{PREFIX, nonce};
use super::{Engine, Fault, Layout, Plan};

/// Opens what comes in after the header, in pieces of any length.
#[derive(Debug)]
pub struct Opener<E> {
    engine: E,
    layout: Layout,
    prefix: [u8; PREFIX],
    held: Vec<u8>,
    next: u64,
    /// After a fault nothing more is opened.
    dead: bool,
}

impl<E: Engine> Opener<E> {
    /// With an engine that has the stream's key.
    pub fn new(engine: E, layout: Layout, prefix: [u8; PREFIX]) -> Opener<E> {
        Opener {
            engine,
            layout,
            prefix,
            held: Vec::new(),
            next: 0,
            dead: false,
        }
    }

    /// Takes what is next of the sealed file; `out` gets what is open by it.
    pub fn push(&mut self, sealed: &[u8], out: &mut Vec<u8>) -> Result<(), Fault> {
        let mut rest = sealed;
        while !rest.is_empty() {
            let full = self.layout.capacity(self.next);
            let full = usize::try_from(full).map_err(|_| Fault::Length)? + TAG;
            if self.held.len() == full {
                self.open(false, out)?;
                continue;
            }
            rest = fill(&mut self.held, full, rest);
        }
        if self.dead { Err(Fault::Closed) } else { Ok(()) }
    }

    /// The sealed file has ended; `out` gets the last segment. Without this the file is not whole.
    pub fn finish(mut self, out: &mut Vec<u8>) -> Result<(), Fault> {
        self.open(true, out)
    }

    fn open(&mut self, last: bool, out: &mut Vec<u8>) -> Result<(), Fault> {
        if self.dead {
            return Err(Fault::Closed);
        }
        self.dead = true;
        let mut segment = core::mem::take(&mut self.held);
        // No file of more than one segment ends with an empty one: every file is sealed in one way.
        if last && self.next > 0 && segment.len() <= TAG || self.next + u64::from(!last) >= MOST {
            return Err(Fault::Closed);
        }
        let index = u32::try_from(self.next).map_err(|_| Fault::Closed)?;
        open(&self.engine, &nonce(&self.prefix, index, last), &mut segment)?;
        out.extend_from_slice(&segment);
        segment.zeroize();
        self.held = segment;
        self.next += 1;
        self.dead = false;
        Ok(())
    }

    /// As if so many segments had been opened.
    #[cfg(test)]
    pub(super) fn skip_to(&mut self, index: u64) {
        self.next = index;
    }
}

/// Opens one segment, and leaves nothing of it if it does not open.
fn open<E: Engine>(engine: &E, nonce: &[u8; 12], segment: &mut Vec<u8>) -> Result<(), Fault> {
    let opened = if segment.len() < TAG {
        Err(Fault::Closed)
    } else {
        engine.open(nonce, segment)
    };
    opened.map_err(|_| {
        segment.zeroize();
        Fault::Closed
    })
}

/// Opens segments in any order, of a sealed file whose length is known.
#[derive(Debug)]
pub struct Access<E> {
    engine: E,
    plan: Plan,
    whole: bool,
}

impl<E: Engine> Access<E> {
    /// For a file whose length somebody says who may have cut it: the last segment has to be opened first, which
    /// proves that length.
    pub fn new(engine: E, plan: Plan) -> Access<E> {
        Access {
            engine,
            plan,
            whole: false,
        }
    }

    /// For a file whose length is authenticated, as that in an envelope is.
    pub fn of_known_length(engine: E, plan: Plan) -> Access<E> {
        Access {
            engine,
            plan,
            whole: true,
        }
    }

    /// Where everything is.
    pub const fn plan(&self) -> &Plan {
        &self.plan
    }

    /// Opens a segment.
    pub fn segment(&mut self, index: u64, mut sealed: Vec<u8>) -> Result<Vec<u8>, Fault> {
        let segment = self.plan.segment(index).ok_or(Fault::Order)?;
        if !self.whole && !segment.last {
            return Err(Fault::Order);
        }
        if sealed.len() as u64 != segment.sealed.end - segment.sealed.start {
            return Err(Fault::Length);
        }
        open(&self.engine, &segment.nonce, &mut sealed)?;
        self.whole = true;
        Ok(sealed)
    }
}
