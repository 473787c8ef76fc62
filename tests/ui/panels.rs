//! Tests of panels, themes, outputs and the command search.

use eframe::egui::Key;
use egui_kittest::kittest::Queryable as _;
use tunescape::playback::{MidiVoice, OutputChoice};
use tunescape::sweep::Layout;
use tunescape::ui::Settings;

use crate::open;
use crate::window::Window;

#[test]
fn another_output_is_chosen_from_the_list() {
    let mut window = open();
    window.click("Output");
    window.click("Grand Piano");
    let wanted = OutputChoice::Port("Grand Piano".to_owned());
    assert_eq!(window.recorder.lock().unwrap().output, Some(wanted.clone()));
    assert_eq!(window.state().settings.output, wanted);
}

#[test]
fn channel_and_program_of_a_port_are_chosen_in_its_menu_and_remembered() {
    let mut window = open();
    window.click("Output");
    assert!(window.harness.query_by_label("MIDI channel").is_none());
    window.click("Grand Piano");
    window.click("Output");
    for (field, value) in [("MIDI channel", 10.0), ("MIDI program", 5.0)] {
        window
            .harness
            .get_by_label(field)
            .set_value_accesskit(value);
        window.harness.run_steps(3);
    }
    let wanted = MidiVoice {
        channel: 10,
        program: Some(5),
        bank: None,
    };
    assert_eq!(window.recorder.lock().unwrap().voice, wanted);
    assert_eq!(window.harness.state().state().settings.midi, wanted);
}

#[test]
fn panels_can_be_hidden_and_the_map_takes_their_room() {
    let mut window = open();
    let wide = |window: &Window| window.harness.state().map().rect().unwrap().width();
    let before = wide(&window);
    window.click("Show or hide the inspector");
    window.harness.run_steps(20);
    let without_right = wide(&window);
    assert!(without_right > before + 200.0);
    window.click("Show or hide steering");
    window.harness.run_steps(20);
    assert!(wide(&window) > without_right + 200.0);
}

#[test]
fn the_theme_switches_and_is_remembered() {
    let mut window = open();
    window.click("Light theme");
    assert!(window.has("Dark theme"));
    let settings = &window.state().settings;
    let stored = serde_json::to_string(settings).unwrap();
    assert_eq!(
        serde_json::from_str::<Settings>(&stored).unwrap(),
        *settings
    );
}

#[test]
fn the_command_search_runs_what_it_finds() {
    let mut window = open();
    window.press_ctrl(Key::K);
    window
        .harness
        .get_by_label("Search commands")
        .type_text("colour by pitch");
    window.harness.run_steps(2);
    window.press(Key::Enter);
    assert_eq!(window.state().settings.colour_by, "pitch_range");
    assert!(!window.state().search);
}

#[test]
fn the_command_search_puts_names_that_begin_with_what_is_typed_first() {
    let mut window = open();
    window.press_ctrl(Key::K);
    let field = window.harness.get_by_label("Search commands");
    field.type_text("lay");
    window.harness.run_steps(2);
    let top = |window: &Window, words: &str| {
        let found = window.harness.query_all_by_label_contains(words);
        let tops = found.map(|node| node.rect().top());
        tops.fold(f32::INFINITY, f32::min)
    };
    let first = top(&window, "Layout: Sound");
    assert!(first.is_finite() && first < top(&window, "Play or stop"));
    window.press(Key::Enter);
    let state = window.harness.state().state();
    assert_eq!(state.settings.layout, Layout::Sound);
    assert!(!state.playback.playhead.playing);
}

#[test]
fn letters_typed_into_a_field_are_no_commands() {
    let mut window = open();
    window.click_centre_of(2);
    window.press_ctrl(Key::K);
    window.press(Key::F);
    window.press(Key::P);
    assert!(window.state().kept_melodies.is_empty());
    assert_eq!(window.recorder.lock().unwrap().panics, 0);
}
