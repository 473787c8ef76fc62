//! State of the tray of kept melodies.

/// State of the tray.
#[derive(Clone, Debug, Default)]
pub struct TrayState {
    /// Number of the melody whose name is being edited.
    pub renaming: Option<u64>,
    /// Number of the melody that was marked or unmarked last: a range begins at it.
    pub mark_anchor: Option<u64>,
}
