//! What tabs of one browser say side by side, told to a record that has one order.
//!
//! A [`super::State`] knows by their numbers which decisions did not know each other, and refuses what they disagree
//! about. A chain of events puts one behind the other, as if it had known it. So behind a line that allows something
//! stands another that refuses what a line of the same or a later number refuses.

use alloc::vec::Vec;

use super::act::{Act, Source};
use super::slip::Slip;
use super::state::{Entry, Head, entries, entry_of};
use crate::policy::{Sink, seal};

/// The line that has to follow a line in the record, if one has to. `others` are those that stand before it.
pub fn dispute(line: Slip<'_>, others: &[Slip<'_>]) -> Option<Vec<u8>> {
    let head = Head::read(line.group());
    let lasting = |it: &&Slip<'_>| {
        let Head { at, until, .. } = Head::read(it.group());
        until > at
    };
    let says = |it: &Slip<'_>, key: &[u8]| entry_of(it.group(), key).map(Entry::granted);
    let number = |it: &Slip<'_>| Head::read(it.group()).seq;
    let refused = |key: &[u8]| {
        let last = others.iter().filter(lasting).filter(|it| says(it, key) == Some(false));
        last.map(number).max().is_some_and(|last| {
            let later = |it: &&Slip<'_>| says(it, key) == Some(true) && number(it) > last;
            last >= head.seq && !others.iter().filter(lasting).any(|it| later(&it))
        })
    };
    let names: Vec<&[u8]> = entries(line.group())
        .filter(|entry| entry.granted() && lasting(&&line) && refused(entry.key()))
        .map(|entry| entry.name)
        .collect();
    if names.is_empty() {
        return None;
    }
    let mut out = b"1~".to_vec();
    out.put(line.version());
    out.put(b"~");
    head.write(&mut out);
    for name in names {
        out.put(b"!");
        out.put(name);
    }
    let model = line.model()?.as_str();
    for part in [
        Act::Custom.as_str(),
        Source::Signal.as_str(),
        line.lang(),
        line.regime(),
        model,
        line.region(),
        line.hash(),
        line.ui(),
    ] {
        out.put(b"~");
        out.put(part.as_bytes());
    }
    seal(&mut out);
    Some(out)
}

#[cfg(test)]
mod tests {
    use std::string::String;

    use super::*;

    /// A line of a number, with choices; what holds no longer than it is old is proof of one use.
    fn line(seq: u32, choices: &str, holds: u32) -> Vec<u8> {
        let mut out = b"1~2026-11~".to_vec();
        let head = Head {
            seq,
            at: 1000,
            until: 1000 + holds,
            gpc: true,
        };
        head.write(&mut out);
        out.put(choices.as_bytes());
        out.put(b"~custom~panel~en~gdpr~opt-in~DE~hash~0.1.0-box");
        seal(&mut out);
        out
    }

    fn told(said: &[u8], others: &[Vec<u8>]) -> Option<String> {
        let others: Vec<Slip<'_>> = others.iter().filter_map(|it| Slip::read(it)).collect();
        let line = dispute(Slip::read(said)?, &others)?;
        let read = Slip::read(&line)?;
        assert_eq!(Head::read(read.group()), Head::read(Slip::read(said)?.group()));
        assert_eq!((read.act(), read.source()), (Some(Act::Custom), Some(Source::Signal)));
        assert_eq!((read.regime(), read.region(), read.ui()), ("gdpr", "DE", "0.1.0-box"));
        String::from_utf8(read.group().get(19..)?.to_vec()).ok()
    }

    #[test]
    fn what_was_refused_side_by_side_stays_refused() {
        let refused = [line(5, "!a!b@2", 9)];
        assert_eq!(told(&line(5, "+a+b@2+c", 9), &refused).as_deref(), Some("!a!b@2"));
        // It came late, and says less than what was said meanwhile.
        assert_eq!(told(&line(4, "+a", 9), &refused).as_deref(), Some("!a"));
        // It knew the refusal.
        assert_eq!(told(&line(6, "+a", 9), &refused), None);
        assert_eq!(told(&line(5, "+c!a", 9), &refused), None);
        assert_eq!(told(&line(5, "+a", 9), &[]), None);
    }

    #[test]
    fn what_was_taken_back_or_held_for_a_moment_refuses_nothing() {
        let later = [line(5, "!a", 9), line(6, "+a", 9)];
        assert_eq!(told(&line(5, "+a", 9), &later), None);
        let once = [line(5, "!a", 0)];
        assert_eq!(told(&line(5, "+a", 9), &once), None);
        assert_eq!(told(&line(5, "+a", 0), &later[..1]), None);
    }
}
