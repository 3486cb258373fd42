//! What a person can take away of their own decisions (GDPR art. 15 and 20): their events, in forms that others read.
//!
//! [`export`] tells what the events say and what the documents say that they name. What a form demands and neither says
//! is not made up: it is left out, and listed under `missing` with its place in the document.

mod facts;
mod iso;
mod kantara;
mod mode;
mod notice;
mod read;
#[cfg(test)]
mod tests;
mod write;

use alloc::string::String;

pub use notice::Notice;

use crate::ledger::Subject;

/// The forms.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum As {
    /// A receipt with a record for each decision, as ISO/IEC TS 27560:2023 has it, in the vocabulary of the W3C's
    /// Data Privacy Vocabulary (2.3), as JSON-LD.
    Iso27560,
    /// A Kantara Consent Receipt 1.1 for each decision by which something is allowed now.
    Kantara,
    /// What Google's Consent Mode v2 is to be told now.
    ConsentMode,
}

impl As {
    /// Every form.
    pub const ALL: &[As] = &[As::Iso27560, As::Kantara, As::ConsentMode];

    /// Its name, as it stands in addresses and calls.
    pub const fn as_str(self) -> &'static str {
        match self {
            As::Iso27560 => "iso27560",
            As::Kantara => "kantara",
            As::ConsentMode => "consent-mode",
        }
    }

    /// The form of this name.
    pub fn parse(name: &str) -> Option<As> {
        As::ALL.iter().copied().find(|it| it.as_str() == name)
    }
}

/// An event as it is told: its text and, once a server has it, its place in the log and when it was taken in.
#[derive(Clone, Copy, Debug)]
pub struct Told<'a> {
    /// The event, as it was signed.
    pub event: &'a str,
    /// Its place in the log.
    pub index: Option<u64>,
    /// When it was taken in, in seconds since 1970.
    pub taken: Option<u64>,
}

/// Writes the events of a subject, and of the account for which it decides, as JSON. `notices` are the documents that they
/// name, in any order; `now` is the time in seconds since 1970.
pub fn export(form: As, sub: &Subject, told: &[Told<'_>], notices: &[Notice], now: u64) -> String {
    let (facts, unread) = facts::read(told);
    match form {
        As::Iso27560 => iso::write(sub, &facts, unread, notices, now),
        As::Kantara => kantara::write(sub, &facts, unread, notices, now),
        As::ConsentMode => mode::write(sub, &facts, notices, now),
    }
}
