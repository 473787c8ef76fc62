//! Actions of the feature *Learn*.

use std::path::PathBuf;

/// Actions of the feature *Learn*, which fine-tunes a model on the user's own music.
#[derive(Clone, Debug, PartialEq)]
pub enum LearnCommand {
    /// Open or close the card.
    Show(bool),
    /// Choose a folder of MIDI files with a dialog.
    ChooseFolder,
    /// Summarise the MIDI files of this folder, and open the card.
    Examine(PathBuf),
    /// Summarise the kept melodies, and open the card.
    ExamineKept,
    /// Name the new model.
    SetName(String),
    /// Set the training time, minutes.
    SetMinutes(f64),
    /// Start the run.
    Start,
    /// Pause the run, or continue it.
    Pause(bool),
    /// End the run, and keep the best model so far.
    Stop,
    /// End the run, and remove its files.
    Cancel,
    /// Resume an interrupted run, by the name of its model.
    Resume(String),
    /// Remove the files of an interrupted run.
    Discard(String),
}
