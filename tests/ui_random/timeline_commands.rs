//! A random command on the timeline.

use rand::RngExt as _;
use tunescape::ui::{Command, TimelineCommand, TimelineSource};

use crate::commands::{kept, melody};
use crate::random_window::RandomWindow;

pub fn timeline(window: &mut RandomWindow) -> Command {
    let (block, other) = (window.below(6), window.below(6));
    Command::Timeline(match window.below(17) {
        0..4 => TimelineCommand::Add(match window.below(4) {
            0 => TimelineSource::Shown,
            1 => TimelineSource::Melody(melody(window)),
            2 => TimelineSource::Kept(kept(window)),
            _ => TimelineSource::Heard(window.below(40) as u64),
        }),
        4 => TimelineCommand::Show(window.once_in(2)),
        5 => TimelineCommand::SelectBlock(Some(block).filter(|_| !window.once_in(4))),
        6 => TimelineCommand::Remove(block),
        7 => TimelineCommand::Move(block, other),
        8 => TimelineCommand::Duplicate(block),
        9 => TimelineCommand::SetRepeats(block, window.below(20) as u32),
        10 => TimelineCommand::Transpose(block, window.rng.random_range(-100..100)),
        11 => {
            let label = ["", "bridge\n", "a label that is longer than a label can be"];
            let label = label[window.below(3)].to_owned();
            TimelineCommand::Rename(block, Some(label).filter(|_| !window.once_in(3)))
        }
        12 => TimelineCommand::SetLoop(Some((block, other)).filter(|_| !window.once_in(3))),
        13 => TimelineCommand::PlayFrom(block),
        14 => TimelineCommand::Bridge(block),
        15 => TimelineCommand::Vary(block),
        _ => TimelineCommand::PlayStop,
    })
}
