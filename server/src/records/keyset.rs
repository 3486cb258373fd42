//! The public keys for which pages seal files, in a statement that was signed elsewhere, and is handed out as it is: see
//! `docs/keys.md`. What is wrong with it is better found when the server starts than by every page.

use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use mixus_privacy::ledger::{bytes, text};
use serde::Deserialize;

use super::archive::hash_of;
use super::sign::is_signed;

/// What the payload is.
const KIND: &str = "application/vnd.mixus.keyset+json";
/// What a key of Tink's is.
const TYPE: &str = "type.googleapis.com/google.crypto.tink.HpkePublicKey";
/// Such a key before its 32 bytes: DHKEM X25519 HKDF-SHA256, HKDF-SHA256, AES-256-GCM.
const FRONT: [u8; 10] = [0x12, 6, 8, 1, 0x10, 1, 0x18, 2, 0x1a, 32];
/// No statement is longer, in bytes.
const LONGEST: usize = 1 << 16;

/// A statement, as it is handed out.
#[derive(Clone, Debug)]
pub(crate) struct Keyset {
    pub(crate) text: String,
    /// What it is known by.
    pub(crate) tag: String,
}

/// A DSSE envelope.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Statement {
    payload_type: String,
    payload: String,
    signatures: Vec<Signature>,
}

#[derive(Deserialize)]
struct Signature {
    keyid: String,
    sig: String,
}

#[derive(Deserialize)]
struct Said {
    #[serde(rename = "owner")]
    _owner: Owner,
    serial: u64,
    expires: u64,
    keyset: Tink,
}

/// Whose keys they are.
#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Owner {
    Server,
    Organisation,
    Recovery,
}

/// A public keyset, as Tink writes it in JSON.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Tink {
    primary_key_id: u32,
    key: Vec<Entry>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Entry {
    key_data: KeyData,
    status: String,
    key_id: u32,
    output_prefix_type: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct KeyData {
    type_url: String,
    value: String,
    key_material_type: String,
}

impl Entry {
    /// Whether pages can seal for it.
    fn is_usable(&self) -> bool {
        let data = &self.key_data;
        let value = STANDARD.decode(&data.value).unwrap_or_default();
        self.status == "ENABLED"
            && self.output_prefix_type == "TINK"
            && data.key_material_type == "ASYMMETRIC_PUBLIC"
            && data.type_url == TYPE
            && value.strip_prefix(&FRONT).is_some_and(|key| key.len() == 32)
    }
}

impl Keyset {
    /// The statement in a file, if pages will take it; `now` is in seconds since 1970.
    pub(crate) fn open(path: &Path, now: u64) -> Result<Keyset, String> {
        let read = std::fs::read_to_string(path).map_err(|error| error.to_string());
        let read = read.and_then(|it| Keyset::read(it, now));
        read.map_err(|why| format!("{}: {why}", path.display()))
    }

    fn read(statement: String, now: u64) -> Result<Keyset, String> {
        if statement.len() > LONGEST {
            return Err("is longer than 64 KiB".into());
        }
        let it: Statement =
            serde_json::from_str(&statement).map_err(|error| format!("is no statement: {error}"))?;
        if it.payload_type != KIND {
            return Err(format!("is another statement: payloadType has to be {KIND}"));
        }
        let payload = STANDARD.decode(&it.payload).map_err(|error| format!("payload: {error}"))?;
        let payload = String::from_utf8(payload).map_err(|error| format!("payload: {error}"))?;
        check_signatures(&it.signatures, &payload)?;
        let said: Said = serde_json::from_str(&payload).map_err(|error| format!("payload: {error}"))?;
        said.check(now)?;
        let tag = format!("\"{}\"", text(&hash_of(&statement)));
        Ok(Keyset { text: statement, tag })
    }
}

impl Said {
    fn check(&self, now: u64) -> Result<(), String> {
        if self.serial == 0 {
            return Err("serial has to be 1 or more".into());
        }
        if self.expires <= now {
            return Err("has ended: expires is over".into());
        }
        let keyset = &self.keyset;
        let primary = keyset.key.iter().find(|it| it.key_id == keyset.primary_key_id);
        if !primary.is_some_and(Entry::is_usable) {
            return Err(
                "has no primary key of the template DHKEM_X25519_HKDF_SHA256_HKDF_SHA256_AES_256_GCM".into(),
            );
        }
        Ok(())
    }
}

/// Each has to hold by the key that it names: whether a policy pins that is not known here.
fn check_signatures(signatures: &[Signature], payload: &str) -> Result<(), String> {
    let signed = format!("DSSEv1 {} {KIND} {} {payload}", KIND.len(), payload.len());
    for (at, it) in signatures.iter().enumerate() {
        let key = bytes::<32>(&it.keyid).ok_or_else(|| format!("signatures[{at}]: keyid is no key"))?;
        let sig = STANDARD.decode(&it.sig).unwrap_or_default();
        if !sig.first_chunk().is_some_and(|sig| is_signed(&key, &signed, sig)) {
            return Err(format!("signatures[{at}] is not by keyid"));
        }
    }
    if signatures.is_empty() { Err("is signed by nobody".into()) } else { Ok(()) }
}
