//! ISO/IEC TS 27560:2023 in the W3C's Data Privacy Vocabulary, after the group's guide for it (2026-02-15): a receipt, in
//! which each decision is a record. The terms are those of DPV 2.3.
//!
//! Things are named by their SHA-256 (RFC 6920), which for a record is the hash in the log.

mod party;
mod record;
mod storage;

use alloc::string::String;
use alloc::vec::Vec;

use sha2::{Digest as _, Sha256};

use super::facts::Fact;
use super::notice::Notice;
use super::write::{Missing, list, some};
use crate::ledger::{Subject, instant, text};
use crate::policy::Object;
use party::Parties;
use record::Record;

/// Prefixes, and which members hold names of things and times.
const CONTEXT: &str = concat!(
    "{\"dct\":\"http://purl.org/dc/terms/\",\"dpv\":\"https://w3id.org/dpv#\",",
    "\"eu-gdpr\":\"https://w3id.org/dpv/legal/eu/gdpr#\",\"legal-eu\":\"https://w3id.org/dpv/legal/eu#\",",
    "\"loc\":\"https://w3id.org/dpv/loc#\",\"rdf\":\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\",",
    "\"schema\":\"https://schema.org/\",\"xsd\":\"http://www.w3.org/2001/XMLSchema#\",",
    "\"dct:conformsTo\":{\"@type\":\"@id\"},\"dct:created\":{\"@type\":\"xsd:dateTime\"},",
    "\"dct:issued\":{\"@type\":\"xsd:dateTime\"},\"dpv:hasApplicableLaw\":{\"@type\":\"@id\"},",
    "\"dpv:hasDataController\":{\"@type\":\"@id\"},\"dpv:hasJurisdiction\":{\"@type\":\"@id\"},",
    "\"dpv:hasLegalBasis\":{\"@type\":\"@id\"},\"dpv:hasLocation\":{\"@type\":\"@id\"},",
    "\"dpv:hasRecipient\":{\"@type\":\"@id\"},\"dpv:isIndicatedAtTime\":{\"@type\":\"xsd:dateTime\"},",
    "\"dpv:isIndicatedBy\":{\"@type\":\"@id\"},\"schema:url\":{\"@type\":\"@id\"},\"missing\":null}"
);
const SCHEMA: &str = "https://w3id.org/dpv/schema/dpv-27560#";

/// The name of what has this SHA-256.
fn named(hash: &[u8]) -> String {
    ["ni:///sha-256;", &text(hash)].concat()
}

pub(super) fn write(
    sub: &Subject,
    facts: &[Fact<'_>],
    unread: usize,
    notices: &[Notice],
    now: u64,
) -> String {
    let mut missing = Missing::after(unread);
    let mut id = Sha256::new();
    id.update(sub.0);
    id.update(now.to_be_bytes());
    let mut parties = Parties::default();
    let mut records = Vec::new();
    for (at, fact) in facts.iter().enumerate() {
        if fact.choices().next().is_none() {
            continue;
        }
        id.update(fact.hash);
        let notice = missing.notice(notices, &fact.event);
        let (before, _) = facts.split_at(at);
        let record = Record {
            fact,
            before,
            notice,
            lang: notice.map_or(fact.event.lang, |it| it.spoken(fact.event.lang)),
        };
        records.push(record.write(&mut parties, &mut missing));
    }
    let name = named(&id.finalize());
    let mut out = Object::default();
    out.raw("@context", CONTEXT);
    out.text("@id", &name);
    out.text("@type", "dpv:ConsentReceipt");
    out.text("dct:conformsTo", &[SCHEMA, "receipt"].concat());
    out.text("dct:created", &instant(now));
    out.text("dct:identifier", &name);
    out.text("dpv:hasIdentifier", &name);
    out.raw("dpv:hasDataSubject", &subject(sub));
    out.raw("dpv:hasRecordOfActivity", &list(&records));
    missing.write(&mut out);
    out.end()
}

fn subject(sub: &Subject) -> String {
    let mut out = Object::default();
    out.text("@type", "dpv:DataSubject");
    out.text("dct:identifier", &sub.text());
    out.text("dpv:hasIdentifier", &sub.text());
    out.end()
}

/// Something with a key and, where there are any, texts.
fn thing(kind: &str, key: &str, (title, description): (Option<&str>, Option<&str>)) -> String {
    let mut out = Object::default();
    out.text("@type", kind);
    out.text("dct:identifier", key);
    some(&mut out, "dct:title", title);
    some(&mut out, "dct:description", description);
    out.end()
}
