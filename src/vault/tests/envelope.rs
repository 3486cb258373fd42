//! Envelopes that others made, out of the specification: `tests/interop/envelopes.py` wrote them down.

use std::string::String;
use std::vec::Vec;

use serde_json::Value;

use super::world::{hex, plain};
use crate::vault::{
    Cost, Engine as _, Envelope, FIRST, Fault, Gcm, Head, Key, Kind, Layout, Metadata, Opened, PrivateKey,
    START, Stanza, Start, length, to_pair, to_passphrase, to_wrapper,
};

pub(super) fn vectors() -> Value {
    serde_json::from_str(include_str!("envelopes.json")).expect("vectors")
}

pub(super) fn bytes(value: &Value) -> Vec<u8> {
    hex(value.as_str().expect("text"))
}

pub(super) fn array<const N: usize>(value: &Value) -> [u8; N] {
    bytes(value).try_into().expect("so many bytes")
}

pub(super) fn key_of(value: &Value) -> Key {
    Key::from(array::<32>(value))
}

/// The bytes of an envelope, whose zeros are left out of the vectors.
pub(super) fn sealed(brief: &Value) -> Vec<u8> {
    let mut out = bytes(&brief["front"]);
    out.resize(brief["length"].as_u64().expect("a length") as usize - 32, 0);
    out.extend(bytes(&brief["mac"]));
    out
}

fn pairs(all: &Value) -> Vec<PrivateKey> {
    let pairs = all["pairs"].as_array().expect("pairs").iter();
    pairs
        .map(|it| PrivateKey::new(it["id"].as_u64().expect("an id") as u32, key_of(&it["private"])))
        .collect()
}

fn metadata(about: &Value) -> Metadata {
    let text = |it: &str| String::from(about[it].as_str().expect("text"));
    Metadata {
        name: text("name"),
        kind: text("type"),
        size: about["size"].as_u64().expect("a size"),
        modified: about["modified"].as_u64().expect("a time"),
        record: array(&about["record"]),
    }
}

fn body(opened: &Opened, sealed: &[u8]) -> Vec<u8> {
    let start = Start::read(sealed.first_chunk::<START>().expect("a header")).expect("a start");
    let plan = opened.plan(&start).expect("a plan");
    assert_eq!(plan.sealed(), sealed.len() as u64);
    let engine = Gcm::new(&opened.segment_key(&start));
    let mut out = Vec::new();
    for segment in (0..plan.count()).filter_map(|it| plan.segment(it)) {
        let mut bytes = sealed[segment.sealed.start as usize..segment.sealed.end as usize].to_vec();
        engine.open(&segment.nonce, &mut bytes).expect("open");
        out.extend(bytes);
    }
    out
}

/// Every envelope opens for each of its recipients and nobody else, and so does the body behind it.
#[test]
fn opens_what_others_sealed() {
    let all = vectors();
    let (pairs, passphrase) = (pairs(&all), all["passphrase"].as_str().expect("text").as_bytes());
    let (id, wrapper) = (array(&all["wrapper"]["id"]), key_of(&all["wrapper"]["key"]));
    let files = all["files"].as_array().expect("files");
    assert_eq!(files.len(), 6);
    for file in files {
        let bytes_of = sealed(&file["envelope"]);
        assert_eq!(length(bytes_of.first_chunk::<FIRST>().expect("bytes")), Ok(bytes_of.len()));
        let envelope = Envelope::read(&bytes_of).expect("an envelope");
        let recipients = file["recipients"].as_array().expect("recipients");
        let is_for = |who: &str| recipients.iter().any(|it| it == who);
        let tries = [
            ("new", envelope.with_keys(&pairs[..1])),
            ("old", envelope.with_keys(&pairs[1..])),
            ("wrapper", envelope.with_wrapper(&id, &wrapper)),
            ("passphrase", envelope.with_passphrase(passphrase)),
        ];
        for (who, opened) in tries {
            assert_eq!(opened.is_ok(), is_for(who), "{who}: {}", file["name"]);
            let Ok(opened) = opened else {
                assert_eq!(opened, Err(Fault::Closed));
                continue;
            };
            assert_eq!(opened.metadata, metadata(&file["metadata"]));
            assert_eq!(u64::from(opened.generation), file["generation"].as_u64().expect("a number"));
            assert_eq!(*opened.secret(), key_of(&file["secret"]));
            let text = body(&opened, &bytes(&file["body"]));
            let size = opened.metadata.size as usize;
            assert_eq!(text[..size], plain(size as u64));
            assert!(text[size..].iter().all(|it| *it == 0));
            assert_eq!(text.len() as u64, opened.head.plain);
        }
    }
}

