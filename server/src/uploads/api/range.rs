//! Which bytes of a file are asked for (RFC 9110, 14.2).

use std::ops::Range;

use axum::http::header::{HeaderMap, IF_RANGE, RANGE};

/// What is answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Wanted {
    /// All of it: nothing else is asked for, or in words that mean nothing here, such as several ranges.
    All,
    Some(Range<u64>),
    /// Nothing of it is there.
    None,
}

pub(super) fn wanted(headers: &HeaderMap, tag: &str, length: u64) -> Wanted {
    let mut lines = headers.get_all(RANGE).iter();
    let (Some(line), None) = (lines.next(), lines.next()) else {
        return Wanted::All;
    };
    // Of another file than the one that somebody has the beginning of, all is wanted. A date is never as good as a tag.
    if headers.get(IF_RANGE).is_some_and(|it| it.as_bytes() != tag.as_bytes()) {
        return Wanted::All;
    }
    let text = line.to_str().unwrap_or("");
    read(text, length).unwrap_or(Wanted::All)
}

fn read(text: &str, length: u64) -> Option<Wanted> {
    let (unit, range) = text.split_once('=')?;
    if !unit.eq_ignore_ascii_case("bytes") {
        return None;
    }
    let (first, last) = range.trim().split_once('-')?;
    let number = |text: &str| -> Option<u64> {
        let is_number = !text.is_empty() && text.bytes().all(|it| it.is_ascii_digit());
        // What is too large for a number is larger than any file.
        is_number.then(|| text.parse().unwrap_or(u64::MAX))
    };
    let range = if first.is_empty() {
        length.saturating_sub(number(last)?)..length
    } else {
        let first = number(first)?;
        let end = if last.is_empty() { length } else { number(last)?.saturating_add(1) };
        if !last.is_empty() && end <= first {
            return None;
        }
        first..end.min(length)
    };
    Some(if range.is_empty() { Wanted::None } else { Wanted::Some(range) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_read_as_they_are_meant() {
        for (text, from, to) in [
            ("bytes=0-0", 0, 1),
            ("bytes=0-", 0, 100),
            ("bytes=10-19", 10, 20),
            ("Bytes=99-500", 99, 100),
            ("bytes=-1", 99, 100),
            ("bytes=-500", 0, 100),
            ("bytes=0-99999999999999999999999", 0, 100),
        ] {
            assert_eq!(read(text, 100), Some(Wanted::Some(from..to)), "{text}");
        }
        for text in ["bytes=100-", "bytes=100-200", "bytes=-0", "bytes=99999999999999999999999-"] {
            assert_eq!(read(text, 100), Some(Wanted::None), "{text}");
        }
        assert_eq!(read("bytes=0-", 0), Some(Wanted::None), "of nothing there is nothing");
        for text in [
            "", "bytes", "bytes=", "bytes=-", "items=0-1", "bytes=5-4", "bytes=0-1,3-4", "bytes=a-b",
            "bytes=+1-2", "bytes=0x1-2", "bytes=1--2", "bytes= 1 - 2",
        ] {
            assert_eq!(read(text, 100), None, "{text}");
        }
    }

    #[test]
    fn a_range_is_of_the_file_that_it_was_asked_of() {
        let headers = |condition: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(RANGE, "bytes=1-2".parse().expect("a value"));
            headers.insert(IF_RANGE, condition.parse().expect("a value"));
            headers
        };
        assert_eq!(wanted(&headers("\"1\""), "\"1\"", 9), Wanted::Some(1..3));
        for other in ["\"2\"", "W/\"1\"", "Wed, 25 Jun 2014 16:00:00 GMT"] {
            assert_eq!(wanted(&headers(other), "\"1\"", 9), Wanted::All);
        }
    }
}
