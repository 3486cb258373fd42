//! Checkpoints as signed notes.

use std::format;
use std::string::String;

use ed25519_dalek::{Signer as _, SigningKey, Verifier as _};

use crate::ledger::{Checkpoint, Signature, is_name, key_id, read_verifier_key, verifier_key};

fn checkpoint() -> (Checkpoint, SigningKey, Signature) {
    let key = SigningKey::from_bytes(&[5; 32]);
    let checkpoint = Checkpoint {
        origin: "privacy.example/log".into(),
        size: 12,
        root: [3; 32],
    };
    let signature = Signature {
        name: checkpoint.origin.clone(),
        id: key_id(&checkpoint.origin, &key.verifying_key().to_bytes()),
        signature: key.sign(checkpoint.body().as_bytes()).to_bytes(),
    };
    (checkpoint, key, signature)
}

#[test]
fn checkpoints_are_signed_notes() {
    let (checkpoint, key, signature) = checkpoint();
    let note = checkpoint.signed(&signature);
    let (read, body, signatures) = Checkpoint::read(&note).expect("a note");
    assert_eq!((&read, signatures.as_slice()), (&checkpoint, [signature].as_slice()));
    let signature = ed25519_dalek::Signature::from_bytes(&signatures[0].signature);
    assert!(key.verifying_key().verify(body.as_bytes(), &signature).is_ok());
}

/// What others would read otherwise, or not at all.
#[test]
fn what_is_no_note() {
    let (checkpoint, _, signature) = checkpoint();
    let note = checkpoint.signed(&signature);
    let line = note.lines().last().expect("a signature");
    let unsigned = note.replace(line, "");
    for bad in [
        String::new(),
        unsigned.clone(),
        unsigned.trim_end().into(),
        note.replace("12", "012"),
        note.replace("12", "+12"),
        note.replace("12", ""),
        note.replace("12", "18446744073709551616"),
        note.replace("privacy.example/log\n12", "\n12"),
        note.replace("\n\n", "\n"),
        note.replace("\n\n", "\n\n\n"),
        note.replace("\n\n", "\nmore\n\nmore\n\n"),
        note.replace("log\n12", "log\n12\nmore"),
        note.replace("AwM=", "AwN="),
        note.replace("AwM=", "AwM"),
        note.replace('\n', "\r\n"),
        note.replace("12\n", "12\t\n"),
        note.trim_end().into(),
        format!("{note}\n"),
        format!("{note}more\n"),
        note.replace('\u{2014}', "-"),
        note.replace('\u{2014}', " \u{2014}"),
        note.replace("\u{2014} privacy.example/log", "\u{2014} "),
        note.replace("\u{2014} privacy.example/log", "\u{2014} privacy+example"),
        note.replace(line, &format!("{line} ")),
        note.replace(line, "\u{2014} privacy.example/log"),
        note.replace(line, "\u{2014} privacy.example/log AAAAAA=="),
        format!("{note}{}", format!("{line}\n").repeat(64)),
    ] {
        assert_eq!(Checkpoint::read(&bad), None, "{bad:?}");
    }
}

/// What a note may hold beside the log's own word (C2SP `tlog-checkpoint`, `tlog-cosignature`).
#[test]
fn what_others_add_is_passed_over() {
    let (checkpoint, _, signature) = checkpoint();
    let note = checkpoint.signed(&signature);
    // A witness signs with a time; keys that resist quantum computers make long signatures.
    for length in [1, 4 + 8 + 64 - 4, 4_900] {
        let other = Signature {
            name: "witness.example/w1".into(),
            ..signature.clone()
        };
        let line = checkpoint.signed(&other);
        let line = line.lines().last().expect("a signature");
        let (_, bytes) = line.rsplit_once(' ').expect("base64");
        let long = line.replace(bytes, &"AAAA".repeat(2 + length / 3));
        let both = format!("{note}{long}\n");
        let (read, body, signatures) = Checkpoint::read(&both).expect("a note");
        assert_eq!((read, body), (checkpoint.clone(), checkpoint.body().as_str()));
        assert_eq!(signatures.as_slice(), std::slice::from_ref(&signature));
    }
    let many = format!(
        "{note}{}",
        note.lines().last().map(|it| format!("{it}\n")).expect("a line").repeat(15)
    );
    assert_eq!(Checkpoint::read(&many).map(|(.., it)| it.len()), Some(16));
    let extended = note.replace("\n\n", "\nextended\nby two\n\n");
    let (read, body, _) = Checkpoint::read(&extended).expect("a note");
    assert_eq!(read, checkpoint);
    assert!(body.ends_with("\nextended\nby two\n"), "{body}");
}

#[test]
fn names_of_keys() {
    for good in ["privacy.example/log", "quasimodo.example/salvatore", "\u{e9}"] {
        assert!(is_name(good), "{good}");
    }
    for bad in ["", "a b", "a+b", "a\u{a0}b", "a\n"] {
        assert!(!is_name(bad), "{bad:?}");
        let written = verifier_key(bad, &[1; 32]);
        assert_eq!(read_verifier_key(&written), None, "{bad:?}");
    }
}

/// The example of the C2SP's `signed-note`: the key `PeterNeumann` of the Go checksum database's tests.
#[test]
fn verifier_keys_are_written_as_others_write_them() {
    let text = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
    let (name, key) = read_verifier_key(text).expect("a key");
    assert_eq!((name, verifier_key(name, &key).as_str()), ("PeterNeumann", text));
    assert_eq!(read_verifier_key(&text.replace("c74f", "c74e")), None);
}
