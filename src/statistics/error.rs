//! Why a statistic could not be computed.

/// Numbers that do not allow the statistic asked for.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum StatisticsError {
    /// Two lists that belong together have different lengths.
    #[error("{rows} rows of predictors came with {targets} targets; each row needs one target")]
    Lengths {
        /// Rows of predictors.
        rows: usize,
        /// Targets.
        targets: usize,
    },
    /// A row of predictors is longer or shorter than the first one.
    #[error(
        "row {row} has {found} predictors where the first one has {expected}; all rows need the same number"
    )]
    Ragged {
        /// Index of the row.
        row: usize,
        /// Its length.
        found: usize,
        /// Length of the first row.
        expected: usize,
    },
    /// Fewer values than the statistic needs.
    #[error("{found} values are too few, at least {needed} are needed; take more samples")]
    TooFew {
        /// Values given.
        found: usize,
        /// Values needed.
        needed: usize,
    },
    /// Rows without any predictor.
    #[error("the rows hold no predictors; give at least one number for each row")]
    NoPredictors,
    /// A NaN or infinite value.
    #[error("row {row} holds a value that is not a finite number; leave it out")]
    NotFinite {
        /// Index of the row.
        row: usize,
    },
    /// All targets are equal: there is nothing to explain.
    #[error("all values are equal, so nothing can be learnt from them; take more varied samples")]
    Constant,
    /// The predictors do not determine a solution.
    #[error("the predictors depend on one another; use a penalty above 0")]
    Singular,
    /// A penalty below 0, or not a number.
    #[error("the penalty {penalty} is not a number of 0 or more")]
    Penalty {
        /// The penalty given.
        penalty: f64,
    },
}
