//! The plan: what a page needs of a policy document to decide, compiled from it.
//!
//! A document is checked and compiled once, when the site is built (or by the `compile`
//! module, where a page is given the document itself). The boot module reads only the plan,
//! so that a document with a fault cannot be used by halves, and what cannot go wrong need
//! not be checked at every page load. It is read where it stands; nothing is built from it.
//!
//! It is ASCII, a line for each thing, sealed with a sum. Fields in braces are numbers in
//! base 32 with the width that is given; the others are separated by `|`, lists by blanks:
//!
//! ```text
//! 1|version|hash|forbidden keys
//! p{flags 1}{revision 1}{Consent Mode bits 1}|key alias…                      a purpose
//! s{flags 1}{revision 1}{place of its purpose 1}|key alias…|host pattern…     a service
//! n|key alias…|host pattern…                                                  never allowed
//! r{model 1}{flags 1}{parent age 1}{opt-in age 1}{days valid 2}{days quiet 2}|key|region…|{place 1}{model 1}…
//! ~{sum 7}
//! ```
//!
//! Of the regimes the last one is that of unknown regions. A service has the flags of its
//! purpose.

use super::pattern::{Address, covers};
use super::text::{Parts, field, has_word, index, number, parts, unseal};

/// How many items a plan can have.
pub const MOST_ITEMS: usize = 288;

/// What can be said of a purpose or a regime, as bits.
pub mod flags {
    /// Needed to run the service: always allowed, never asked.
    pub const ESSENTIAL: u32 = 1;
    /// A sale or sharing of personal data in the sense of Cal. Civ. Code 1798.140.
    pub const SHARING: u32 = 2;
    /// The policy promises to ask first, whatever the regime would allow by default.
    pub const EXPLICIT: u32 = 4;
    /// Only services of the document may use the purpose: an undeclared vendor is held even
    /// when the purpose is allowed.
    pub const CLOSED: u32 = 8;

    /// Of a regime: Global Privacy Control is a valid opt-out of sale and sharing.
    pub const GPC: u32 = 1;
    /// Of a regime: "Your Privacy Choices" with its icon must be shown (11 CCR 7015, 7026).
    pub const CHOICES_LINK: u32 = 2;
}

/// A purpose or a service: what a person decides about.
#[derive(Clone, Copy, Debug, Default)]
pub struct Item<'p> {
    /// Its place: purposes first, in the order in which they are shown, then services.
    pub at: u32,
    /// Of a service, the place of its purpose; of a purpose, its own.
    pub purpose: u32,
    /// The flags of its purpose.
    pub flags: u32,
    /// Raised when the item changes so much that earlier grants no longer cover it; a service's
    /// rises with its purpose's.
    pub revision: u32,
    /// The Google Consent Mode types that follow a purpose, as bits in the order of
    /// [`super::CONSENT_MODE`].
    pub consent_mode: u32,
    /// The key in markup, API and records.
    pub key: &'p [u8],
    /// The line of the plan.
    line: &'p [u8],
}

impl<'p> Item<'p> {
    /// Whether a flag of its purpose is set.
    pub const fn is(&self, flag: u32) -> bool {
        self.flags & flag != 0
    }

    /// Whether it is a purpose.
    pub const fn is_purpose(&self) -> bool {
        self.purpose == self.at
    }

    /// Whether `name` is its key or an alias.
    #[inline(never)]
    pub fn is_named(&self, name: &[u8]) -> bool {
        has_word(field(self.line, b'|', 1), name)
    }

    /// Of a service: where it lives, as host patterns.
    pub fn hosts(&self) -> &'p [u8] {
        field(self.line, b'|', 2)
    }
}

/// What holds for an optional purpose before the person has decided.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Model {
    /// Denied until allowed.
    #[default]
    OptIn,
    /// Allowed until the person opts out; the person is told.
    OptOut,
    /// Allowed with notice and a simple way to object (UK statistics since 2025).
    Notice,
}

impl Model {
    /// Every model.
    pub const ALL: [Model; 3] = [Model::OptIn, Model::OptOut, Model::Notice];

    /// The word for it in documents and records.
    pub const fn as_str(self) -> &'static str {
        match self {
            Model::OptIn => "opt-in",
            Model::OptOut => "opt-out",
            Model::Notice => "notice",
        }
    }

    /// The model that this word names.
    pub fn parse(word: &str) -> Option<Model> {
        Model::ALL.into_iter().find(|it| it.as_str() == word)
    }
}

/// The law of one or more regions: what it makes of a purpose that nobody has decided on. A
/// line of the plan.
#[derive(Clone, Copy, Debug, Default)]
pub struct Regime<'p>(&'p [u8]);

impl<'p> Regime<'p> {
    #[inline(never)]
    fn number(self, from: usize, width: usize) -> u32 {
        number(self.0.get(from..from + width).unwrap_or(b""))
    }

    /// The key in records: `gdpr`, `ccpa`.
    pub fn key(self) -> &'p [u8] {
        field(self.0, b'|', 1)
    }

    /// Whether, without a decision, optional purposes are denied ([`Model::OptIn`]).
    pub fn asks_first(self) -> bool {
        self.number(1, 1) == Model::OptIn as u32
    }

    /// The same for the purpose at this place, which may be an exception.
    pub fn asks_first_for(self, purpose: u32) -> bool {
        for exception in parts(field(self.0, b'|', 3), b' ') {
            if let [place, model] = exception
                && number(&[*place]) == purpose
            {
                return *model == b'0';
            }
        }
        self.asks_first()
    }

    /// The model.
    pub fn model(self) -> Model {
        match self.number(1, 1) {
            1 => Model::OptOut,
            2 => Model::Notice,
            _ => Model::OptIn,
        }
    }

    /// See [`flags`].
    pub fn flags(self) -> u32 {
        self.number(2, 1)
    }

    /// Below this age, in years, nothing optional is allowed without a parent's
    /// authorisation: GDPR article 8, COPPA, Cal. Civ. Code 1798.120(c).
    pub fn parent_age(self) -> u32 {
        self.number(3, 1)
    }

    /// Below this age sale and sharing are opt-in whatever the model says.
    pub fn opt_in_age(self) -> u32 {
        self.number(4, 1)
    }

    /// For how many days a decision holds.
    pub fn validity_days(self) -> u32 {
        self.number(5, 2)
    }

    /// For how many days after a decision the person is not asked again.
    pub fn quiet_days(self) -> u32 {
        self.number(7, 2)
    }
}

