//! A batch: within its bounds, and the same once it is put together again.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mixus_privacy::sync::{MOST_BYTES, MOST_EVENTS, batch, lines};

fuzz_target!(|text: &str| {
    let Some(read) = lines(text) else { return };
    let read: Vec<&str> = read.collect();
    assert!(read.len() <= MOST_EVENTS && text.len() <= MOST_BYTES);
    assert!(read.iter().all(|it| !it.is_empty() && !it.contains('\n')));
    let whole = batch(read.iter().copied());
    if whole.len() <= MOST_BYTES {
        assert_eq!(lines(&whole).map(Iterator::collect::<Vec<_>>), Some(read));
    }
});
