//! Whole files, envelope and body, as a reader gets them: whatever is done to one, the fault has a code, and nothing comes
//! out that was not sealed into it.

use std::format;
use std::vec::Vec;

use super::world::{key, open_in, plain, seal_in, start};
use crate::vault::{
    Cost, Envelope, Fault, Head, Key, Layout, Metadata, Opened, PrivateKey, Stanza, length, to_pair,
    to_passphrase, to_wrapper,
};

/// Three segments of 4 KiB, the last one short.
const SIZE: u64 = 4040 + 4080 + 100;
const FRONT: usize = 4096;
const SEGMENT: usize = 4096;
const ID: [u8; 16] = [3; 16];

fn about(id: u8, secret: &Key) -> Opened {
    let head = Head::new(Layout::SMALL, false, [id; 16], SIZE, secret).expect("a head");
    let metadata = Metadata {
        name: "a".into(),
        size: SIZE,
        ..Metadata::default()
    };
    Opened::new(head, secret.clone(), metadata).expect("the secret")
}

fn enveloped(opened: &Opened, stanzas: &[Stanza]) -> Vec<u8> {
    opened.write(stanzas, [0; 12], 0).expect("an envelope")
}

fn for_wrapper(opened: &Opened) -> Stanza {
    to_wrapper(&opened.head, opened.secret(), &ID, &key(3), [0; 16])
        .seal()
        .expect("a stanza")
}

fn bodied(opened: &Opened, seed: u8) -> Vec<u8> {
    let (key, digest) = (opened.tink_key(), opened.head.digest());
    seal_in(9999, Layout::SMALL, &key, start(seed), &digest, &plain(SIZE))
}

/// A file for the key-encryption key 3.
fn file(id: u8, secret: u8) -> Vec<u8> {
    let opened = about(id, &key(secret));
    [enveloped(&opened, &[for_wrapper(&opened)]), bodied(&opened, id + 10 * secret)].concat()
}

/// Reads one as `docs/envelope.md` says, and answers what came out and how it ended.
fn read(sealed: &[u8], with: &dyn Fn(&Envelope) -> Result<Opened, Fault>) -> (Vec<u8>, Result<(), Fault>) {
    let front = || {
        let long = length(sealed.first_chunk().ok_or(Fault::Form)?)?;
        let (front, body) = sealed.split_at_checked(long).ok_or(Fault::Form)?;
        let opened = with(&Envelope::read(front)?)?;
        if opened.head.layout.sealed(opened.head.plain) != Some(body.len() as u64) {
            return Err(Fault::Length);
        }
        Ok((opened, body))
    };
    match front() {
        Ok((opened, body)) => {
            open_in(9999, opened.head.layout, &opened.tink_key(), &opened.head.digest(), body)
        }
        Err(fault) => (Vec::new(), Err(fault)),
    }
}

fn by_wrapper(envelope: &Envelope) -> Result<Opened, Fault> {
    envelope.with_wrapper(&ID, &key(3))
}

/// It does not open, with a code for a reader; what came out before is how the file begins.
fn fails(sealed: &[u8], what: &str) -> Fault {
    let (text, end) = read(sealed, &by_wrapper);
    let fault = end.expect_err(what);
    assert!(
        matches!(fault, Fault::Closed | Fault::Form | Fault::Length),
        "{what}: {fault:?}"
    );
    assert!(plain(SIZE).starts_with(&text) && (text.len() as u64) < SIZE, "{what}");
    assert_eq!(format!("{fault}"), "the file cannot be opened");
    fault
}

