//! Statistics of plain numbers: summaries, correlations, tests and their corrections, effect sizes, densities, regression.
//!
//! Everything works on `&[f64]` and does not depend on melodies, models or maps. Undefined results (the mean of no values,
//! the correlation with a constant) are `None` or an error, never NaN. Results agree with SciPy's and NumPy's to a relative
//! 1e-9, even p-values of 1e-300 (`tests/statistics.rs`).
//!
//! - `summary`, `density`, `correlation`, `mutual_information`, `ranks`, `line`, `ridge`, `joint_ridge`, `power_transform`:
//!   descriptions of one or two lists; `interpretability`: of many lists and one; `scatter`: shared by the ridge regressions
//! - `logistic`: regression of two classes
//! - `hypothesis`, `effect`, `corrections`, `resampling`, `permutation`, `distributions`: tests and intervals

mod corrections;
mod correlation;
mod density;
mod distributions;
mod effect;
mod error;
mod hypothesis;
mod interpretability;
mod joint_ridge;
mod line;
mod logistic;
mod mutual_information;
mod permutation;
mod power_transform;
mod ranks;
mod resampling;
mod ridge;
mod scatter;
mod summary;
#[cfg(test)]
mod testing;

pub use corrections::{benjamini_hochberg, holm};
pub use correlation::{Correlation, UnitDeviations, pearson, spearman};
pub use density::{Histogram, KernelDensity};
pub use distributions::{student_t_critical_value, student_t_two_sided};
pub use effect::{cliffs_delta, cliffs_delta_interval, hedges_g};
pub use error::StatisticsError;
pub use hypothesis::{MannWhitneyMethod, TestResult, Variances, mann_whitney, t_test};
pub use interpretability::{AttributeCode, interpretability, rank_correlation_score};
pub use joint_ridge::{JointRidge, joint_ridge};
pub use line::Line;
pub use logistic::{LabelledRow, LogisticRegression};
pub use mutual_information::mutual_information;
pub use permutation::{BlockPermutation, ChanceLevel};
pub use power_transform::PowerTransform;
pub use ranks::ranks;
pub use resampling::bootstrap_interval;
pub use ridge::{Ridge, ridge, ridge_of_each};
pub(crate) use scatter::penalised_scatter;
pub use summary::{mean, median, quantile, quantiles, standard_deviation, variance};
