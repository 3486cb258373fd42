//! Regimes: what the law of a region makes of a purpose that nobody has decided on.

use alloc::string::String;
use alloc::vec::Vec;

/// What holds for an optional purpose before the person has decided.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Model {
    /// Denied until allowed.
    #[default]
    OptIn,
    /// Allowed until the person opts out; the person is told.
    OptOut,
    /// Allowed with notice and a simple way to object (UK statistics since 2025).
    Notice,
}

impl Model {
    /// The word for it in documents and records.
    pub const fn as_str(self) -> &'static str {
        match self {
            Model::OptIn => "opt-in",
            Model::OptOut => "opt-out",
            Model::Notice => "notice",
        }
    }

    /// The model that this word names.
    pub fn parse(word: &str) -> Option<Model> {
        [Model::OptIn, Model::OptOut, Model::Notice]
            .into_iter()
            .find(|it| it.as_str() == word)
    }
}

/// What the regime asks for young people.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Minors {
    /// Below this age (in years) nothing optional is allowed without a parent's
    /// authorisation: GDPR article 8, COPPA, Cal. Civ. Code 1798.120(c).
    pub parent: u16,
    /// Below this age sale and sharing are opt-in whatever the model says.
    pub opt_in: u16,
}

/// The law of one or more regions.
#[derive(Clone, Debug, Default)]
pub struct Regime {
    /// The key in records: `gdpr`, `ccpa`.
    pub key: String,
    /// ISO 3166 codes.
    pub regions: Vec<String>,
    /// What holds for an undecided optional purpose.
    pub model: Model,
    /// Purposes (by place) with another model than [`Regime::model`].
    pub exceptions: Vec<(usize, Model)>,
    /// Whether Global Privacy Control is a valid opt-out of sale and sharing.
    pub gpc: bool,
    /// Whether "Your Privacy Choices" with its icon must be shown (11 CCR 7015, 7026).
    pub choices_link: bool,
    /// Rules for young people.
    pub minors: Minors,
    /// For how many days a decision holds.
    pub validity_days: u16,
    /// For how many days after a decision the person is not asked again.
    pub quiet_days: u16,
}

impl Regime {
    /// The model for the purpose at this place.
    pub fn model_of(&self, purpose: usize) -> Model {
        self.exceptions
            .iter()
            .find(|(at, _)| *at == purpose)
            .map_or(self.model, |(_, model)| *model)
    }
}
