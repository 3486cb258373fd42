//! HPKE (RFC 9180), as much of it as wraps a secret: base mode, one message, DHKEM(X25519, HKDF-SHA256), HKDF-SHA256,
//! AES-256-GCM. The agreement itself can be made elsewhere, by a browser that does not give its private key away.

use alloc::vec::Vec;

use hkdf::{Hkdf, HkdfExtract};
use sha2::Sha256;

use super::{Fault, Gcm, Key, NONCE};

const VERSION: &[u8] = b"HPKE-v1";
const KEM: &[u8] = b"KEM\x00\x20";
const SUITE: &[u8] = b"HPKE\x00\x20\x00\x01\x00\x02";

fn extract(suite: &[u8], salt: &[u8], label: &[u8], secret: &[u8]) -> ([u8; 32], Hkdf<Sha256>) {
    let mut extract = HkdfExtract::<Sha256>::new(Some(salt));
    for part in [VERSION, suite, label, secret] {
        extract.input_ikm(part);
    }
    let (key, hkdf) = extract.finalize();
    (key.into(), hkdf)
}

fn expand<const N: usize>(suite: &[u8], from: &Hkdf<Sha256>, label: &[u8], info: &[&[u8]]) -> [u8; N] {
    let mut out = [0; N];
    let length = u16::try_from(N).unwrap_or(u16::MAX).to_be_bytes();
    let info = [&[&length, VERSION, suite, label], info].concat();
    // The only failure is a length beyond 8160 bytes.
    let _ = from.expand_multi_info(&info, &mut out);
    out
}

/// The cipher and its first nonce, out of what the two agreed on.
fn context(agreed: &Key, encapsulated: &[u8; 32], recipient: &[u8; 32], info: &[u8]) -> (Gcm, [u8; NONCE]) {
    let (_, secret) = extract(KEM, &[], b"eae_prk", agreed.bytes());
    let shared = expand::<32>(KEM, &secret, b"shared_secret", &[encapsulated, recipient]);
    let shared = Key::from(shared);
    let (psk_id, _) = extract(SUITE, &[], b"psk_id_hash", &[]);
    let (info, _) = extract(SUITE, &[], b"info_hash", info);
    let (_, secret) = extract(SUITE, shared.bytes(), b"secret", &[]);
    let context: [&[u8]; 3] = [&[0], &psk_id, &info];
    let key = Key::from(expand(SUITE, &secret, b"key", &context));
    (Gcm::new(&key), expand(SUITE, &secret, b"base_nonce", &context))
}

/// Seals to a public key, with what was agreed on with it by a private key that is used this once, and whose public key
/// is `encapsulated`.
pub(super) fn seal(
    agreed: &Key,
    encapsulated: &[u8; 32],
    recipient: &[u8; 32],
    info: &[u8],
    aad: &[u8],
    text: &[u8],
) -> Result<Vec<u8>, Fault> {
    let (cipher, nonce) = context(agreed, encapsulated, recipient, info);
    let mut sealed = text.to_vec();
    cipher.seal_with(&nonce, aad, &mut sealed)?;
    Ok(sealed)
}

/// Opens what was sealed to a public key, with what its owner agreed on with the encapsulated key.
pub(super) fn open(
    agreed: &Key,
    encapsulated: &[u8; 32],
    recipient: &[u8; 32],
    info: &[u8],
    aad: &[u8],
    sealed: &[u8],
) -> Option<Vec<u8>> {
    let (cipher, nonce) = context(agreed, encapsulated, recipient, info);
    let mut text = sealed.to_vec();
    cipher.open_with(&nonce, aad, &mut text).ok()?;
    Some(text)
}
