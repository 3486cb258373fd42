//! What can be wrong with a document, as stable codes.

use alloc::string::String;

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $code:literal, $severity:ident, $says:literal;)*) => {
        /// One kind of fault. The string of [`Code::as_str`] is stable.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Code { $($(#[$doc])* $name,)* }

        impl Code {
            /// Every code, in the order of their declaration.
            pub const ALL: &[Code] = &[$(Code::$name,)*];

            /// The stable code, `room/what`.
            pub const fn as_str(self) -> &'static str {
                match self { $(Code::$name => $code,)* }
            }

            /// What it means, for a developer.
            pub const fn says(self) -> &'static str {
                match self { $(Code::$name => $says,)* }
            }

            /// Whether the document is refused for it.
            pub const fn severity(self) -> Severity {
                match self { $(Code::$name => Severity::$severity,)* }
            }
        }
    };
}

/// What follows from a fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Severity {
    /// The document is refused: everything optional stays denied.
    Refuses,
    /// Told to the developer; nothing else follows.
    Warns,
}

codes! {
    /// The value has another type than the one that belongs there.
    Type = "policy/type", Refuses, "has the wrong type";
    /// A member that must be there is absent.
    Missing = "policy/missing", Refuses, "is missing";
    /// The list must hold something.
    Empty = "policy/empty", Refuses, "must not be empty";
    /// `format` names a format that this version does not know.
    Format = "policy/format", Refuses, "names an unknown format; this version reads format 1";
    /// There are more than 32 purposes or 256 services.
    TooMany = "policy/too-many", Refuses, "has more than 32 purposes or 256 services";
    /// A key is not lower-case letters, digits and hyphens.
    Key = "policy/key", Refuses, "must be 1 to 40 lower-case letters, digits or hyphens, starting with a letter or digit";
    /// A version is not a short plain word.
    Version = "policy/version", Refuses, "must be 1 to 32 letters, digits, dots, underscores or hyphens";
    /// A text has another form than the one asked for here.
    Text = "policy/text", Refuses, "must be a text of 1 to 2000 characters";
    /// Two entries have the same key.
    DuplicateKey = "policy/duplicate-key", Refuses, "repeats a key that an earlier entry has";
    /// A key is used both for a purpose and for a service or a never-list entry.
    AmbiguousKey = "policy/ambiguous-key", Refuses, "is also the key or alias of something else";
    /// A service or rule names a purpose that the document does not have.
    UnknownPurpose = "policy/unknown-purpose", Refuses, "names a purpose that the document does not have";
    /// A rule names a purpose or service that the document does not have.
    UnknownKey = "policy/unknown-key", Refuses, "names a purpose or service that the document does not have";
    /// No purpose is marked essential, or more than one is.
    Essential = "policy/essential", Refuses, "must mark exactly one purpose as essential";
    /// The essential purpose carries a member that only optional purposes may have.
    EssentialOptional = "policy/essential-optional", Refuses, "does not belong on the essential purpose";
    /// A host pattern does not parse.
    Host = "policy/host", Refuses, "must be a host, host:port, host/path or /path, in lower case";
    /// A service lists a host that the never-list blocks.
    NeverHost = "policy/never-host", Refuses, "is a host of the never-list";
    /// A region is not `DE` or `US-CA`.
    Region = "policy/region", Refuses, "must be an ISO 3166 code such as DE or US-CA";
    /// Two regimes claim the same region.
    DuplicateRegion = "policy/duplicate-region", Refuses, "is claimed by an earlier regime";
    /// A regime is named that the document does not have.
    UnknownRegime = "policy/unknown-regime", Refuses, "names a regime that the document does not have";
    /// A model is none of `opt-in`, `opt-out`, `notice`.
    Model = "policy/model", Refuses, "must be opt-in, opt-out or notice";
    /// The regime for unknown regions is not the strictest.
    LaxFallback = "policy/lax-fallback", Refuses, "must name a regime that asks before everything, honours opt-out signals and has the highest ages";
    /// A number is outside what the law or the format allows.
    Range = "policy/range", Refuses, "is out of range";
    /// A Google Consent Mode type that does not exist.
    ConsentMode = "policy/consent-mode", Refuses, "is not a Consent Mode type";
    /// A Consent Mode advertising type on a purpose of this product.
    ConsentModeAds = "policy/consent-mode-ads", Refuses, "is an advertising type, and advertising trackers are never allowed";
    /// An address is not https (or localhost).
    Insecure = "policy/insecure", Refuses, "must be an https address";
    /// An address is not an address.
    Address = "policy/address", Refuses, "must be an https or mailto address, or a path";
    /// A pin is not a key.
    Pin = "policy/pin", Refuses, "must be an Ed25519 public key, 32 bytes as base64url";
    /// A language tag is not BCP 47.
    Language = "policy/language", Refuses, "must be a language tag such as en or pt-BR";
    /// A word that the format does not know stands where one of a few is expected.
    Choice = "policy/choice", Refuses, "is not one of the values that belong here";
    /// An allow-list entry would let a never-collected class through.
    NeverCollected = "policy/never-collected", Refuses, "belongs to a class of data that is never collected";
    /// A language lacks a text that the banner or the panel shows.
    MissingText = "policy/missing-text", Refuses, "has no text in this language";
    /// The document has a member that the format does not know.
    UnknownMember = "policy/unknown-member", Warns, "is not a member of the format; a typing error?";
    /// A text exists for a purpose or service that the document does not have.
    UnusedText = "policy/unused-text", Warns, "is a text for something that the document does not have";
}

/// A fault with its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// What is wrong.
    pub code: Code,
    /// Where, from the document's root: `services[2].hosts[0]`; empty for the root itself.
    pub path: String,
}
