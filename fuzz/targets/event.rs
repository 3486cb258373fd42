//! An event: what is read writes back to the same bytes, and its signature can be taken out and put back.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mixus_privacy::ledger::{Event, hash, with_signature, without_signature};

fuzz_target!(|text: &str| {
    let unsigned = without_signature(text);
    let Ok(event) = Event::read(text) else { return };
    assert_eq!(event.canonical(), text);
    assert_eq!(event.unsigned(), unsigned);
    assert_eq!(event.hash(), hash(&unsigned));
    assert_eq!(with_signature(&unsigned, &event.sig), text);
    assert!(event.grant.iter().count() <= 32 && event.svc.iter().count() <= 256);
    assert!(event.seq > 0 && event.sub.is_of(&event.key));
});
