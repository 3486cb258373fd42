//! What is no envelope, though its MAC holds: whoever writes one can write anything.

use std::string::String;
use std::vec::Vec;

use hmac::{Hmac, KeyInit as _, Mac as _};
use proptest::prelude::*;
use sha2::Sha256;

use super::world::{hex, key};
use crate::vault::bytes::Bytes;
use crate::vault::head::Purpose;
use crate::vault::{
    Cost, Envelope, Fault, Gcm, Head, Layout, Metadata, Opened, Stanza, length, padme, to_passphrase,
    to_wrapper,
};

fn opened() -> Opened {
    let head = Head::new(Layout::SMALL, false, [1; 16], 10, &key(1)).expect("a head");
    let metadata = Metadata {
        name: "a name".into(),
        kind: "text/plain".into(),
        size: 10,
        modified: 5,
        record: [7; 32],
    };
    Opened::new(head, key(1), metadata).expect("the secret")
}

fn good() -> Vec<u8> {
    let opened = opened();
    let stanza = to_wrapper(&opened.head, opened.secret(), &[3; 16], &key(3), [0; 16])
        .seal()
        .expect("a stanza");
    opened.write(&[stanza], [0; 12], 0).expect("an envelope")
}

/// With a MAC that holds.
fn signed(bytes: &mut [u8]) {
    let at = bytes.len() - 32;
    let (covered, mac) = bytes.split_at_mut(at);
    let made = opened().head.derive(&key(1), Purpose::Mac);
    let made = Hmac::<Sha256>::new_from_slice(made.bytes())
        .expect("a key")
        .chain_update(&*covered);
    mac.copy_from_slice(&made.finalize().into_bytes());
}

/// Bad ones as data: where other bytes are written, which, and the code that follows.
#[test]
fn bad_envelopes() {
    let with = |bytes: &[u8]| Envelope::read(bytes)?.with_wrapper(&[3; 16], &key(3));
    let mut same = good();
    signed(&mut same);
    assert_eq!(same, good());
    assert_eq!(with(&same), Ok(opened()));
    let cases: Vec<(String, usize, String, String)> =
        serde_json::from_str(include_str!("bad_envelopes.json")).expect("cases");
    for (what, at, bytes, code) in cases {
        let bytes = hex(&bytes);
        let mut changed = good();
        let to = &mut changed[at..at + bytes.len()];
        assert_ne!(to, bytes, "{what} is no change");
        to.copy_from_slice(&bytes);
        signed(&mut changed);
        assert_eq!(with(&changed).map_err(Fault::code), Err(&*code), "{what}");
    }
}

/// More recipients than are written, from somebody who writes them all the same.
#[test]
fn recipients_beyond_what_is_read() {
    let opened = opened();
    let unknown = |bytes: &[u8]| Stanza::scan(&mut Bytes(bytes)).expect("a stanza");
    let read = |bytes: &[u8]| Envelope::read(bytes).map(|it| it.with_secret(&key(1)).map(|it| it.generation));
    let good = opened
        .write(&std::vec![unknown(&[9, 0, 0, 0]); 64], [0; 12], 0)
        .expect("an envelope");
    assert_eq!(read(&good), Ok(Ok(0)));
    let mut more = good;
    let last = more.len() - 36;
    more.drain(last..last + 4);
    more.splice(80..82, [0, 65, 9, 0, 0, 0]);
    signed(&mut more);
    assert_eq!(read(&more), Err(Fault::Form));

    let cost = Cost {
        memory: 19 * 1024,
        passes: 2,
        lanes: 1,
    };
    let passphrase = to_passphrase(&opened.head, &key(1), b"one", cost, [0; 16]).expect("a stanza");
    let mut other = [200, 0, 0, 102].to_vec();
    other.resize(4 + 102, 1);
    let mut two = opened.write(&[passphrase, unknown(&other)], [0; 12], 0).expect("an envelope");
    assert_eq!(read(&two), Ok(Ok(0)));
    let at = 82 + 4 + 102;
    assert_eq!(two[at], 200);
    two[at] = 2;
    signed(&mut two);
    assert_eq!(read(&two), Err(Fault::Form));
}

