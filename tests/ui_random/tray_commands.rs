//! A random command on the tray of kept melodies.

use tunescape::attributes::ATTRIBUTES;
use tunescape::ui::{KeptOrder, TrayCommand, TrayView};

use crate::random_window::RandomWindow;

/// A name or tag: also an empty, a long and an odd one.
fn text(window: &mut RandomWindow) -> String {
    let texts = [
        "",
        "  ",
        "bridge idea",
        "Region 3, centre",
        "a\nb\tc",
        "größe 数 🎵",
    ];
    match window.below(texts.len() + 1) {
        6 => "long ".repeat(window.below(60)),
        index => texts[index].to_owned(),
    }
}

/// A random command on the tray, on these kept melodies.
pub fn random(window: &mut RandomWindow, number: u64, other: u64) -> TrayCommand {
    match window.below(14) {
        0 => TrayCommand::EditName(Some(number).filter(|_| window.once_in(2))),
        1 => TrayCommand::EditCurrentName,
        2 => TrayCommand::Rename(number, text(window)),
        3 => TrayCommand::SetStars(number, window.below(8) as u8),
        4 => TrayCommand::StarCurrent(window.below(7) as u8),
        5 => {
            let count = window.below(4);
            TrayCommand::SetTags(number, (0..count).map(|_| text(window)).collect())
        }
        6 | 7 => TrayCommand::Move(number, Some(other).filter(|_| !window.once_in(4))),
        8 => TrayCommand::SetView(TrayView {
            order: match window.below(5) {
                0 => KeptOrder::ByHand,
                1 => KeptOrder::Name,
                2 => KeptOrder::Stars,
                3 => KeptOrder::Key,
                _ => KeptOrder::Attribute(window.below(ATTRIBUTES.len() + 1)),
            },
            search: Some(text(window))
                .filter(|_| window.once_in(4))
                .unwrap_or_default(),
            stars: if window.once_in(3) {
                window.below(7) as u8
            } else {
                0
            },
            tag: Some(text(window)).filter(|_| window.once_in(4)),
        }),
        9 => TrayCommand::MarkTo(number),
        10 => TrayCommand::MarkShown,
        11 => TrayCommand::UnmarkAll,
        12 => TrayCommand::PlayMarked,
        _ => TrayCommand::RemoveMarked,
    }
}