/// Every bit of the envelope that says something and of what is near the ends of segments; of all else, one bit of each byte.
#[test]
fn every_byte_of_a_file() {
    let good = file(1, 1);
    assert_eq!(read(&good, &by_wrapper), (plain(SIZE), Ok(())));
    let said = good[..FRONT - 32].iter().rposition(|it| *it != 0).expect("something");
    let is_near =
        |byte: usize| byte % SEGMENT < 48 || byte % SEGMENT > SEGMENT - 24 || byte > good.len() - 24;
    for byte in 0..good.len() {
        let every = byte <= said || is_near(byte);
        for bit in (0..8).filter(|it| every || *it == byte % 8) {
            let mut changed = good.clone();
            changed[byte] ^= 1 << bit;
            let fault = fails(&changed, &format!("byte {byte}, bit {bit}"));
            // How long a body's start is can be seen.
            assert!(
                byte < FRONT || fault == Fault::Closed || byte == FRONT,
                "byte {byte}: {fault:?}"
            );
        }
    }
}

/// Cut off anywhere, and with more behind it: anybody can see it.
#[test]
fn every_length_of_a_file() {
    let good = file(1, 1);
    for long in 0..good.len() {
        let fault = fails(&good[..long], &format!("cut to {long}"));
        let visible = if long < FRONT { Fault::Form } else { Fault::Length };
        assert_eq!(fault, visible, "cut to {long}");
    }
    let mut longer = good.clone();
    for _ in 0..2 * SEGMENT {
        longer.push(0);
        assert_eq!(fails(&longer, "longer"), Fault::Length);
    }
    assert_eq!(fails(&[&good[..], &good[..]].concat(), "twice"), Fault::Length);
}

/// The parts of three files: of one, of another under the same secret, and of one under another. Any front, start and segments, in
/// any order of up to four: only what belongs together opens.
#[test]
fn parts_of_several_files() {
    let files = [file(1, 1), file(2, 1), file(1, 2)];
    let segment = |of: usize, at: usize| {
        let (from, to) = (FRONT + if at == 0 { 40 } else { at * SEGMENT }, FRONT + (at + 1) * SEGMENT);
        &files[of][from..to.min(files[of].len())]
    };
    let mut orders: Vec<Vec<(usize, usize)>> = Vec::from([Vec::new()]);
    let mut opened = 0;
    let mut tried = 0;
    while let Some(order) = orders.pop() {
        // More than one file at a time is mixed in with the first.
        if order.len() < 4 {
            orders.extend((0..9).map(|it| [&order[..], &[(it / 3, it % 3)]].concat()));
        }
        if order.len() < 3 || (order.len() == 4 && order.iter().any(|(of, _)| *of != order[0].0)) {
            continue;
        }
        for (front, start) in (0..9).map(|it| (it / 3, it % 3)) {
            let mut mixed = [&files[front][..FRONT], &files[start][FRONT..FRONT + 40]].concat();
            for (of, at) in &order {
                mixed.extend_from_slice(segment(*of, *at));
            }
            let whole = front == start && order == [(front, 0), (front, 1), (front, 2)];
            let (text, end) = read(&mixed, &by_wrapper);
            assert_eq!(end.is_ok(), whole, "{front}, {start}, {order:?}: {end:?}");
            assert!(plain(SIZE).starts_with(&text), "{front}, {start}, {order:?}");
            opened += usize::from(whole);
            tried += 1;
        }
    }
    assert_eq!((opened, tried), (3, 9 * (9 * 9 * 9 + 3 * 81)));
}

