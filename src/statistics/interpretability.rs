//! How well single numbers of a code say what an attribute is.

use super::correlation::{Correlation, pearson, spearman};
use super::mutual_information::mutual_information;

/// Rank correlations with a larger p-value count as none.
const SIGNIFICANT: f64 = 0.05;

/// The number of a code that says most of an attribute.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AttributeCode {
    /// Index of the number in the code: the one with the largest mutual information with the attribute.
    pub index: usize,
    /// Coefficient of determination of the least-squares line that predicts the attribute from that number, on the numbers that
    /// it was fitted to: from 0 to 1.
    pub interpretability: f64,
}

/// The interpretability of an attribute: Adel, Ghahramani and Weller ("Discovering interpretable representations for both deep
/// generative and discriminative models", 2018) as Pati and Lerch ("Attribute-based regularization of latent spaces for
/// variational auto-encoders", 2021) compute it.
///
/// `None` if no number of the code varies, or if the lists differ in length; see [`mutual_information`].
///
/// # Shapes
/// - `code`: one list per number of the code, each as long as `attribute`
#[must_use]
pub fn interpretability(code: &[Vec<f64>], attribute: &[f64]) -> Option<AttributeCode> {
    let correlations = code.iter().enumerate().filter_map(|(index, values)| {
        let information = mutual_information(values, attribute)?;
        Some((index, information))
    });
    // Of equal ones the first, as NumPy's argmax.
    let strongest = correlations.reduce(|best, other| if other.1 > best.1 { other } else { best });
    let index = strongest?.0;
    let r = pearson(&code[index], attribute)?;
    Some(AttributeCode {
        index,
        interpretability: r * r,
    })
}

/// The largest absolute rank correlation (Spearman) of an attribute with a number of the code, where its two-sided p-value is
/// at most 0.05, else 0: the SCC of Pati and Lerch (2021) of one attribute.
///
/// # Shapes
/// As for [`interpretability`].
#[must_use]
pub fn rank_correlation_score(code: &[Vec<f64>], attribute: &[f64]) -> f64 {
    let found = code.iter().filter_map(|values| spearman(values, attribute));
    found
        .map(|r| Correlation::new(r, attribute.len()))
        .filter(|correlation| correlation.p <= SIGNIFICANT)
        .fold(0.0, |max, correlation| correlation.r.abs().max(max))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]

    use super::*;
    use crate::statistics::testing::waves;

    /// The code of 200 pairs, and an attribute with ties.
    fn code_and_attribute() -> (Vec<Vec<f64>>, Vec<f64>) {
        let (x, y) = waves(200);
        let numbers = |number: fn(f64) -> f64| (0..200).map(|k| number(f64::from(k))).collect();
        let code = vec![
            numbers(|k| (2.9 * k).sin()),
            y.iter().map(|y| -y * y * y).collect(),
            x,
            vec![1.0; 200],
        ];
        (code, y.iter().map(|y| (4.0 * y).floor()).collect())
    }

    #[test]
    fn scores_agree_with_scikit_learn_and_scipy() {
        // scikit-learn 1.9.1, SciPy 1.17.1. Mutual information by mutual_info_regression 0.00, 2.50 and 0.63; score of
        // LinearRegression 0.000, 0.659 and 0.480; spearmanr -0.004 (p = 0.95), -0.996 and 0.667.
        let (code, attribute) = code_and_attribute();
        let found = interpretability(&code, &attribute).unwrap();
        assert_eq!(found.index, 1);
        assert!((found.interpretability - 0.6587500196404237).abs() < 1e-9);
        let score = rank_correlation_score(&code, &attribute);
        assert!((score - 0.9963738349738394).abs() < 1e-9, "{score}");
        let third = interpretability(&code[2..], &attribute).unwrap();
        assert!((third.interpretability - 0.4797131326717079).abs() < 1e-9);
    }

    #[test]
    fn a_code_that_says_nothing_scores_nothing() {
        let (code, attribute) = code_and_attribute();
        assert_eq!(interpretability(&code[3..], &attribute), None);
        // Its correlation is -0.004, p = 0.95.
        assert_eq!(rank_correlation_score(&code[..1], &attribute), 0.0);
        assert_eq!(rank_correlation_score(&code[3..], &attribute), 0.0);
        assert_eq!(interpretability(&[], &attribute), None);
    }
}
