//! What is known beside the person's own decisions.

/// Signals of the browser and of the embedding site. None of them is stored in a record,
/// save whether the opt-out signal was on.
#[derive(Clone, Copy, Debug)]
pub struct Signals {
    /// Global Privacy Control is on (`navigator.globalPrivacyControl` or `Sec-GPC`).
    pub gpc: bool,
    /// The person's age in years; [`u32::MAX`] where the site does not know it.
    pub age: u32,
    /// A parent's authorisation is recorded by the site.
    pub parent: bool,
}

impl Default for Signals {
    fn default() -> Signals {
        Signals {
            gpc: false,
            age: u32::MAX,
            parent: false,
        }
    }
}
