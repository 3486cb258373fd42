//! The log's own key: in its database, or in a file beside all that is backed up and shown.

use std::path::Path;

use ed25519_dalek::SigningKey;
use ed25519_dalek::pkcs8::DecodePrivateKey as _;

use super::NotOpened;
use super::kept::Unavailable;
use super::store::Store;

/// What a store knows of the key: all of it, or what has to stand in the file.
#[derive(Clone, Copy)]
pub(crate) enum LogKey {
    Secret([u8; 32]),
    Public([u8; 32]),
}

impl LogKey {
    /// As a store keeps it: a public key has a 1 in front, as in a verifier's key.
    pub(crate) fn bytes(self) -> Vec<u8> {
        match self {
            LogKey::Secret(key) => key.into(),
            LogKey::Public(key) => [&[1], key.as_slice()].concat(),
        }
    }

    pub(crate) fn read(bytes: &[u8]) -> Option<LogKey> {
        match bytes {
            [1, key @ ..] if key.len() == 32 => key.try_into().ok().map(LogKey::Public),
            key => key.try_into().ok().map(LogKey::Secret),
        }
    }

    /// The public half.
    pub(crate) fn public(self) -> [u8; 32] {
        match self {
            LogKey::Secret(key) => SigningKey::from_bytes(&key).verifying_key().to_bytes(),
            LogKey::Public(key) => key,
        }
    }
}

fn setting(why: &dyn std::fmt::Display) -> NotOpened {
    NotOpened::Setting("key-file", why.to_string())
}

/// The secret key with which a log goes on as it was begun. Whoever keeps checkpoints of it knows one key.
pub(crate) async fn of(store: &Store, file: Option<&Path>) -> Result<[u8; 32], NotOpened> {
    let begun = async |fresh: LogKey| {
        let key = store.key(fresh.bytes()).await?;
        LogKey::read(&key).ok_or_else(|| NotOpened::from(Unavailable("the log's key is damaged".into())))
    };
    let Some(file) = file else {
        let mut fresh = [0; 32];
        getrandom::fill(&mut fresh).map_err(|error| Unavailable(error.to_string()))?;
        return match begun(LogKey::Secret(fresh)).await? {
            LogKey::Secret(key) => Ok(key),
            LogKey::Public(_) => Err(setting(&"this log has its key in a file, and none is named")),
        };
    };
    let key = read(file)?;
    let public = LogKey::Secret(key).public();
    if begun(LogKey::Public(public)).await?.public() != public {
        return Err(setting(&format_args!("{}: the log was begun with another key", file.display())));
    }
    Ok(key)
}

/// Reads a key as `openssl genpkey -algorithm ed25519` writes it (PKCS#8, RFC 8410, as PEM). A file that others can read is none
/// to keep a secret in.
pub(crate) fn read(path: &Path) -> Result<[u8; 32], NotOpened> {
    let named = |why: &dyn std::fmt::Display| setting(&format_args!("{}: {why}", path.display()));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = std::fs::metadata(path).map_err(|error| named(&error))?.permissions().mode();
        if mode & 0o077 != 0 {
            return Err(named(&format_args!("others can read it (mode {:o}); chmod 600", mode & 0o777)));
        }
    }
    let text = std::fs::read_to_string(path).map_err(|error| named(&error))?;
    let key = SigningKey::from_pkcs8_pem(&text).map_err(|_| named(&"no Ed25519 key in PEM (PKCS#8)"))?;
    Ok(key.to_bytes())
}