/// Envelopes of other lengths, which they say themselves or not.
#[test]
fn lengths_that_are_none() {
    let of = |total: usize, says: u32| {
        let mut changed = good();
        changed.truncate(1024);
        changed.resize(total, 0);
        changed[72..76].copy_from_slice(&says.to_be_bytes());
        signed(&mut changed);
        Envelope::read(&changed).map(|it| it.with_wrapper(&[3; 16], &key(3)) == Ok(opened()))
    };
    for total in [4096, 8192, 65_536] {
        assert_eq!(of(total, total as u32), Ok(true), "{total}");
    }
    for (total, says) in [
        (2048, 2048),
        (4095, 4095),
        (4097, 4097),
        (6144, 6144),
        (69_632, 69_632),
        (8192, 4096),
        (4100, 4096),
        (4096, 8192),
    ] {
        assert_eq!(of(total, says), Err(Fault::Form), "{total}, {says}");
    }
}

/// Metadata that was sealed with the right key, and is not what there is one way to write.
#[test]
fn metadata_in_one_way() {
    let opened = opened();
    let (head, nonce) = (opened.head, [0; 12]);
    let cipher = Gcm::new(&head.derive(&key(1), Purpose::Metadata));
    let open = |bound: &[u8], text: &[u8]| {
        let mut sealed = text.to_vec();
        cipher.seal_with(&nonce, bound, &mut sealed).expect("sealed");
        Metadata::open(&head, &key(1), &[&nonce[..], &sealed].concat())
    };
    let sealed = opened.metadata.seal(&head, &key(1), nonce).expect("sealed");
    let mut text = sealed[12..].to_vec();
    cipher.open_with(&nonce, &head.digest(), &mut text).expect("open");
    assert_eq!(open(&head.digest(), &text), Some(opened.metadata));
    assert_eq!(open(&[], &text), None);
    let end = 8 + 8 + 32 + 2 + 10 + 2 + 6;
    assert_eq!(text[end - 6..end], *b"a name");
    let changed = |at: usize, bytes: &[u8]| {
        let mut text = text.clone();
        text[at..at + bytes.len()].copy_from_slice(bytes);
        text
    };
    let cases = [
        ("another size", changed(7, &[9])),
        ("a type that is no text", changed(50, &[255])),
        ("a name that is no text", changed(62, &[0xc3, 0x28])),
        ("a type that is too long", changed(48, &[1, 0])),
        ("a name that ends behind the block", changed(60, &[1, 0])),
        ("something behind", changed(end, &[1])),
        ("something at the end", changed(255, &[1])),
        ("a block more", [&text[..], &[0; 256]].concat()),
        ("half a block", text[..128].to_vec()),
        ("no zeros", text[..end].to_vec()),
        ("a block and a half", [&text[..], &[0; 128]].concat()),
        ("nothing", Vec::new()),
    ];
    for (what, text) in cases {
        assert_eq!(open(&head.digest(), &text), None, "{what}");
    }
    // Longer than can be written, and in whole blocks.
    for (kind, name) in [(256, 0), (0, 1025)] {
        let mut text = text[..48].to_vec();
        for length in [kind, name] {
            text.extend_from_slice(&u16::to_be_bytes(length));
            text.resize(text.len() + usize::from(length), b'n');
        }
        text.resize(text.len().next_multiple_of(256), 0);
        assert_eq!(open(&head.digest(), &text), None, "{kind}, {name}");
    }
}

#[test]
fn what_is_not_written() {
    let (opened, stanza) = (opened(), Stanza::scan(&mut Bytes(&[9, 0, 0, 0])));
    let stanza = stanza.expect("a stanza");
    let write = |stanzas: &[Stanza]| opened.write(stanzas, [0; 12], 0).map(|it| it.len());
    assert_eq!(write(&std::vec![stanza.clone(); 64]), Ok(4096));
    assert_eq!(write(&std::vec![stanza.clone(); 65]), Err(Fault::Unfit));
    let mut long = std::vec![9, 0, 255, 255];
    long.resize(4 + 65_535, 0);
    let long = Stanza::scan(&mut Bytes(&long)).expect("a stanza");
    assert_eq!(write(std::slice::from_ref(&long)), Err(Fault::Unfit));
    let cost = Cost {
        memory: 19 * 1024,
        passes: 2,
        lanes: 1,
    };
    let passphrase = to_passphrase(&opened.head, opened.secret(), b"one", cost, [0; 16]);
    let passphrase = passphrase.expect("a stanza");
    assert_eq!(write(std::slice::from_ref(&passphrase)), Ok(4096));
    assert_eq!(write(&[passphrase.clone(), passphrase]), Err(Fault::Unfit));
    for (name, kind, fits) in [(1024, 255, true), (1025, 0, false), (0, 256, false)] {
        let metadata = Metadata {
            name: "n".repeat(name),
            kind: "t".repeat(kind),
            size: 10,
            ..Metadata::default()
        };
        let opened = Opened::new(opened.head, key(1), metadata).expect("the secret");
        assert_eq!(opened.write(&[], [0; 12], 0).is_ok(), fits);
    }
    assert_eq!(Head::new(Layout::SMALL, false, [0; 16], 1 << 44, &key(1)), Err(Fault::Limit));
    assert_eq!(Head::new(Layout::of(64), false, [0; 16], 1, &key(1)), Err(Fault::Limit));
}

