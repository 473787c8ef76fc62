//! Actions on teaching a model.

use std::path::PathBuf;

/// Actions on teaching a model the user's own music.
#[derive(Clone, Debug, PartialEq)]
pub enum LearnCommand {
    /// Open or close the card.
    Show(bool),
    /// Choose a folder of MIDI files with a dialog.
    ChooseFolder,
    /// Look what a model would learn from this folder, and open the card.
    Examine(PathBuf),
    /// Look what a model would learn from the kept melodies, and open the card.
    ExamineKept,
    /// Name the new model.
    SetName(String),
    /// Set the minutes to learn.
    SetMinutes(f64),
    /// Learn.
    Start,
    /// Pause the run, or go on with it.
    Pause(bool),
    /// End the run, and keep the best model so far.
    Stop,
    /// End the run, and remove what it has made.
    Cancel,
    /// Go on with an interrupted run, by the name of its model.
    GoOn(String),
    /// Remove what an interrupted run has made.
    Discard(String),
}
