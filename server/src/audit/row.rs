//! A row for itself.

use mixus_privacy::ledger::{Event, Hash, Subject, hash, is_account, without_signature};

use super::IsSigned;
use super::fault::Code;

/// A row as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Its place in the log.
    pub place: i64,
    /// What is in it; nothing if that is not of the kinds that it has to be.
    pub cells: Option<Cells>,
}

/// What is in a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cells {
    /// When it was taken in, in seconds since 1970.
    pub taken: i64,
    /// The subject.
    pub sub: Vec<u8>,
    /// The device.
    pub dev: Vec<u8>,
    /// The place in its chain.
    pub seq: i64,
    /// The hash of the event.
    pub hash: Vec<u8>,
    /// Its hybrid clock, as many bits.
    pub hlc: i64,
    /// The account.
    pub acct: String,
    /// The event; nothing once it was erased.
    pub body: Option<String>,
}

/// What an event is known by: its subject, device, and number.
pub(super) type Names = (Subject, [u8; 8], u64);

/// What a row says once it was looked at.
#[derive(Clone, Copy, Debug)]
pub(super) struct Looked {
    pub hash: Hash,
    /// Nothing where they were erased.
    pub names: Option<Names>,
    /// The hash of the event before it in its device's chain, where it says so.
    pub before: Option<Hash>,
}

impl Row {
    /// Looks at all that does not depend on other rows.
    pub(super) fn look(&self, is_signed: IsSigned<'_>) -> Result<Looked, Code> {
        let cells = self.cells.as_ref().ok_or(Code::Form)?;
        let kept: Hash = cells.hash.as_slice().try_into().map_err(|_| Code::Form)?;
        if self.place < 0 || cells.taken < 0 {
            return Err(Code::Form);
        }
        let Some(body) = &cells.body else {
            return Ok(Looked {
                hash: kept,
                names: cells.names()?,
                before: None,
            });
        };
        let event = Event::read(body).map_err(|_| Code::Body)?;
        let unsigned = without_signature(body);
        if hash(&unsigned) != kept {
            return Err(Code::Hash);
        }
        if !is_signed(&event.key, &unsigned, &event.sig) {
            return Err(Code::Signature);
        }
        let names = (event.sub, event.dev, event.seq);
        if cells.names()? != Some(names) || cells.hlc.cast_unsigned() != event.hlc || cells.acct != event.acct
        {
            return Err(Code::Names);
        }
        Ok(Looked {
            hash: kept,
            names: Some(names),
            before: (event.seq > 1).then_some(event.prev),
        })
    }
}

impl Cells {
    /// Whose it is; nothing if nothing of that is left.
    fn names(&self) -> Result<Option<Names>, Code> {
        let nothing = self.sub.is_empty()
            && self.dev.is_empty()
            && self.acct.is_empty()
            && (self.seq, self.hlc) == (0, 0);
        if nothing {
            return Ok(None);
        }
        let names = || {
            let sub = Subject(self.sub.as_slice().try_into().ok()?);
            let dev = self.dev.as_slice().try_into().ok()?;
            let seq = u64::try_from(self.seq).ok().filter(|seq| *seq > 0)?;
            (self.acct.is_empty() || is_account(&self.acct)).then_some((sub, dev, seq))
        };
        names().map(Some).ok_or(Code::Names)
    }
}
