//! What is said of a batch, written as it is said: the proofs alone are most of an answer.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use mixus_privacy::ledger::Hash;
use serde::ser::{Serialize, SerializeSeq as _, Serializer};

/// Hashes as base64url.
#[derive(Debug)]
pub(super) struct Hashes(pub Vec<Hash>);

impl Serialize for Hashes {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let mut all = to.serialize_seq(Some(self.0.len()))?;
        let mut text = [0; 43];
        for hash in &self.0 {
            let length = URL_SAFE_NO_PAD.encode_slice(hash, &mut text).unwrap_or(0);
            all.serialize_element(std::str::from_utf8(&text[..length]).unwrap_or(""))?;
        }
        all.end()
    }
}

/// What became of one event.
#[derive(Debug, serde::Serialize)]
#[serde(untagged)]
pub(super) enum Said {
    Kept {
        id: String,
        status: &'static str,
        index: u64,
        taken: u64,
        proof: Hashes,
    },
    Refused {
        id: Option<String>,
        status: &'static str,
        code: &'static str,
    },
}

/// The whole answer.
#[derive(Debug, serde::Serialize)]
pub(super) struct Answers<'a> {
    #[serde(rename = "answers")]
    pub said: Vec<Said>,
    pub checkpoint: &'a str,
    pub wanted: Hashes,
}
