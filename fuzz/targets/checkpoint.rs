//! A signed note: what was signed is the beginning of the text, and says what was read.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mixus_privacy::ledger::Checkpoint;

fuzz_target!(|text: &str| {
    let Some((checkpoint, body, signatures)) = Checkpoint::read(text) else { return };
    assert!(text.starts_with(body));
    assert!(body.starts_with(&checkpoint.body()));
    for signature in &signatures {
        let note = checkpoint.signed(signature);
        let again = Checkpoint::read(&note).expect("what was written");
        assert_eq!((&again.0, again.2.as_slice()), (&checkpoint, std::slice::from_ref(signature)));
    }
});
