//! The little that a site's own back end does for accounts: it vouches that whoever is signed in has this device.

use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Result, anyhow};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ed25519_dalek::{Signer as _, SigningKey};
use serde_json::json;

/// How long a token holds, in seconds.
const VALID: u64 = 600;

/// The key with which it vouches.
#[derive(Debug)]
pub(super) struct Accounts(SigningKey);

impl Accounts {
    /// The key in a folder, which gets one if it has none.
    pub(super) fn open(home: &Path) -> Result<Accounts> {
        let file = home.join("link.key");
        let kept = std::fs::read(&file).ok().and_then(|it| <[u8; 32]>::try_from(it).ok());
        if let Some(secret) = kept {
            return Ok(Accounts(SigningKey::from_bytes(&secret)));
        }
        let mut secret = [0; 32];
        getrandom::fill(&mut secret).map_err(|error| anyhow!("no randomness: {error}"))?;
        std::fs::write(&file, secret)?;
        Ok(Accounts(SigningKey::from_bytes(&secret)))
    }

    /// The public half, for the server that keeps records.
    pub(super) fn key(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.0.verifying_key().to_bytes())
    }

    /// The word that a device belongs to an account; nothing for names that no account or device has.
    ///
    /// A site would look into its session here. The demo's people have no passwords.
    pub(super) fn token(&self, account: &str, subject: &str) -> Option<String> {
        let plain =
            |text: &str| text.bytes().all(|it| it.is_ascii_alphanumeric() || matches!(it, b'_' | b'-'));
        if !(1..=64).contains(&account.len()) || subject.len() != 27 || !plain(account) || !plain(subject) {
            return None;
        }
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let claim = json!({"acct": account, "exp": now.as_secs() + VALID, "sub": subject});
        let claim = URL_SAFE_NO_PAD.encode(claim.to_string());
        let signature = URL_SAFE_NO_PAD.encode(self.0.sign(claim.as_bytes()).to_bytes());
        Some(format!("{claim}.{signature}"))
    }
}

#[cfg(test)]
mod tests {
    use ed25519_dalek::{Signature, Verifier as _};

    use super::*;

    #[test]
    fn it_vouches_for_this_device_and_account() {
        let folder = tempfile::TempDir::new().expect("a folder");
        let accounts = Accounts::open(folder.path()).expect("a key");
        assert_eq!(Accounts::open(folder.path()).expect("the same").key(), accounts.key());
        let subject = "a".repeat(27);
        let token = accounts.token("ada-p1", &subject).expect("a token");
        let (claim, signature) = token.split_once('.').expect("two parts");
        let signature: [u8; 64] = URL_SAFE_NO_PAD
            .decode(signature)
            .expect("base64url")
            .try_into()
            .expect("64 bytes");
        let key = accounts.0.verifying_key();
        assert!(key.verify(claim.as_bytes(), &Signature::from_bytes(&signature)).is_ok());
        let said: serde_json::Value =
            serde_json::from_slice(&URL_SAFE_NO_PAD.decode(claim).expect("base64url")).expect("JSON");
        assert_eq!((&said["acct"], &said["sub"]), (&"ada-p1".into(), &subject.into()));
        for (account, subject) in [("", "a"), ("ada p1", "a"), ("ada", "\"")] {
            assert_eq!(accounts.token(account, &subject.repeat(27)), None);
        }
    }
}
