//! What a browser keeps between two of its lives.

use std::fs;
use std::path::Path;

use anyhow::Result;
use tempfile::TempDir;

use crate::engine::Engine;

/// A folder with everything that a browser stores.
#[derive(Debug)]
pub struct Profile(TempDir);

impl Profile {
    /// An empty one. The automated WebKitGTK keeps everything in memory, and has none.
    pub fn new(engine: Engine) -> Result<Option<Profile>> {
        if engine == Engine::WebKit {
            return Ok(None);
        }
        Ok(Some(Profile(TempDir::with_prefix("mixus-privacy-")?)))
    }

    /// The same once more, as whoever copies the folder has it. The browser has to have ended.
    pub fn copy(&self) -> Result<Profile> {
        let copy = Profile(TempDir::with_prefix("mixus-privacy-")?);
        copy_folder(self.path(), copy.path())?;
        Ok(copy)
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }
}

fn copy_folder(from: &Path, to: &Path) -> Result<()> {
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let (kind, name) = (entry.file_type()?, entry.file_name());
        let to = to.join(&name);
        if kind.is_dir() {
            fs::create_dir(&to)?;
            copy_folder(&entry.path(), &to)?;
        } else if kind.is_file() {
            // Links and sockets say which process has the folder.
            fs::copy(entry.path(), &to)?;
        }
    }
    Ok(())
}
