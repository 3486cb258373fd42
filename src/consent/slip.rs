//! The record of one decision as it is written down at once, on one line.
//!
//! `1~version~group~act~source~language~regime~model~region~hash~ui~{sum 7}`, with `group` as
//! in the text of a [`super::State`], `hash` that of the policy document and `ui` the
//! package's version and layout. Everything of a record that the device knows is on it; the
//! ledger makes the canonical JSON of [`super::Event`] from it, in its own time.

use super::act::{Act, Source};
use super::session::Session;
use crate::policy::{Model, Sink, field, seal, unseal};

/// What was done, and under which rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Slip<'a>(&'a [u8]);

/// Writes a slip.
pub fn write_slip<S: Sink>(session: &Session<'_>, group: &[u8], act: Act, source: Source, out: &mut S) {
    out.put(b"1");
    for part in [
        session.policy.version(),
        group,
        act.as_str().as_bytes(),
        source.as_str().as_bytes(),
        session.lang,
        session.policy.regime.key(),
        session.policy.regime.model().as_str().as_bytes(),
        session.region,
        session.policy.hash(),
        session.ui,
    ] {
        out.put(b"~");
        out.put(part);
    }
    seal(out);
}

impl<'a> Slip<'a> {
    /// Reads a line. `None` when it is damaged.
    pub fn read(line: &'a [u8]) -> Option<Slip<'a>> {
        let body = unseal(line)?;
        body.starts_with(b"1~").then_some(Slip(body))
    }

    /// The version of the policy document.
    pub fn version(self) -> &'a [u8] {
        field(self.0, b'~', 1)
    }

    /// When, until when, and the choices.
    pub fn group(self) -> &'a [u8] {
        field(self.0, b'~', 2)
    }

    fn text(self, at: usize) -> &'a str {
        core::str::from_utf8(field(self.0, b'~', at)).unwrap_or("")
    }

    /// What was done.
    pub fn act(self) -> Option<Act> {
        Act::parse(self.text(3))
    }

    /// Where.
    pub fn source(self) -> Option<Source> {
        Source::parse(self.text(4))
    }

    /// The language of the texts.
    pub fn lang(self) -> &'a str {
        self.text(5)
    }

    /// The key of the regime.
    pub fn regime(self) -> &'a str {
        self.text(6)
    }

    /// The regime's model.
    pub fn model(self) -> Option<Model> {
        Model::parse(self.text(7))
    }

    /// The region; empty where unknown.
    pub fn region(self) -> &'a str {
        self.text(8)
    }

    /// SHA-256 of the policy document, base64url.
    pub fn hash(self) -> &'a str {
        self.text(9)
    }

    /// What showed it: the package's version and the layout, `0.1.0-box`.
    pub fn ui(self) -> &'a str {
        self.text(10)
    }
}
