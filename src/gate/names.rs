//! The names that markup uses for a purpose, here and with other consent managers.

use alloc::string::String;

use crate::policy::{Key, Policy};

/// Words that other managers and their users write for the same thing. The first word of a
/// row is only one among the others: what counts is which of them the policy has.
const GROUPS: [&[&str]; 6] = [
    &["essential", "necessary", "required", "strictly-necessary", "c0001"],
    &["analytics", "statistics", "measurement", "performance", "c0002"],
    &["preferences", "functionality", "functional", "experience", "c0003"],
    &["advertising", "marketing", "targeting", "advertisement", "ads", "c0004"],
    &["social", "social-media", "c0005"],
    &["support-chat", "support", "chat"],
];

/// What `token`, a word of the markup or of another manager's cookie, stands for in this
/// policy: a key, an alias, or a synonym of one.
pub fn resolve(policy: &Policy, token: &str) -> Option<Key> {
    let word = normal(token);
    policy.find(&word).or_else(|| {
        let group = GROUPS.iter().find(|it| it.contains(&word.as_str()))?;
        group.iter().find_map(|it| policy.find(it))
    })
}

/// Lower case, hyphens for what stands between words, without the prefixes of other
/// managers.
fn normal(token: &str) -> String {
    let mut word = String::new();
    for character in token.trim().chars() {
        if character.is_ascii_alphanumeric() {
            word.push(character.to_ascii_lowercase());
        } else if !word.ends_with('-') {
            word.push('-');
        }
    }
    for prefix in ["optanon-category-", "cookieyes-"] {
        if let Some(rest) = word.strip_prefix(prefix) {
            return rest.into();
        }
    }
    word
}
