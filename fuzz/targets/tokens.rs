//! What a site's server says of somebody, and what shows that a question is somebody's own: signed, so that reading
//! goes on behind the signature.
#![no_main]

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ed25519_dalek::{Signer as _, SigningKey};
use libfuzzer_sys::fuzz_target;
use mixus_privacy::ledger::{Subject, text};
use mixus_privacy_server::fuzzing::{asks, erases, links};

const NOW: u64 = 1_795_000_000;

fuzz_target!(|said: &[u8]| {
    let key = SigningKey::from_bytes(&[99; 32]);
    let public = key.verifying_key().to_bytes();
    let sub = Subject::of(&public, NOW);
    let claim = URL_SAFE_NO_PAD.encode(said);
    let token = format!("{claim}.{}", text(&key.sign(claim.as_bytes()).to_bytes()));
    let linked = links(&token, &[public], &sub, "account", NOW);
    let erased = erases(&token, &[public], "account", NOW);
    assert!(!(linked && erased), "a token passes for another");
    assert!(!linked || said.windows(27).any(|it| it == sub.text().as_bytes()));
    if let Ok(said) = std::str::from_utf8(said) {
        let _ = links(said, &[public], &sub, "account", NOW);
        assert!(!asks(said, &sub, "GET", "/", NOW), "a question that nobody signed");
    }
});
