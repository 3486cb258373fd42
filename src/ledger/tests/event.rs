//! The form of events.

use std::format;
use std::string::String;
use std::vec::Vec;

use ed25519_dalek::{Signature, VerifyingKey};
use proptest::prelude::*;

use super::world::{event, signed};
use crate::ledger::{
    Choices, Event, Fault, Id, Kind, LONGEST, bytes, text, with_signature, without_signature,
};

fn sample() -> Event<'static> {
    Event {
        grant: Choices("{\"analytics\":1,\"social@2\":0}"),
        svc: Choices("{\"plausible\":1}"),
        ..event(1)
    }
}

fn verified(text: &str) -> Result<(), String> {
    let event = Event::read(text).map_err(|fault| fault.code().to_owned())?;
    let key = VerifyingKey::from_bytes(&event.key).map_err(|it| format!("{it}"))?;
    key.verify_strict(event.unsigned().as_bytes(), &Signature::from_bytes(&event.sig))
        .map_err(|_| Fault::Signature.code().to_owned())
}

#[test]
fn is_canonical_json() {
    let text = signed(sample());
    let value: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!(serde_json_canonicalizer::to_string(&value).expect("canonical"), text);
    let read = Event::read(&text).expect("an event");
    assert_eq!(read.canonical(), text);
    assert_eq!(without_signature(&text), read.unsigned());
    assert_eq!(with_signature(&read.unsigned(), &read.sig), text);
    assert_eq!(verified(&text), Ok(()));
    let choices: Vec<(&str, bool)> = read.grant.iter().collect();
    assert_eq!(choices, [("analytics", true), ("social@2", false)]);
    assert_eq!(Choices::NONE.iter().count(), 0);
    let id = read.id();
    assert_eq!(Id::parse(&id.text()), Some(id));
    assert_eq!(id.0[..6], 1_764_000_000_000_u64.to_be_bytes()[2..]);
}

/// Bad ones as data: what is replaced by what, and the code that follows.
#[test]
fn bad_events() {
    let good = signed(sample());
    let cases: Vec<(String, String, String)> =
        serde_json::from_str(include_str!("bad_events.json")).expect("cases");
    for (from, to, code) in cases {
        let bad = good.replace(&from, &to);
        assert_ne!(bad, good, "{from} is not in an event");
        assert_eq!(verified(&bad), Err(code), "{from} -> {to}");
    }
    let long = good.replace("{\"plausible\":1}", &format!("{{{}}}", vec!["\"a\":1"; 9000].join(",")));
    assert_eq!(Event::read(&long), Err(Fault::Long));
    let deep = "[".repeat(LONGEST);
    assert_eq!(Event::read(&deep), Err(Fault::Form(0)));
}

/// No byte of an event can be another one.
#[test]
fn every_change_is_found() {
    let good = signed(sample());
    for at in 0..good.len() {
        for bit in 0..7 {
            let mut bad = good.clone().into_bytes();
            bad[at] ^= 1 << bit;
            let bad = String::from_utf8(bad).expect("ASCII");
            assert!(verified(&bad).is_err(), "{at}, {bit}");
        }
        assert!(verified(&good[..at]).is_err());
    }
}

#[test]
fn a_link_names_its_account() {
    let link = Event {
        kind: Kind::Link,
        acct: "a-1",
        ..event(1)
    };
    assert_eq!(Event::read(&signed(link)).map(|it| it.acct), Ok("a-1"));
    assert!(
        Event::read(&signed(Event {
            kind: Kind::Link,
            ..event(1)
        }))
        .is_err()
    );
    assert!(
        Event::read(&signed(Event {
            kind: Kind::Unlink,
            acct: "a-1",
            ..event(1)
        }))
        .is_err()
    );
    assert!(
        Event::read(&signed(Event {
            acct: "a@example.com",
            ..event(1)
        }))
        .is_err()
    );
}

proptest! {
    #[test]
    fn base64_has_one_text_for_bytes(from in prop::array::uniform20(any::<u8>()), at in 0..27_usize, to in any::<u8>()) {
        let written = text(&from);
        prop_assert_eq!(bytes::<20>(&written), Some(from));
        let mut other = written.clone().into_bytes();
        other[at] = to & 127;
        let other = String::from_utf8(other).expect("ASCII");
        prop_assert!(other == written || bytes::<20>(&other) != Some(from));
    }

    #[test]
    fn reading_never_fails_otherwise(text in "\\PC*") {
        let _ = Event::read(&text);
        let _ = crate::ledger::Checkpoint::read(&text);
    }
}
