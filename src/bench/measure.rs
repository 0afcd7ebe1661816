//! What was measured, and how it stands to its floor.

#![allow(
    clippy::cast_precision_loss,
    reason = "counts of rows and bytes become rates for a human reader; nothing is billed by them"
)]

use std::time::Duration;

use serde::Serialize;

/// Samples of one quantity, one a round.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Samples(pub Vec<f64>);

impl Samples {
    /// The middle sample; of an even number the mean of the two in the middle. `NaN` without any.
    pub fn median(&self) -> f64 {
        let mut sorted = self.0.clone();
        sorted.sort_by(f64::total_cmp);
        let half = sorted.len() / 2;
        match (sorted.len(), sorted.len() % 2) {
            (0, _) => f64::NAN,
            (_, 1) => sorted[half],
            _ => f64::midpoint(sorted[half - 1], sorted[half]),
        }
    }

    /// The least and the greatest sample.
    pub fn range(&self) -> (f64, f64) {
        let least = self.0.iter().copied().fold(f64::INFINITY, f64::min);
        let greatest = self.0.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        (least, greatest)
    }

    pub(super) fn push(&mut self, sample: f64) {
        self.0.push(sample);
    }
}

/// `count` things in `elapsed`, a second.
pub(super) fn rate(count: usize, elapsed: Duration) -> f64 {
    count as f64 / elapsed.as_secs_f64()
}

/// Milliseconds.
pub(super) fn millis(elapsed: Duration) -> f64 {
    elapsed.as_secs_f64() * 1000.0
}

/// Mebibytes of `kibibytes`.
pub(super) fn mebibytes(kibibytes: u64) -> f64 {
    kibibytes as f64 / 1024.0
}

/// What the ratio `ours / baseline` has to be.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Bound {
    /// A rate: not less than this.
    AtLeast(f64),
    /// A cost: not more than this.
    AtMost(f64),
    /// For orientation only.
    None,
}

/// How a ratio stands to its bound.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Within the bound.
    Met,
    /// Outside the bound.
    Missed,
    /// No bound is set.
    Open,
}

/// One comparison.
#[derive(Clone, Debug, Serialize)]
pub struct Measurement {
    /// What is compared, in Russian.
    pub name: String,
    /// Unit of the samples, in Russian.
    pub unit: &'static str,
    /// Ours.
    pub ours: Samples,
    /// What it is compared with.
    pub baseline: Samples,
    /// Name of the baseline, in Russian.
    pub baseline_name: String,
    /// Median of ours over median of the baseline.
    pub ratio: f64,
    /// What the ratio has to be.
    pub bound: Bound,
    /// How it stands.
    pub verdict: Verdict,
    /// What else the reader has to know, in Russian.
    pub notes: Vec<String>,
}

impl Measurement {
    pub(super) fn new(
        name: impl Into<String>,
        baseline_name: impl Into<String>,
        unit: &'static str,
        bound: Bound,
        (ours, baseline): (Samples, Samples),
    ) -> Self {
        let ratio = ours.median() / baseline.median();
        let verdict = match bound {
            Bound::AtLeast(floor) if ratio >= floor => Verdict::Met,
            Bound::AtMost(ceiling) if ratio <= ceiling => Verdict::Met,
            Bound::None => Verdict::Open,
            _ => Verdict::Missed,
        };
        Self {
            name: name.into(),
            unit,
            ours,
            baseline,
            baseline_name: baseline_name.into(),
            ratio,
            bound,
            verdict,
            notes: Vec::new(),
        }
    }

    pub(super) fn with_note(mut self, note: impl Into<String>) -> Self {
        self.notes.push(note.into());
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn median_is_the_middle_one() {
        assert!((Samples(vec![3.0, 1.0, 2.0]).median() - 2.0).abs() < f64::EPSILON);
        assert!((Samples(vec![4.0, 1.0, 2.0, 3.0]).median() - 2.5).abs() < f64::EPSILON);
        assert!(Samples::default().median().is_nan());
    }

    #[test]
    fn bounds_hold_at_their_edge_and_nothing_measured_is_missed() {
        let measured = |bound, ours: f64, baseline: f64| {
            let samples = (Samples(vec![ours]), Samples(vec![baseline]));
            Measurement::new("", "", "", bound, samples).verdict
        };
        assert_eq!(measured(Bound::AtLeast(0.5), 1.0, 2.0), Verdict::Met);
        assert_eq!(measured(Bound::AtLeast(0.5), 0.9, 2.0), Verdict::Missed);
        assert_eq!(measured(Bound::AtMost(3.0), 6.0, 2.0), Verdict::Met);
        assert_eq!(measured(Bound::AtMost(3.0), 6.1, 2.0), Verdict::Missed);
        assert_eq!(
            measured(Bound::AtLeast(0.5), f64::NAN, 2.0),
            Verdict::Missed
        );
        assert_eq!(measured(Bound::None, 1.0, 2.0), Verdict::Open);
    }
}
