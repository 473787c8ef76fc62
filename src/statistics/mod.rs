//! Statistics of plain numbers: summaries, correlations and ridge regression.
//!
//! Everything works on `&[f64]` and knows nothing of melodies, models or maps. What is not defined (the mean of nothing,
//! the correlation with a constant) is `None` or an error, never a NaN.

mod correlation;
mod error;
mod ridge;
mod summary;

pub use correlation::{pearson, ranks, spearman};
pub use error::StatisticsError;
pub use ridge::{CrossValidation, Ridge, RidgeData};
pub use summary::{mean, median, quantile, quantiles, standard_deviation, variance};
