//! One decision as it is signed, sent and kept: canonical JSON of a fixed form.

use alloc::string::String;
use core::fmt;

use sha2::{Digest as _, Sha256};

use super::id::{Id, hexadecimal};
use super::scan::{Choices, Scan, is_lang, is_notice, is_place};
use super::subject::{KEY, Subject, bytes, text};
use crate::consent::{Act, Source};
use crate::policy::{Model, Object, is_key};

/// The longest event, in bytes.
pub const LONGEST: usize = 16 * 1024;
/// As many purposes can be decided at once, and services.
const MOST: [usize; 2] = [32, 256];

/// SHA-256.
pub type Hash = [u8; 32];

/// The hash before the first event of a device.
pub const NOTHING: Hash = [0; 32];

/// Why a text is no event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// It is not the canonical form of an event of version 1; up to this byte it was.
    Form(usize),
    /// It is longer than [`LONGEST`].
    Long,
    /// The subject is not that of the key.
    Subject,
    /// The place in the device's chain and the hash before it contradict each other.
    Chain,
    /// The signature is not one of the key over the event.
    Signature,
}

impl Fault {
    /// The stable code.
    pub const fn code(self) -> &'static str {
        match self {
            Fault::Form(_) => "event/form",
            Fault::Long => "event/too-long",
            Fault::Subject => "event/subject",
            Fault::Chain => "event/chain",
            Fault::Signature => "event/signature",
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl core::error::Error for Fault {}

macro_rules! kinds {
    ($($(#[$doc:meta])* $name:ident = $word:literal,)*) => {
        /// What an event is.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Kind { $($(#[$doc])* $name,)* }

        impl Kind {
            /// Every kind.
            pub const ALL: &[Kind] = &[$(Kind::$name,)*];

            /// The word for it.
            pub const fn as_str(self) -> &'static str {
                match self { $(Kind::$name => $word,)* }
            }
        }
    };
}

kinds! {
    /// A person has decided.
    Decision = "decision",
    /// A person has taken back what was allowed.
    Withdraw = "withdraw",
    /// A signal was taken over.
    Signal = "signal",
    /// A person has said the same again.
    Renew = "renew",
    /// What was allowed has run out.
    Expire = "expire",
    /// From here on this device decides for an account.
    Link = "link",
    /// From here on it decides for itself.
    Unlink = "unlink",
    /// The person has had everything erased that came before.
    Erase = "erase",
}

/// An event. It holds no address, user agent, page or name of the person (promise 8).
///
/// As canonical JSON (RFC 8785), with the names in this order: `acct` (while the
/// device decides for an account: the pseudonym that the site's server gave it), `act`, `at` (s since 1970), `dev` (8 random
/// bytes of the browser profile), `exp` (s since 1970), `gpc`, `grant` (0 or 1 for each purpose, `key` or
/// `key@revision`), `hlc` (hybrid logical clock: 48 bits of milliseconds, 16 of a counter, as 16
/// hexadecimal digits), `lang`, `model`, `n` (16 random bytes, so that a hash says nothing about an event that
/// was erased), `notice` (`hash` and `version` of the policy document), `pk` (Ed25519 public key), `prev`
/// (hash of the device's event before), `regime`, `region` (where known), `seen` (how many entries
/// of the log the device had merged when the person decided), `seq` (place in the device's chain, from
/// 1), `sig` (Ed25519 over the text without this member), `src`, `sub`, `svc` (as `grant`, for
/// services), `t`, `ui` (hash of what was shown), `v`. Bytes are base64url without padding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Event<'a> {
    /// The pseudonym of the account for which it was decided; empty for the device alone.
    pub acct: &'a str,
    /// What was done.
    pub act: Act,
    /// When, in seconds since 1970, by the device's clock.
    pub at: u64,
    /// The device.
    pub dev: [u8; 8],
    /// Until when it holds, in seconds since 1970.
    pub exp: u64,
    /// Whether the opt-out signal was on.
    pub gpc: bool,
    /// Purposes.
    pub grant: Choices<'a>,
    /// Hybrid logical clock: milliseconds since 1970 in the upper 48 bits, a counter in the lower 16.
    pub hlc: u64,
    /// The language of the texts that were shown.
    pub lang: &'a str,
    /// The regime's model.
    pub model: Model,
    /// What makes the hash unguessable.
    pub nonce: [u8; 16],
    /// SHA-256 of the policy document.
    pub notice: Hash,
    /// Its version.
    pub version: &'a str,
    /// Ed25519 public key.
    pub key: [u8; KEY],
    /// Hash of the device's event before.
    pub prev: Hash,
    /// The key of the regime.
    pub regime: &'a str,
    /// The region; empty where unknown.
    pub region: &'a str,
    /// How many entries of the log the device had merged.
    pub seen: u64,
    /// Place in the device's chain, from 1.
    pub seq: u64,
    /// Ed25519 signature.
    pub sig: [u8; 64],
    /// Where it was done.
    pub src: Source,
    /// The subject.
    pub sub: Subject,
    /// Services.
    pub svc: Choices<'a>,
    /// What it is.
    pub kind: Kind,
    /// SHA-256 of the document that says what was shown; [`NOTHING`] where nothing was.
    pub ui: Hash,
}

/// The canonical form of an event without its signature, out of the text with it. A quote stands nowhere
/// within a text of an event, so that this member can be found by its name alone.
pub fn without_signature(text: &str) -> String {
    let cut = || {
        let (before, rest) = text.split_once("\"sig\":\"")?;
        let (_, after) = rest.split_once("\",")?;
        Some([before, after].concat())
    };
    cut().unwrap_or_else(|| text.into())
}

/// The canonical form of an event with its signature, out of the text without it.
pub fn with_signature(unsigned: &str, signature: &[u8; 64]) -> String {
    let at = unsigned.find("\"src\":\"").unwrap_or(unsigned.len());
    let (before, after) = unsigned.split_at_checked(at).unwrap_or((unsigned, ""));
    [before, "\"sig\":\"", &text(signature), "\",", after].concat()
}

/// SHA-256 of an event's canonical form without its signature.
pub fn hash(unsigned: &str) -> Hash {
    Sha256::digest(unsigned).into()
}

/// Whether this can be an account's pseudonym: 1 to 64 letters, digits, `_` and `-`.
pub fn is_account(text: &str) -> bool {
    (1..=64).contains(&text.len())
        && text.bytes().all(|it| it.is_ascii_alphanumeric() || matches!(it, b'_' | b'-'))
}

impl<'a> Event<'a> {
    /// Reads an event. The signature is not checked: see [`Event::unsigned`].
    pub fn read(text: &'a str) -> Result<Event<'a>, Fault> {
        if text.len() > LONGEST {
            return Err(Fault::Long);
        }
        let mut scan = Scan::new(text);
        let event = Event::scan(&mut scan).filter(|_| scan.rest().is_empty());
        let event = event.ok_or(Fault::Form(scan.at()))?;
        if !event.sub.is_of(&event.key) {
            return Err(Fault::Subject);
        }
        if (event.seq == 1) != (event.prev == NOTHING) {
            return Err(Fault::Chain);
        }
        Ok(event)
    }

    fn scan(s: &mut Scan<'a>) -> Option<Event<'a>> {
        s.eat("{")?;
        let mut acct = "";
        if s.eat("\"acct\":").is_some() {
            acct = s.text(is_account)?;
            s.eat(",")?;
        }
        s.eat("\"act\":")?;
        let act = Act::parse(s.text(|_| true)?)?;
        s.eat(",\"at\":")?;
        let at = s.number()?;
        s.eat(",\"dev\":")?;
        let dev = binary(s)?;
        s.eat(",\"exp\":")?;
        let exp = s.number()?;
        s.eat(",\"gpc\":")?;
        let gpc = s.flag()?;
        s.eat(",\"grant\":")?;
        let grant = s.choices(MOST[0])?;
        s.eat(",\"hlc\":")?;
        let hlc = s.text(|it| it.len() == 16 && !it.bytes().any(|it| it.is_ascii_uppercase()))?;
        // A sign would pass as a number, and is no digit.
        let hlc = u64::from_str_radix(hlc, 16).ok().filter(|_| !hlc.starts_with('+'))?;
        s.eat(",\"lang\":")?;
        let lang = s.text(is_lang)?;
        s.eat(",\"model\":")?;
        let model = Model::parse(s.text(|_| true)?)?;
        s.eat(",\"n\":")?;
        let nonce = binary(s)?;
        s.eat(",\"notice\":{\"hash\":")?;
        let notice = binary(s)?;
        s.eat(",\"version\":")?;
        let version = s.text(is_notice)?;
        s.eat("},\"pk\":")?;
        let key = binary(s)?;
        s.eat(",\"prev\":")?;
        let prev = binary(s)?;
        s.eat(",\"regime\":")?;
        let regime = s.text(is_key)?;
        let mut region = "";
        if s.eat(",\"region\":").is_some() {
            region = s.text(is_place)?;
        }
        s.eat(",\"seen\":")?;
        let seen = s.number()?;
        s.eat(",\"seq\":")?;
        let seq = s.number().filter(|seq| *seq > 0)?;
        s.eat(",\"sig\":")?;
        let sig = binary(s)?;
        s.eat(",\"src\":")?;
        let src = Source::parse(s.text(|_| true)?)?;
        s.eat(",\"sub\":")?;
        let sub = Subject(binary(s)?);
        s.eat(",\"svc\":")?;
        let svc = s.choices(MOST[1])?;
        s.eat(",\"t\":")?;
        let word = s.text(|_| true)?;
        let kind = Kind::ALL.iter().copied().find(|it| it.as_str() == word)?;
        s.eat(",\"ui\":")?;
        let ui = binary(s)?;
        s.eat(",\"v\":1}")?;
        let fits = if acct.is_empty() { kind != Kind::Link } else { kind != Kind::Unlink };
        fits.then_some(Event {
            acct,
            act,
            at,
            dev,
            exp,
            gpc,
            grant,
            hlc,
            lang,
            model,
            nonce,
            notice,
            version,
            key,
            prev,
            regime,
            region,
            seen,
            seq,
            sig,
            src,
            sub,
            svc,
            kind,
            ui,
        })
    }

    /// What is signed and hashed: the canonical form without `sig`.
    pub fn unsigned(&self) -> String {
        self.write(false)
    }

    /// The canonical form.
    pub fn canonical(&self) -> String {
        self.write(true)
    }

    fn write(&self, signed: bool) -> String {
        let mut notice = Object::default();
        notice.text("hash", &text(&self.notice));
        notice.text("version", self.version);
        let mut out = Object::default();
        if !self.acct.is_empty() {
            out.text("acct", self.acct);
        }
        out.text("act", self.act.as_str());
        out.number("at", self.at);
        out.text("dev", &text(&self.dev));
        out.number("exp", self.exp);
        out.number("gpc", self.gpc.into());
        out.raw("grant", self.grant.0);
        out.text("hlc", &hexadecimal(self.hlc));
        out.text("lang", self.lang);
        out.text("model", self.model.as_str());
        out.text("n", &text(&self.nonce));
        out.raw("notice", &notice.end());
        out.text("pk", &text(&self.key));
        out.text("prev", &text(&self.prev));
        out.text("regime", self.regime);
        if !self.region.is_empty() {
            out.text("region", self.region);
        }
        out.number("seen", self.seen);
        out.number("seq", self.seq);
        if signed {
            out.text("sig", &text(&self.sig));
        }
        out.text("src", self.src.as_str());
        out.text("sub", &self.sub.text());
        out.raw("svc", self.svc.0);
        out.text("t", self.kind.as_str());
        out.text("ui", &text(&self.ui));
        out.number("v", 1);
        out.end()
    }

    /// The hash by which the next event of the device and the log know it.
    pub fn hash(&self) -> Hash {
        hash(&self.unsigned())
    }

    /// The id: the hybrid clock's 48 bits of milliseconds, then 16 bytes of the hash. Both sides compute
    /// it, it is never sent with an event, and it makes sending twice the same as sending once.
    pub fn id(&self) -> Id {
        Id::of(self.hlc, &self.hash())
    }

    /// Whether it changes what is allowed: what was only proof of one use ("load once") does not, nor
    /// does a question that was put aside.
    pub fn lasts(&self) -> bool {
        self.exp > self.at
    }
}

fn binary<const LENGTH: usize>(scan: &mut Scan<'_>) -> Option<[u8; LENGTH]> {
    bytes(scan.text(|_| true)?)
}
