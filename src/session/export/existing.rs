//! What becomes of files that are already there.

/// What to do where files of the same names are there already.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum OnExisting {
    /// Write nothing and say how many: [`crate::session::ExportError::AlreadyExists`].
    #[default]
    Refuse,
    /// Replace them.
    Replace,
    /// Leave them and put a number behind the new names.
    Number,
}
