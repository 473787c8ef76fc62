//! Actions on the mix of the open model and the one that it was taught from.

/// Actions on the mix of the open model and the one that it was taught from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MixCommand {
    /// Set the percentage of the second model.
    SetPercent(u8),
    /// Write the mix as a model of its own, and open it.
    Use,
}
