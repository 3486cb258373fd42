//! The ids of events: time first, then hash.

use alloc::string::String;

use super::event::Hash;
use super::subject::{bytes, text};

/// The id of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Id(pub [u8; 22]);

impl Id {
    /// From an event's clock and hash.
    pub fn of(hlc: u64, hash: &Hash) -> Id {
        let mut id = [0; 22];
        let time = hlc.to_be_bytes();
        for (to, from) in id.iter_mut().zip(time.iter().take(6).chain(hash)) {
            *to = *from;
        }
        Id(id)
    }

    /// From its text, 30 characters of base64url.
    pub fn parse(text: &str) -> Option<Id> {
        bytes(text).map(Id)
    }

    /// As text.
    pub fn text(&self) -> String {
        text(&self.0)
    }
}

/// 16 digits.
pub fn hexadecimal(value: u64) -> String {
    let digits = (0..16).rev().map(|at| (value >> (at * 4) & 15) as u32);
    digits.filter_map(|digit| char::from_digit(digit, 16)).collect()
}