/// With the same randomness it is the same, byte for byte.
#[test]
fn seals_as_others_do() {
    let all = vectors();
    let (id, wrapper) = (array(&all["wrapper"]["id"]), key_of(&all["wrapper"]["key"]));
    for file in all["files"].as_array().expect("files") {
        let secret = key_of(&file["secret"]);
        let layout = Layout::of_suite(file["suite"].as_u64().expect("a suite") as u8).expect("a layout");
        let plain = file["plain"].as_u64().expect("a length");
        let padded = file["padded"] == true;
        let head = Head::new(layout, padded, array(&file["id"]), plain, &secret).expect("a head");
        let expected = sealed(&file["envelope"]);
        assert_eq!(head.write(), expected[..72]);
        let theirs = Envelope::read(&expected).expect("an envelope");
        let salt = array(&file["salt"]);
        let cost = Cost {
            memory: 19 * 1024,
            passes: 2,
            lanes: 1,
        };
        let passphrase = all["passphrase"].as_str().expect("text").as_bytes();
        let stanzas: Vec<Stanza> = theirs
            .stanzas()
            .iter()
            .map(|theirs| match theirs.kind() {
                Some(Kind::Passphrase) => to_passphrase(&head, &secret, passphrase, cost, salt),
                Some(Kind::Wrapper) => to_wrapper(&head, &secret, &id, &wrapper, salt).seal(),
                // Tink picks its own key for this once.
                Some(Kind::Pair) | None => Ok(theirs.clone()),
            })
            .collect::<Result<_, _>>()
            .expect("stanzas");
        let mut opened = Opened::new(head, secret, metadata(&file["metadata"])).expect("the secret");
        for _ in 0..file["generation"].as_u64().expect("a number") {
            opened = opened.again().expect("again");
        }
        assert_eq!(
            opened.write(&stanzas, array(&file["nonce"]), 0),
            Ok(expected),
            "{}",
            file["name"]
        );
    }
}

/// Other recipients, the same body: who is no longer one cannot open the new envelope, and it is as long as before.
#[test]
fn recipients_change_and_the_body_does_not() {
    let all = vectors();
    let pairs = pairs(&all);
    let file = &all["files"][1];
    let before = sealed(&file["envelope"]);
    let envelope = Envelope::read(&before).expect("an envelope");
    let opened = envelope.with_keys(&pairs[1..]).expect("open");
    let next = PrivateKey::new(8, Key::from([9; 32]));
    let again = opened.again().expect("again");
    let once = Key::from([5; 32]);
    let mut stanzas =
        Vec::from([to_pair(&again.head, again.secret(), &next.public(), &once).expect("a stanza")]);
    // One who stays, and one of a later version.
    stanzas.extend(envelope.stanzas()[..2].iter().cloned());
    let after = again.write(&stanzas, [1; 12], before.len()).expect("an envelope");
    assert_eq!(after.len(), before.len());
    let envelope = Envelope::read(&after).expect("an envelope");
    assert_eq!(envelope.stanzas(), stanzas);
    for keys in [&[next.clone()][..], &pairs[..1], &pairs] {
        let reopened = envelope.with_keys(keys).expect("open");
        assert_eq!(reopened, again);
        assert_eq!(body(&reopened, &bytes(&file["body"])), plain(5000));
        assert_eq!(reopened.generation, opened.generation + 1);
    }
    assert_eq!(envelope.with_keys(&pairs[1..]), Err(Fault::Closed));
    assert_eq!(envelope.with_passphrase(b"anything"), Err(Fault::Closed));
    let many = std::vec![stanzas[0].clone(); 60];
    assert_eq!(again.write(&many, [1; 12], before.len()).expect("an envelope").len(), 8192);
    let mut last = again;
    last.generation = u32::MAX;
    assert_eq!(last.again(), Err(Fault::Limit));
}

/// What a browser agreed on with a key that it does not give away opens the same.
#[test]
fn agreed_elsewhere() {
    let all = vectors();
    let pairs = pairs(&all);
    let envelope = Envelope::read(&sealed(&all["files"][1]["envelope"])).expect("an envelope");
    let own = pairs[0].public();
    let named = envelope.stanzas().iter().find_map(|it| crate::vault::for_key(it, own.id));
    let private = x25519_dalek::StaticSecret::from(array::<32>(&all["pairs"][0]["private"]));
    let agreed = private.diffie_hellman(&named.expect("a key").into());
    let opened = envelope.with_agreed(&own, &Key::from(agreed.to_bytes()));
    assert_eq!(opened, envelope.with_keys(&pairs));
    assert!(opened.is_ok());
    assert_eq!(envelope.with_agreed(&own, &Key::from([1; 32])), Err(Fault::Closed));
    // The key of another id is another key.
    let (mut renamed, agreed_on) = (own, Key::from(agreed.to_bytes()));
    renamed.id = 8;
    assert_eq!(envelope.with_agreed(&renamed, &agreed_on), Err(Fault::Closed));
    assert!(envelope.stanzas().iter().all(|it| crate::vault::for_key(it, 8).is_none()));
    let renamed = PrivateKey::new(8, key_of(&all["pairs"][0]["private"]));
    assert_eq!(envelope.with_keys(&[renamed]), Err(Fault::Closed));
    let (mut id, wrapper) = (array(&all["wrapper"]["id"]), key_of(&all["wrapper"]["key"]));
    assert!(envelope.with_wrapper(&id, &wrapper).is_ok());
    id[15] ^= 1;
    assert_eq!(envelope.with_wrapper(&id, &wrapper), Err(Fault::Closed));
    assert_eq!(
        envelope.with_agreed(&pairs[1].public(), &Key::from(agreed.to_bytes())),
        Err(Fault::Closed)
    );
}
