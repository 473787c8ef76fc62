//! Screenshots of the map in every layout and state, to be looked at; each is checked for what it should show.

use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use crate::harness::{Missing, tests};
use crate::story::COLOURS_OF_A_MAP;
use crate::tools::output_folder;
use crate::window::{Tunescape, most_isolated, need_window};

tests![every_layout_and_state_of_the_map_has_a_screenshot,];

/// A widget that has been at one place for this long stays there.
const SETTLE_TIME: Duration = Duration::from_millis(300);
/// A position over no widget: the free part of the bottom bar.
const EMPTY_POSITION: (f64, f64) = (700.0, 880.0);

fn every_layout_and_state_of_the_map_has_a_screenshot() -> Result<(), Missing> {
    let test = "pictures";
    need_window()?;
    let folder = output_folder(test);
    let mut program = Tunescape::start(&folder, |command| {
        command.env("TUNESCAPE_SWEEP", "60x40");
    });
    wait_for_layout(&mut program, "sound");
    let mut seen: Vec<Vec<u8>> = Vec::new();

    // Every layout, and how far it can be trusted.
    save_screenshot(&program, &folder, "1-sound", &mut seen);
    for (name, layout) in [
        ("2-latent", "latent"),
        ("3-decoder", "decoder"),
        ("4-axes", "axes"),
    ] {
        run_command(&mut program, &format!("layout: {layout}"));
        wait_for_layout(&mut program, layout);
        save_screenshot(&program, &folder, name, &mut seen);
    }
    run_command(&mut program, "layout: sound");
    wait_for_layout(&mut program, "sound");
    let quality = middle_of(&mut program, "map quality");
    let click = |program: &Tunescape| program.display.click(quality.0, quality.1);
    open_widget(&mut program, "quality figures", click);
    save_screenshot(&program, &folder, "5-quality", &mut seen);
    program.display.key("Escape");
    wait_until_gone(&mut program, "quality figures");

    // A point below the pointer, and what can be done with it.
    let state = program.state();
    let alone = most_isolated(&state, &[])
        .expect("there are points")
        .clone();
    let at = program.on_screen((alone.x, alone.y));
    program.display.move_to(at.0, at.1);
    program.display.screenshot("6-a-point-below-the-pointer");
    let click = |program: &Tunescape| program.display.right_click(at.0, at.1);
    open_widget(&mut program, "menu", click);
    program.display.screenshot("7-what-can-be-done-with-it");
    program.display.key("Escape");
    wait_until_gone(&mut program, "menu");

    // Melodies like it, with the pointer on one of them.
    program.click_melody(&alone.id);
    program.display.key("s");
    let similar = program.wait("the similar melodies", |state| state.similar.clone());
    assert_eq!(similar.of, alone.id);
    assert!(similar.ids.len() == 12 && !similar.ids.contains(&alone.id));
    assert!(similar.distances.is_sorted() && similar.distances[0] > 0.0);
    let row = middle_of(&mut program, "similar 3");
    program.display.move_to(row.0, row.1);
    program.display.screenshot("8-similar-melodies");
    program.display.key("Escape");
    wait_until_gone(&mut program, "similar 3");
    program.display.key("Escape");
    program.wait("nothing to be selected", |state| {
        (state.similar.is_none() && state.selected.is_empty()).then_some(())
    });

    // Close up: small rolls.
    let map = program.state().map.expect("the map is on screen");
    let centre = program.on_screen(((map[0] + map[2]) / 2.0, (map[1] + map[3]) / 2.0));
    program.display.move_to(centre.0, centre.1);
    program.display.wheel_up(7);
    program.wait("small rolls", |state| (state.rolls > 5).then_some(()));
    save_screenshot(&program, &folder, "9-close-up", &mut seen);
    // Zoomed in on one of them: it grows, and stays under the pointer.
    let from_centre = |place: (f64, f64)| (place.0 - centre.0).hypot(place.1 - centre.1);
    let places: Vec<(f64, f64)> = program
        .state()
        .points
        .iter()
        .filter(|point| point.ready && !point.empty)
        .map(|point| program.on_screen((point.x, point.y)))
        .collect();
    let one = places
        .into_iter()
        .min_by(|a, b| from_centre(*a).total_cmp(&from_centre(*b)))
        .expect("there are points");
    program.display.move_to(one.0, one.1);
    program.display.wheel_up(6);
    program.wait("fewer rolls", |state| {
        (1..=5).contains(&state.rolls).then_some(())
    });
    program.display.move_to(EMPTY_POSITION.0, EMPTY_POSITION.1);
    program.display.screenshot("10-closer-still");
    run_command(&mut program, "show the whole map");
    program.wait("dots again", |state| (state.rolls == 0).then_some(()));
    wait_for_layout(&mut program, "sound");

    // A filter.
    let filter = middle_of(&mut program, "filter");
    let click = |program: &Tunescape| program.display.click(filter.0, filter.1);
    open_widget(&mut program, "Lowest Note density", click);
    let lowest = middle_of(&mut program, "Lowest Note density");
    program.display.click(lowest.0, lowest.1);
    program.display.key("ctrl+a");
    program.display.type_text("6");
    program.display.key("Return");
    program.display.screenshot("11-a-filter");
    program.display.click(filter.0, filter.1);
    wait_until_gone(&mut program, "Lowest Note density");
    save_screenshot(&program, &folder, "12-filtered", &mut seen);
    open_widget(&mut program, "Lowest Note density", click);
    let any = middle_of(&mut program, "Any Note density");
    program.display.click(any.0, any.1);
    wait_until_gone(&mut program, "Any Note density");
    program.display.click(filter.0, filter.1);
    wait_until_gone(&mut program, "Lowest Note density");

    // A slider that is dragged, and what comes of it.
    let slider = program
        .state()
        .note_density
        .expect("the note-density slider is on screen");
    let from = program.on_screen(slider.knob(slider.wanted));
    let to = program.on_screen(slider.knob(8.0));
    program.display.hold(from, to);
    let target_range = program.wait("a part of the map to be lit", |state| state.target_range);
    assert!(
        target_range[0] < 8.0 && 8.0 < target_range[1],
        "{target_range:?}"
    );
    program.display.screenshot("13-a-slider-is-dragged");
    program.display.let_go();
    program.wait("the steered melodies", |state| {
        (!state.steers.is_empty() && !state.steering && state.layout.settled).then_some(())
    });
    assert!(program.state().target_range.is_some());
    save_screenshot(&program, &folder, "14-steered", &mut seen);

    // The light theme.
    program.display.key("Escape");
    run_command(&mut program, "light theme");
    save_screenshot(&program, &folder, "15-light", &mut seen);
    program.close();
    Ok(())
}

