//! Tests that the texts of fields are centred vertically.

use eframe::egui::Key;
use egui_kittest::kittest::Queryable as _;
use tunescape::sweep::MelodyId;
use tunescape::ui::{Command, HistoryCommand, TimelineCommand, TimelineSource, TrayCommand};

use crate::open;
use crate::window::Window;

/// Asserts that the text is vertically centred in the field with this label.
fn assert_centred(window: &Window, label: &str, text: &str) {
    let field = window.harness.get_by_label(label).rect();
    let mut painted = window.painted(text).into_iter();
    let (text_rect, _) = painted
        .rfind(|(rect, _)| field.contains(rect.center()))
        .unwrap_or_else(|| panic!("“{text}” is not in the field “{label}”, {field:?}"));
    let offset = text_rect.center().y - field.center().y;
    assert!(
        offset.abs() <= 1.0,
        "{label}: {offset} points off its middle"
    );
}

#[test]
fn the_text_of_every_field_is_centred_vertically() {
    let mut window = open();
    let centre = MelodyId::Centre { region: 3 };
    window.command(Command::Select(centre));
    window.press(Key::F);
    window.run_until_kept(1);
    window.command(Command::ShowSearch(true));
    assert_centred(&window, "Search commands", "Search commands");
    window.press(Key::Escape);

    window.click_containing("Sort and filter the kept melodies");
    let hint_text = "Words of names and tags";
    assert_centred(&window, "Search the kept melodies", hint_text);
    window.press(Key::Escape);

    let card = window.harness.get_by_label("Kept 1: Region 3, centre");
    let at = card.rect().left_center();
    window.right_click_at(at + eframe::egui::vec2(20.0, 0.0));
    assert_centred(&window, "Tags", "Tags, separated by commas");
    window.press(Key::Escape);

    window.command(Command::Tray(TrayCommand::EditName(Some(1))));
    assert_centred(&window, "Name of kept 1", "Region 3, centre");
    window.press(Key::Escape);

    window.command(Command::History(HistoryCommand::Show(true)));
    assert_centred(&window, "Search what was heard", "Search");

    for command in [
        TimelineCommand::Show(true),
        TimelineCommand::Add(TimelineSource::Melody(centre)),
    ] {
        window.command(Command::Timeline(command));
    }
    let block = window.harness.get_by_label("Block 1: A").rect().center();
    window.right_click_at(block);
    assert_centred(&window, "Label of the block", "A");
}
