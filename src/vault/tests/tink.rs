//! Streams that Tink sealed: `tests/interop/streams.py` wrote them down.

use std::vec::Vec;

use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::world::{hex, open_in, plain, seal_in};
use crate::vault::{Fault, Key, Layout, Plan, Start};

fn vectors() -> Value {
    serde_json::from_str(include_str!("tink.json")).expect("vectors")
}

fn layout(vector: &Value) -> Layout {
    let layouts = [Layout::LARGE, Layout::SMALL, Layout::USUAL];
    let found = layouts.into_iter().find(|it| Some(it.segment()) == vector["segment"].as_u64());
    found.expect("a layout")
}

fn bytes(value: &Value) -> Vec<u8> {
    hex(value.as_str().expect("text"))
}

fn key(all: &Value) -> Key {
    Key::from(<[u8; 32]>::try_from(bytes(&all["key"])).expect("a key"))
}

#[test]
fn is_byte_for_byte_what_tink_seals() {
    let all = vectors();
    let (key, associated) = (key(&all), bytes(&all["associated"]));
    let streams = all["streams"].as_array().expect("streams");
    assert_eq!(streams.len(), 24);
    for vector in streams {
        let layout = layout(vector);
        let length = vector["plain"].as_u64().expect("a length");
        let header = bytes(&vector["header"]).try_into().expect("a header");
        let start = Start::read(&header).expect("a start");
        assert_eq!(start.write(), header);
        let sealed = seal_in(1000, layout, &key, start, &associated, &plain(length));
        assert_eq!(Sha256::digest(&sealed)[..], bytes(&vector["sha256"]), "{length} of {layout:?}");
        if let Some(text) = vector["bytes"].as_str() {
            assert_eq!(hex(text), sealed);
        }
        let plan = Plan::to_seal(layout, start.prefix, length).expect("a plan");
        assert_eq!(Some(plan.sealed()), vector["sealed"].as_u64());
        let (opened, end) = open_in(1000, layout, &key, &associated, &sealed);
        assert_eq!(end, Ok(()));
        assert_eq!(opened, plain(length));
    }
}

/// What Tink says of altered streams is said here, and what was handed out before is what was in the file.
#[test]
fn opens_what_tink_opens_of_altered_streams() {
    let all = vectors();
    let (key, associated) = (key(&all), bytes(&all["associated"]));
    let altered = &all["altered"];
    let (layout, sealed) = (layout(altered), bytes(&altered["bytes"]));
    let text = plain(altered["plain"].as_u64().expect("a length"));
    let cases = altered["cases"].as_array().expect("cases");
    assert_eq!(cases.len(), 23);
    for case in cases {
        let mut changed = Vec::new();
        for piece in case["pieces"].as_array().expect("pieces") {
            let at = |it: usize| piece[it].as_u64().expect("a place") as usize;
            changed.extend_from_slice(&sealed[at(0)..at(1)]);
        }
        changed.extend(bytes(&case["behind"]));
        if let Some(bit) = case["bit"].as_u64() {
            changed[bit as usize / 8] ^= 1 << (bit % 8);
        }
        for pieces in [1, 17, 4096, 100_000] {
            let (opened, end) = open_in(pieces, layout, &key, &associated, &changed);
            assert_eq!(Some(end.is_ok()), case["opens"].as_bool(), "{}", case["name"]);
            assert!(text.starts_with(&opened), "{}", case["name"]);
        }
    }
    let wrong = open_in(4096, layout, &key, b"something else", &sealed);
    assert_eq!(wrong, (Vec::new(), Err(Fault::Closed)));
    let wrong = open_in(4096, layout, &Key::from([0; 32]), &associated, &sealed);
    assert_eq!(wrong, (Vec::new(), Err(Fault::Closed)));
}

/// Tink opens a full segment with an empty one behind it. Nobody seals so, and a file is sealed in one way alone.
#[test]
fn does_not_open_an_empty_segment_behind_others() {
    let all = vectors();
    let vector = &all["trailing"];
    assert_eq!(vector["tink"], true);
    let (key, associated, layout) = (key(&all), bytes(&all["associated"]), layout(vector));
    let text = plain(4040);
    // One byte more makes the first segment one that is not the last.
    let header = bytes(&vector["header"]).try_into().expect("a header");
    let start = Start::read(&header).expect("a start");
    let longer = seal_in(4096, layout, &key, start, &associated, &plain(4041));
    let mut sealed = longer[..4096].to_vec();
    sealed.extend(bytes(&vector["end"]));
    let (opened, end) = open_in(1 << 20, layout, &key, &associated, &sealed);
    assert_eq!(end, Err(Fault::Closed));
    assert_eq!(opened, text);
    assert_eq!(Plan::of_sealed(layout, start.prefix, sealed.len() as u64), Err(Fault::Length));
}