/// Runs a command by its name.
fn run_command(program: &mut Tunescape, command: &str) {
    program.display.key("ctrl+k");
    middle_of(program, "command search");
    program.display.type_text(command);
    // A slow display receives the letters one by one.
    thread::sleep(Duration::from_millis(700));
    program.display.key("Return");
    wait_until_gone(program, "command search");
}

/// Does something that opens a widget, and again if a busy machine has swallowed it.
fn open_widget(program: &mut Tunescape, name: &str, act: impl Fn(&Tunescape)) {
    for _ in 0..4 {
        act(program);
        for _ in 0..40 {
            if program.state().widgets.contains_key(name) {
                return;
            }
            thread::sleep(Duration::from_millis(200));
        }
    }
    panic!("the widget {name:?} does not open");
}

/// Waits until a widget is no longer there.
fn wait_until_gone(program: &mut Tunescape, name: &str) {
    program.wait(&format!("the widget {name:?} to go"), |state| {
        (!state.widgets.contains_key(name)).then_some(())
    });
}

/// Waits until a layout is there, measured, and the points have come to rest.
fn wait_for_layout(program: &mut Tunescape, layout: &str) {
    program.wait(&format!("the {layout} layout"), |state| {
        let there = !state.sweep.running && state.layout.name.starts_with(layout);
        (there && state.sweep.total > 0 && state.layout.settled && state.layout.measured)
            .then_some(())
    });
}

/// The middle of a widget on the screen, once it is there and rests: what hugs a corner finds its place in its second frame.
fn middle_of(program: &mut Tunescape, name: &str) -> (f64, f64) {
    let mut last = None;
    let [left, top, right, bottom] = program.wait(&format!("the widget {name:?}"), |state| {
        let place = state.widgets.get(name).copied()?;
        match last {
            Some((before, since)) if before == place => {
                let since: Instant = since;
                (since.elapsed() > SETTLE_TIME).then_some(place)
            }
            _ => {
                last = Some((place, Instant::now()));
                None
            }
        }
    });
    program.on_screen(((left + right) / 2.0, (top + bottom) / 2.0))
}

/// Saves a screenshot without the pointer. It has to show a map and to differ from all earlier ones.
fn save_screenshot(program: &Tunescape, folder: &Path, name: &str, seen: &mut Vec<Vec<u8>>) {
    program.display.move_to(EMPTY_POSITION.0, EMPTY_POSITION.1);
    let colours = program.display.screenshot(name);
    assert!(
        colours > COLOURS_OF_A_MAP,
        "{name}: {colours} colours are no map"
    );
    let picture = std::fs::read(folder.join(format!("{name}.png"))).expect("it was just written");
    assert!(!seen.contains(&picture), "{name} shows nothing new");
    seen.push(picture);
}
