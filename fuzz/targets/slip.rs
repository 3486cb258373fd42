//! A slip: whatever was stored under a right sum, its fields can be asked for.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mixus_privacy::consent::Slip;
use mixus_privacy::policy::seal;

fuzz_target!(|text: &[u8]| {
    let mut sealed = text.to_vec();
    seal(&mut sealed);
    for text in [text, &sealed] {
        let Some(slip) = Slip::read(text) else { continue };
        let texts = [slip.lang(), slip.regime()];
        assert!(texts.iter().all(|it| it.len() <= text.len()));
        let _ = (slip.version(), slip.group(), slip.act(), slip.source(), slip.model());
    }
});
