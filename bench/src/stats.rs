//! Medians, and how sure their ratio is.

/// How often rounds are drawn again.
const DRAWS: usize = 10_000;

/// The middle of some numbers.
pub fn median(numbers: &[f64]) -> f64 {
    let mut sorted = numbers.to_vec();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    match sorted.len() {
        0 => f64::NAN,
        count if count % 2 == 1 => sorted[middle],
        _ => f64::midpoint(sorted[middle - 1], sorted[middle]),
    }
}

/// The smallest number.
pub fn least(numbers: &[f64]) -> f64 {
    numbers.iter().copied().fold(f64::INFINITY, f64::min)
}

/// The number below which a share of some sorted numbers lies; nothing if there are none.
pub fn quantile(sorted: &[f64], share: f64) -> Option<f64> {
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_precision_loss,
        clippy::cast_sign_loss,
        reason = "a place in a list"
    )]
    let at = (sorted.len() as f64 * share) as usize;
    sorted.get(at.min(sorted.len().saturating_sub(1))).copied()
}

/// How two series compare that were measured in the same rounds: the value for their
/// medians, and the middle 95 % of it when rounds are drawn again with replacement.
#[derive(Clone, Copy, Debug)]
pub struct Comparison {
    /// For the medians as they are.
    pub value: f64,
    /// The lower end.
    pub low: f64,
    /// The upper end.
    pub high: f64,
}

/// Compares two series of the same rounds; `how` takes two medians.
pub fn compare(ours: &[f64], theirs: &[f64], how: fn(f64, f64) -> f64) -> Comparison {
    let rounds = ours.len().min(theirs.len());
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    let mut values: Vec<f64> = (0..DRAWS)
        .map(|_| {
            let drawn: Vec<usize> = (0..rounds).map(|_| random.below(rounds)).collect();
            let of = |all: &[f64]| median(&drawn.iter().map(|at| all[*at]).collect::<Vec<_>>());
            how(of(ours), of(theirs))
        })
        .collect();
    values.sort_by(f64::total_cmp);
    Comparison {
        value: how(median(ours), median(theirs)),
        low: values[DRAWS / 40],
        high: values[DRAWS - 1 - DRAWS / 40],
    }
}

/// The same numbers in every run, so that a report can be made again from its figures.
struct Random(u64);

impl Random {
    /// A number below a bound (xorshift64*).
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let high = self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33;
        usize::try_from(high).unwrap_or_default() % bound.max(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn medians() {
        assert!((median(&[3.0, 1.0, 2.0]) - 2.0).abs() < 1e-9);
        assert!((median(&[4.0, 1.0, 2.0, 3.0]) - 2.5).abs() < 1e-9);
        assert!(median(&[]).is_nan());
    }

    #[test]
    fn quantiles() {
        let all: Vec<f64> = (0..200).map(f64::from).collect();
        assert_eq!(quantile(&all, 0.5), Some(100.0));
        assert_eq!(quantile(&all, 0.99), Some(198.0));
        assert_eq!(quantile(&all, 1.0), Some(199.0));
        assert_eq!(quantile(&[], 0.5), None);
    }

    #[test]
    fn a_clear_difference_is_outside_the_spread_and_noise_is_within() {
        let slow: Vec<f64> = (0..15).map(|it| 200.0 + f64::from(it % 5)).collect();
        let fast: Vec<f64> = (0..15).map(|it| 100.0 + f64::from(it % 4)).collect();
        let clear = compare(&fast, &slow, |a, b| a / b);
        assert!(
            clear.high < 0.55 && clear.low > 0.45 && clear.low <= clear.value && clear.value <= clear.high
        );
        let other: Vec<f64> = (0..15).map(|it| 100.0 + f64::from((it + 2) % 4)).collect();
        let noise = compare(&fast, &other, |a, b| a - b);
        assert!(noise.low <= 0.0 && noise.high >= 0.0, "{noise:?}");
    }
}
