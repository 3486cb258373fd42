//! The state that a person's decisions add up to, kept as the text that is stored.
//!
//! `1~version~group~group…~{sum 7}`
//!
//! A group is what was decided at one time: its head and its entries. The head is
//! `{seq 4}{at 7}{until 7}{signal 1}`, numbers in base 32 with times in seconds since 1970.
//! An entry is a sign, `+` granted, `!` refused, `*` refused because two tabs decided
//! differently at the same time, and a name, `key` or `key@{revision 1}`. A group without
//! entries says that the question was put aside.
//!
//! The sum finds damage, not forgery: whoever can write the store can also click. Every
//! character may stand in a cookie's value (RFC 6265, 4.1.1).

use crate::policy::{Parts, Sink, field, index, number, parts, put_number, seal, unseal};

/// The length of a group's head.
const HEAD: usize = 19;

/// When and how a group of choices was made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Head {
    /// The number of the decision on this device, from 1.
    pub seq: u32,
    /// When, in seconds since 1970.
    pub at: u32,
    /// Until when it holds, in seconds since 1970.
    pub until: u32,
    /// Whether the opt-out signal was on at that time. A grant for sale or sharing that was
    /// given with the signal on is a choice against the signal and may stand.
    pub gpc: bool,
}

impl Head {
    /// By this groups follow one another: by their number, and those of one number, from tabs
    /// side by side, by their time.
    fn time(self) -> u64 {
        u64::from(self.seq) << 32 | u64::from(self.at)
    }

    /// Appends it.
    pub fn write<S: Sink>(self, out: &mut S) {
        put_number(out, self.seq, 4);
        put_number(out, self.at, 7);
        put_number(out, self.until, 7);
        put_number(out, u32::from(self.gpc), 1);
    }

    /// Reads the head of a group.
    #[inline(never)]
    pub fn read(group: &[u8]) -> Head {
        let part = |from: usize, to: usize| number(group.get(from..to).unwrap_or(b""));
        Head {
            seq: part(0, 4),
            at: part(4, 11),
            until: part(11, 18),
            gpc: part(18, HEAD) == 1,
        }
    }
}

/// One entry of a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry<'a> {
    /// `+`, `!` or `*`.
    pub sign: u8,
    /// `key` or `key@revision`.
    pub name: &'a [u8],
}

impl<'a> Entry<'a> {
    /// Allowed or refused.
    pub const fn granted(self) -> bool {
        self.sign == b'+'
    }

    /// The key of the purpose or service.
    pub fn key(self) -> &'a [u8] {
        field(self.name, b'@', 0)
    }

    /// The revision that the person decided on.
    pub fn revision(self) -> u32 {
        match field(self.name, b'@', 1) {
            b"" => 1,
            revision => number(revision),
        }
    }

    #[inline(never)]
    fn write<S: Sink>(self, out: &mut S) {
        out.put(&[self.sign]);
        out.put(self.name);
    }
}

/// The entries of a group.
#[derive(Clone, Debug)]
pub struct Entries<'a>(&'a [u8]);

const fn is_sign(byte: u8) -> bool {
    matches!(byte, b'+' | b'!' | b'*')
}

/// The entries of a group.
pub const fn entries(group: &[u8]) -> Entries<'_> {
    Entries(group)
}

impl<'a> Iterator for Entries<'a> {
    type Item = Entry<'a>;

    #[inline(never)]
    fn next(&mut self) -> Option<Entry<'a>> {
        while let [byte, rest @ ..] = self.0 {
            self.0 = rest;
            if is_sign(*byte) {
                let mut end = 0;
                while rest.get(end).is_some_and(|byte| !is_sign(*byte)) {
                    end += 1;
                }
                return Some(Entry {
                    sign: *byte,
                    name: rest.get(..end)?,
                });
            }
        }
        None
    }
}

/// The entry of a group about `key`.
#[inline(never)]
pub fn entry_of<'a>(group: &'a [u8], key: &[u8]) -> Option<Entry<'a>> {
    entries(group).find(|it| it.key() == key)
}