/// What a name stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Key {
    /// A purpose or service, by its place.
    Item(u32),
    /// Something on the never-list.
    Never,
    /// Nothing that the policy has.
    Unknown,
}

/// A policy, for one region.
#[derive(Clone, Copy, Debug, Default)]
pub struct Policy<'p> {
    plan: &'p [u8],
    /// The law that applies.
    pub regime: Regime<'p>,
}

/// The items of a plan.
#[derive(Clone, Debug)]
pub struct Items<'p> {
    lines: Parts<'p>,
    at: u32,
}

impl<'p> Iterator for Items<'p> {
    type Item = Item<'p>;

    #[inline(never)]
    fn next(&mut self) -> Option<Item<'p>> {
        loop {
            let line = self.lines.next()?;
            let [kind @ (b'p' | b's'), flags, revision, last, ..] = line else {
                continue;
            };
            let names = field(line, b'|', 1);
            let last = number(&[*last]);
            let service = *kind == b's';
            let at = self.at;
            self.at += 1;
            return Some(Item {
                at,
                purpose: if service { last } else { at },
                flags: number(&[*flags]),
                revision: number(&[*revision]),
                consent_mode: if service { 0 } else { last },
                key: names.get(..index(names, b' ')).unwrap_or(names),
                line,
            });
        }
    }
}

impl<'p> Policy<'p> {
    /// The policy that allows nothing.
    pub const NONE: Policy<'p> = Policy {
        plan: b"",
        regime: Regime(b""),
    };

    /// Reads a plan for a region (`US-CA`; empty where unknown). `forced` names a regime,
    /// where the site knows better. `None` when the plan is damaged or of another format, or
    /// has no such regime.
    pub fn read(plan: &'p [u8], region: &[u8], forced: &[u8]) -> Option<Policy<'p>> {
        let plan = unseal(plan)?;
        if !plan.starts_with(b"1|") {
            return None;
        }
        let country = region.get(..index(region, b'-')).unwrap_or(b"");
        let mut regime = Regime::default();
        let mut best = 0;
        for line in parts(plan, b'\n') {
            if line.first() == Some(&b'r') {
                let this = Regime(line);
                let regions = field(line, b'|', 2);
                // The site's word, the very region, its country, else the last of all.
                let fits = if this.key() == forced {
                    3
                } else if has_word(regions, region) {
                    2
                } else {
                    u32::from(has_word(regions, country))
                };
                if fits > best || best == 0 {
                    best = fits;
                    regime = this;
                }
            }
        }
        (best == 3 || forced.is_empty()).then_some(Policy { plan, regime })
    }

    fn head(&self, at: usize) -> &'p [u8] {
        field(self.plan.get(..index(self.plan, b'\n')).unwrap_or(b""), b'|', at)
    }

    /// The version that records name.
    pub fn version(&self) -> &'p [u8] {
        self.head(1)
    }

    /// SHA-256 of the document's canonical form, base64url.
    pub fn hash(&self) -> &'p [u8] {
        self.head(2)
    }

    /// Keys that the policy's owner forbids, joined by blanks.
    pub fn ceiling(&self) -> &'p [u8] {
        self.head(3)
    }

    /// The purposes in the order in which they are shown, then the services.
    pub const fn items(&self) -> Items<'p> {
        Items {
            lines: parts(self.plan, b'\n'),
            at: 0,
        }
    }

    /// The item at this place.
    #[inline(never)]
    pub fn item(&self, at: u32) -> Item<'p> {
        self.items().find(|it| it.at == at).unwrap_or_default()
    }

    /// What `name`, a key or an alias, stands for.
    #[inline(never)]
    pub fn find(&self, name: &[u8]) -> Key {
        let mut at = 0;
        for line in parts(self.plan, b'\n') {
            let kind = line.first().copied().unwrap_or(0);
            if kind == b'r' || kind == b'1' {
                continue;
            }
            if has_word(field(line, b'|', 1), name) {
                return if kind == b'n' { Key::Never } else { Key::Item(at) };
            }
            at += 1;
        }
        Key::Unknown
    }

    /// Whether the never-list blocks the address.
    pub fn never_covers(&self, address: Address<'_>) -> bool {
        parts(self.plan, b'\n')
            .any(|line| line.first() == Some(&b'n') && cover(field(line, b'|', 2), address))
    }

    /// What the never-list names: keys and host patterns, each joined by blanks.
    #[cfg(not(feature = "boot"))]
    pub fn never(&self) -> impl Iterator<Item = (&'p [u8], &'p [u8])> {
        let lines = parts(self.plan, b'\n').filter(|line| line.first() == Some(&b'n'));
        lines.map(|line| (field(line, b'|', 1), field(line, b'|', 2)))
    }
}

/// Whether one of these host patterns covers the address.
#[inline(never)]
pub fn cover(patterns: &[u8], address: Address<'_>) -> bool {
    parts(patterns, b' ').any(|it| covers(it, address))
}
