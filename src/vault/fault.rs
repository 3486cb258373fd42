//! What can go wrong with a sealed file.

use core::fmt;

/// Why a file was not sealed or opened. Everything that depends on a key is [`Fault::Closed`]: which of many
/// checks failed would help whoever tries keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// It does not open: another key, other bytes, or a part of it is missing.
    Closed,
    /// It is not in the form of this version, which anyone can see.
    Form,
    /// No sealed file has this length.
    Length,
    /// The passphrase asks for less work than is safe, or for more than a page can do.
    Cost,
    /// There is not as much memory as the passphrase asks for.
    Memory,
    /// A file to seal is longer than the format holds.
    Limit,
    /// What is sealed or opened is not what is next, or not as long as planned.
    Order,
    /// A file that is sealed again is not the one it was.
    Changed,
    /// What is to be sealed cannot be written: too many recipients, a name that is too long.
    Unfit,
}

impl Fault {
    /// All of them, in the order of their numbers.
    pub const ALL: [Fault; 9] = [
        Fault::Closed,
        Fault::Form,
        Fault::Length,
        Fault::Cost,
        Fault::Memory,
        Fault::Limit,
        Fault::Order,
        Fault::Changed,
        Fault::Unfit,
    ];

    /// Its place in [`Fault::ALL`].
    pub const fn number(self) -> u8 {
        self as u8
    }

    /// The stable code.
    pub const fn code(self) -> &'static str {
        match self {
            Fault::Closed => "vault/closed",
            Fault::Form => "vault/form",
            Fault::Length => "vault/length",
            Fault::Cost => "vault/cost",
            Fault::Memory => "vault/memory",
            Fault::Limit => "vault/limit",
            Fault::Order => "vault/order",
            Fault::Changed => "vault/changed",
            Fault::Unfit => "vault/unfit",
        }
    }
}

/// One text for whatever does not open.
impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Fault::Closed | Fault::Form | Fault::Length | Fault::Cost | Fault::Memory => {
                "the file cannot be opened"
            }
            Fault::Limit | Fault::Unfit => "the file cannot be sealed",
            Fault::Order => "the file is not at this segment",
            Fault::Changed => "the file is not the one that was begun",
        })
    }
}

impl core::error::Error for Fault {}
