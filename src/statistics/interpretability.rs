//! How well a single dimension of a code predicts an attribute.

use super::correlation::{Correlation, pearson, spearman};
use super::mutual_information::mutual_information;

/// Maximum p-value of a rank correlation that counts; others count as 0.
const MAX_P_VALUE: f64 = 0.05;

/// The dimension of a code that is most informative about an attribute.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AttributeCode {
    /// Index of the dimension in the code: the one with the largest mutual information with the attribute.
    pub index: usize,
    /// Coefficient of determination of the least-squares line that predicts the attribute from that dimension, on the data that
    /// it was fitted to: from 0 to 1.
    pub interpretability: f64,
}

/// The interpretability of an attribute: Adel, Ghahramani and Weller ("Discovering interpretable representations for both deep
/// generative and discriminative models", 2018) as Pati and Lerch ("Attribute-based regularization of latent spaces for
/// variational auto-encoders", 2021) compute it.
///
/// `None` if no dimension of the code varies, or if the lists differ in length; see [`mutual_information`].
///
/// # Shapes
/// - `code`: one list per dimension of the code, each as long as `attribute`
#[must_use]
pub fn interpretability(code: &[Vec<f64>], attribute: &[f64]) -> Option<AttributeCode> {
    let information_by_dimension = code.iter().enumerate().filter_map(|(index, values)| {
        let information = mutual_information(values, attribute)?;
        Some((index, information))
    });
    // The first of equal ones, as NumPy's argmax.
    let best =
        information_by_dimension.reduce(|best, other| if other.1 > best.1 { other } else { best });
    let index = best?.0;
    let r = pearson(&code[index], attribute)?;
    Some(AttributeCode {
        index,
        interpretability: r * r,
    })
}

/// The largest absolute rank correlation (Spearman) between an attribute and a dimension of the code, among those
/// with a two-sided p-value of at most 0.05, else 0: the SCC of Pati and Lerch (2021) for one attribute.
///
/// # Shapes
/// As for [`interpretability`].
#[must_use]
pub fn rank_correlation_score(code: &[Vec<f64>], attribute: &[f64]) -> f64 {
    let correlations = code.iter().filter_map(|values| spearman(values, attribute));
    correlations
        .map(|r| Correlation::new(r, attribute.len()))
        .filter(|correlation| correlation.p <= MAX_P_VALUE)
        .fold(0.0, |max, correlation| correlation.r.abs().max(max))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]

    use super::*;
    use crate::statistics::testing::correlated_waves;

    /// The code of 200 pairs, and an attribute with ties.
    fn code_and_attribute() -> (Vec<Vec<f64>>, Vec<f64>) {
        let (x, y) = correlated_waves(200);
        let dimension = |value: fn(f64) -> f64| (0..200).map(|k| value(f64::from(k))).collect();
        let code = vec![
            dimension(|k| (2.9 * k).sin()),
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
        let attribute_code = interpretability(&code, &attribute).unwrap();
        assert_eq!(attribute_code.index, 1);
        assert!((attribute_code.interpretability - 0.6587500196404237).abs() < 1e-9);
        let score = rank_correlation_score(&code, &attribute);
        assert!((score - 0.9963738349738394).abs() < 1e-9, "{score}");
        let last_two = interpretability(&code[2..], &attribute).unwrap();
        assert!((last_two.interpretability - 0.4797131326717079).abs() < 1e-9);
    }

    #[test]
    fn an_uninformative_code_scores_zero() {
        let (code, attribute) = code_and_attribute();
        assert_eq!(interpretability(&code[3..], &attribute), None);
        // The first dimension's correlation is -0.004, p = 0.95.
        assert_eq!(rank_correlation_score(&code[..1], &attribute), 0.0);
        assert_eq!(rank_correlation_score(&code[3..], &attribute), 0.0);
        assert_eq!(interpretability(&[], &attribute), None);
    }
}
