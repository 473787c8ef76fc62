//! Tests of the key of a melody, the filter by scale, and the snap to a scale.

use eframe::egui::Key;
use tunescape::melody::{Scale, ScaleKind, estimate_key};
use tunescape::ui::Command;

use crate::open;
use crate::window::{REGIONS, Window};

#[test]
fn the_key_is_shown_beside_the_attributes() {
    let mut window = open();
    let keys: Vec<(u32, Option<Scale>)> = (0..REGIONS)
        .map(|region| {
            window.select(region);
            let melody = &window.state().inspector_melody().unwrap().melody;
            let key = estimate_key(melody).unwrap().clear_key();
            let text = key.map_or_else(|| "no clear key".to_owned(), |key| key.to_string());
            assert!(window.has(&text), "{text}");
            (region, key)
        })
        .collect();
    let (region, key) = keys
        .iter()
        .find_map(|(r, key)| Some((*r, (*key)?)))
        .unwrap();
    window.select(region);
    window.click("Feel");
    window.click("Octave up");
    assert!(window.has(&key.to_string()), "an octave leaves the key");
}

#[test]
fn a_scale_is_chosen_in_the_filter_and_dims_and_counts_melodies() {
    let mut window = open();
    window.click("Filter the map");
    window.click("Scale of the filter: Any");
    window.click("Tonic D");
    window.click("Scale dorian");
    let dorian = Scale::new(2, ScaleKind::Dorian);
    assert_eq!(window.state().filter.scale(), Some(dorian));
    let state = window.state();
    let melody_count = state.melodies.swept().count();
    let in_scale = state.melodies.swept().filter(|entry| {
        let mut notes = entry.melody.notes().iter();
        // The white keys.
        notes.all(|note| [0, 2, 4, 5, 7, 9, 11].contains(&(note.pitch % 12)))
    });
    let in_scale_count = in_scale.count();
    assert!(window.has(&format!("{in_scale_count} of {melody_count} in D dorian")));
    let dimmed = |window: &Window| window.harness.state().map().dimmed_count();
    assert!(in_scale_count < melody_count);
    assert_eq!(dimmed(&window), melody_count - in_scale_count);
    window.click("Any");
    assert_eq!(window.state().filter.scale(), None);
    assert_eq!(dimmed(&window), 0);
}

#[test]
fn a_snap_is_chosen_behind_feel_and_says_that_it_changes_melodies() {
    let mut window = open();
    window.select(5);
    window.click("Feel");
    window.click("Snap to scale: Off");
    window.click("Scale minor pentatonic");
    let scale = Scale::new(0, ScaleKind::MinorPentatonic);
    assert_eq!(window.recorder.lock().unwrap().feel.snap, Some(scale));
    assert!(window.has_containing("Snap changes what the model wrote"));
    window.press(Key::Escape);
    window.press(Key::Escape);
    assert!(window.has_containing("Snapped to C minor pentatonic"));
    // The melody on the map stays.
    let written = window.state().inspector_melody().unwrap().melody.clone();
    let feel = window.state().settings.feel;
    window.command(Command::SetFeel(tunescape::melody::Feel {
        snap: None,
        ..feel
    }));
    assert!(!window.has_containing("Snapped to"));
    assert_eq!(window.state().inspector_melody().unwrap().melody, written);
}
