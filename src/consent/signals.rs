//! What is known beside the person's own decisions.

/// Signals of the browser and of the embedding site. None of them is stored in a record,
/// save whether the opt-out signal was on.
#[derive(Clone, Copy, Debug, Default)]
pub struct Signals {
    /// Global Privacy Control is on (`navigator.globalPrivacyControl` or `Sec-GPC`).
    pub gpc: bool,
    /// The person's age in years, where the site knows it.
    pub age: Option<u16>,
    /// A parent's authorisation is recorded by the site.
    pub parent: bool,
}
