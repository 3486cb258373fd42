//! What somebody can try who has files, envelopes, or even a secret: each test fails when what is against it is gone.

use std::format;
use std::vec::Vec;

use super::envelope::{array, bytes, key_of, sealed, vectors};
use super::world::{key, open_in, plain, seal_in, start};
use crate::vault::bytes::Bytes;
use crate::vault::{
    Cost, Envelope, Fault, Head, Key, Layout, Metadata, Opened, PrivateKey, Stanza, padme, pair, stretch,
    to_pair, to_pair_agreed, to_passphrase, to_wrapper, wrapper,
};

const LEAST: Cost = Cost {
    memory: 19 * 1024,
    passes: 2,
    lanes: 1,
};
const ID: [u8; 16] = [3; 16];

fn head(id: u8, secret: &Key) -> Head {
    Head::new(Layout::SMALL, false, [id; 16], 10, secret).expect("a head")
}

fn file(id: u8, secret: &Key) -> Opened {
    let metadata = Metadata {
        name: "a".into(),
        size: 10,
        ..Metadata::default()
    };
    Opened::new(head(id, secret), secret.clone(), metadata).expect("the secret")
}

fn for_wrapper(opened: &Opened, byte: u8) -> Stanza {
    to_wrapper(&opened.head, opened.secret(), &[byte; 16], &key(byte), [0; 16])
        .seal()
        .expect("a stanza")
}

fn written(opened: &Opened, stanzas: &[Stanza]) -> Vec<u8> {
    opened.write(stanzas, [0; 12], 0).expect("an envelope")
}

/// One body opens under two secrets to two texts; whoever sealed it so shows each reader another one, by an envelope
/// whose MAC holds. A head commits to one secret.
#[test]
fn one_body_with_two_texts() {
    let all = vectors();
    let two = &all["two_texts"];
    let stream = bytes(&two["body"]);
    let (id, wrapper) = (array(&all["wrapper"]["id"]), key_of(&all["wrapper"]["key"]));
    for (at, expected) in [Ok(()), Err(Fault::Closed)].into_iter().enumerate() {
        let envelope = sealed(&two["envelopes"][at]);
        let envelope = Envelope::read(&envelope).expect("an envelope");
        // AES-GCM alone says nothing against either.
        let secret = key_of(&two["secrets"][at]);
        let tink = envelope.head().derive(&secret, crate::vault::head::Purpose::Stream);
        let (text, end) = open_in(99, Layout::SMALL, &tink, &envelope.head().digest(), &stream);
        assert_eq!((text, end), (bytes(&two["texts"][at]), Ok(())));
        assert_eq!(envelope.with_wrapper(&id, &wrapper).map(|_| ()), expected);
        assert_eq!(envelope.with_secret(&secret).map(|_| ()), expected);
    }
}

/// One wrapped secret opens with two passphrases, so that one guess tries both. A stanza commits to one.
#[test]
fn one_stanza_with_two_passphrases() {
    let all = vectors();
    let two = &all["two_passphrases"];
    let head = Head::read(&array(&two["head"])).expect("a head");
    let stanza = bytes(&two["stanza"]);
    let stanza = Stanza::scan(&mut Bytes(&stanza)).expect("a stanza");
    let passphrases = [0, 1].map(|it| bytes(&two["passphrases"][it]));
    let found = stretch::open(&head, &stanza, &passphrases[0]);
    assert_eq!(found, Ok(Some(key_of(&two["secrets"][0]))));
    assert_eq!(stretch::open(&head, &stanza, &passphrases[1]), Ok(None));
}

/// The same for key-encryption keys: another commitment, and the right key opens nothing.
#[test]
fn a_wrap_commits_to_its_key() {
    let opened = file(1, &key(1));
    let mut written = Vec::new();
    for_wrapper(&opened, 3).write(&mut written).expect("bytes");
    for at in 4 + 32..4 + 64 {
        let mut changed = written.clone();
        changed[at] ^= 1;
        let stanza = Stanza::scan(&mut Bytes(&changed)).expect("a stanza");
        assert_eq!(wrapper::message(&opened.head, &stanza, &ID, &key(3)), None);
    }
}

