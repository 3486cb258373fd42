//! Values that give a never-collected class away whatever their name is.

use crate::policy::Class;

/// The class that this text looks like: an e-mail address or telephone number, an account or
/// card number, a pair of coordinates.
pub fn class_of_value(text: &str) -> Option<Class> {
    if is_email(text) || is_phone(text) {
        // A card number is all digits too; the check digit tells them apart.
        return Some(if is_card(text) { Class::Financial } else { Class::Contacts });
    }
    if is_iban(text) || is_card(text) {
        Some(Class::Financial)
    } else if is_coordinates(text) {
        Some(Class::Location)
    } else {
        None
    }
}

fn is_email(text: &str) -> bool {
    text.split_whitespace().any(|word| {
        word.split_once('@').is_some_and(|(name, host)| {
            !name.is_empty() && host.split_once('.').is_some_and(|(a, b)| !a.is_empty() && !b.is_empty())
        })
    })
}

fn digits(text: &str) -> usize {
    text.bytes().filter(u8::is_ascii_digit).count()
}

/// E.164: a plus sign and 7 to 15 digits, with the usual marks between them.
fn is_phone(text: &str) -> bool {
    let text = text.trim();
    text.starts_with('+')
        && (7..=15).contains(&digits(text))
        && text.bytes().all(|byte| {
            byte.is_ascii_digit() || matches!(byte, b'+' | b' ' | b'-' | b'.' | b'(' | b')' | b'/')
        })
}

/// 13 to 19 digits with a right check digit (ISO/IEC 7812-1, Luhn).
fn is_card(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_digit() || matches!(byte, b' ' | b'-');
    if !text.bytes().all(plain) || !(13..=19).contains(&digits(text)) {
        return false;
    }
    let sum: u32 = text
        .bytes()
        .rev()
        .filter(u8::is_ascii_digit)
        .enumerate()
        .map(|(at, byte)| {
            let digit = u32::from(byte - b'0');
            match (at % 2, digit * 2) {
                (0, _) => digit,
                (_, double) if double > 9 => double - 9,
                (_, double) => double,
            }
        })
        .sum();
    sum.is_multiple_of(10)
}

/// Country, two check digits, up to 30 more, remainder 1 (ISO 13616, ISO 7064 mod 97-10).
fn is_iban(text: &str) -> bool {
    let mut bytes = [0_u8; 34];
    let mut length = 0;
    for byte in text.bytes().filter(|it| *it != b' ') {
        let Some(slot) = bytes.get_mut(length) else {
            return false;
        };
        *slot = byte;
        length += 1;
    }
    let Some(iban) = bytes.get(..length).filter(|it| it.len() >= 15) else {
        return false;
    };
    let (head, tail) = iban.split_at(4);
    let shape = matches!(head, [a, b, c, d] if a.is_ascii_uppercase() && b.is_ascii_uppercase() && c.is_ascii_digit() && d.is_ascii_digit());
    let mut rest = 0_u32;
    for byte in tail.iter().chain(head) {
        rest = match byte {
            b'0'..=b'9' => rest * 10 + u32::from(byte - b'0'),
            b'A'..=b'Z' => rest * 100 + u32::from(byte - b'A') + 10,
            _ => return false,
        } % 97;
    }
    shape && rest == 1
}

/// Two numbers with at least three decimals, within ± 90 and ± 180.
fn is_coordinates(text: &str) -> bool {
    let mut parts = text.split([',', ';', ' ']).filter(|it| !it.is_empty());
    let mut within = |limit: u32| {
        parts.next().is_some_and(|part| {
            part.trim_start_matches('-').split_once('.').is_some_and(|(whole, decimals)| {
                decimals.len() >= 3
                    && decimals.bytes().all(|byte| byte.is_ascii_digit())
                    && whole.parse::<u32>().is_ok_and(|it| it <= limit)
            })
        })
    };
    within(90) && within(180) && parts.next().is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_that_give_themselves_away() {
        for (text, class) in [
            ("mail jane@example.com now", Class::Contacts),
            ("+49 (0)89 123456", Class::Contacts),
            ("4111 1111 1111 1111", Class::Financial),
            ("DE89 3704 0044 0532 0130 00", Class::Financial),
            ("48.13743, 11.57549", Class::Location),
        ] {
            assert_eq!(class_of_value(text), Some(class), "{text}");
        }
    }

    #[test]
    fn values_that_do_not() {
        for text in [
            "pro",
            "2026-11-23",
            "4111 1111 1111 1112",
            "DE88 3704 0044 0532 0130 00",
            "1.5",
            "@home",
            "48.1, 11.5",
            "12345678901234567890123",
        ] {
            assert_eq!(class_of_value(text), None, "{text}");
        }
    }
}
