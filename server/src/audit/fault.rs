//! What an audit finds.

use std::fmt;

macro_rules! codes {
    ($($name:ident = $code:literal, $says:literal;)*) => {
        /// What is wrong. The set is closed, the codes are stable.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Code { $(#[doc = $says] $name,)* }

        impl Code {
            /// Every code.
            pub const ALL: &[Code] = &[$(Code::$name,)*];

            /// The stable code.
            pub const fn code(self) -> &'static str {
                match self { $(Code::$name => $code,)* }
            }

            /// What it means.
            pub const fn says(self) -> &'static str {
                match self { $(Code::$name => $says,)* }
            }
        }
    };
}

codes! {
    Form = "audit/form", "the row has not the form of one";
    Gap = "audit/gap", "rows before it are missing";
    Time = "audit/time", "it was taken in before the row before it";
    Body = "audit/body", "the body is no event";
    Hash = "audit/hash", "the hash is not that of the body";
    Signature = "audit/signature", "the body is not signed by its key";
    Names = "audit/names", "the row says otherwise than its body whose it is, or half of that was erased";
    Chain = "audit/chain", "the event that it says comes before it in its device's chain does not";
    Twice = "audit/duplicate", "the same event is there before";
    Tile = "audit/tile", "the tile is not what the rows add up to, or is missing, or is one too many";
    Root = "audit/root", "the rows do not add up to the root that was signed";
    Size = "audit/size", "there are fewer rows than were signed";
    Key = "audit/key", "the log is not signed with the key that was given";
    Notice = "audit/notice", "the document is not that of its hash";
}

/// Where something is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum At {
    /// In the log as a whole.
    Log,
    /// In the row of this place.
    Row(i64),
    /// In the tile of this level and place.
    Tile(i64, i64),
    /// In a document, by its place among them.
    Notice(u64),
    /// Against a checkpoint, by its place among those that were given.
    Checkpoint(usize),
}

impl fmt::Display for At {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            At::Log => f.write_str("log"),
            At::Row(place) => write!(f, "row {place}"),
            At::Tile(level, at) => write!(f, "tile {level}/{at}"),
            At::Notice(which) => write!(f, "notice {which}"),
            At::Checkpoint(which) => write!(f, "checkpoint {which}"),
        }
    }
}

/// One fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fault {
    /// What.
    pub code: Code,
    /// Where.
    pub at: At,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}: {}", self.code.code(), self.at, self.code.says())
    }
}

/// The store could not be read, so that nothing is known about it.
#[derive(Clone, Debug, thiserror::Error)]
#[error("audit/unreadable: {0}")]
pub struct Unreadable(pub String);
