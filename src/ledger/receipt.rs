//! Receipts: what a person keeps, and anyone can verify without asking the server.

use alloc::borrow::Cow;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use super::event::{self, Event, Hash, LONGEST, hash, without_signature};
use super::id::Id;
use super::json::Json;
use super::merkle::{leaf, root_of};
use super::note::{Checkpoint, key_id, read_verifier_key};
use super::scan::LARGEST;
use super::subject::{KEY, bytes};

/// The longest receipt, in bytes: all that it holds, with every character of the event escaped.
pub const LONGEST_RECEIPT: usize = 256 * 1024;
/// The longest checkpoint: with the signatures of 16 witnesses, each of the longest kind.
const LONGEST_CHECKPOINT: usize = 128 * 1024;
/// No tree is deeper.
const DEEPEST: usize = 64;
/// A hash in base64url.
const LONGEST_HASH: usize = 43;
/// No member has a longer name.
const LONGEST_NAME: usize = 10;

/// A member of a receipt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Member {
    /// The receipt as a whole.
    Whole,
    /// The version of its form.
    V,
    /// The event.
    Event,
    /// Its place in the log.
    Index,
    /// When it was taken in.
    Taken,
    /// The hashes beside its way to the root.
    Proof,
    /// One of them.
    Hash(usize),
    /// What the log was.
    Checkpoint,
    /// The key that was given, which is beside the receipt.
    Key,
}

impl fmt::Display for Member {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Member::Whole => "",
            Member::V => "v",
            Member::Event => "event",
            Member::Index => "index",
            Member::Taken => "taken",
            Member::Proof => "proof",
            Member::Hash(at) => return write!(f, "proof[{at}]"),
            Member::Checkpoint => "checkpoint",
            Member::Key => "key",
        })
    }
}

/// Why a receipt proves nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unproved {
    /// It is no JSON, or a member is missing, there twice, unknown, or not what it has to be.
    Form(Member),
    /// It holds no event.
    Event(event::Fault),
    /// The event is not where it says in the log of the checkpoint.
    Proof(Member),
    /// The checkpoint is none.
    Checkpoint,
    /// A signature is not one of its key.
    Signature(Member),
    /// What was given is no key of a log, or the checkpoint is not of that log.
    Key(Member),
}

impl Unproved {
    /// The stable code.
    pub const fn code(self) -> &'static str {
        match self {
            Unproved::Form(_) => "receipt/form",
            Unproved::Event(_) => "receipt/event",
            Unproved::Proof(_) => "receipt/proof",
            Unproved::Checkpoint => "receipt/checkpoint",
            Unproved::Signature(_) => "receipt/signature",
            Unproved::Key(_) => "receipt/key",
        }
    }

    /// The member that it is about.
    pub const fn member(self) -> Member {
        match self {
            Unproved::Form(it) | Unproved::Proof(it) | Unproved::Signature(it) | Unproved::Key(it) => it,
            Unproved::Event(_) => Member::Event,
            Unproved::Checkpoint => Member::Checkpoint,
        }
    }
}

impl fmt::Display for Unproved {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl core::error::Error for Unproved {}

/// A receipt, as JSON: `{"v":1,"event":…,"index":…,"taken":…,"proof":[…],"checkpoint":…}`. The event is the text
/// that was signed, the hashes are base64url, the checkpoint is a signed note.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    event: String,
    index: u64,
    taken: u64,
    proof: Vec<Hash>,
    checkpoint: String,
}

/// What a receipt proves once its signatures are checked.
#[derive(Debug)]
pub struct Claim<'a> {
    proves: Proved<'a>,
    /// What has to be signed.
    pub signatures: Vec<Signed<'a>>,
}

/// A text, and the signature that has to be one over it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signed<'a> {
    /// Ed25519 public key.
    pub key: [u8; KEY],
    /// What was signed.
    pub text: Cow<'a, str>,
    /// Ed25519 signature.
    pub signature: [u8; 64],
    /// Where it stands.
    pub member: Member,
}

/// What a receipt proves: that the holder of the subject's key made this event, and that the log has it at this place
/// and has signed so. That it was taken in at that time is the word of the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proved<'a> {
    /// The event.
    pub event: Event<'a>,
    /// Its id.
    pub id: Id,
    /// Its place in the log, from 0.
    pub index: u64,
    /// When the log took it in, in seconds since 1970.
    pub taken: u64,
    /// What the log was when the receipt was made.
    pub checkpoint: Checkpoint,
}

