//! What a browser may not be able to do by itself: Argon2id, X25519, and on pages that are not safe any cipher at all.

use alloc::vec::Vec;

use wasm_bindgen::JsValue;

use crate::vault::{Cost, Fault, Key, Message, NONCE, Stretch, agree, public};

/// What goes wrong is thrown as its code.
impl From<Fault> for JsValue {
    fn from(fault: Fault) -> JsValue {
        JsValue::from_str(fault.code())
    }
}

fn key(bytes: &[u8]) -> Result<Key, Fault> {
    Ok(Key::from(<[u8; 32]>::try_from(bytes).map_err(|_| Fault::Unfit)?))
}

/// What becomes of a passphrase. `with` is its salt, memory in KiB as four bytes, passes, lanes.
pub(crate) fn stretched(passphrase: &[u8], with: &[u8]) -> Result<Vec<u8>, JsValue> {
    let with = <[u8; 22]>::try_from(with).map_err(|_| Fault::Unfit)?;
    let (salt, rest) = with.split_first_chunk().ok_or(Fault::Unfit)?;
    let (memory, rest) = rest.split_first_chunk().ok_or(Fault::Unfit)?;
    let &[passes, lanes] = rest else {
        return Err(Fault::Unfit.into());
    };
    let memory = u32::from_be_bytes(*memory);
    let cost = Cost {
        memory,
        passes,
        lanes,
    };
    let salt = *salt;
    Ok(Stretch { salt, cost }.of(passphrase)?.bytes().to_vec())
}

/// What two keys agree on.
pub(crate) fn agreed(private: &[u8], other: &[u8]) -> Result<Vec<u8>, JsValue> {
    let agreed = agree(&key(private)?, key(other)?.bytes());
    Ok(agreed.ok_or(Fault::Unfit)?.bytes().to_vec())
}

/// The public key of a private one.
pub(crate) fn public_of(private: &[u8]) -> Result<Vec<u8>, JsValue> {
    Ok(public(&key(private)?).to_vec())
}

fn nonce(bytes: &[u8]) -> Result<[u8; NONCE], Fault> {
    bytes.try_into().map_err(|_| Fault::Unfit)
}

fn message(with: &[u8], nonce: &[u8], aad: &[u8], text: Vec<u8>) -> Result<Message, Fault> {
    Ok(Message {
        key: key(with)?,
        nonce: self::nonce(nonce)?,
        aad: aad.into(),
        text,
    })
}

/// Seals a text.
pub(crate) fn seal(with: &[u8], nonce: &[u8], aad: &[u8], text: Vec<u8>) -> Result<Vec<u8>, JsValue> {
    Ok(message(with, nonce, aad, text)?.seal()?)
}

/// Opens one.
pub(crate) fn open(with: &[u8], nonce: &[u8], aad: &[u8], text: Vec<u8>) -> Result<Vec<u8>, JsValue> {
    Ok(message(with, nonce, aad, text)?.open().ok_or(Fault::Closed)?)
}
