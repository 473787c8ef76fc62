//! Tests of the steer sliders: wanted, held and free values, impossible values, melodies like the selected one, undo.

use std::collections::HashSet;
use std::time::Duration;

use eframe::egui::accesskit::Toggled;
use eframe::egui::{Key, Role};
use egui_kittest::kittest::{By, NodeT as _, Queryable as _};
use tunescape::attributes::{ATTRIBUTES, attribute_index};
use tunescape::melody::{edit_distance, transposition_key};
use tunescape::sweep::{MelodyEntry, MelodyId};
use tunescape::ui::{SearchScope, SliderGoal};

use crate::window::Window;
use crate::{open, open_slow};

const REGION: u32 = 7;

pub fn attribute_of(id: &str) -> usize {
    attribute_index(id).unwrap()
}

/// Sets and releases a slider as a screen reader does.
pub fn move_slider(window: &mut Window, name: &str, value: f64) {
    let by = By::new().role(Role::Slider).label(name);
    window.harness.get(by).set_value_accesskit(value);
    window.harness.run_steps(2);
}

pub fn run_until_steered(window: &mut Window, steers: usize) {
    window.run_until("the steer is done", |app| {
        let steer = &app.state().steer;
        steer.finished.len() == steers && steer.running.is_none()
    });
}

/// The value of an attribute in its display unit.
pub fn value(entry: &MelodyEntry, id: &str) -> f64 {
    let attribute = &ATTRIBUTES[attribute_of(id)];
    (attribute.to_display_unit)(entry.attributes.value(attribute_of(id)).unwrap())
}

pub fn steered(window: &Window) -> Vec<MelodyEntry> {
    window.state().melodies.steered().cloned().collect()
}

/// Number of melodies whose value is at most `distance` from `wanted`.
fn count_near(melodies: &[MelodyEntry], id: &str, wanted: f64, distance: f64) -> usize {
    let is_near = |entry: &&MelodyEntry| (value(entry, id) - wanted).abs() <= distance + 1e-6;
    melodies.iter().filter(is_near).count()
}

fn toggled(window: &Window, label: &str) -> Option<Toggled> {
    let node = window.harness.get_by_role_and_label(Role::CheckBox, label);
    node.accesskit_node().toggled()
}

#[test]
fn a_held_slider_stays_while_another_one_is_steered() {
    let mut window = open();
    let selected = window.select(REGION);
    let entry = window.state().melodies.get(selected).unwrap().clone();
    let range = value(&entry, "pitch_range");
    window.click("Hold Pitch range");
    assert_eq!(toggled(&window, "Hold Pitch range"), Some(Toggled::True));
    assert_eq!(toggled(&window, "Hold Contour"), Some(Toggled::False));
    let wanted = value(&entry, "note_density") + 1.5;
    move_slider(&mut window, "Note density", wanted);
    // Before the search the panel says how many melodies of the sweep have both.
    assert!(window.has_containing("of the sweep's 340"));
    run_until_steered(&mut window, 1);

    let melodies = steered(&window);
    assert_eq!(melodies.len(), 32);
    let with_density = count_near(&melodies, "note_density", wanted, 0.5);
    assert_eq!(with_density, 32, "of 32 with the density");
    let with_range = count_near(&melodies, "pitch_range", range, 2.0);
    assert_eq!(with_range, 32, "of 32 with the range");
    // The panel describes them, and shows the wanted and the obtained value.
    assert!(window.has_containing("notes per bar, range held"));
    assert!(window.has_containing("All 32 have it: with "));
    let by = By::new().role(Role::Slider).label("Pitch range");
    let node = window.harness.get(by);
    let description = node.accesskit_node().description().unwrap();
    assert!(description.starts_with("held, obtained "), "{description}");

    // The free range is no longer the same in all melodies.
    window.click("Hold Pitch range");
    assert_eq!(toggled(&window, "Hold Pitch range"), Some(Toggled::False));
    window.click("Free Note density");
    assert!(!window.state().highlights_targets());
    move_slider(&mut window, "Note density", wanted);
    run_until_steered(&mut window, 2);
    let free = steered(&window).split_off(32);
    assert!(count_near(&free, "pitch_range", range, 2.0) < 32);
}

