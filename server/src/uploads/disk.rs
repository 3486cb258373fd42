//! The files beneath uploads, and no more of them than uploads need: tests put others in their place, whose calls fail
//! and whose power goes.

use std::fmt::Debug;
use std::io;
use std::sync::Arc;

/// A folder with files in it.
pub trait Folder: Debug + Send + Sync {
    /// Makes a file, if there is none of this name.
    fn make(&self, name: &str) -> io::Result<Arc<dyn OpenFile>>;
    /// Opens one that is there.
    fn open(&self, name: &str) -> io::Result<Arc<dyn OpenFile>>;
    /// Takes a name away. Who has the file open still has it.
    fn remove(&self, name: &str) -> io::Result<()>;
    /// Returns when all names that were made and taken away are so for good.
    fn sync(&self) -> io::Result<()>;
    /// Every name.
    fn names(&self) -> io::Result<Vec<String>>;
}

/// A file that is open.
pub trait OpenFile: Debug + Send + Sync {
    /// Locks it against everyone else who has opened it, in this process or in another; `false` if somebody else has. It
    /// ends with the file, however the process ends.
    fn lock(&self) -> io::Result<bool>;
    /// Ends that earlier.
    fn unlock(&self) -> io::Result<()>;
    /// Whether it still has a name.
    fn is_there(&self) -> io::Result<bool>;
    /// How long it is.
    fn length(&self) -> io::Result<u64>;
    /// Reads some bytes; 0 behind the end.
    fn read(&self, into: &mut [u8], at: u64) -> io::Result<usize>;
    /// Writes all of them.
    fn write(&self, bytes: &[u8], at: u64) -> io::Result<()>;
    /// Makes it so long.
    fn cut(&self, length: u64) -> io::Result<()>;
    /// Returns when what was written is there for good.
    fn sync(&self) -> io::Result<()>;
}

/// Reads until the buffer is full or the file has ended; how much that is.
pub(super) fn read_all(file: &dyn OpenFile, into: &mut [u8], at: u64) -> io::Result<usize> {
    let mut count = 0;
    while count < into.len() {
        match file.read(&mut into[count..], at + count as u64) {
            Ok(0) => break,
            Ok(some) => count += some,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(count)
}

#[cfg(unix)]
pub(super) use real::Real;

/// A folder of the system.
#[cfg(unix)]
mod real {
    use std::fs::{self, File, OpenOptions, TryLockError};
    use std::io;
    use std::os::unix::fs::{FileExt as _, MetadataExt as _};
    use std::path::{Path, PathBuf};
    use std::sync::Arc;

    use super::{Folder, OpenFile};

    #[derive(Debug)]
    pub(in super::super) struct Real {
        path: PathBuf,
        /// Open all the while, so that no fault of it is told to somebody else.
        itself: File,
    }

    impl Real {
        /// A folder that is there, or is made.
        pub(in super::super) fn open(path: &Path) -> io::Result<Real> {
            match fs::create_dir(path) {
                Ok(()) => {
                    let parent = path.parent().filter(|it| !it.as_os_str().is_empty());
                    File::open(parent.unwrap_or(Path::new(".")))?.sync_all()?;
                }
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(error),
            }
            Ok(Real {
                path: path.to_owned(),
                itself: File::open(path)?,
            })
        }
    }

    impl Folder for Real {
        fn make(&self, name: &str) -> io::Result<Arc<dyn OpenFile>> {
            let mut options = OpenOptions::new();
            let file = options.read(true).write(true).create_new(true).open(self.path.join(name))?;
            Ok(Arc::new(file))
        }

        fn open(&self, name: &str) -> io::Result<Arc<dyn OpenFile>> {
            let file = OpenOptions::new().read(true).write(true).open(self.path.join(name))?;
            Ok(Arc::new(file))
        }

        fn remove(&self, name: &str) -> io::Result<()> {
            fs::remove_file(self.path.join(name))
        }

        fn sync(&self) -> io::Result<()> {
            self.itself.sync_all()
        }

        fn names(&self) -> io::Result<Vec<String>> {
            let mut names = Vec::new();
            for entry in fs::read_dir(&self.path)? {
                // What is no text is none of ours.
                names.extend(entry?.file_name().into_string().ok());
            }
            Ok(names)
        }
    }

    impl OpenFile for File {
        fn lock(&self) -> io::Result<bool> {
            match self.try_lock() {
                Ok(()) => Ok(true),
                Err(TryLockError::WouldBlock) => Ok(false),
                Err(TryLockError::Error(error)) => Err(error),
            }
        }

        fn unlock(&self) -> io::Result<()> {
            File::unlock(self)
        }

        fn is_there(&self) -> io::Result<bool> {
            Ok(self.metadata()?.nlink() > 0)
        }

        fn length(&self) -> io::Result<u64> {
            Ok(self.metadata()?.len())
        }

        fn read(&self, into: &mut [u8], at: u64) -> io::Result<usize> {
            self.read_at(into, at)
        }

        fn write(&self, bytes: &[u8], at: u64) -> io::Result<()> {
            self.write_all_at(bytes, at)
        }

        fn cut(&self, length: u64) -> io::Result<()> {
            self.set_len(length)
        }

        fn sync(&self) -> io::Result<()> {
            self.sync_data()
        }
    }
}
