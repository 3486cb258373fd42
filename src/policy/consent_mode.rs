//! The types of Google Consent Mode v2 that a purpose can be mapped to.

/// The types that a purpose of this product may grant. The advertising types (`ad_storage`,
/// `ad_user_data`, `ad_personalization`) are not among them: they stay denied for ever.
pub const CONSENT_MODE: [&str; 4] = [
    "analytics_storage",
    "functionality_storage",
    "personalization_storage",
    "security_storage",
];

/// The types that stay denied whatever the person clicks.
pub const CONSENT_MODE_NEVER: [&str; 3] = ["ad_storage", "ad_user_data", "ad_personalization"];