/// Writes the beginning of a group of a state.
fn begin<S: Sink>(head: Head, out: &mut S) {
    out.put(b"~");
    head.write(out);
}

/// Everything a person has decided so far. The empty text stands for nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct State<'s> {
    /// The groups, with tildes between them.
    text: &'s [u8],
    /// The store was damaged: nothing optional is allowed before a new decision.
    pub damaged: bool,
}

impl<'s> State<'s> {
    /// Reads a stored text; one that is damaged counts as such.
    pub fn read(text: &'s [u8]) -> State<'s> {
        match unseal(text) {
            Some(body) if body.starts_with(b"1~") => State {
                text: body
                    .get(2..)
                    .map_or(b"", |rest| rest.get(index(rest, b'~') + 1..).unwrap_or(b"")),
                damaged: false,
            },
            _ => State {
                text: b"",
                damaged: !text.is_empty(),
            },
        }
    }

    /// The groups.
    pub fn groups(&self) -> Parts<'s> {
        parts(self.text, b'~')
    }

    /// The last word on a purpose or service, and when it was said.
    #[inline(never)]
    pub fn choice(&self, key: &[u8]) -> Option<(Entry<'s>, Head)> {
        for group in self.groups() {
            if let Some(entry) = entry_of(group, key) {
                return Some((entry, Head::read(group)));
            }
        }
        None
    }

    /// The number of the last decision.
    pub fn seq(&self) -> u32 {
        let mut seq = 0;
        for group in self.groups() {
            seq = seq.max(Head::read(group).seq);
        }
        seq
    }

    /// Until when a store should keep it, in seconds since 1970.
    pub fn until(&self) -> u32 {
        let mut until = 0;
        for group in self.groups() {
            until = until.max(Head::read(group).until);
        }
        until
    }

    /// Whether anything has been decided.
    pub fn decided(&self) -> bool {
        entries(self.text).next().is_some()
    }

    /// Whether anything is granted.
    pub fn grants(&self) -> bool {
        index(self.text, b'+') < self.text.len()
    }

    /// When the question was last put aside without an answer; 0 for never.
    pub fn dismissed(&self) -> u32 {
        let mut at = 0;
        for group in self.groups() {
            if group.len() == HEAD {
                at = Head::read(group).at;
            }
        }
        at
    }

    /// Writes the state that this one and a group add up to, in whatever order groups
    /// arrive, and however often.
    ///
    /// A newer choice stands. One with the number of an earlier group was made in another
    /// tab at the same time: what either of them refused is refused, and asked again. A
    /// group that ends when it begins ("load once") is proof, and changes nothing.
    #[inline(never)]
    pub fn take<S: Sink>(&self, group: &[u8], version: &[u8], out: &mut S) {
        out.put(b"1~");
        out.put(version);
        let head = Head::read(group);
        let lasts = head.until > head.at || group.len() == HEAD;
        let news = State {
            text: if lasts { group } else { b"" },
            damaged: false,
        };
        self.write_beside(&news, 0, out);
        news.write_beside(self, 1, out);
        seal(out);
    }

    /// Writes what stands of this state beside another one. `behind` is 1 for the one that
    /// yields where both say the same.
    #[inline(never)]
    fn write_beside<S: Sink>(&self, other: &State<'_>, behind: u64, out: &mut S) {
        for group in self.groups() {
            let head = Head::read(group);
            // Of two questions that were put aside the later one counts.
            let later = u64::from(other.dismissed()) + behind <= u64::from(head.at);
            let mut some = group.len() == HEAD && later;
            if some {
                begin(head, out);
            }
            for mut entry in entries(group) {
                if let Some((rival, when)) = other.choice(entry.key()) {
                    if when.time() + behind > head.time() {
                        continue;
                    }
                    if when.seq == head.seq && rival.sign != entry.sign {
                        entry.sign = b'*';
                    }
                }
                if !some {
                    some = true;
                    begin(head, out);
                }
                entry.write(out);
            }
        }
    }
}
