//! Tests of the ranking by taste: the switch, what it says of its reasons, the reset, and what does not count.

use std::collections::BTreeSet;

use eframe::egui::accesskit::Toggled;
use eframe::egui::{Key, Role};
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use tunescape::sweep::{MelodyEntry, MelodyId};
use tunescape::ui::{Command, GenerateCommand};

use crate::open;
use crate::steer::{move_slider, run_until_steered, steered, value};
use crate::window::Window;

const SWITCH: &str = "Rank by my taste";
const FORGET: &str = "Forget my taste";

fn open_options(window: &mut Window) {
    window.click("Options");
    window.harness.run_steps(10);
}

fn switch(window: &mut Window) {
    let node = window.harness.get_by_role_and_label(Role::CheckBox, SWITCH);
    node.click();
    window.harness.run_steps(3);
}

fn is_on(window: &Window) -> bool {
    let node = window.harness.get_by_role_and_label(Role::CheckBox, SWITCH);
    node.accesskit_node().toggled() == Some(Toggled::True)
}

/// The melodies of the sweep with the highest highest notes, highest first.
fn highest(window: &Window) -> Vec<MelodyEntry> {
    let mut entries: Vec<MelodyEntry> = window.state().melodies.swept().cloned().collect();
    entries.sort_by(|a, b| value(b, "highest_note").total_cmp(&value(a, "highest_note")));
    entries
}

/// Keeps this many of the highest melodies.
fn keep_highest(window: &mut Window, count: usize) {
    let kept = window.state().kept_melodies.len();
    for (entry, number) in highest(window).iter().take(count).zip(kept + 1..) {
        window.command(Command::Select(entry.id));
        window.press(Key::F);
        window.run_until_kept(number);
    }
}

/// The melodies of a steer, in the order by taste.
fn ranked(window: &Window) -> Vec<MelodyEntry> {
    let mut entries = steered(window);
    let place = |entry: &MelodyEntry| window.state().ranked_place(entry.id).map(|one| one.place);
    assert!(entries.iter().all(|entry| place(entry).is_some()));
    entries.sort_by_key(|entry| place(entry));
    entries
}

fn ids(entries: &[MelodyEntry]) -> Vec<MelodyId> {
    entries.iter().map(|entry| entry.id).collect()
}

/// Lets the playhead pass over these steps.
fn hear(window: &mut Window, steps: &[f64]) {
    for step in steps {
        window.recorder.lock().unwrap().step = *step;
        window.harness.run_steps(1);
    }
}

#[test]
fn it_is_off_at_first_and_asks_for_kept_melodies() {
    let mut window = open();
    open_options(&mut window);
    assert!(!is_on(&window));
    assert!(!window.has_containing("Keep at least"));
    switch(&mut window);
    assert!(is_on(&window));
    assert!(window.has("Keep at least 5 melodies first: 0 so far"));
    assert!(!window.has(FORGET), "there is nothing to forget");
    keep_highest(&mut window, 1);
    assert!(window.has("Keep at least 5 melodies first: 1 so far"));
    // Nothing is ranked by so few.
    move_slider(&mut window, "Note density", 5.0);
    run_until_steered(&mut window, 1);
    let first = MelodyId::Steered { steer: 0, index: 0 };
    assert_eq!(window.focus(), Some(first));
    assert!(window.state().ranked_place(first).is_none());
    assert!(!window.has_containing("Ranked"));
}

#[test]
fn new_melodies_are_ordered_by_what_was_kept_and_are_the_same_as_without_it() {
    let mut without = open();
    keep_highest(&mut without, 6);
    move_slider(&mut without, "Note density", 5.0);
    run_until_steered(&mut without, 1);

    let mut window = open();
    keep_highest(&mut window, 6);
    open_options(&mut window);
    switch(&mut window);
    assert!(window.has_containing("Learnt from 6 kept melodies and none that you heard"));
    move_slider(&mut window, "Note density", 5.0);
    run_until_steered(&mut window, 1);
    let tokens = |window: &Window| -> BTreeSet<Vec<u8>> {
        let melodies = steered(window).into_iter();
        melodies
            .map(|entry| entry.melody.tokens().as_slice().to_vec())
            .collect()
    };
    assert_eq!(tokens(&window), tokens(&without));

    let order = ranked(&window);
    let has_it = |entry: &MelodyEntry| (value(entry, "note_density") - 5.0).abs() <= 0.5;
    let has_it: Vec<bool> = order.iter().map(has_it).collect();
    assert!(has_it.is_sorted_by(|a, b| a >= b), "{has_it:?}");
    // High melodies were kept: the first eight are higher than the last eight.
    let mean = |entries: &[MelodyEntry]| {
        let notes = entries.iter().map(|entry| value(entry, "highest_note"));
        notes.sum::<f64>() / entries.len() as f64
    };
    let (first, last) = (mean(&order[..8]), mean(&order[24..]));
    assert!(first > last + 2.0, "{first} {last}");

    // The first one is heard, and it is said why.
    assert_eq!(window.focus(), Some(order[0].id));
    let played = window.recorder.lock().unwrap().played.last().cloned();
    assert_eq!(played.unwrap().0.tokens(), order[0].melody.tokens());
    let kept = window.state().kept_melodies.iter();
    let reasons: Vec<String> = kept
        .map(|kept| {
            format!(
                "Ranked first because it is like {}, which you kept",
                kept.name()
            )
        })
        .collect();
    assert!(
        reasons.iter().any(|reason| window.has(reason)),
        "{reasons:?}"
    );
    // The next ones follow in this order, which stays while they are heard.
    for entry in &order[1..4] {
        window.click("Next sample");
        hear(&mut window, &[2.0, 20.0, 31.5, 2.0]);
        assert_eq!(window.focus(), Some(entry.id));
    }
    assert!(window.has_containing("Ranked 4 of 32; of what you kept, most like "));
    assert_eq!(ids(&ranked(&window)), ids(&order));

    // Switched off, they are in the order of the search again.
    switch(&mut window);
    assert!(!window.has_containing("Ranked 4 of 32"));
    assert!(
        order
            .iter()
            .all(|entry| window.state().ranked_place(entry.id).is_none())
    );
}

