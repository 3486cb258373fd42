//! How much comes together before it is moved or merged.

use std::path::Path;

/// From how much on something is worth while.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Sizes {
    /// From so many pages on, the write-ahead log is moved into the database.
    pub pages: i32,
    /// From so many on the writer waits for it: the log must not grow for ever.
    pub too_many: i32,
    /// The least and the most entries of the index that are merged at once. More need more memory, and a longer start
    /// after a crash, and write less.
    pub together: (usize, usize),
    /// As many are written in one transaction: who wants to forget something meanwhile waits no longer.
    pub slice: usize,
    /// From so many pages on, the write-ahead log of the index is moved into it.
    pub index_pages: i32,
}

impl Sizes {
    const USUAL: Sizes = Sizes {
        pages: 4096,
        too_many: 32_768,
        together: (16_384, 524_288),
        slice: 8192,
        index_pages: 1000,
    };

    /// All of it happens within a few events.
    const EARLY: Sizes = Sizes {
        pages: 40,
        too_many: 120,
        together: (48, 200),
        slice: 24,
        index_pages: 12,
    };

    /// Those of a database: a URI may ask for `early=1`, as tests do that cannot wait for thousands of events.
    pub(super) fn of(path: &Path) -> Sizes {
        let asked = path
            .to_str()
            .filter(|it| it.starts_with("file:"))
            .and_then(|it| it.split_once('?'));
        let early = asked.is_some_and(|(_, asked)| asked.split('&').any(|it| it == "early=1"));
        if early { Sizes::EARLY } else { Sizes::USUAL }
    }

    /// How many entries are worth merging in a log of so many events.
    pub(super) fn enough(self, size: u64) -> usize {
        let share = usize::try_from(size / 8).unwrap_or(usize::MAX);
        share.clamp(self.together.0, self.together.1)
    }
}
