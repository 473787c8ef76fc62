//! Why a statistic could not be computed.

/// Numbers that do not allow the statistic asked for.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum StatisticsError {
    /// Two lists that belong together have different lengths.
    #[error("a list of {rows} values came with one of {targets}; the two must be equally long")]
    Lengths {
        /// Length of the first.
        rows: usize,
        /// Length of the second.
        targets: usize,
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
    /// All targets are equal: there is nothing to explain.
    #[error("all values are equal, so nothing can be learnt from them; take more varied samples")]
    Constant,
    /// An exact test would have to count more orders than fit into memory.
    #[error("{values} values have too many orders to count; use the asymptotic test")]
    TooManyOrders {
        /// Values of both groups.
        values: usize,
    },
}
