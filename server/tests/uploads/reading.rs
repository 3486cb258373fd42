//! Where a file is read, as `docs/server.md` says it for back ends: from the address by which it was written.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};

/// The name of the upload with this path.
pub(crate) fn name_of(path: &str) -> String {
    let key = path.rsplit('/').next().expect("a key");
    let key = URL_SAFE_NO_PAD.decode(key).expect("base64url");
    let hash = Sha256::new_with_prefix(b"mixus-privacy file\n").chain_update(key).finalize();
    URL_SAFE_NO_PAD.encode(&hash[..18])
}

/// The path under which it is read.
pub(crate) fn read_at(path: &str) -> String {
    format!("/v1/files/{}", name_of(path))
}
