//! Errors of the statistics, and the checks of their input.

/// Why a statistic could not be computed.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum StatisticsError {
    /// Two lists that belong together have different lengths.
    #[error("a list of {first} values came with one of {second}; the two must be equally long")]
    UnequalLengths {
        /// Length of the first.
        first: usize,
        /// Length of the second.
        second: usize,
    },
    /// Fewer values than the statistic needs.
    #[error("{found} values are too few, at least {needed} are needed; take more samples")]
    TooFew {
        /// Values given.
        found: usize,
        /// Values needed.
        needed: usize,
    },
    /// A NaN or infinite value.
    #[error("row {row} holds a value that is not a finite number; leave it out")]
    NotFinite {
        /// Index of the row.
        row: usize,
    },
    /// All values are equal.
    #[error("all values are equal, so nothing can be learnt from them; take more varied samples")]
    Constant,
    /// An exact test would have to count more orders than fit into memory.
    #[error("{values} values have too many orders to count; use the asymptotic test")]
    TooManyOrders {
        /// Values of both groups.
        values: usize,
    },
}

/// Checks that all values are finite.
pub(super) fn check_finite(values: &[f64]) -> Result<(), StatisticsError> {
    match values.iter().position(|value| !value.is_finite()) {
        Some(row) => Err(StatisticsError::NotFinite { row }),
        None => Ok(()),
    }
}

/// Checks that both groups have at least `needed` values, all of them finite.
pub(super) fn check_groups(x: &[f64], y: &[f64], needed: usize) -> Result<(), StatisticsError> {
    for group in [x, y] {
        let found = group.len();
        if found < needed {
            return Err(StatisticsError::TooFew { found, needed });
        }
        check_finite(group)?;
    }
    Ok(())
}

/// Checks that two lists are equally long.
pub(super) fn check_lengths(x: &[f64], y: &[f64]) -> Result<(), StatisticsError> {
    if x.len() == y.len() {
        return Ok(());
    }
    Err(StatisticsError::UnequalLengths {
        first: x.len(),
        second: y.len(),
    })
}
