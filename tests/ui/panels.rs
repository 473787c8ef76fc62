//! Tests of panels, themes, outputs and the command search.

use eframe::egui::{Event, Key, Modifiers, PointerButton, Pos2, Vec2, vec2};
use egui_kittest::kittest::Queryable as _;
use tunescape::playback::{MidiPatch, OutputChoice};
use tunescape::sweep::LayoutKind;
use tunescape::ui::{Command, Panel, Settings};

use crate::open;
use crate::window::Window;

#[test]
fn another_output_is_chosen_from_the_list() {
    let mut window = open();
    window.click("Output");
    window.click("Grand Piano");
    let expected = OutputChoice::Port("Grand Piano".to_owned());
    assert_eq!(
        window.recorder.lock().unwrap().output,
        Some(expected.clone())
    );
    assert_eq!(window.state().settings.output, expected);
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
    let expected = MidiPatch {
        channel: 10,
        program: Some(5),
        bank: None,
    };
    assert_eq!(window.recorder.lock().unwrap().patch, expected);
    assert_eq!(window.harness.state().state().settings.midi, expected);
}

#[test]
fn panels_can_be_hidden_and_the_map_takes_their_space() {
    let mut window = open();
    let map_width = |window: &Window| window.harness.state().map().rect().unwrap().width();
    let before = map_width(&window);
    window.click("Show or hide the inspector");
    window.harness.run_steps(20);
    let without_right = map_width(&window);
    assert!(without_right > before + 200.0);
    window.click("Show or hide steering");
    window.harness.run_steps(20);
    assert!(map_width(&window) > without_right + 200.0);
}

#[test]
fn the_list_of_keys_is_as_high_as_it_is_long_where_the_window_has_space() {
    let mut window = open();
    window.harness.set_size(vec2(1440.0, 1400.0));
    window.press(Key::F1);
    window.harness.run_steps(5);
    for text in [
        "play a melody, or the position between melodies",
        "open the settings",
    ] {
        assert!(window.shows_in_full(text), "{text}");
    }
}

/// JSON has no such numbers, so that settings with them could not be read again.
#[test]
fn infinity_and_nan_do_not_get_into_the_settings() {
    let mut window = open();
    let before = window.state().settings.clone();
    for command in [
        Command::SetVolume(f32::NAN),
        Command::SetTempo(f64::INFINITY),
        Command::ResizePanel(Panel::Left, Some(f32::NAN)),
        Command::ResizePanel(Panel::Bottom, Some(f32::NAN)),
    ] {
        window.command(command);
    }
    let settings = &window.state().settings;
    assert_eq!(*settings, before);
    let stored = serde_json::to_string(settings).unwrap();
    assert_eq!(serde_json::from_str::<Settings>(&stored).unwrap(), before);
}

impl Window {
    fn map_size(&self) -> Vec2 {
        self.harness.state().map().rect().unwrap().size()
    }

    fn edge_position(&self, label: &str) -> Pos2 {
        self.harness.get_by_label(label).rect().center()
    }

    fn drag(&mut self, from: Pos2, offset: Vec2) {
        self.harness.hover_at(from);
        self.harness.drag_at(from);
        for fraction in [0.2, 0.6, 1.0] {
            self.harness.hover_at(from + fraction * offset);
        }
        self.harness.drop_at(from + offset);
        self.harness.run_steps(3);
    }

    fn double_click(&mut self, at: Pos2) {
        let button = |pressed| Event::PointerButton {
            pos: at,
            button: PointerButton::Primary,
            pressed,
            modifiers: Modifiers::NONE,
        };
        self.harness.hover_at(at);
        self.harness.run_steps(1);
        self.frame([true, false, true, false].map(button));
        self.harness.run_steps(2);
    }
}

#[test]
fn the_edges_of_the_panels_are_dragged_and_their_sizes_remembered() {
    let mut window = open();
    let initial_size = window.map_size();
    for (label, by, expected_loss) in [
        ("Width of the left panel", vec2(60.0, 0.0), vec2(60.0, 0.0)),
        ("Width of the inspector", vec2(-40.0, 0.0), vec2(40.0, 0.0)),
        (
            "Height of the kept melodies",
            vec2(0.0, -70.0),
            vec2(0.0, 70.0),
        ),
    ] {
        let before = window.map_size();
        window.drag(window.edge_position(label), by);
        let deviation = before - window.map_size() - expected_loss;
        assert!(deviation.length() < 4.0, "{label}: {deviation:?}");
    }
    let settings = &window.harness.state().state().settings;
    assert!((settings.left_width - 324.0).abs() < 4.0);
    let stored = serde_json::to_string(settings).unwrap();
    assert_eq!(
        serde_json::from_str::<Settings>(&stored).unwrap(),
        *settings
    );

    // No panel becomes so large that the map gets less than half, or so small that something is cut.
    window.drag(
        window.edge_position("Width of the left panel"),
        vec2(500.0, 0.0),
    );
    assert!((window.map_size().x - 720.0).abs() < 4.0);
    window.drag(
        window.edge_position("Width of the inspector"),
        vec2(900.0, 0.0),
    );
    window.drag(
        window.edge_position("Width of the left panel"),
        vec2(-900.0, 0.0),
    );
    assert_eq!(window.map_size().x, initial_size.x);
    window.double_click(window.edge_position("Height of the kept melodies"));
    assert_eq!(window.map_size(), initial_size);
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
        let nodes = window.harness.query_all_by_label_contains(words);
        let tops = nodes.map(|node| node.rect().top());
        tops.fold(f32::INFINITY, f32::min)
    };
    let first = top(&window, "Layout: Sound");
    assert!(first.is_finite() && first < top(&window, "Play or stop"));
    window.press(Key::Enter);
    let state = window.harness.state().state();
    assert_eq!(state.settings.layout_kind, LayoutKind::MelodyDistance);
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
