//! The decision as a small first-party cookie: for the guard, for a server that renders the
//! page, and for the other subdomains of a site.

use alloc::string::String;
use alloc::vec::Vec;

use super::decision::{Choice, Decision};
use crate::policy::{is_key, is_version, push_number};

/// A decision in short.
///
/// As text: `1~seq~at~until~gpc~version~granted~refused~sum`, with numbers in base 36, times
/// in seconds since 1970, keys (`key` or `key@revision`) joined by dots, and `sum` the FNV-1a
/// hash of all that stands before its tilde. The sum finds damage, not forgery: whoever can
/// write the cookie can also click.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mirror {
    /// The number of the last event.
    pub seq: u64,
    /// When it was decided, in seconds since 1970.
    pub at: u64,
    /// Until when all of it holds, in seconds since 1970: the earliest end of any part.
    pub until: u64,
    /// Whether every grant was given with the opt-out signal on.
    pub gpc: bool,
    /// The version of the policy document.
    pub version: String,
    /// What is allowed.
    pub granted: Vec<(String, u16)>,
    /// What is refused.
    pub refused: Vec<(String, u16)>,
}

impl Mirror {
    /// The short form of a decision; `None` when nothing was decided.
    pub fn of(decision: &Decision, version: &str) -> Option<Mirror> {
        let mut mirror = Mirror {
            seq: decision.seq,
            at: decision.at / 1000,
            until: u64::MAX,
            gpc: true,
            version: version.into(),
            ..Mirror::default()
        };
        for choice in decision.choices() {
            mirror.until = mirror.until.min(choice.until / 1000);
            // Only what holds for every grant may be said of all of them.
            let list = if choice.granted {
                mirror.gpc &= choice.gpc;
                &mut mirror.granted
            } else {
                &mut mirror.refused
            };
            list.push((choice.key.clone(), choice.revision));
        }
        mirror.gpc &= !mirror.granted.is_empty();
        (mirror.until != u64::MAX).then_some(mirror)
    }

    /// As text for a cookie's value: every character is allowed there (RFC 6265, 4.1.1).
    pub fn write(&self) -> String {
        let mut out = String::from("1");
        for number in [self.seq, self.at, self.until, u64::from(self.gpc)] {
            out.push('~');
            push_number(&mut out, number, 36);
        }
        out.push('~');
        out.push_str(&self.version);
        for list in [&self.granted, &self.refused] {
            out.push('~');
            for (at, (key, revision)) in list.iter().enumerate() {
                if at > 0 {
                    out.push('.');
                }
                push_name(&mut out, key, *revision);
            }
        }
        let sum = u64::from(fnv(&out));
        out.push('~');
        push_number(&mut out, sum, 36);
        out
    }

    /// Reads the text of a cookie. `None` unless every part of it is as [`Mirror::write`]
    /// writes it.
    pub fn read(text: &str) -> Option<Mirror> {
        let (body, _) = text.rsplit_once('~')?;
        let mut parts = body.split('~');
        if parts.next()? != "1" {
            return None;
        }
        let mut number = || u64::from_str_radix(parts.next()?, 36).ok();
        let (seq, at, until, gpc) = (number()?, number()?, number()?, number()?);
        let version: String = parts.next()?.into();
        let mirror = Mirror {
            seq,
            at,
            until,
            gpc: gpc == 1,
            version,
            granted: read_names(parts.next()?)?,
            refused: read_names(parts.next()?)?,
        };
        // Writing it again is the one check that covers the sum and every odd spelling.
        (is_version(&mirror.version) && mirror.write() == text).then_some(mirror)
    }

    /// Brings a decision up to date with the cookie, which another subdomain may have
    /// written or which alone is left.
    ///
    /// Refusals always count. Grants count only when the cookie is ahead of the records.
    pub fn reflect(&self, decision: &mut Decision) {
        let ahead = self.seq > decision.seq;
        if !ahead && self.seq < decision.seq {
            return;
        }
        let mut put = |(key, revision): &(String, u16), granted: bool| {
            let known = decision
                .choice(key)
                .is_some_and(|it| it.granted == granted && it.revision == *revision);
            if !known {
                decision.put(Choice {
                    key: key.clone(),
                    revision: *revision,
                    granted,
                    at: self.at.saturating_mul(1000),
                    until: self.until.saturating_mul(1000),
                    seq: self.seq,
                    conflict: false,
                    gpc: self.gpc,
                });
            }
        };
        for name in &self.refused {
            put(name, false);
        }
        if ahead {
            for name in &self.granted {
                put(name, true);
            }
            decision.at = self.at.saturating_mul(1000);
        }
        decision.seq = decision.seq.max(self.seq);
    }
}

pub(super) fn push_name(out: &mut String, key: &str, revision: u16) {
    out.push_str(key);
    if revision != 1 {
        out.push('@');
        push_number(out, u64::from(revision), 10);
    }
}

fn read_names(text: &str) -> Option<Vec<(String, u16)>> {
    if text.is_empty() {
        return Some(Vec::new());
    }
    text.split('.')
        .map(|name| {
            let (key, revision) = match name.split_once('@') {
                Some((key, revision)) => (key, revision.parse().ok()?),
                None => (name, 1),
            };
            is_key(key).then(|| (key.into(), revision))
        })
        .collect()
}

/// FNV-1a, 32 bits (draft-eastlake-fnv).
fn fnv(text: &str) -> u32 {
    text.bytes().fold(0x811c_9dc5, |sum, byte| {
        (sum ^ u32::from(byte)).wrapping_mul(0x0100_0193)
    })
}
