//! Tests of the steer panel: obtained values under each slider, the key, options, the collapsible part with further sliders,
//! and that nothing moves while results arrive.

use std::time::Duration;

use eframe::egui::{Key, Role};
use egui_kittest::kittest::{By, NodeT as _, Queryable as _};
use tunescape::attributes::ATTRIBUTES;
use tunescape::melody::{Melody, Scale, ScaleKind};
use tunescape::sweep::MelodyId;
use tunescape::ui::{Command, SliderGoal, SteerCommand};

use crate::steer::{attribute_of, move_slider, run_until_steered, steered, value};
use crate::window::Window;
use crate::{open, open_slow};

/// The description of a slider for screen readers.
fn description(window: &Window, name: &str) -> String {
    let by = By::new().role(Role::Slider).label(name);
    let node = window.harness.get(by);
    node.accesskit_node().description().unwrap()
}

fn shows_slider(window: &Window, name: &str) -> bool {
    let by = By::new().role(Role::Slider).label(name);
    window.harness.query(by).is_some()
}

fn want(window: &mut Window, id: &str, value: f64) {
    let attribute = attribute_of(id);
    window.command(Command::Steer(SteerCommand::Want { attribute, value }));
}

/// Chooses D dorian, which is the white keys.
fn choose_d_dorian(window: &mut Window) {
    window.click("Key of new melodies: Any key");
    window.click("Tonic D");
    window.click("Scale dorian");
    // It closes the menu and nothing else.
    window.press(Key::Escape);
    assert!(!window.has("Tonic D"));
}

fn on_white_keys(melody: &Melody) -> bool {
    let white = [0, 2, 4, 5, 7, 9, 11];
    !melody.is_empty()
        && melody
            .notes()
            .iter()
            .all(|n| white.contains(&(n.pitch % 12)))
}

#[test]
fn nothing_moves_in_the_panel_while_melodies_are_searched_and_found() {
    let mut window = open_slow(Duration::from_millis(1)).swept();
    let tops = |window: &Window| {
        ["32 new melodies", "New sweep"]
            .map(|label| window.harness.get_by_label(label).rect().top())
    };
    window.select(7);
    window.click("Hold Pitch range");
    let before = tops(&window);
    move_slider(&mut window, "Note density", 7.0);
    assert!(window.has("Stop steering"));
    assert_eq!(tops(&window), before, "while it searches");
    run_until_steered(&mut window, 1);
    assert!(window.has_containing("range held"));
    assert_eq!(tops(&window), before, "with a result");
    move_slider(&mut window, "Note density", 9.0);
    run_until_steered(&mut window, 2);
    assert_eq!(tops(&window), before, "with a second result");
    want(&mut window, "note_density", 16.0);
    assert!(window.has_containing("None of the sweep's 340 has this"));
    assert_eq!(tops(&window), before, "with what cannot be had");
    window.click("Free all");
    assert_eq!(tops(&window), before, "with nothing asked for");
}

#[test]
fn every_slider_that_is_not_free_shows_wanted_and_obtained_values() {
    let mut window = open();
    window.select(7);
    window.click("Hold Contour");
    want(&mut window, "pitch_range", 14.0);
    move_slider(&mut window, "Note density", 4.0);
    run_until_steered(&mut window, 1);
    let melodies = steered(&window);
    for (id, name, mode) in [
        ("note_density", "Note density", "wanted"),
        ("pitch_range", "Pitch range", "wanted"),
        ("contour", "Contour", "held"),
    ] {
        let mut values: Vec<f64> = melodies.iter().map(|entry| value(entry, id)).collect();
        values.sort_by(f64::total_cmp);
        let median = (values[15] + values[16]) / 2.0;
        let text = |value: f64| format!("{value:.1}").trim_end_matches(".0").to_owned();
        let [least, median, greatest] = [values[0], median, values[31]].map(text);
        let obtained = if least == greatest {
            median
        } else {
            format!("{median} ({least} to {greatest})")
        };
        let message = description(&window, name);
        assert_eq!(message, format!("{mode}, obtained {obtained}"));
    }
    assert_eq!(description(&window, "Rhythmic complexity"), "free");
}