/// A stanza of one file in another, also in one with the same secret.
#[test]
fn a_stanza_of_another_file() {
    let secret = key(1);
    let (one, other) = (head(1, &secret), head(2, &secret));
    let private = PrivateKey::new(7, key(8));
    let stanza = to_pair(&one, &secret, &private.public(), &key(9)).expect("a stanza");
    assert_eq!(private.open(&one, &stanza), Some(secret.clone()));
    assert_eq!(private.open(&other, &stanza), None);
    // Not what Tink puts before an id.
    let mut written = Vec::new();
    stanza.write(&mut written).expect("bytes");
    written[4] = 0;
    let raw = Stanza::scan(&mut Bytes(&written)).expect("a stanza");
    assert_eq!(private.open(&one, &raw), None);
    let agreed = crate::vault::agree(&key(8), &crate::vault::public(&key(9))).expect("a key");
    assert_eq!(
        by(pair::message(&one, &stanza, &private.public(), &agreed)),
        Some(secret.clone())
    );
    assert_eq!(by(pair::message(&other, &stanza, &private.public(), &agreed)), None);
    let stanza = to_wrapper(&one, &secret, &ID, &key(3), [0; 16]).seal().expect("a stanza");
    assert_eq!(by(wrapper::message(&one, &stanza, &ID, &key(3))), Some(secret.clone()));
    assert_eq!(by(wrapper::message(&other, &stanza, &ID, &key(3))), None);
    let stanza = to_passphrase(&one, &secret, b"one", LEAST, [0; 16]).expect("a stanza");
    assert_eq!(stretch::open(&one, &stanza, b"one"), Ok(Some(secret)));
    assert_eq!(stretch::open(&other, &stanza, b"one"), Ok(None));
}

/// Recipients who are taken out, put in, repeated or moved by somebody without the secret, and an older generation.
#[test]
fn recipients_that_somebody_else_changed() {
    let opened = file(1, &key(1));
    let [one, two, three] = [3, 4, 5].map(|it| for_wrapper(&opened, it));
    let good = written(&opened, &[one.clone(), two.clone()]);
    let with = |bytes: &[u8]| Envelope::read(bytes).expect("an envelope").with_wrapper(&ID, &key(3));
    assert_eq!(with(&good), Ok(opened.clone()));
    // Somebody writes what they like, and can only keep the MAC that is there.
    let lists: [&[Stanza]; 4] = [
        std::slice::from_ref(&one),
        &[one.clone(), two.clone(), three],
        &[two.clone(), one.clone()],
        &[one.clone(), two.clone(), two.clone()],
    ];
    for list in lists {
        let mut changed = written(&opened, list);
        let at = changed.len() - 32;
        changed[at..].copy_from_slice(&good[at..]);
        assert_eq!(with(&changed), Err(Fault::Closed));
    }
    let mut changed = written(&opened.again().expect("again"), &[one, two]);
    let at = changed.len() - 32;
    changed[at..].copy_from_slice(&good[at..]);
    assert_eq!(with(&changed), Err(Fault::Closed));
}

