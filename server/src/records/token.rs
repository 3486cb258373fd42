//! What a site's server says about a person who has signed in there: `<claim>.<signature>`, both base64url, the claim being
//! JSON. What it may be used for is part of the claim, and nothing else may be in it, so that no token passes for another.
//!
//! A token that links is good for one subject, one account, and one link: the store remembers that it was used, so that
//! nobody at a browser where somebody has signed out signs in with what was left there. The alternative, to refuse
//! tokens that were made before the last sign-out, compares the clocks of two servers, and refuses a person who signs
//! out and in again while this server cannot be reached. One that was never used stays good until it ends: an hour at most.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use mixus_privacy::ledger::{self, Subject, is_account};
use mixus_privacy::sync::Token;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::archive::hash_of;
use super::sign::is_signed;

/// How far ahead the end of a token may be, in seconds.
const LONGEST: u64 = 3600;

/// That a subject may be linked.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Link {
    /// The account's pseudonym.
    acct: String,
    /// Until when it may be used, in seconds since 1970.
    exp: u64,
    sub: String,
}

/// That an account's events are to be erased.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Erase {
    acct: String,
    exp: u64,
    #[serde(rename = "do")]
    _what: What,
}

#[derive(Debug, Deserialize)]
enum What {
    #[serde(rename = "erase")]
    Erase,
}

/// That somebody may begin uploads. It names nobody: a site's server has decided that already.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Upload {
    exp: u64,
    #[serde(rename = "do")]
    _what: Begin,
}

#[derive(Debug, Deserialize)]
enum Begin {
    #[serde(rename = "upload")]
    Upload,
}

/// The claim of a token that one of these keys has signed, and its text.
fn claim<'t, C: DeserializeOwned>(token: &'t str, keys: &[[u8; 32]]) -> Option<(C, &'t str)> {
    let (claim, signature) = token.split_once('.')?;
    let signature = ledger::bytes(signature)?;
    keys.iter().find(|key| is_signed(key, claim, &signature))?;
    let said = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(claim).ok()?).ok()?;
    Some((said, claim))
}

fn is_good(exp: u64, now: u64) -> bool {
    (now..=now + LONGEST).contains(&exp)
}

/// The token, if it allows a subject to speak for an account.
pub(crate) fn links(token: &str, keys: &[[u8; 32]], sub: &Subject, acct: &str, now: u64) -> Option<Token> {
    let (
        Link {
            acct: named,
            exp,
            sub: whose,
        },
        text,
    ) = claim(token, keys)?;
    // Its hash is that of the claim: a signature can be written in more than one way.
    let token = Token {
        hash: hash_of(text),
        exp,
    };
    (named == acct && whose == sub.text() && is_good(exp, now)).then_some(token)
}

/// Whether a token asks for an account to be erased.
pub(crate) fn erases(token: &str, keys: &[[u8; 32]], acct: &str, now: u64) -> bool {
    claim::<Erase>(token, keys)
        .is_some_and(|(erase, _)| erase.acct == acct && is_account(acct) && is_good(erase.exp, now))
}

/// Whether a token allows to begin uploads.
pub(crate) fn uploads(token: &str, keys: &[[u8; 32]], now: u64) -> bool {
    claim::<Upload>(token, keys).is_some_and(|(upload, _)| is_good(upload.exp, now))
}
