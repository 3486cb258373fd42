//! A sealed stream: what was sealed opens, what nobody sealed does not, and nothing is handed out that was not in the file.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mixus_privacy::vault::{Fault, Gcm, Key, Layout, Opener, START, Sealer, Start};

const BOUND: &[u8] = b"bound";

fn open(sealed: &[u8], pieces: usize) -> (Vec<u8>, Result<(), Fault>) {
    let mut out = Vec::new();
    let mut go = || {
        let (header, body) = sealed.split_first_chunk::<START>().ok_or(Fault::Length)?;
        let start = Start::read(header)?;
        let mut opener =
            Opener::new(Gcm::new(&start.key(&Key::from([1; 32]), BOUND)), Layout::SMALL, start.prefix);
        for piece in body.chunks(pieces) {
            opener.push(piece, &mut out)?;
        }
        opener.finish(&mut out)
    };
    let end = go();
    (out, end)
}

fuzz_target!(|bytes: &[u8]| {
    let (opened, end) = open(bytes, 1000);
    assert!(end.is_err() && opened.is_empty(), "nobody sealed that");
    let Some(([pieces, back, at @ ..], text)) = bytes.split_first_chunk::<6>() else {
        return;
    };
    let start = Start::new(&mut |to| to.fill(*pieces));
    let mut sealed = Vec::new();
    let engine = Gcm::new(&start.key(&Key::from([1; 32]), BOUND));
    let mut sealer = Sealer::new(engine, Layout::SMALL, start, &mut sealed);
    for piece in text.chunks(1 + usize::from(*pieces) * 33) {
        sealer.push(piece, &mut sealed).expect("sealed");
    }
    sealer.finish(&mut sealed).expect("sealed");
    assert_eq!(Layout::SMALL.plain(sealed.len() as u64), Some(text.len() as u64));
    let pieces = 1 + usize::from(*back) * 33;
    assert_eq!(open(&sealed, pieces), (text.to_vec(), Ok(())));
    // A bit is turned, or the end is missing.
    let at = u32::from_be_bytes(*at) as usize % (sealed.len() * 9);
    if let Some(byte) = sealed.get_mut(at / 8) {
        *byte ^= 1 << (at % 8);
    } else {
        sealed.truncate(at - sealed.len() * 8);
    }
    let (opened, end) = open(&sealed, pieces);
    assert!(end.is_err() && text.starts_with(&opened));
});
