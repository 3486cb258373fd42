//! The forms of the small texts of a document: keys, versions, regions, languages.

fn is_word(text: &str, longest: usize, accept: fn(u8) -> bool) -> bool {
    !text.is_empty() && text.len() <= longest && text.bytes().all(accept)
}

/// A key: 1 to 40 of `a-z`, `0-9`, `-`, not starting with a hyphen.
pub fn is_key(text: &str) -> bool {
    !text.starts_with('-') && is_word(text, 40, |byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-'))
}

/// A version: 1 to 32 letters, digits, dots, underscores, hyphens. It travels in a cookie.
pub fn is_version(text: &str) -> bool {
    is_word(text, 32, |byte| {
        byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-')
    })
}

/// A region: ISO 3166-1 alpha-2, or a subdivision by ISO 3166-2 (`US-CA`, `CA-QC`).
pub fn is_region(text: &str) -> bool {
    let upper = |part: &str| part.bytes().all(|byte| byte.is_ascii_uppercase());
    match text.split_once('-') {
        None => text.len() == 2 && upper(text),
        Some((country, part)) => {
            country.len() == 2
                && upper(country)
                && is_word(part, 3, |byte| matches!(byte, b'A'..=b'Z' | b'0'..=b'9'))
        }
    }
}

/// A language tag as far as texts are concerned: a language of two or three letters and
/// further subtags (BCP 47, RFC 5646).
pub fn is_language(text: &str) -> bool {
    let mut parts = text.split('-');
    parts
        .next()
        .is_some_and(|part| part.len() > 1 && is_word(part, 3, |byte| byte.is_ascii_lowercase()))
        && parts.all(|part| part.len() > 1 && is_word(part, 8, |byte| byte.is_ascii_alphanumeric()))
}

/// A text that a person reads.
pub(super) fn is_text(text: &str) -> bool {
    !text.trim().is_empty() && text.len() <= 8000 && text.chars().count() <= 2000
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms() {
        assert!(["a", "support-chat", "3d"].iter().all(|it| is_key(it)));
        assert!(!["", "-a", "Chat", "a b", "ä", "a@2"].iter().any(|it| is_key(it)));
        assert!(["DE", "US-CA", "FR-75"].iter().all(|it| is_region(it)));
        assert!(!["", "de", "DEU", "US-", "US-CALI", "US_CA"].iter().any(|it| is_region(it)));
        assert!(["en", "pt-BR", "zh-Hant-TW", "gsw"].iter().all(|it| is_language(it)));
        assert!(!["", "e", "EN", "en-", "english", "en-a"].iter().any(|it| is_language(it)));
        assert!(["1", "2026-11-01", "v1.2_b"].iter().all(|it| is_version(it)));
        assert!(!["", "1~2", "a;b"].iter().any(|it| is_version(it)));
    }
}
