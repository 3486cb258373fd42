//! Where things are.

use std::path::{Path, PathBuf};

/// The project's root.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .map_or_else(|| PathBuf::from("."), Path::to_path_buf)
}

/// The npm package that the build writes.
pub(crate) fn package() -> PathBuf {
    root().join("pkg")
}

/// What the build makes on the way.
pub(crate) fn work() -> PathBuf {
    root().join("target/package")
}
