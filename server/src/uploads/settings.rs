//! What may be uploaded.

use std::path::PathBuf;
use std::sync::Arc;

use super::disk::Folder;

/// What may be uploaded, and how much of it.
#[derive(Clone, Debug)]
pub struct UploadSettings {
    /// Where it is kept; made where there is none.
    pub folder: PathBuf,
    /// Ed25519 public keys with which the site's server signs who may begin an upload; without any, whoever can ask may.
    pub keys: Vec<[u8; 32]>,
    /// As many bytes a file may have.
    pub longest: u64,
    /// As many bytes are kept, with those that unfinished uploads are still going to have.
    pub total: u64,
    /// As many uploads may be unfinished.
    pub open: u64,
    /// As many of them may be of one address.
    pub open_each: u64,
    /// As many bytes may unfinished uploads of one address have once they are finished.
    pub bytes_each: u64,
    /// For so many hours an unfinished upload waits to go on.
    pub expire: u32,
    /// For so many days finished ones are kept; 0 for ever.
    pub retain: u32,
    /// The files beneath, if they are not the system's.
    #[doc(hidden)]
    pub files: Option<Arc<dyn Folder>>,
}

/// Bytes of a GiB.
const GIB: u64 = 1 << 30;

impl Default for UploadSettings {
    fn default() -> UploadSettings {
        UploadSettings {
            folder: "uploads".into(),
            keys: Vec::new(),
            longest: 5 * GIB,
            total: 100 * GIB,
            open: 10_000,
            open_each: 100,
            bytes_each: 20 * GIB,
            expire: 24,
            retain: 0,
            files: None,
        }
    }
}

impl UploadSettings {
    /// For how many seconds an unfinished upload waits to go on.
    pub(super) fn expires_after(&self) -> u64 {
        u64::from(self.expire) * 3600
    }

    /// For how many seconds a finished one is kept; nothing if for ever.
    pub(super) fn retained_for(&self) -> Option<u64> {
        (self.retain > 0).then(|| u64::from(self.retain) * 86_400)
    }
}
