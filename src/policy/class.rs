//! The classes of data that are never collected, and how a name gives them away.

use alloc::string::String;

/// A class of data that the policy says is never collected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// Coordinates and anything finer than a region.
    Location,
    /// Contact lists, address books, e-mail addresses, telephone numbers.
    Contacts,
    /// Bank accounts, cards and other financial accounts.
    Financial,
    /// Health and medical information.
    Health,
    /// Biometric data.
    Biometric,
    /// Contents of messages, conversations and files.
    Communications,
}

impl Class {
    /// Every class.
    pub const ALL: [Class; 6] = [
        Class::Location,
        Class::Contacts,
        Class::Financial,
        Class::Health,
        Class::Biometric,
        Class::Communications,
    ];

    /// The word for it in documents and errors.
    pub const fn as_str(self) -> &'static str {
        match self {
            Class::Location => "location",
            Class::Contacts => "contacts",
            Class::Financial => "financial",
            Class::Health => "health",
            Class::Biometric => "biometric",
            Class::Communications => "communications",
        }
    }

    /// Words that give the class away wherever they stand in a name.
    const fn anywhere(self) -> &'static [&'static str] {
        match self {
            Class::Location => &[
                "lat", "latitude", "lng", "lon", "longitude", "coord", "coords", "coordinate", "coordinates",
                "geo", "geohash", "geolocation", "gps", "postcode", "zip", "zipcode", "postal", "street",
                "city",
            ],
            Class::Contacts => &[
                "email", "mail", "phone", "telephone", "tel", "mobile", "contact", "contacts", "addressbook",
            ],
            Class::Financial => &[
                "iban", "bic", "swift", "bank", "card", "cardnumber", "cvc", "cvv", "pan", "creditcard",
                "accountnumber", "routing", "sortcode",
            ],
            Class::Health => &[
                "health", "medical", "medication", "diagnosis", "disease", "symptom", "symptoms", "patient",
                "allergy", "pregnancy", "pregnant",
            ],
            Class::Biometric => &[
                "biometric", "biometrics", "fingerprint", "faceid", "voiceprint", "iris", "retina",
            ],
            Class::Communications => &["prompt", "transcript", "conversation", "filename"],
        }
    }

    /// Words that give it away only when they are the whole name.
    const fn alone(self) -> &'static [&'static str] {
        match self {
            Class::Location => &["address", "location", "position", "place"],
            Class::Communications => &[
                "message", "messages", "body", "content", "contents", "text", "subject", "reply", "answer",
                "question", "file",
            ],
            _ => &[],
        }
    }

    /// The class that a property of this name would belong to: `userEmail`, `geo.lat`,
    /// `card_number`.
    pub fn of_name(name: &str) -> Option<Class> {
        let words = words(name);
        let whole: String = words.chars().filter(|it| *it != ' ').collect();
        Class::ALL.into_iter().find(|class| {
            class.alone().contains(&whole.as_str())
                || class.anywhere().contains(&whole.as_str())
                || words.split(' ').any(|word| class.anywhere().contains(&word))
        })
    }
}

/// A name in lower case with a blank between its words.
fn words(name: &str) -> String {
    let mut out = String::new();
    let mut low = false;
    for character in name.chars() {
        if character.is_ascii_uppercase() && low || !character.is_ascii_alphanumeric() {
            out.push(' ');
        }
        low = character.is_ascii_lowercase();
        if character.is_ascii_alphanumeric() {
            out.push(character.to_ascii_lowercase());
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_give_a_class_away() {
        for (name, class) in [
            ("lat", Class::Location),
            ("geo.longitude", Class::Location),
            ("homeCity", Class::Location),
            ("location", Class::Location),
            ("userEmail", Class::Contacts),
            ("phone_number", Class::Contacts),
            ("card-number", Class::Financial),
            ("IBAN", Class::Financial),
            ("medicalRecord", Class::Health),
            ("fingerprint", Class::Biometric),
            ("message", Class::Communications),
            ("promptText", Class::Communications),
            ("file_name", Class::Communications),
        ] {
            assert_eq!(Class::of_name(name), Some(class), "{name}");
        }
    }

    #[test]
    fn names_that_do_not() {
        for name in [
            "plan", "screen", "late", "discard", "message_count", "content-type", "translation", "panel",
            "duration_ms",
        ] {
            assert_eq!(Class::of_name(name), None, "{name}");
        }
    }
}