/// The head of one file with the body of another: of the same secret, too.
#[test]
fn a_head_with_another_body() {
    let secret = key(1);
    let (one, other) = (file(1, &secret), file(2, &secret));
    let body = |it: &Opened| {
        let (key, digest) = (it.tink_key(), it.head.digest());
        seal_in(99, Layout::SMALL, &key, start(2), &digest, &plain(10))
    };
    let open =
        |it: &Opened, body: &[u8]| open_in(99, Layout::SMALL, &it.tink_key(), &it.head.digest(), body).1;
    assert_eq!(open(&one, &body(&one)), Ok(()));
    assert_eq!(open(&one, &body(&other)), Err(Fault::Closed));
    // The digest alone keeps them apart where the key does not.
    let key = one.tink_key();
    let bound = seal_in(99, Layout::SMALL, &key, start(2), &other.head.digest(), &plain(10));
    assert_eq!(open(&one, &bound), Err(Fault::Closed));
    // And the key where the digest does not.
    let bound = seal_in(99, Layout::SMALL, &other.tink_key(), start(2), &one.head.digest(), &plain(10));
    assert_eq!(open(&one, &bound), Err(Fault::Closed));
}

/// Another suite, flag, id or length: the secret is not that of such a head, whoever knows it.
#[test]
fn a_head_that_says_something_else() {
    let secret = key(1);
    let good = head(1, &secret);
    assert!(good.is_of(&secret) && !good.is_of(&key(2)));
    let written: [u8; 72] = good.write().try_into().expect("a head");
    let mut read = 0;
    for bit in 0..72 * 8 {
        let mut changed = written;
        changed[bit / 8] ^= 1 << (bit % 8);
        let Ok(changed) = Head::read(&changed) else {
            continue;
        };
        assert!(!changed.is_of(&secret), "bit {bit}");
        assert_ne!(changed.digest(), good.digest());
        read += 1;
    }
    // The flag, the id, most lengths, the commitment; the suite differs in two bits.
    assert!(read > 1 + 128 + 256, "{read}");
    for suite in [1, 2, 3] {
        let mut changed = written;
        changed[9] = suite;
        assert_eq!(Head::read(&changed).expect("a head").is_of(&secret), suite == 2);
    }
}

/// Whatever is changed in an envelope, it does not open, and says so in one text.
#[test]
fn every_bit_and_every_length() {
    let opened = file(1, &key(1));
    let unknown = Stanza::scan(&mut Bytes(&[9, 0, 0, 2, 1, 2])).expect("a stanza");
    let private = PrivateKey::new(7, key(8));
    let pair = to_pair(&opened.head, opened.secret(), &private.public(), &key(9)).expect("a stanza");
    let good = written(&opened, &[unknown, for_wrapper(&opened, 3), pair]);
    let with = |bytes: &[u8]| {
        let envelope = Envelope::read(bytes)?;
        let one = envelope.with_wrapper(&ID, &key(3));
        assert_eq!(one.is_ok(), envelope.with_keys(std::slice::from_ref(&private)).is_ok());
        one
    };
    assert_eq!(with(&good), Ok(opened));
    let end = good[..good.len() - 32].iter().rposition(|it| *it != 0).expect("something");
    for bit in (0..(end + 2) * 8).chain((good.len() - 34) * 8..good.len() * 8) {
        let mut changed = good.clone();
        changed[bit / 8] ^= 1 << (bit % 8);
        let fault = with(&changed).expect_err("no change");
        assert!(matches!(fault, Fault::Form | Fault::Closed), "bit {bit}: {fault:?}");
        assert_eq!(format!("{fault}"), "the file cannot be opened");
    }
    for length in (0..200).chain(end - 3..end + 3).chain([4064, 4095]) {
        assert_eq!(with(&good[..length]), Err(Fault::Form), "{length}");
    }
    assert_eq!(with(&[&good[..], &[0]].concat()), Err(Fault::Form));
    assert_eq!(with(&[&good[..], &[0; 4096]].concat()), Err(Fault::Form));
}