#[test]
fn melodies_in_the_wanted_key_are_highlighted_counted_and_found() {
    let mut window = open();
    window.click("Free all");
    choose_d_dorian(&mut window);
    let dorian = Scale::new(2, ScaleKind::Dorian);
    assert_eq!(window.state().steer.scale, Some(dorian));
    assert!(window.has("Key of new melodies: D dorian"));
    let swept = || window.state().melodies.swept();
    let in_key = swept().filter(|entry| on_white_keys(&entry.melody)).count();
    assert!(in_key > 0 && in_key < 340);
    assert!(window.has(&format!("Lit: {in_key} in D dorian")));
    let highlighted = 340 - window.harness.state().map().dimmed_count();
    assert_eq!(highlighted, in_key);
    assert!(window.has_containing(&format!("{in_key} of the sweep's 340 are in D dorian")));

    // Together with a value, both are needed.
    want(&mut window, "note_density", 2.0);
    let both = window.state().melodies.swept().filter(|entry| {
        let near = (value(entry, "note_density") - 2.0).abs() <= 0.5;
        !entry.melody.is_empty() && near && on_white_keys(&entry.melody)
    });
    let both = both.count();
    assert!(window.has_containing(&format!("Lit: {both} melod")));
    window.click("32 new melodies");
    run_until_steered(&mut window, 1);
    let melodies = steered(&window);
    let obtained = melodies.iter().filter(|entry| on_white_keys(&entry.melody));
    assert_eq!(obtained.count(), 32);
    let near = |entry: &&_| (value(entry, "note_density") - 2.0).abs() <= 0.5;
    assert_eq!(melodies.iter().filter(near).count(), 32);
    let message = "All 32 have it, every note in key: with 2 notes per bar, in D dorian";
    assert!(window.has(message));
    assert!(window.has_containing("Density 2, D dorian"));
}

#[test]
fn undo_takes_key_search_and_sliders_back_with_the_melodies() {
    let mut window = open();
    let before = window.state().steer.settings();
    window.select(7);
    window.click("Like the selected");
    choose_d_dorian(&mut window);
    window.click("Hold Contour");
    move_slider(&mut window, "Note density", 5.0);
    run_until_steered(&mut window, 1);
    assert_ne!(window.state().steer.settings(), before);
    window.press_ctrl(Key::Z);
    assert_eq!(window.state().steer.settings(), before);
    assert_eq!(window.state().melodies.steered().count(), 0);
    assert_eq!(window.focus(), Some(MelodyId::Centre { region: 7 }));
    assert!(window.has("Key of new melodies: Any key"));
    for attribute in ATTRIBUTES {
        let obtained = shows_slider(&window, attribute.name)
            && description(&window, attribute.name).contains("obtained");
        assert!(!obtained, "{}", attribute.name);
    }
}

#[test]
fn count_and_temperature_are_options_with_their_limits() {
    let mut window = open();
    assert!(!window.has("Number of new melodies"));
    window.click("Options");
    window.harness.run_steps(10);
    assert!(window.has("1 to 256") && window.has("0 to 2"));
    for (field, number) in [
        ("Number of new melodies", 5.0),
        ("Temperature of new melodies", 1.0),
    ] {
        let by = By::new().role(Role::SpinButton).label(field);
        window.harness.get(by).set_value_accesskit(number);
        window.harness.run_steps(3);
    }
    assert_eq!(window.state().steer.temperature, Some(1.0));
    window.click("5 new melodies");
    run_until_steered(&mut window, 1);
    assert_eq!(window.state().melodies.steered().count(), 5);
    // Choosing the temperature of the sweep removes the choice.
    let temperature = window.state().sweep_temperature();
    window.command(Command::Steer(SteerCommand::SetTemperature(temperature)));
    assert_eq!(window.state().steer.temperature, None);
}

#[test]
fn the_best_new_melody_plays_unless_that_is_switched_off() {
    let mut window = open();
    move_slider(&mut window, "Note density", 5.0);
    run_until_steered(&mut window, 1);
    let first = MelodyId::Steered { steer: 0, index: 0 };
    assert_eq!(window.focus(), Some(first));
    let played = window.recorder.lock().unwrap().played.last().cloned();
    let (melody, ..) = played.unwrap();
    assert_eq!(melody.notes().len(), 10, "five notes in each of two bars");

    window.click("Options");
    window.harness.run_steps(10);
    window.click("Play the first one");
    let selected = window.select(7);
    let plays = window.play_count();
    move_slider(&mut window, "Note density", 8.0);
    run_until_steered(&mut window, 2);
    assert_eq!(window.state().melodies.steered().count(), 64);
    assert_eq!(
        (window.focus(), window.play_count()),
        (Some(selected), plays)
    );
}

#[test]
fn further_sliders_are_collapsed_unless_they_are_not_free() {
    let mut window = open();
    for name in [
        "Note density",
        "Rhythmic complexity",
        "Pitch range",
        "Contour",
    ] {
        assert!(shows_slider(&window, name), "{name}");
    }
    assert!(!shows_slider(&window, "Rise"));
    window.click("More sliders");
    assert!(shows_slider(&window, "Rise"));
    want(&mut window, "signed_contour", 4.0);
    window.click("More sliders");
    assert!(shows_slider(&window, "Rise"), "it is wanted");
    window.click("Free Rise");
    assert!(!shows_slider(&window, "Rise"));
    // Only shown sliders are held.
    window.click("Hold the rest");
    let rise = attribute_of("signed_contour");
    assert_eq!(*window.state().steer.goal(rise), SliderGoal::Free);
    window.click("More sliders");
    window.click("Hold the rest");
    assert!(matches!(
        window.state().steer.goal(rise),
        SliderGoal::Held(_)
    ));
}
