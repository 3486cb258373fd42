//! Padmé: lengths of which there are few, at most an eighth longer (Nikitin and others, "Reducing metadata leakage
//! from encrypted files and communication with PURBs", 2019).

/// The length that a file of this length is padded to, with zeros. One that no file has stays as it is.
pub fn padme(length: u64) -> u64 {
    let exponent = length.checked_ilog2().unwrap_or(0);
    let kept = exponent.checked_ilog2().map_or(0, |it| it + 1);
    let mask = (1 << exponent.saturating_sub(kept)) - 1;
    length.checked_add(mask).map_or(length, |it| it & !mask)
}
