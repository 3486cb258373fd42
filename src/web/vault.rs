//! Sealed files in the browser: what stands in front of one, and where its segments lie. The segments themselves go
//! through the browser's own cipher where it has one, and never through this module's memory.
//!
//! There is one call, which keeps the glue small: a number says what is asked, and its parts stand one behind the other, each
//! with its length in four bytes in front. Numbers are eight bytes.

use alloc::vec::Vec;

use crate::vault::{
    Cost, Envelope, FIRST, Fault, HEAD, Head, Key, Layout, Message, Metadata, Opened, PublicKey, START,
    Segment, Stanza, Start, Stretch, Wrap, for_key, length, padme, to_pair_agreed, to_stretched, to_wrapper,
};

/// What was asked.
struct Parts<'a>(&'a [u8]);

impl<'a> Parts<'a> {
    fn bytes(&mut self) -> Result<&'a [u8], Fault> {
        let (length, rest) = self.0.split_first_chunk().ok_or(Fault::Unfit)?;
        let length = usize::try_from(u32::from_be_bytes(*length)).map_err(|_| Fault::Unfit)?;
        let (part, rest) = rest.split_at_checked(length).ok_or(Fault::Unfit)?;
        self.0 = rest;
        Ok(part)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], Fault> {
        self.bytes()?.try_into().map_err(|_| Fault::Unfit)
    }

    fn number(&mut self) -> Result<u64, Fault> {
        Ok(u64::from_be_bytes(self.array()?))
    }

    fn small(&mut self) -> Result<u32, Fault> {
        u32::try_from(self.number()?).map_err(|_| Fault::Unfit)
    }

    fn key(&mut self) -> Result<Key, Fault> {
        Ok(Key::from(self.array()?))
    }

    fn head(&mut self) -> Result<Head, Fault> {
        Head::read(&self.array::<HEAD>()?)
    }

    fn start(&mut self) -> Result<Start, Fault> {
        Start::read(&self.array::<START>()?)
    }

    fn text(&mut self) -> Result<&'a str, Fault> {
        core::str::from_utf8(self.bytes()?).map_err(|_| Fault::Unfit)
    }

    fn metadata(&mut self) -> Result<Metadata, Fault> {
        Ok(Metadata {
            size: self.number()?,
            modified: self.number()?,
            record: self.array()?,
            kind: self.text()?.into(),
            name: self.text()?.into(),
        })
    }

    fn envelope(&mut self) -> Result<Envelope, Fault> {
        Envelope::read(self.bytes()?)
    }

    /// Salt, memory in KiB as four bytes, passes, lanes.
    fn stretch(&mut self) -> Result<Stretch, Fault> {
        let [salt @ .., a, b, c, d, passes, lanes] = self.array::<22>()?;
        let memory = u32::from_be_bytes([a, b, c, d]);
        let cost = Cost {
            memory,
            passes,
            lanes,
        };
        Ok(Stretch { salt, cost })
    }
}

/// Answers a question: with a zero in front, or with the number of a fault in [`Fault::ALL`] from 1.
pub(crate) fn ask(what: u32, given: &[u8]) -> Vec<u8> {
    match answer(what, &mut Parts(given)) {
        Ok(mut out) => {
            out.insert(0, 0);
            out
        }
        Err(fault) => [1 + fault.number()].into(),
    }
}