/// Keys that are somebody else's, of another number, of another kind, or no longer a recipient's; and an older one that still is.
#[test]
fn wrong_and_older_keys() {
    let opened = about(1, &key(1));
    let (older, newer, other) = (
        PrivateKey::new(1, key(8)),
        PrivateKey::new(2, key(9)),
        PrivateKey::new(1, key(7)),
    );
    let pair = |opened: &Opened, to: &PrivateKey| {
        to_pair(&opened.head, opened.secret(), &to.public(), &key(5)).expect("a stanza")
    };
    let body = bodied(&opened, 1);
    let before = [enveloped(&opened, &[pair(&opened, &older), for_wrapper(&opened)]), body.clone()].concat();
    let by = |sealed: &[u8], keys: &[PrivateKey]| read(sealed, &|it| it.with_keys(keys)).1;
    assert_eq!(by(&before, &[newer.clone(), older.clone()]), Ok(()));
    // The same number in another keyset, before or behind one's own.
    assert_eq!(by(&before, &[other.clone(), older.clone()]), Ok(()));
    for keys in [&[][..], std::slice::from_ref(&newer), std::slice::from_ref(&other)] {
        assert_eq!(by(&before, keys), Err(Fault::Closed));
    }
    // For the newer one alone: the older one is none of its recipients, and neither is who had the key-encryption key.
    let again = opened.again().expect("again");
    let after = [enveloped(&again, &[pair(&again, &newer)]), body].concat();
    assert_eq!(by(&after, &[older.clone(), newer]), Ok(()));
    assert_eq!(by(&after, &[older]), Err(Fault::Closed));
    let wrappers = [(ID, key(3)), (ID, key(4)), ([4; 16], key(3))];
    for (at, (id, wrapper)) in wrappers.iter().enumerate() {
        let end = read(&before, &|it| it.with_wrapper(id, wrapper)).1;
        assert_eq!(end, if at == 0 { Ok(()) } else { Err(Fault::Closed) });
        assert_eq!(read(&after, &|it| it.with_wrapper(id, wrapper)).1, Err(Fault::Closed));
    }
    for secret in [key(2), Key::from([0; 32])] {
        assert_eq!(read(&before, &|it| it.with_secret(&secret)).1, Err(Fault::Closed));
    }
    assert_eq!(read(&before, &|it| it.with_passphrase(b"")).1, Err(Fault::Closed));
}

/// What a passphrase costs is somebody else's word: each byte of it that is too little or too much is refused before it is
/// tried, and each that is not opens nothing.
#[test]
fn every_cost_that_a_file_says() {
    let opened = about(1, &key(1));
    let cost = Cost {
        memory: 19 * 1024,
        passes: 2,
        lanes: 1,
    };
    let stanza = to_passphrase(&opened.head, opened.secret(), b"one", cost, [0; 16]).expect("a stanza");
    let good = [enveloped(&opened, &[stanza]), bodied(&opened, 1)].concat();
    let by = |sealed: &[u8], passphrase: &[u8]| read(sealed, &|it| it.with_passphrase(passphrase)).1;
    assert_eq!(by(&good, b"one"), Ok(()));
    assert_eq!(by(&good, b"One"), Err(Fault::Closed));
    // Kind and length, then the salt, and then memory, passes, lanes.
    let at = 82 + 4 + 16;
    assert_eq!(good[at..at + 6], [0, 0, 0x4c, 0, 2, 1]);
    let mut refused = 0;
    for byte in 0..6 {
        for value in 0..=255 {
            let mut changed = good.clone();
            changed[at + byte] = value;
            let memory = u32::from_be_bytes([changed[at], changed[at + 1], changed[at + 2], changed[at + 3]]);
            let cost = Cost {
                memory,
                passes: changed[at + 4],
                lanes: changed[at + 5],
            };
            if cost.is_sound() {
                continue;
            }
            assert_eq!(by(&changed, b"one"), Err(Fault::Cost), "{cost:?}");
            refused += 1;
        }
    }
    assert_eq!(refused, 255 + 252 + 76 + 241 + 252);
}

/// Lengths that a head says and nobody has: refused before anything is made room for.
#[test]
fn lengths_that_nobody_has() {
    let good = file(1, 1);
    for bits in 0..64 {
        for long in [1_u64 << bits, u64::MAX >> bits, SIZE ^ (1 << bits)] {
            let mut changed = good.clone();
            changed[32..40].copy_from_slice(&long.to_be_bytes());
            if long != SIZE {
                fails(&changed, &format!("{long}"));
            }
        }
    }
    for says in (0..32)
        .map(|bits| 1_u32 << bits)
        .chain([0, 1, 4095, 4097, 8192, 65_536, 65_537, u32::MAX])
    {
        let mut changed = good.clone();
        changed[72..76].copy_from_slice(&says.to_be_bytes());
        if says != 4096 {
            fails(&changed, &format!("an envelope of {says}"));
        }
    }
}
