//! An envelope, as it comes and with a head and a MAC that hold, so that reading goes on behind them: what opens is
//! written to an envelope of the same length that says the same.
#![no_main]

use hkdf::Hkdf;
use hmac::{Hmac, KeyInit as _, Mac as _};
use libfuzzer_sys::fuzz_target;
use mixus_privacy::vault::{Envelope, FIRST, HEAD, Key, PrivateKey, length};
use sha2::{Digest as _, Sha256};

/// One of the seeds.
const GOOD: &[u8] = include_bytes!("../seeds/envelope/for-everyone");
const MAC: usize = 32;

fn secret() -> [u8; 32] {
    Sha256::digest("for everyone").into()
}

fn read(bytes: &[u8]) {
    let Ok(envelope) = Envelope::read(bytes) else {
        return;
    };
    assert_eq!(bytes.first_chunk::<FIRST>().map(length), Some(Ok(bytes.len())));
    assert!(envelope.stanzas().len() <= 64);
    let private = PrivateKey::new(7, Key::from(std::array::from_fn(|it| it as u8 + 1)));
    let wrapper = Key::from(std::array::from_fn(|it| it as u8 + 200));
    let tries = [
        envelope.with_secret(&Key::from(secret())),
        envelope.with_keys(&[private]),
        envelope.with_wrapper(&std::array::from_fn(|it| it as u8), &wrapper),
    ];
    for opened in tries.into_iter().flatten() {
        let written = opened.write(envelope.stanzas(), [0; 12], bytes.len()).expect("an envelope");
        assert_eq!(written.len(), bytes.len());
        let again = Envelope::read(&written).expect("an envelope");
        assert_eq!(again.stanzas(), envelope.stanzas());
        assert_eq!(again.with_secret(opened.secret()), Ok(opened.clone()));
    }
}

fuzz_target!(|bytes: &[u8]| {
    read(bytes);
    let mut signed = bytes.to_vec();
    signed.resize(signed.len().next_multiple_of(4096).max(4096), 0);
    signed[..HEAD].copy_from_slice(&GOOD[..HEAD]);
    let (covered, mac) = signed.split_last_chunk_mut::<MAC>().expect("a MAC");
    let mut key = [0; 32];
    let info = [b"mixus vault 1 mac", &GOOD[..40]].concat();
    Hkdf::<Sha256>::new(Some(&GOOD[16..32]), &secret())
        .expand(&info, &mut key)
        .expect("a key");
    *mac = Hmac::<Sha256>::new_from_slice(&key)
        .expect("a key")
        .chain_update(covered)
        .finalize()
        .into_bytes()
        .into();
    read(&signed);
});
