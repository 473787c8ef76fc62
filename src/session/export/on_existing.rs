//! What an export does where a file exists already.

/// What to do where files of the same names are there already.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum OnExisting {
    /// Write nothing and report them: [`crate::session::ExportError::AlreadyExists`].
    #[default]
    Refuse,
    /// Replace them.
    Replace,
    /// Leave them and append a number to the new names.
    Number,
}
