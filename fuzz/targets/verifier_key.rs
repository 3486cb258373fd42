//! A verifier's key: there is one way to write it.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mixus_privacy::ledger::{read_verifier_key, verifier_key};

fuzz_target!(|text: &str| {
    if let Some((name, key)) = read_verifier_key(text) {
        assert_eq!(verifier_key(name, &key), text);
    }
});