fn answer(what: u32, given: &mut Parts<'_>) -> Result<Vec<u8>, Fault> {
    match what {
        // The length that a file of this length is padded to.
        0 => Ok(padme(given.number()?).to_be_bytes().into()),
        // A new head: suite, padded or not, length, id, secret.
        1 => {
            let layout = u8::try_from(given.number()?)
                .ok()
                .and_then(Layout::of_suite)
                .ok_or(Fault::Unfit)?;
            let (padded, plain) = (given.number()? != 0, given.number()?);
            Ok(Head::new(layout, padded, given.array()?, plain, &given.key()?)?.write())
        }
        // How a body starts: salt, prefix.
        2 => {
            let (salt, prefix) = (given.array()?, given.array()?);
            Ok(Start { salt, prefix }.write().into())
        }
        // What wraps a file's secret, see `wrapped`: head, secret, and for a public key its id and bytes, a key that is used this
        // once, and what that agreed on with it;
        3 => {
            let (head, secret, id) = (given.head()?, given.key()?, given.small()?);
            let to = PublicKey {
                id,
                key: given.array()?,
            };
            Ok(wrapped(&to_pair_agreed(&head, &secret, &to, &given.array()?, &given.key()?)?))
        }
        // for a key-encryption key its id, the key, salt;
        4 => {
            let (head, secret, id) = (given.head()?, given.key()?, given.array()?);
            Ok(wrapped(&to_wrapper(&head, &secret, &id, &given.key()?, given.array()?)))
        }
        // for a passphrase what became of it, and by what.
        5 => Ok(wrapped(&to_stretched(
            &given.head()?,
            &given.key()?,
            &given.key()?,
            &given.stretch()?,
        )?)),
        // What new files have a passphrase stretched with: salt.
        6 => Ok(said(&Stretch {
            salt: given.array()?,
            cost: Cost::USUAL,
        })),
        // The metadata of a file, to be sealed: head, secret, size, when it was changed, record, type, name, nonce.
        7 => {
            let (head, secret) = (given.head()?, given.key()?);
            let metadata = given.metadata()?;
            Ok(messages(&[metadata.message(&head, &secret, given.array()?)?]))
        }
        // The key of a body's segments: head, secret, start.
        8 => {
            let (head, secret) = (given.head()?, given.key()?);
            Ok(head.segment_key(&secret, &given.start()?).bytes().into())
        }
        // How long an envelope is, by its first bytes.
        9 => Ok((length(&given.array::<FIRST>()?)? as u64).to_be_bytes().into()),
        // The keys with which a key of this id has to agree to open an envelope, one after the other.
        10 => {
            let (envelope, id) = (given.envelope()?, given.small()?);
            Ok(envelope.stanzas().iter().filter_map(|it| for_key(it, id)).flatten().collect())
        }
        // What a passphrase has to be stretched with to open one.
        11 => Ok(said(&given.envelope()?.stretch()?)),
        // What may hold its secret: for a key of an id, by its public half and what it agreed on;
        12 => {
            let (envelope, id) = (given.envelope()?, given.small()?);
            let own = PublicKey {
                id,
                key: given.array()?,
            };
            Ok(messages(&envelope.for_agreed(&own, &given.key()?)))
        }
        // for a key-encryption key, behind its id; for what became of a passphrase.
        13 => Ok(messages(&given.envelope()?.for_wrapper(&given.array()?, &given.key()?))),
        14 => Ok(messages(&[given.envelope()?.for_stretched(&given.key()?)?])),
        // Proves it by a secret: its metadata, to be opened.
        15 => Ok(messages(&[given.envelope()?.proved(&given.key()?)?])),
        // What it says: envelope, secret, metadata.
        18 => {
            let (envelope, secret) = (given.envelope()?, given.key()?);
            Ok(told(&envelope.opened(&secret, given.bytes()?.into())?))
        }
        // An envelope: head, secret, generation, size, when it was changed, record, type, name, wraps, metadata as they were sealed
        // behind their nonce, and how long it has to be at least.
        19 => {
            let (head, secret, generation) = (given.head()?, given.key()?, given.small()?);
            let mut opened = Opened::new(head, secret, given.metadata()?)?;
            opened.generation = generation;
            opened.write_with(&Stanza::all(given.bytes()?)?, given.bytes()?, given.small()? as usize)
        }
        // Segments: head, start, the first, how many.
        16 => segments(given),
        // How many segments a body has, and the first and the last that hold a part: head, start, from, to.
        17 => {
            let plan = given.head()?.plan(&given.start()?)?;
            let part = given.number()?..given.number()?;
            let span = plan.holding(&part).ok_or(Fault::Length)?.segments;
            Ok([plan.count(), span.start, span.end].map(u64::to_be_bytes).concat())
        }
        _ => Err(Fault::Unfit),
    }
}

/// What the cipher is given, one behind the other: key, nonce, and with their lengths in four bytes in front associated data and
/// text.
fn messages(all: &[Message]) -> Vec<u8> {
    let mut out = Vec::new();
    for it in all {
        out.extend_from_slice(it.key.bytes());
        out.extend_from_slice(&it.nonce);
        for part in [&it.aad, &it.text] {
            out.extend_from_slice(&u32::try_from(part.len()).unwrap_or(0).to_be_bytes());
            out.extend_from_slice(part);
        }
    }
    out
}

/// What is to be sealed, and behind it what stands in front of that in an envelope.
fn wrapped(it: &Wrap) -> Vec<u8> {
    let mut out = messages(core::slice::from_ref(&it.message));
    out.extend_from_slice(&it.front);
    out
}

fn said(it: &Stretch) -> Vec<u8> {
    let Cost {
        memory,
        passes,
        lanes,
    } = it.cost;
    [&it.salt[..], &memory.to_be_bytes(), &[passes, lanes]].concat()
}

/// What is proved of the file: generation, size, when it was changed, as eight bytes each, the hash of its
/// consent record, and its type and name with their lengths in two bytes in front.
fn told(opened: &Opened) -> Vec<u8> {
    let about = &opened.metadata;
    let numbers = [opened.generation.into(), about.size, about.modified]
        .map(u64::to_be_bytes)
        .concat();
    let mut out = [&numbers[..], &about.record].concat();
    for text in [&about.kind, &about.name] {
        out.extend_from_slice(&u16::try_from(text.len()).unwrap_or(0).to_be_bytes());
        out.extend_from_slice(text.as_bytes());
    }
    out
}

/// Where each starts and ends, in the open file and behind the envelope, as eight bytes each, and its nonce.
fn segments(given: &mut Parts<'_>) -> Result<Vec<u8>, Fault> {
    let plan = given.head()?.plan(&given.start()?)?;
    let (first, count) = (given.number()?, given.small()? as usize);
    let mut out = Vec::new();
    for index in (first..).take(count) {
        let Some(Segment {
            plain, sealed, nonce, ..
        }) = plan.segment(index)
        else {
            break;
        };
        let places = [plain.start, plain.end, sealed.start, sealed.end];
        out.extend_from_slice(&places.map(u64::to_be_bytes).concat());
        out.extend_from_slice(&nonce);
    }
    Ok(out)
}