#[test]
fn explored_melodies_are_ordered_too() {
    let mut window = open();
    keep_highest(&mut window, 6);
    open_options(&mut window);
    switch(&mut window);
    let centre = MelodyId::Centre { region: 7 };
    window.command(Command::Generate(GenerateCommand::Explore(centre)));
    window.run_until("the melodies are there", |app| {
        app.state().melodies.generated_sets().count() == 1
    });
    let focus = window.focus().unwrap();
    let place = window.state().ranked_place(focus).unwrap();
    assert_eq!((place.place, place.of), (1, 16));
    assert!(window.has_containing("Ranked first"));
}

#[test]
fn a_reset_forgets_what_was_judged_keeps_the_melodies_and_can_be_undone() {
    let mut window = open();
    keep_highest(&mut window, 6);
    open_options(&mut window);
    switch(&mut window);
    move_slider(&mut window, "Note density", 5.0);
    run_until_steered(&mut window, 1);
    let order = ids(&ranked(&window));
    window.click(FORGET);
    let message = "Keep at least 5 melodies first: 0 so far; 6 kept before the reset do not count";
    assert!(window.has(message));
    assert_eq!(window.state().kept_melodies.len(), 6);
    assert!(!window.has_containing("Ranked"));
    assert!(window.state().undo_text().contains("reset of the taste"));
    window.press_ctrl(Key::Z);
    assert!(window.has_containing("Learnt from 6 kept melodies"));
    assert_eq!(ids(&ranked(&window)), order, "equal input, equal order");
    window.press_ctrl(Key::Y);
    assert!(window.has(message));
    // What is kept from now on counts.
    let next = highest(&window)[10].id;
    window.command(Command::Select(next));
    window.press(Key::F);
    window.run_until_kept(7);
    assert!(window.has_containing("first: 1 so far; 6 kept before"));
    window.click("Count everything again");
    assert!(window.has_containing("Learnt from 7 kept melodies"));
    assert!(!window.has("Count everything again"));
}

#[test]
fn only_what_was_heard_for_a_loop_and_not_kept_speaks_against_a_melody() {
    let mut window = open();
    open_options(&mut window);
    switch(&mut window);
    keep_highest(&mut window, 5);
    assert!(window.has_containing("Learnt from 5 kept melodies and none that you heard"));
    // A whole loop, over its end.
    hear(&mut window, &[4.5]);
    window.select(3);
    hear(&mut window, &[20.0, 31.5, 4.6]);
    let message =
        "Learnt from 5 kept melodies and 1 that you heard and did not keep, on this machine alone";
    assert!(window.has(message));
    // Passed by.
    window.select(4);
    hear(&mut window, &[6.0, 9.0]);
    window.select(5);
    assert!(window.has(message));
    // What goes into the timeline is used.
    window.select(3);
    window.press(Key::I);
    let none = "Learnt from 5 kept melodies and none that you heard";
    assert!(window.has_containing(none));
    window.press_ctrl(Key::Z);
    assert!(window.has(message));
    // Kept after all.
    window.press(Key::F);
    window.run_until_kept(6);
    assert!(window.has_containing("Learnt from 6 kept melodies and none that you heard"));
}

#[test]
fn melodies_kept_with_another_model_do_not_count_and_it_is_said() {
    let mut window = open();
    keep_highest(&mut window, 5);
    let path = window.folder.path().join("another.safetensors");
    std::fs::write(&path, "any").unwrap();
    window.command(Command::OpenModel(Some(path)));
    window.run_until("the other model is open", |app| {
        let info = app.state().model.info();
        info.is_some_and(|info| info.weights_hash != "0123456789ab")
    });
    if window.state().maps().len() < 2 {
        window.command(Command::NewSweep);
    }
    window.run_until("its map is there", |app| app.state().maps().len() == 2);
    window.run_until_swept();
    open_options(&mut window);
    switch(&mut window);
    let message =
        "Keep at least 5 melodies first: 0 so far; 5 kept with another model do not count";
    assert!(window.has(message));
    // On the first map, they do.
    window.command(Command::ShowMap(1));
    assert!(window.has_containing("Learnt from 5 kept melodies"));
}
