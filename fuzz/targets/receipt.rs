//! A receipt: whatever a person was handed, it is read or refused.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mixus_privacy::ledger::Receipt;

/// The key of the log that the seeds come from.
const KEY: &str = include_str!("../seeds/verifier_key/log");

fuzz_target!(|text: &str| {
    let Ok(receipt) = Receipt::read(text) else { return };
    if let Ok(claim) = receipt.claim(KEY.trim_end()) {
        assert!(claim.signatures.len() > 1);
        let proves = claim.unless_forged();
        assert!(proves.index < proves.checkpoint.size);
    }
});