#[test]
fn the_rest_is_held_by_one_click_at_the_mean_or_at_the_selected_melody_and_freed_by_another() {
    let mut window = open();
    let goals = |window: &Window| window.state().steer.goals.clone();
    window.click("Hold the rest");
    let is_held = |goal: &SliderGoal| matches!(goal, SliderGoal::Held(_));
    assert!(matches!(goals(&window)[0], SliderGoal::Wanted(_)));
    // Only those that are shown: Rise is in the collapsed part.
    assert!(goals(&window)[1..4].iter().all(is_held));
    assert_eq!(
        goals(&window)[attribute_of("signed_contour")],
        SliderGoal::Free
    );
    let contour = attribute_of("contour");
    let mean = window.state().summary.get(contour).unwrap().mean;
    assert_eq!(window.state().target_value(contour), mean);

    let selected = window.select(REGION);
    assert_eq!(window.state().target_value(contour), mean, "it stays");
    window.click("Hold the rest");
    let entry = window.state().melodies.get(selected).unwrap();
    let selected_contour = value(entry, "contour");
    assert_eq!(window.state().target_value(contour), Some(selected_contour));
    // Another selection changes nothing that is held.
    window.select(REGION + 1);
    assert_eq!(window.state().target_value(contour), Some(selected_contour));

    // A held slider that is moved is wanted.
    move_slider(&mut window, "Contour", selected_contour);
    assert!(matches!(goals(&window)[contour], SliderGoal::Wanted(_)));
    window.click("Free all");
    assert!(goals(&window).iter().all(|goal| *goal == SliderGoal::Free));
    assert!(window.has_containing("Nothing is asked for"));
}

#[test]
fn a_second_steer_finds_other_melodies_than_the_first() {
    let mut window = open();
    move_slider(&mut window, "Note density", 5.0);
    run_until_steered(&mut window, 1);
    window.click("32 new melodies");
    run_until_steered(&mut window, 2);
    let keys: HashSet<Vec<u8>> = steered(&window)
        .iter()
        .map(|entry| transposition_key(entry.melody.tokens()))
        .collect();
    assert_eq!(keys.len(), 64);
}

#[test]
fn the_map_highlights_the_melodies_that_have_all_values() {
    let mut window = open();
    move_slider(&mut window, "Pitch range", 14.0);
    run_until_steered(&mut window, 1);
    move_slider(&mut window, "Note density", 4.0);
    run_until_steered(&mut window, 2);
    let both = |entry: &&MelodyEntry| {
        let single = std::slice::from_ref(*entry);
        !entry.melody.is_empty()
            && count_near(single, "pitch_range", 14.0, 2.0) == 1
            && count_near(single, "note_density", 4.0, 0.5) == 1
    };
    let swept = window.state().melodies.swept().filter(both).count();
    assert!(swept > 0);
    let added = steered(&window).iter().filter(|entry| both(entry)).count();
    let text = format!("Lit: {} melodies with all 2 values", swept + added);
    window.run_until("the melodies are counted", |app| {
        app.state().layout.placements.len() == 64
    });
    assert!(window.has(&text), "{text}");
    let alone = format!("{swept} of the sweep's 340 ha");
    assert!(window.has_containing(&alone), "{alone}");
}

#[test]
fn impossible_values_are_reported_before_the_search() {
    let mut window = open();
    // Nothing is heard in two bars with 16 notes per bar that stays on one pitch.
    let app = window.harness.state_mut();
    for (id, value) in [("note_density", 16.0), ("pitch_range", 0.0)] {
        app.command(tunescape::ui::Command::Steer(
            tunescape::ui::SteerCommand::Want {
                attribute: attribute_of(id),
                value,
            },
        ));
    }
    window.harness.run_steps(3);
    assert!(window.state().steer.running.is_none());
    let text = "None of the sweep's 340 has this; the nearest has";
    assert!(window.has_containing(text));
}

