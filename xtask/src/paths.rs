//! Where things are.

use std::path::{Path, PathBuf};

/// The project's root.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .map_or_else(|| PathBuf::from("."), Path::to_path_buf)
}

/// The npm package that the build writes.
pub fn package() -> PathBuf {
    root().join("pkg")
}

/// What the build makes on the way.
pub fn work() -> PathBuf {
    root().join("target/package")
}

/// Programs that the setup installs for the project alone.
pub fn tools() -> PathBuf {
    root().join("target/tools")
}

/// Python with Google's Tink.
pub fn tink() -> PathBuf {
    tools().join("tink/bin/python")
}

/// A program: among the project's own tools or in `PATH`.
pub fn program(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let own = std::iter::once(tools().join("bin"));
    // An ordinary user's `PATH` on Debian leaves these out.
    let more = ["/usr/local/sbin", "/usr/sbin"].map(PathBuf::from);
    own.chain(std::env::split_paths(&path))
        .chain(more)
        .map(|folder| folder.join(name))
        .find(|it| it.is_file())
}

/// The kind of a file by its name: `js`, `wasm` and so on.
pub(crate) fn kind(name: &str) -> &str {
    Path::new(name).extension().and_then(|it| it.to_str()).unwrap_or("")
}