/// Names of many lengths are sealed to few.
#[test]
fn lengths_of_names() {
    let mut lengths = Vec::new();
    for name in 0..=1024 {
        let mut opened = opened();
        opened.metadata.name = "n".repeat(name);
        let sealed = opened.metadata.seal(&opened.head, opened.secret(), [0; 12]).expect("sealed");
        assert_eq!(Metadata::open(&opened.head, opened.secret(), &sealed), Some(opened.metadata));
        lengths.push(sealed.len());
    }
    lengths.dedup();
    assert_eq!(lengths, [1, 2, 3, 4, 5].map(|it| it * 256 + 28));
}

/// The examples of its authors' own program, and what it promises.
#[test]
fn few_lengths() {
    for (length, padded) in [(0, 0), (1, 1), (2, 2), (9, 10), (1000, 1024), (1024, 1024), (1025, 1088)] {
        assert_eq!(padme(length), padded, "{length}");
    }
    assert_eq!(padme(u64::MAX), u64::MAX);
    let mut lengths: Vec<u64> = (0..1 << 16).map(padme).collect();
    lengths.dedup();
    assert!(lengths.len() < 200, "{}", lengths.len());
}

proptest! {
    #[test]
    fn an_eighth_longer_at_most(length in 0_u64..1 << 50, more in 0_u64..1 << 20) {
        let padded = padme(length);
        prop_assert!(padded >= length && (padded - length) * 8 <= length);
        prop_assert_eq!(padme(padded), padded);
        prop_assert!(padme(length + more) >= padded);
    }

    /// Whatever bytes stand where: reading ends, and what can be read is not opened.
    #[test]
    fn bytes_are_no_envelope(bytes in proptest::collection::vec(any::<u8>(), 0..200), at in 0_usize..400) {
        prop_assert!(Envelope::read(&bytes).is_err());
        if let Some(first) = bytes.first_chunk() {
            prop_assert_eq!(length(first), Err(Fault::Form));
        }
        let mut changed = good();
        changed[at..at + bytes.len()].copy_from_slice(&bytes);
        let read = Envelope::read(&changed).and_then(|it| it.with_wrapper(&[3; 16], &key(3)));
        prop_assert_eq!(read.is_ok(), changed == good());
    }

    /// What was written is read.
    #[test]
    fn reads_what_it_wrote(
        name in ".{0,200}", kind in "[a-z/]{0,40}", size in 0_u64..1 << 40, modified: u64, record: [u8; 32],
        padded: bool, suite in 1_u8..4, count in 0_usize..9, generation: u32,
    ) {
        let layout = Layout::of_suite(suite).expect("a suite");
        let plain = if padded { padme(size) } else { size };
        let head = Head::new(layout, padded, [4; 16], plain, &key(1)).expect("a head");
        let metadata = Metadata { name, kind, size, modified, record };
        let mut opened = Opened::new(head, key(1), metadata).expect("the secret");
        opened.generation = generation;
        let stanza = |it| to_wrapper(&head, opened.secret(), &[it as u8; 16], &key(it as u8), [0; 16]).seal().expect("one");
        let stanzas: Vec<Stanza> = (0..count).map(stanza).collect();
        let written = opened.write(&stanzas, [0; 12], 0).expect("an envelope");
        let envelope = Envelope::read(&written).expect("an envelope");
        prop_assert_eq!(envelope.stanzas(), &stanzas);
        prop_assert_eq!(envelope.head(), &head);
        for it in 0..count as u8 {
            prop_assert_eq!(envelope.with_wrapper(&[it; 16], &key(it)), Ok(opened.clone()));
        }
        prop_assert_eq!(envelope.with_wrapper(&[count as u8; 16], &key(count as u8)), Err(Fault::Closed));
    }
}