#[test]
fn new_melodies_like_the_selected_one_are_near_it_and_so_are_those_after_them() {
    let mut window = open();
    window.click("Like the selected");
    assert_eq!(window.state().steer.scope, SearchScope::LikeSelected);
    assert!(window.has("Click a melody on the map: the new ones will be like it"));
    let selected = window.select(REGION);
    assert!(window.has("Like Region 7, centre"));
    let source = window.state().melodies.get(selected).unwrap().clone();
    let notes = source.melody.notes().len() as f64;
    window.click("Free all");
    let by = By::new().role(Role::Slider).label("Notes that may change");
    window.harness.get(by).set_value_accesskit(3.0);
    window.harness.run_steps(2);
    let closeness = window.state().steer.closeness;
    assert!(
        (closeness - (1.0 - 3.0 / notes)).abs() < 1e-9,
        "{closeness}"
    );
    window.click("32 new melodies");
    run_until_steered(&mut window, 1);
    let distances = |melodies: &[MelodyEntry]| -> Vec<f64> {
        let distance = |entry: &MelodyEntry| edit_distance(&source.melody, &entry.melody);
        melodies.iter().map(distance).collect()
    };
    let first = distances(&steered(&window));
    let near = first.iter().filter(|distance| **distance <= 3.0).count();
    assert!(near >= 24, "{first:?}");
    assert!(window.has_containing("32 melodies like Region 7, centre"));

    // The steer has selected one of its melodies: the next one still starts from the same.
    assert_eq!(
        window.focus(),
        Some(MelodyId::Steered { steer: 0, index: 0 })
    );
    assert!(window.has("Like Region 7, centre"));
    // A melody that the user selects is the new source.
    window.press(Key::Escape);
    window.press(Key::Escape);
    let at = window
        .harness
        .state()
        .map()
        .position(MelodyId::Steered { steer: 0, index: 3 });
    window.click_at(at.unwrap());
    let chosen = window.focus().unwrap();
    assert_eq!(window.state().steer_source(), Some(chosen));
}

#[test]
fn undo_takes_the_melodies_back_and_the_sliders_too() {
    let mut window = open();
    let before = window.state().steer.goals.clone();
    window.click("Hold Contour");
    move_slider(&mut window, "Note density", 7.0);
    run_until_steered(&mut window, 1);
    let first = window.state().steer.goals.clone();
    assert_ne!(first, before);
    move_slider(&mut window, "Rhythmic complexity", 6.0);
    run_until_steered(&mut window, 2);
    assert_eq!(window.state().melodies.steered().count(), 64);
    window.press_ctrl(Key::Z);
    assert_eq!(window.state().steer.goals, first);
    assert_eq!(window.state().melodies.steered().count(), 32);
    assert_eq!(window.state().steer.finished.len(), 1);
    window.press_ctrl(Key::Z);
    assert_eq!(window.state().steer.goals, before);
    assert_eq!(window.state().melodies.steered().count(), 0);
    assert_eq!(window.focus(), None);
}

#[test]
fn sliders_are_held_and_freed_with_the_keyboard_alone() {
    let mut window = open();
    window.tab_to("Hold Contour");
    window.press(Key::Space);
    assert_eq!(toggled(&window, "Hold Contour"), Some(Toggled::True));
    window.press(Key::Space);
    assert_eq!(toggled(&window, "Hold Contour"), Some(Toggled::False));
    window.tab_to("Free Note density");
    window.press(Key::Enter);
    assert_eq!(*window.state().steer.goal(0), SliderGoal::Free);
}

#[test]
fn a_slider_moved_again_while_it_searches_leaves_one_set_and_one_step_to_undo() {
    let mut window = open_slow(Duration::from_millis(1)).swept();
    for value in [5.0, 6.5, 8.0] {
        move_slider(&mut window, "Note density", value);
    }
    run_until_steered(&mut window, 1);
    window.run_until("all of it is taken", |app| {
        app.state().melodies.steered().count() == 32
    });
    let melodies = steered(&window);
    assert_eq!(count_near(&melodies, "note_density", 8.0, 0.5), 32);
    window.press_ctrl(Key::Z);
    assert_eq!(window.state().melodies.steered().count(), 0);
    assert_eq!(window.state().target_value(0), Some(6.0));
}
