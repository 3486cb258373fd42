//! Sealing a stream whose length may not be known before it ends.

use alloc::vec::Vec;

use zeroize::Zeroize as _;

use super::bytes::fill;
use super::layout::MOST_SEALED;
use super::stream::nonce;
use super::{Engine, Fault, Layout, Start};

/// Seals what comes in. One segment is held back, because the last one is sealed as such.
#[derive(Debug)]
pub struct Sealer<E> {
    engine: E,
    layout: Layout,
    start: Start,
    held: Vec<u8>,
    next: u64,
    /// Nothing is sealed after a fault: part of it might be, under a nonce that was used.
    dead: bool,
}

impl<E: Engine> Sealer<E> {
    /// With an engine that has the stream's key; `out` gets the header.
    pub fn new(engine: E, layout: Layout, start: Start, out: &mut Vec<u8>) -> Sealer<E> {
        out.extend_from_slice(&start.write());
        Sealer {
            engine,
            layout,
            start,
            held: Vec::new(),
            next: 0,
            dead: false,
        }
    }

    /// Takes what is next of the file; `out` gets what is sealed by it.
    pub fn push(&mut self, plain: &[u8], out: &mut Vec<u8>) -> Result<(), Fault> {
        let mut rest = plain;
        while !rest.is_empty() {
            let capacity = usize::try_from(self.layout.capacity(self.next)).map_err(|_| Fault::Limit)?;
            if self.held.len() == capacity {
                self.seal(false, out)?;
                continue;
            }
            rest = fill(&mut self.held, capacity, rest);
        }
        Ok(())
    }

    /// The file has ended; `out` gets the last segment.
    pub fn finish(mut self, out: &mut Vec<u8>) -> Result<(), Fault> {
        self.seal(true, out)
    }

    fn seal(&mut self, last: bool, out: &mut Vec<u8>) -> Result<(), Fault> {
        // One more has to fit behind every segment that is not the last.
        let fits = self.next + u64::from(!last) < MOST_SEALED;
        if self.dead || !fits {
            self.dead = true;
            return Err(if fits { Fault::Order } else { Fault::Limit });
        }
        self.dead = true;
        let index = u32::try_from(self.next).map_err(|_| Fault::Limit)?;
        let mut segment = core::mem::take(&mut self.held);
        let sealed = self.engine.seal(&nonce(&self.start.prefix, index, last), &mut segment);
        if let Err(fault) = sealed {
            segment.zeroize();
            return Err(fault);
        }
        out.extend_from_slice(&segment);
        segment.clear();
        self.held = segment;
        self.next += 1;
        self.dead = false;
        Ok(())
    }

    /// As if so many segments had been sealed.
    #[cfg(test)]
    pub(super) fn skip_to(&mut self, index: u64) {
        self.next = index;
    }
}

/// What was not sealed is nobody's.
impl<E> Drop for Sealer<E> {
    fn drop(&mut self) {
        self.held.zeroize();
    }
}
