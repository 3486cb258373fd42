//! Whether an open database still is where it was.

use std::fs;
use std::path::{Path, PathBuf};

use super::beside;

/// The files of an open database, by what the system knows them by. A file that is removed or moved lives on for who has
/// it open: what is committed to it then is found by nobody after the process has ended.
#[derive(Clone, Debug)]
pub(super) struct Place([(PathBuf, Option<(u64, u64)>); 2]);

impl Place {
    /// Where a database is now.
    pub(super) fn of(path: &Path) -> Place {
        Place([path.to_owned(), beside(path, "-wal")].map(|path| {
            let known = identity(&path);
            (path, known)
        }))
    }

    /// Whether it is there still.
    pub(super) fn holds(&self) -> bool {
        self.0.iter().all(|(path, known)| identity(path) == *known)
    }
}

#[cfg(unix)]
fn identity(path: &Path) -> Option<(u64, u64)> {
    use std::os::unix::fs::MetadataExt as _;
    let file = fs::metadata(path).ok()?;
    Some((file.dev(), file.ino()))
}

#[cfg(not(unix))]
fn identity(path: &Path) -> Option<(u64, u64)> {
    fs::metadata(path).ok().map(|_| (0, 0))
}
