//! What keeps an upload from going on.

use std::io;

/// What keeps an upload from going on.
#[derive(Debug)]
pub(super) enum Trouble {
    /// There is no such upload: there never was, it has expired, or was ended. Nobody is told which.
    Unknown,
    /// Somebody else is at it.
    Locked,
    /// It has no place in the store.
    Full,
    /// Its address has as many unfinished ones as it may have.
    TooMany,
    /// It is longer than any may be.
    TooLong,
    /// What was to be joined is not there, not finished, or no part.
    Parts,
    /// It was finished by joining: nobody writes to it.
    Final,
    /// The disk does not do what it should.
    Failed(io::Error),
}

impl From<io::Error> for Trouble {
    fn from(error: io::Error) -> Trouble {
        use io::ErrorKind::{FileTooLarge, QuotaExceeded, StorageFull};
        match error.kind() {
            StorageFull | QuotaExceeded | FileTooLarge => Trouble::Full,
            _ => Trouble::Failed(error),
        }
    }
}
