//! A random command of the feature *Learn*, or on its landmarks. The windows have no data folder, so that no run starts.

use std::path::PathBuf;

use rand::RngExt as _;
use tunescape::ui::{Command, LandmarkCommand, LearnCommand};

use crate::random_window::RandomWindow;

/// A name: also an empty, a long and an odd one.
fn name(window: &mut RandomWindow) -> String {
    let names = ["", "songs", "../songs", "größe 数 🎵", "a\nb"];
    match window.below(names.len() + 1) {
        5 => "long ".repeat(window.below(60)),
        index => names[index].to_owned(),
    }
}

/// A random command of the feature *Learn*, or on the landmarks of the map.
pub fn random(window: &mut RandomWindow) -> Command {
    if window.once_in(8) {
        return Command::Landmarks(LandmarkCommand::Show(window.once_in(2)));
    }
    Command::Learn(match window.below(14) {
        0 => LearnCommand::ChooseFolder,
        1 => LearnCommand::Examine(PathBuf::from("/nowhere/songs")),
        2 => LearnCommand::ExamineKept,
        3 => LearnCommand::SetName(name(window)),
        4 => LearnCommand::SetMinutes(match window.below(3) {
            0 => f64::NAN,
            1 => -1.0,
            _ => window.rng.random_range(0.0..20.0),
        }),
        5 => LearnCommand::Start,
        6 => LearnCommand::Pause(window.once_in(2)),
        7 => LearnCommand::Stop,
        8 => LearnCommand::Cancel,
        9 => LearnCommand::Resume(name(window)),
        10 => LearnCommand::Discard(name(window)),
        // The card lies over the window.
        11 => LearnCommand::Show(true),
        _ => LearnCommand::Show(false),
    })
}
