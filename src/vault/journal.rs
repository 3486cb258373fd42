//! What of a file was sealed before, so that it can be sealed again and sent on after an interruption. Two contents
//! under one key and nonce would tell how they differ, and how to forge: a segment is released only if it is the same.

use alloc::vec::Vec;

use super::engine::TAG;
use super::key::same;
use super::{Fault, Plan};

/// The tags of the segments that may have been sent, kept before they are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Journal {
    plan: Plan,
    tags: Vec<[u8; TAG]>,
}

impl Journal {
    /// Of a file that is sealed for the first time.
    pub const fn new(plan: Plan) -> Journal {
        Journal {
            plan,
            tags: Vec::new(),
        }
    }

    /// As it was kept. The plan is that of the file as it is now: one of another length is another file.
    pub fn read(plan: Plan, kept: &Plan, tags: &[u8]) -> Result<Journal, Fault> {
        let (tags, rest) = tags.as_chunks();
        if plan != *kept || !rest.is_empty() || tags.len() as u64 > plan.count() {
            return Err(Fault::Changed);
        }
        let tags = tags.to_vec();
        Ok(Journal { plan, tags })
    }

    /// What is to be kept.
    pub fn tags(&self) -> &[[u8; TAG]] {
        &self.tags
    }

    /// Says of a sealed segment whether it has to be kept before it is released (`true`) or was there already. A
    /// fault means that it must never be released: the file starts over under a new secret.
    pub fn admit(&mut self, index: u64, sealed: &[u8]) -> Result<bool, Fault> {
        let segment = self.plan.segment(index).ok_or(Fault::Order)?;
        let tag = sealed.last_chunk().ok_or(Fault::Length)?;
        if sealed.len() as u64 != segment.sealed.end - segment.sealed.start {
            return Err(Fault::Changed);
        }
        let known = usize::try_from(index).ok().and_then(|index| self.tags.get(index));
        match known {
            Some(known) if same(known, tag) => Ok(false),
            Some(_) => Err(Fault::Changed),
            None if index == self.tags.len() as u64 => {
                self.tags.push(*tag);
                Ok(true)
            }
            None => Err(Fault::Order),
        }
    }
}