impl Receipt {
    /// Reads a receipt; what it holds is not looked at yet.
    pub fn read(text: &str) -> Result<Receipt, Unproved> {
        let broken = Unproved::Form(Member::Whole);
        if text.len() > LONGEST_RECEIPT {
            return Err(broken);
        }
        let mut json = Json::new(text);
        let (mut v, mut event, mut index, mut taken, mut proof, mut checkpoint) =
            (None, None, None, None, None, None);
        json.sign("{").ok_or(broken)?;
        loop {
            let name = json.text(LONGEST_NAME).ok_or(broken)?;
            json.sign(":").ok_or(broken)?;
            match name.as_str() {
                "v" => set(&mut v, json.number().filter(|it| *it == 1), Member::V)?,
                "event" => set(&mut event, json.text(LONGEST), Member::Event)?,
                "index" => set(&mut index, json.number(), Member::Index)?,
                "taken" => set(&mut taken, json.number(), Member::Taken)?,
                "proof" => set(&mut proof, Some(hashes(&mut json)?), Member::Proof)?,
                "checkpoint" => set(&mut checkpoint, json.text(LONGEST_CHECKPOINT), Member::Checkpoint)?,
                _ => return Err(broken),
            }
            if json.sign("}").is_some() {
                break;
            }
            json.sign(",").ok_or(broken)?;
        }
        if !json.is_over() {
            return Err(broken);
        }
        v.ok_or(Unproved::Form(Member::V))?;
        Ok(Receipt {
            event: event.ok_or(Unproved::Form(Member::Event))?,
            index: index.ok_or(Unproved::Form(Member::Index))?,
            taken: taken.ok_or(Unproved::Form(Member::Taken))?,
            proof: proof.ok_or(Unproved::Form(Member::Proof))?,
            checkpoint: checkpoint.ok_or(Unproved::Form(Member::Checkpoint))?,
        })
    }

    /// What it claims against a log whose verifier key (C2SP `signed-note`) is this: everything is checked but the
    /// signatures.
    pub fn claim(&self, key: &str) -> Result<Claim<'_>, Unproved> {
        read_verifier_key(key).ok_or(Unproved::Key(Member::Key))?;
        let event = Event::read(&self.event).map_err(Unproved::Event)?;
        let (checkpoint, ours) = checkpoint_of(&self.checkpoint, key)?;
        let unsigned = without_signature(&self.event);
        let hash = hash(&unsigned);
        if self.index >= checkpoint.size {
            return Err(Unproved::Proof(Member::Index));
        }
        let leaf = leaf(&hash, self.index, self.taken);
        if root_of(&leaf, self.index, checkpoint.size, &self.proof) != Some(checkpoint.root) {
            return Err(Unproved::Proof(Member::Proof));
        }
        let mut signatures = Vec::from([Signed {
            key: event.key,
            text: unsigned.into(),
            signature: event.sig,
            member: Member::Event,
        }]);
        signatures.extend(ours);
        let proves = Proved {
            event,
            id: Id::of(event.hlc, &hash),
            index: self.index,
            taken: self.taken,
            checkpoint,
        };
        Ok(Claim { proves, signatures })
    }
}

/// The checkpoint of a note, and the signatures by the log whose verifier key this is, which are to be checked.
pub fn checkpoint_of<'a>(note: &'a str, key: &str) -> Result<(Checkpoint, Vec<Signed<'a>>), Unproved> {
    let (name, key) = read_verifier_key(key).ok_or(Unproved::Key(Member::Key))?;
    let (checkpoint, body, signatures) = Checkpoint::read(note)
        .filter(|(it, ..)| it.size <= LARGEST)
        .ok_or(Unproved::Checkpoint)?;
    let id = key_id(name, &key);
    let ours = signatures.iter().filter(|it| it.name == name && it.id == id);
    let ours: Vec<Signed<'_>> = ours
        .map(|it| Signed {
            key,
            text: body.into(),
            signature: it.signature,
            member: Member::Checkpoint,
        })
        .collect();
    if checkpoint.origin != name || ours.is_empty() {
        return Err(Unproved::Key(Member::Checkpoint));
    }
    Ok((checkpoint, ours))
}

impl<'a> Claim<'a> {
    /// What is proved if every signature is one: `is_signed` says so.
    pub fn verified(self, is_signed: impl Fn(&Signed<'_>) -> bool) -> Result<Proved<'a>, Unproved> {
        match self.signatures.iter().find(|it| !is_signed(it)) {
            Some(bad) => Err(Unproved::Signature(bad.member)),
            None => Ok(self.proves),
        }
    }

    /// What is proved if every signature is one: for whoever has to wait for the answers.
    pub const fn unless_forged(&self) -> &Proved<'a> {
        &self.proves
    }
}

fn set<T>(to: &mut Option<T>, value: Option<T>, member: Member) -> Result<(), Unproved> {
    match (&to, value) {
        (None, Some(value)) => {
            *to = Some(value);
            Ok(())
        }
        _ => Err(Unproved::Form(member)),
    }
}

fn hashes(json: &mut Json<'_>) -> Result<Vec<Hash>, Unproved> {
    let broken = Unproved::Form(Member::Proof);
    let mut out = Vec::new();
    json.sign("[").ok_or(broken)?;
    while json.sign("]").is_none() {
        if !out.is_empty() {
            json.sign(",").ok_or(broken)?;
        }
        let hash = json.text(LONGEST_HASH).and_then(|it| bytes(&it));
        let hash = hash.filter(|_| out.len() < DEEPEST);
        out.push(hash.ok_or(Unproved::Form(Member::Hash(out.len())))?);
    }
    Ok(out)
}
