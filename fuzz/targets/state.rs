//! A state: whatever was stored under a right sum, its groups can be asked for.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mixus_privacy::consent::State;
use mixus_privacy::policy::seal;

fuzz_target!(|text: &[u8]| {
    let mut sealed = text.to_vec();
    seal(&mut sealed);
    for text in [text, &sealed] {
        let state = State::read(text);
        assert!(!state.damaged || state.groups().all(<[u8]>::is_empty));
        let _ = (state.seq(), state.until());
        if let Some((entry, head)) = state.choice(b"analytics") {
            assert_eq!(entry.key(), b"analytics");
            let _ = (entry.granted(), head.gpc);
        }
    }
});
