//! Reading canonical JSON of a known form, byte by byte: every text has exactly one event that it
//! stands for, and every event exactly one text. Nothing is copied, and nothing nests.

use crate::policy::{is_key, is_language, is_region, is_version};

/// The largest number that every JSON reader keeps (RFC 8785, 3.2.2.3).
pub(super) const LARGEST: u64 = (1 << 53) - 1;

/// What remains to be read of a text.
#[derive(Clone, Copy, Debug)]
pub struct Scan<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Scan<'a> {
    /// At the start of a text.
    pub const fn new(text: &'a str) -> Scan<'a> {
        Scan { text, at: 0 }
    }

    /// How many bytes have been read.
    pub const fn at(self) -> usize {
        self.at
    }

    /// What remains.
    pub fn rest(self) -> &'a str {
        self.text.get(self.at..).unwrap_or("")
    }

    /// Reads exactly this; nothing is read if something else is there.
    pub fn eat(&mut self, wanted: &str) -> Option<()> {
        self.rest().starts_with(wanted).then(|| self.at += wanted.len())
    }

    /// Reads one character.
    pub(super) fn next(&mut self) -> Option<char> {
        let next = self.rest().chars().next()?;
        self.at += next.len_utf8();
        Some(next)
    }

    /// Reads up to a character, which stays.
    fn until(&mut self, end: fn(char) -> bool) -> &'a str {
        let rest = self.rest();
        let length = rest.find(end).unwrap_or(rest.len());
        self.at += length;
        rest.get(..length).unwrap_or("")
    }

    /// Reads a whole number without leading zeros.
    pub fn number(&mut self) -> Option<u64> {
        let digits = self.until(|it| !it.is_ascii_digit());
        if digits.len() > 1 && digits.starts_with('0') {
            return None;
        }
        digits.parse().ok().filter(|number| *number <= LARGEST)
    }

    /// Reads 0 or 1.
    pub fn flag(&mut self) -> Option<bool> {
        match self.number()? {
            0 => Some(false),
            1 => Some(true),
            _ => None,
        }
    }

    /// Reads a text that needs no escapes and satisfies a form.
    pub fn text(&mut self, form: impl Fn(&str) -> bool) -> Option<&'a str> {
        self.eat("\"")?;
        let text = self.until(|it| matches!(it, '"' | '\\') || it.is_ascii_control());
        self.eat("\"")?;
        form(text).then_some(text)
    }

    /// Reads an object of zeros and ones whose names are in order, as [`Choices`].
    pub fn choices(&mut self, most: usize) -> Option<Choices<'a>> {
        let from = self.at;
        self.eat("{")?;
        let mut last = "";
        let mut count = 0;
        while self.eat("}").is_none() {
            if count > 0 {
                self.eat(",")?;
            }
            let name = self.text(is_choice)?;
            self.eat(":")?;
            self.flag()?;
            count += 1;
            if name <= last || count > most {
                return None;
            }
            last = name;
        }
        self.text.get(from..self.at).map(Choices)
    }
}

/// `key` or, for a purpose that was changed since, `key@revision`.
pub(super) fn is_choice(name: &str) -> bool {
    match name.split_once('@') {
        None => is_key(name),
        Some((key, revision)) => {
            is_key(key)
                && !revision.is_empty()
                && revision.len() < 3
                && revision.bytes().all(|it| it.is_ascii_alphanumeric())
        }
    }
}

/// Empty or a region.
pub(super) fn is_place(text: &str) -> bool {
    is_region(text)
}

/// A language tag.
pub(super) fn is_lang(text: &str) -> bool {
    text.len() <= 35 && is_language(text)
}

/// The version of a policy document.
pub(super) fn is_notice(text: &str) -> bool {
    is_version(text)
}

/// What was allowed (1) and refused (0), by name, as canonical JSON: `{"analytics":1}`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Choices<'a>(pub &'a str);

impl<'a> Choices<'a> {
    /// No choice.
    pub const NONE: Choices<'static> = Choices("{}");

    /// Every name and whether it was allowed.
    pub fn iter(self) -> impl Iterator<Item = (&'a str, bool)> {
        let parts = self.0.trim_matches(['{', '}']).split(',');
        parts.filter_map(|part| {
            let (name, value) = part.rsplit_once(':')?;
            Some((name.trim_matches('"'), value == "1"))
        })
    }
}
