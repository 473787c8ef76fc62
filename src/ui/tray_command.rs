//! Commands on the tray of kept melodies, and on several melodies at once.

use super::state::TrayView;

/// Actions on kept melodies, which are identified by their numbers.
#[derive(Clone, Debug, PartialEq)]
pub enum TrayCommand {
    /// Open the name field of a melody; `None` closes it without a change.
    EditName(Option<u64>),
    /// Edit the name of the melody that plays or is shown, if it is kept.
    EditCurrentName,
    /// Rename a melody. A name of spaces alone changes nothing.
    Rename(u64, String),
    /// Give a melody stars, 0 to 5.
    SetStars(u64, u8),
    /// Give stars to the melody that plays or is shown, and keep it if it is not kept.
    StarCurrent(u8),
    /// Give a melody these tags.
    SetTags(u64, Vec<String>),
    /// Move a melody before another one, or to the end.
    Move(u64, Option<u64>),
    /// Sort the tray and choose what it shows.
    SetView(TrayView),
    /// Mark all melodies from the one that was marked last to this one, in the order of the tray.
    MarkTo(u64),
    /// Mark all melodies that the tray shows.
    MarkShown,
    /// Unmark all.
    UnmarkAll,
    /// Play the marked melodies in turn, in the order of the tray.
    PlayMarked,
    /// Remove the marked melodies.
    RemoveMarked,
}

/// Actions on all selected melodies of the map.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SelectedCommand {
    /// Play them in turn.
    Play,
    /// Keep all of them.
    Keep,
    /// Remove all of them from the library.
    RemoveKept,
}
