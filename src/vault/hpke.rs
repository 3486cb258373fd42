//! HPKE (RFC 9180), as much of it as wraps a secret: base mode, one message, DHKEM(X25519, HKDF-SHA256), HKDF-SHA256,
//! AES-256-GCM. The agreement itself can be made elsewhere, by a browser that does not give its private key away.

use alloc::vec::Vec;

use hkdf::{Hkdf, HkdfExtract};
use sha2::Sha256;

use super::{Key, Message};

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

/// A message of what the two agreed on: the first, and the only one.
pub(super) fn message(
    agreed: &Key,
    encapsulated: &[u8; 32],
    recipient: &[u8; 32],
    info: &[u8],
    text: &[u8],
) -> Message {
    let (_, secret) = extract(KEM, &[], b"eae_prk", agreed.bytes());
    let shared = expand::<32>(KEM, &secret, b"shared_secret", &[encapsulated, recipient]);
    let shared = Key::from(shared);
    let (psk_id, _) = extract(SUITE, &[], b"psk_id_hash", &[]);
    let (info, _) = extract(SUITE, &[], b"info_hash", info);
    let (_, secret) = extract(SUITE, shared.bytes(), b"secret", &[]);
    let context: [&[u8]; 3] = [&[0], &psk_id, &info];
    Message {
        key: Key::from(expand(SUITE, &secret, b"key", &context)),
        nonce: expand(SUITE, &secret, b"base_nonce", &context),
        aad: Vec::new(),
        text: text.to_vec(),
    }
}