/// A passphrase that is too cheap to try, or so dear that it holds up a page, is not tried.
#[test]
fn costs() {
    let opened = file(1, &key(1));
    assert!(LEAST.is_sound() && Cost::USUAL.is_sound());
    let good = to_passphrase(&opened.head, opened.secret(), b"one", LEAST, [0; 16]).expect("a stanza");
    let mut bytes = Vec::new();
    good.write(&mut bytes).expect("bytes");
    for (memory, passes, lanes) in [
        (19 * 1024 - 1, 2, 1),
        (8, 2, 1),
        (0, 2, 1),
        (256 * 1024 + 1, 2, 1),
        (u32::MAX, 2, 1),
        (19 * 1024, 1, 1),
        (19 * 1024, 0, 1),
        (19 * 1024, 17, 1),
        (19 * 1024, 255, 1),
        (19 * 1024, 2, 0),
        (19 * 1024, 2, 5),
    ] {
        let cost = Cost {
            memory,
            passes,
            lanes,
        };
        assert_eq!(
            to_passphrase(&opened.head, opened.secret(), b"one", cost, [0; 16]),
            Err(Fault::Cost)
        );
        bytes[20..24].copy_from_slice(&memory.to_be_bytes());
        bytes[24..26].copy_from_slice(&[passes, lanes]);
        let stanza = Stanza::scan(&mut Bytes(&bytes)).expect("a stanza");
        let envelope = written(&opened, &[stanza]);
        let envelope = Envelope::read(&envelope).expect("an envelope");
        assert_eq!(envelope.with_passphrase(b"one"), Err(Fault::Cost), "{cost:?}");
    }
}

/// The secret in what may hold it.
fn by(message: Option<crate::vault::Message>) -> Option<Key> {
    message.and_then(crate::vault::Message::open).and_then(Key::take)
}

/// A public key that leads every private one to the same secret.
#[test]
fn keys_that_agree_with_everybody() {
    let opened = file(1, &key(1));
    let nobody = crate::vault::PublicKey { id: 7, key: [0; 32] };
    assert_eq!(to_pair(&opened.head, opened.secret(), &nobody, &key(9)), Err(Fault::Unfit));
    let private = PrivateKey::new(7, key(8));
    let agreed = Key::from([0; 32]);
    let refused = to_pair_agreed(&opened.head, opened.secret(), &nobody, &[2; 32], &agreed);
    assert_eq!(refused, Err(Fault::Unfit));
    let info = opened.head.wrap("pair");
    // Sealed by hand with what everybody agrees on.
    let (encapsulated, own) = ([0; 32], private.public());
    let message = |text: &[u8]| crate::vault::hpke::message(&agreed, &encapsulated, &own.key, &info, text);
    let sealed = message(&[1; 32]).seal().expect("sealed");
    let body = [&[1][..], &7_u32.to_be_bytes(), &encapsulated, &sealed].concat();
    let stanza = Stanza::scan(&mut Bytes(&[&[1, 0, 0, 85][..], &body].concat())).expect("a stanza");
    assert_eq!(message(&sealed).open().as_deref(), Some(&[1; 32][..]));
    assert_eq!(private.open(&opened.head, &stanza), None);
    assert_eq!(by(pair::message(&opened.head, &stanza, &own, &agreed)), None);
}

/// A body of another length than the file's size, as only who seals it can say.
#[test]
fn sizes() {
    let secret = key(1);
    for (padded, plain, size, fits) in [
        (false, 10, 10, true),
        (false, 10, 9, false),
        (false, 10, 11, false),
        (true, 1024, 1000, true),
        (true, 1024, 1024, true),
        (true, 1024, 900, false),
        (true, 1000, 1000, false),
    ] {
        assert_eq!(fits, plain == if padded { padme(size) } else { size });
        let head = Head::new(Layout::LARGE, padded, [1; 16], plain, &secret).expect("a head");
        let metadata = Metadata {
            size,
            ..Metadata::default()
        };
        let opened = Opened::new(head, secret.clone(), metadata).expect("the secret");
        assert_eq!(opened.write(&[], [0; 12], 0).is_ok(), fits);
    }
    let other = file(1, &secret);
    assert_eq!(Opened::new(other.head, key(2), other.metadata), Err(Fault::Closed));
}
