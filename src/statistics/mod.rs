//! Statistics of plain numbers: summaries, correlations, tests and their corrections, effect sizes, densities, regression.
//!
//! Everything works on `&[f64]` and knows nothing of melodies, models or maps. What is not defined (the mean of nothing,
//! the correlation with a constant) is `None` or an error, never a NaN. Numbers agree with SciPy's and NumPy's to 1e-9 in
//! relative terms, p-values of 1e-300 too (`tests/statistics.rs`).

mod chance;
mod corrections;
mod correlation;
mod density;
mod distributions;
mod effect;
mod error;
mod hypothesis;
mod line;
mod progress;
mod resampling;
mod ridge;
mod summary;

pub use chance::{BlockPermutation, ChanceLevel};
pub use corrections::{benjamini_hochberg, holm};
pub use correlation::{Correlation, pearson, pearson_test, ranks, spearman, spearman_test};
pub use density::{Histogram, KernelDensity};
pub use distributions::{student_t_quantile, student_t_two_sided};
pub use effect::{cliffs_delta, cliffs_delta_interval, hedges_g};
pub use error::StatisticsError;
pub use hypothesis::{MannWhitneyMethod, TestResult, Variances, mann_whitney, t_test};
pub use line::Line;
pub use progress::{ProgressFn, no_progress, par_map, par_map_init, part, portions, stretch};
pub use resampling::{bootstrap_interval, bootstrap_interval_watched};
pub use ridge::{Ridge, ridge, ridge_watched};
pub use summary::{mean, median, quantile, quantiles, standard_deviation, variance};
