//! What a listener prefers, learnt from the melodies that were kept and those that were heard and not kept.
//!
//! A logistic regression with a penalty on a melody's latent point, its distance from the origin and the melody's attributes
//! ([`LogisticRegression`]). Kept melodies are its positive examples. Its negative ones are the melodies that were heard and
//! not kept and, with less weight, melodies of the map, of which it is not known whether they would be kept: as in learning from
//! positive and unlabelled examples (Elkan and Noto 2008), they say what is usual.
//!
//! - `features`: a melody as a row of numbers
//! - [`PreferenceModel`]: the fit, the score of a melody, and the kept melody that the score comes from

mod features;
#[cfg(test)]
mod tests;

use crate::statistics::{LabelledRow, LogisticRegression, StatisticsError};
use features::FeatureScale;
pub use features::PreferenceExample;

/// Fewest kept melodies that a preference is learnt from.
pub const MIN_KEPT: usize = 5;

/// Penalty of the regression, for features whose squares sum to about 2.
const PENALTY: f64 = 1.0;
/// Weight of a melody of the map beside one that was heard and not kept.
const UNHEARD_WEIGHT: f64 = 0.25;

/// Why no preference could be learnt.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum PreferenceError {
    /// Too few kept melodies that can be used.
    #[error("{found} kept melodies are too few to rank by; keep at least {MIN_KEPT} first")]
    TooFewKept {
        /// Kept melodies that can be used.
        found: usize,
    },
    /// No melody to compare the kept ones with.
    #[error("there are no other melodies to compare the kept ones with; start a sweep first")]
    NothingToCompare,
    /// The regression failed.
    #[error("the preference could not be learnt: {0}")]
    Regression(#[from] StatisticsError),
}

/// A learnt preference.
#[derive(Clone, Debug, PartialEq)]
pub struct PreferenceModel {
    scale: FeatureScale,
    regression: LogisticRegression,
    /// Index and features of each kept melody that was used.
    kept: Vec<(usize, Vec<f64>)>,
}

impl PreferenceModel {
    /// Learns from the melodies that were kept, those that were heard and not kept, and others of the map, which also
    /// give the scale of the attributes. Points that are not finite or have another size than `latent_size` are left out. Equal
    /// input gives an equal model.
    ///
    /// # Errors
    /// [`PreferenceError::TooFewKept`] below [`MIN_KEPT`], [`PreferenceError::NothingToCompare`] without any other melody.
    pub fn fit(
        latent_size: usize,
        kept: &[PreferenceExample<'_>],
        skipped: &[PreferenceExample<'_>],
        unheard: &[PreferenceExample<'_>],
    ) -> Result<Self, PreferenceError> {
        let usual = unheard.iter().chain(skipped).copied();
        let scale = FeatureScale::new(latent_size, usual);
        let features = |examples: &[PreferenceExample<'_>]| -> Vec<(usize, Vec<f64>)> {
            let features = examples.iter().map(|example| scale.features(*example));
            let numbered = features.enumerate();
            numbered
                .filter_map(|(index, features)| Some((index, features?)))
                .collect()
        };
        let (kept, skipped, unheard) = (features(kept), features(skipped), features(unheard));
        if kept.len() < MIN_KEPT {
            return Err(PreferenceError::TooFewKept { found: kept.len() });
        }
        if skipped.is_empty() && unheard.is_empty() {
            return Err(PreferenceError::NothingToCompare);
        }
        // Both classes weigh the same, however many melodies of the map there are.
        let negatives = skipped.len() as f64 + UNHEARD_WEIGHT * unheard.len() as f64;
        let balance = kept.len() as f64 / negatives;
        let rows: Vec<LabelledRow<'_>> = labelled(&kept, true, 1.0)
            .chain(labelled(&skipped, false, balance))
            .chain(labelled(&unheard, false, balance * UNHEARD_WEIGHT))
            .collect();
        let regression = LogisticRegression::fit(&rows, PENALTY)?;
        Ok(Self {
            kept,
            scale,
            regression,
        })
    }

    /// The log odds of a melody being kept rather than not; `None` for a point that is not finite or of another size.
    #[must_use]
    pub fn score(&self, melody: PreferenceExample<'_>) -> Option<f64> {
        let features = self.scale.features(melody)?;
        Some(self.regression.log_odds(&features))
    }

    /// Index of the kept melody that a melody is most like: the nearest by latent point and attributes of those that raise its score
    /// (whose features have a positive product with its own); `None` if none raises it.
    #[must_use]
    pub fn most_alike(&self, melody: PreferenceExample<'_>) -> Option<usize> {
        let features = self.scale.features(melody)?;
        let alike = self.kept.iter().filter_map(|(index, kept)| {
            let pairs = || kept.iter().zip(&features);
            let product: f64 = pairs().map(|(a, b)| a * b).sum();
            let square_distance: f64 = pairs().map(|(a, b)| (a - b).powi(2)).sum();
            (product > 0.0).then_some((*index, square_distance))
        });
        alike
            .reduce(|nearest, one| if one.1 < nearest.1 { one } else { nearest })
            .map(|(index, _)| index)
    }

    /// The order in which to hear melodies: those that have what was asked for first, and among them and the others those with
    /// the highest scores, then in the order they are given. Melodies without a score come last in their group.
    ///
    /// # Shapes
    /// - `melodies`: whether each has what was asked for, and the melody
    /// - output: their indices
    #[must_use]
    pub fn order(&self, melodies: &[(bool, PreferenceExample<'_>)]) -> Vec<usize> {
        let scores = melodies.iter().map(|(has_it, melody)| {
            let score = self.score(*melody).unwrap_or(f64::NEG_INFINITY);
            (*has_it, score)
        });
        let scores: Vec<(bool, f64)> = scores.collect();
        let mut order: Vec<usize> = (0..scores.len()).collect();
        order.sort_by(|a, b| {
            let ((has_a, a), (has_b, b)) = (scores[*a], scores[*b]);
            has_b.cmp(&has_a).then(b.total_cmp(&a))
        });
        order
    }
}

/// Rows of one class, all of one weight.
fn labelled(
    examples: &[(usize, Vec<f64>)],
    positive: bool,
    weight: f64,
) -> impl Iterator<Item = LabelledRow<'_>> {
    examples.iter().map(move |(_, features)| LabelledRow {
        features,
        positive,
        weight,
    })
}
