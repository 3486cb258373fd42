//! What a receipt proves, in words.

use std::fmt::Write as _;

use ed25519_dalek::{Signature, VerifyingKey};
use mixus_privacy::ledger::{Choices, Event, Proved, Receipt, Signed, Unproved, instant, text};

/// Whether a signature is one of this key over a text (RFC 8032; keys of small order are no keys).
pub(crate) fn is_signed(key: &[u8; 32], text: &str, signature: &[u8; 64]) -> bool {
    let signature = Signature::from_bytes(signature);
    VerifyingKey::from_bytes(key).is_ok_and(|key| key.verify_strict(text.as_bytes(), &signature).is_ok())
}

/// Whether the signature that has to be one is one.
pub fn is_signed_by_key(it: &Signed<'_>) -> bool {
    is_signed(&it.key, &it.text, &it.signature)
}

/// What a receipt proves about the log whose verifier key this is.
pub fn verified<'r>(receipt: &'r Receipt, key: &str) -> Result<Proved<'r>, Unproved> {
    receipt.claim(key)?.verified(is_signed_by_key)
}

/// The same for a person to read.
pub fn words(it: &Proved<'_>) -> String {
    let event = &it.event;
    let mut out = String::new();
    let mut line = |name: &str, value: &str| {
        if !value.is_empty() {
            let _ = writeln!(out, "  {name:<10} {value}");
        }
    };
    line(
        "log",
        &format!("{}, when it had {} entries", it.checkpoint.origin, it.checkpoint.size),
    );
    line("entry", &format!("{} ({})", it.index, it.id.text()));
    line("taken in", &instant(it.taken));
    line("decided", &format!("{} by the clock of the device", instant(event.at)));
    line("until", &if event.lasts() { instant(event.exp) } else { String::new() });
    line(
        "what",
        &format!("{}: {} in {}", event.kind.as_str(), event.act.as_str(), event.src.as_str()),
    );
    line("allowed", &names(event, true));
    line("refused", &names(event, false));
    line("signal", if event.gpc { "Global Privacy Control was on" } else { "" });
    line("rules", &rules(event));
    line("policy", &format!("version {}, SHA-256 {}", event.version, text(&event.notice)));
    line("shown", &text(&event.ui));
    line("language", event.lang);
    line("subject", &event.sub.text());
    line("device", &format!("{}, its event {}", text(&event.dev), event.seq));
    line("account", event.acct);
    out + "  Signed by the key of the subject, and in the log under its signature. Who sat there is not proved, \
           and when it was taken in is the word of the log.\n"
}

fn names(event: &Event<'_>, wanted: bool) -> String {
    let of = |choices: Choices<'_>, kind: &str| {
        let chosen = choices.iter().filter(|(_, granted)| *granted == wanted);
        let names: Vec<String> = chosen.map(|(name, _)| format!("{name}{kind}")).collect();
        names
    };
    [of(event.grant, ""), of(event.svc, " (service)")].concat().join(", ")
}

fn rules(event: &Event<'_>) -> String {
    let place = if event.region.is_empty() { "region unknown" } else { event.region };
    format!("{} ({}), {place}", event.regime, event.model.as_str())
}
