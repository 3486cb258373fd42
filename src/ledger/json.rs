//! Reading JSON that somebody else has written down again: white space, escapes and the order of names
//! may be others than they were. Only what is asked for is read, so that nothing nests.

use alloc::string::String;

use super::scan::Scan;

/// A place in a text of JSON.
#[derive(Clone, Copy, Debug)]
pub(super) struct Json<'a>(Scan<'a>);

impl<'a> Json<'a> {
    pub(super) const fn new(text: &'a str) -> Json<'a> {
        Json(Scan::new(text))
    }

    fn space(&mut self) {
        while [" ", "\n", "\r", "\t"].iter().any(|it| self.0.eat(it).is_some()) {}
    }

    /// Reads a sign such as `{`, and the white space around it.
    pub(super) fn sign(&mut self, sign: &str) -> Option<()> {
        self.space();
        self.0.eat(sign)?;
        self.space();
        Some(())
    }

    /// Whether nothing is left.
    pub(super) fn is_over(&mut self) -> bool {
        self.space();
        self.0.rest().is_empty()
    }

    /// Reads a whole number that every JSON reader keeps.
    pub(super) fn number(&mut self) -> Option<u64> {
        self.0.number()
    }

    /// Reads a text of at most so many bytes.
    pub(super) fn text(&mut self, most: usize) -> Option<String> {
        self.0.eat("\"")?;
        let mut out = String::new();
        while self.0.eat("\"").is_none() {
            let next = self.character()?;
            if out.len() + next.len_utf8() > most {
                return None;
            }
            out.push(next);
        }
        Some(out)
    }

    fn character(&mut self) -> Option<char> {
        if self.0.eat("\\").is_none() {
            return self.0.next().filter(|it| *it >= ' ');
        }
        match self.0.next()? {
            'u' => self.unit(),
            'b' => Some('\u{8}'),
            't' => Some('\t'),
            'n' => Some('\n'),
            'f' => Some('\u{c}'),
            'r' => Some('\r'),
            plain @ ('"' | '\\' | '/') => Some(plain),
            _ => None,
        }
    }

    /// What stands behind `\u`: a character, or the first half of one whose second follows.
    fn unit(&mut self) -> Option<char> {
        let first = self.digits()?;
        if !(0xd800..0xdc00).contains(&first) {
            return char::from_u32(first);
        }
        self.0.eat("\\u")?;
        let second = self.digits()?.checked_sub(0xdc00).filter(|it| *it < 0x400)?;
        char::from_u32(0x1_0000 + ((first - 0xd800) << 10) + second)
    }

    fn digits(&mut self) -> Option<u32> {
        let mut value = 0;
        for _ in 0..4 {
            value = value * 16 + self.0.next()?.to_digit(16)?;
        }
        Some(value)
    }
}
