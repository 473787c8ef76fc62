//! Tests of what the map shows around its points: similar melodies, highlights, thumbnails, contours, quality.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

#[path = "support/window.rs"]
#[expect(dead_code, reason = "not every test needs all of it")]
mod window;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use eframe::egui::{
    Event, Key, Modifiers, MouseWheelSource, MouseWheelUnit, PointerButton, Pos2, Rect, Role,
    TouchPhase, vec2,
};
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use tunescape::attributes::similarity_features;
use tunescape::embedding::squared_distance;
use tunescape::sweep::{GenerateMethod, MelodyId};
use tunescape::ui::{Command, NeighbourMeasure, SteerCommand};

use window::fake_model::FakeModel;
use window::{Setup, Window};

const SAMPLES: u32 = 16;

/// A window with a finished sweep and layout, in which and at rest.
fn open() -> Window {
    let window = Setup::new(FakeModel::busy(), SAMPLES).open();
    window.recorder.lock().unwrap().step = 4.5;
    window.swept()
}

impl Window {
    fn rect_of(&self, label: &str) -> Rect {
        self.harness.get_by_label(label).rect()
    }

    /// Presses a key and waits for the list of similar melodies.
    fn list_by_key(&mut self) {
        self.press(Key::S);
        self.run_until("the list is there", |app| {
            app.state().similar.neighbours().is_some()
        });
    }
}

#[test]
fn s_lists_what_sounds_most_like_the_selected_melody_and_a_click_plays_it() {
    let mut window = open();
    let of = window.select(7);
    window.list_by_key();
    assert!(window.has("Like Region 7, centre"));
    // By hand: of all melodies with other notes, the first is the nearest.
    let library = &window.state().melodies;
    let own = Arc::clone(&library.get(of).unwrap().melody);
    let row = similarity_features(&own);
    let nearest = library
        .swept()
        .filter(|entry| entry.melody.tokens() != own.tokens())
        .map(|entry| squared_distance(&row, &similarity_features(&entry.melody)))
        .fold(f32::INFINITY, f32::min);
    let list = window.state().similar.list().to_vec();
    assert_eq!(list.len(), 12);
    assert!((list[0].distance - f64::from(nearest).sqrt()).abs() < 1e-6);
    assert!(
        list.windows(2)
            .all(|pair| pair[0].distance <= pair[1].distance)
    );

    // Pointing at a row marks its place; clicking it plays it, and the list stays.
    let label = format!("Similar 2: {}", window.state().title(list[1].id));
    let row = window.rect_of(&label);
    window.harness.hover_at(row.center());
    window.harness.run_steps(3);
    assert_eq!(window.state().similar.hovered, Some(list[1].id));
    let plays = window.play_count();
    window.click(&label);
    assert_eq!(window.state().selection.focus, Some(list[1].id));
    assert_eq!(window.play_count(), plays + 1);
    assert_eq!(window.state().similar.list(), list);
    window.press(Key::F);
    // It is kept as any other.
    window.run_until_kept(1);

    // All of them can be selected.
    window.click("Select all");
    assert_eq!(window.state().selection.all.len(), 12);

    window.press(Key::Escape);
    assert!(window.state().similar.reference.is_none());
    assert!(!window.has_containing("Like Region"));
}

#[test]
fn nearest_in_latent_are_those_of_the_same_region() {
    let mut window = open();
    window.select(4);
    window.list_by_key();
    window.click("Nearest in latent");
    let state = window.state();
    assert_eq!(state.similar.measure, NeighbourMeasure::Latent);
    // Samples lie half a deviation around their centre, other centres more than two away.
    for alike in state.similar.list() {
        assert_eq!(alike.id.region(), Some(4));
        let (a, b) = (
            state
                .melodies
                .latent(MelodyId::Centre { region: 4 })
                .unwrap(),
            state.melodies.latent(alike.id).unwrap(),
        );
        assert!((alike.distance - a.distance(&b)).abs() < 1e-5);
    }
    // A new sweep has other melodies: the list is closed.
    let generation = state.melodies.generation();
    window.harness.state_mut().command(Command::NewSweep);
    window.run_until("the new sweep has begun", |app| {
        app.state().melodies.generation() > generation
    });
    assert!(window.state().similar.reference.is_none());
}

#[test]
fn a_right_click_on_a_point_offers_what_can_be_done_with_it() {
    let mut window = open();
    let at = window.region_position(11);
    let right = |pressed| Event::PointerButton {
        pos: at,
        button: eframe::egui::PointerButton::Secondary,
        pressed,
        modifiers: Modifiers::NONE,
    };
    window.harness.hover_at(at);
    window.harness.run_steps(1);
    window.harness.event(right(true));
    window.harness.run_steps(1);
    window.harness.event(right(false));
    window.harness.run_steps(3);
    for item in ["Keep", "Explore around it", "Blend to…"] {
        let count = window.harness.query_all_by_label_contains(item).count();
        assert!(count > 0, "{item}");
    }
    let item = window
        .harness
        .query_all_by_label_contains("Find similar")
        .next()
        .unwrap();
    item.click();
    window.harness.run_steps(3);
    let of = window.state().similar.reference.clone().unwrap();
    assert_eq!(
        of,
        (
            MelodyId::Centre { region: 11 },
            "Region 11, centre".to_owned()
        )
    );
    assert_eq!(window.state().selection.focus, None, "asking plays nothing");
}

#[test]
fn a_slider_lights_what_it_asks_for_until_something_else_is_looked_at() {
    let mut window = open();
    assert!(!window.state().highlights_targets());
    window
        .harness
        .get_by_role_and_label(Role::Slider, "Note density")
        .set_value_accesskit(6.0);
    window.harness.run_steps(5);
    // Half a note per bar to each side; two bars.
    let highlighted = window
        .state()
        .melodies
        .swept()
        .filter(|entry| (11..=13).contains(&entry.melody.notes().len()))
        .count();
    assert!(highlighted > 10 && highlighted < 340, "{highlighted}");
    let range = "Lit: note density 5.5 to 6.5 notes/bar";
    assert!(window.has_containing(range));
    // The range stays highlighted for the results, and the whole map is shown.
    window.run_until("the steered melodies are placed", |app| {
        app.state().steer.running.is_none() && !app.state().layout.placements.is_empty()
    });
    assert!(matches!(
        window.state().selection.focus,
        Some(MelodyId::Steered { .. })
    ));
    // The new melodies count too.
    let added = window.state().melodies.added_melodies();
    let in_range = |notes: usize| (11..=13).contains(&notes);
    let added = added
        .iter()
        .filter(|added| in_range(added.entry.melody.notes().len()))
        .count();
    let label = format!("{range}, {} melodies", highlighted + added);
    assert!(added > 0 && window.has(&label));
    window.click("Light all melodies again");
    assert!(!window.state().highlights_targets());

    window
        .harness
        .state_mut()
        .command(Command::Steer(SteerCommand::Want {
            attribute: 0,
            value: 3.0,
        }));
    window.harness.run_steps(1);
    assert!(window.state().highlights_targets());
    window.select(3);
    assert!(!window.state().highlights_targets());
}

#[test]
fn near_enough_points_show_their_melodies_as_small_rolls() {
    let mut window = open();
    assert_eq!(window.harness.state().map().thumbnail_count(), 0);
    let at = window.region_position(5);
    window.harness.hover_at(at);
    for _ in 0..14 {
        window.harness.event(Event::MouseWheel {
            unit: MouseWheelUnit::Line,
            delta: vec2(0.0, 1.0),
            modifiers: Modifiers::NONE,
            phase: TouchPhase::Move,
            source: MouseWheelSource::Wheel,
        });
        window.harness.run_steps(2);
    }
    window.run_until("the camera rests", |app| !app.map().moving());
    window.harness.run_steps(20);
    let rolls = window.harness.state().map().thumbnail_count();
    assert!(rolls > 2, "{rolls}");
}

#[test]
fn the_probe_that_sounds_stays_known_while_newer_ones_wait_for_their_beat() {
    let mut window = open();
    let map = window.harness.state().map().rect().unwrap();
    let is_probe = |id: MelodyId| {
        matches!(
            id,
            MelodyId::Generated {
                method: GenerateMethod::Probe,
                ..
            }
        )
    };
    window.harness.hover_at(map.center());
    window.harness.run_steps(1);
    window.harness.drag_at(map.center());
    window.harness.run_steps(2);
    let mut first = None;
    for step in 0..9 {
        let at = map.center() + vec2(12.0 * step as f32, 7.0 * step as f32);
        let before = window.play_count();
        window.harness.hover_at(at);
        window.harness.run_steps(4);
        let deadline = Instant::now() + Duration::from_secs(5);
        while step > 0 && window.play_count() == before && Instant::now() < deadline {
            window.harness.run_steps(1);
            std::thread::sleep(Duration::from_millis(2));
        }
        // The first plays on until the next sixteenth.
        if first.is_none() && window.state().selection.focus.is_some_and(is_probe) {
            first = window.state().selection.focus;
            let mut recording = window.recorder.lock().unwrap();
            recording.held_tag = recording.played.last().map(|(_, tag, _)| *tag);
        }
    }
    window.harness.run_steps(2);
    let state = window.state();
    assert!(first.is_some() && state.selection.focus != first);
    assert_eq!(state.playing_id(), first);
    assert!(
        state.melodies.get(first.unwrap()).is_some(),
        "its ring has a place"
    );
}

#[test]
fn the_corner_says_how_far_the_map_can_be_trusted_and_the_rest_is_a_click_away() {
    let mut window = open();
    let kept = window
        .state()
        .layout
        .quality
        .as_ref()
        .unwrap()
        .by_melody_distance
        .neighbours_kept;
    let message = format!("Map keeps {:.1} of 5 neighbours", 5.0 * kept);
    assert!(window.has(&message), "{message}");
    window.click("Map quality");
    for figure in [
        "Nearest in sound kept",
        "Distance in sound to neighbours",
        "Trustworthiness",
        "Continuity",
        "Stress-1",
    ] {
        assert!(window.has(figure), "{figure}");
    }
    let notice = window
        .harness
        .query_by_label_contains("Measured on 340 of 340");
    assert!(notice.is_some());
}

#[test]
fn the_bar_of_a_selection_covers_no_button() {
    let mut window = open();
    let ids = [2, 3, 9].map(|region| MelodyId::Centre { region });
    window.command(Command::SelectMany(ids.to_vec()));
    let bar = ["3 selected", "Export all…", "Clear"].map(|label| window.rect_of(label));
    for button in ["How the map plays", "Filter the map", "Show the whole map"] {
        let button = window.rect_of(button);
        // The bar has a margin around its contents.
        assert!(
            bar.iter()
                .all(|part| !part.expand2(vec2(10.0, 5.0)).intersects(button)),
            "{button:?} {bar:?}"
        );
    }
}

#[test]
fn the_lines_between_the_levels_go_with_a_click() {
    let mut window = open();
    assert!(window.state().settings.contours);
    window.click("Colour: Note density");
    window.click("Lines between the levels");
    assert!(!window.state().settings.contours);
    window.click("Colour: Note density");
    window.click("Fill between the points");
    window.click("Colour: Note density");
    let lines = window.harness.get_by_label("Lines between the levels");
    assert!(lines.accesskit_node().is_disabled());
}

/// Drags along a line with Ctrl held, and with Shift if `shift`.
fn draw_lasso(window: &mut Window, line: &[Pos2], shift: bool) {
    let keys = Modifiers {
        shift,
        ..Modifiers::COMMAND
    };
    let harness = &mut window.harness;
    let button = |pos: Pos2, pressed: bool| Event::PointerButton {
        pos,
        button: PointerButton::Primary,
        pressed,
        modifiers: keys,
    };
    let (first, last) = (line[0], *line.last().unwrap());
    // The keys are held all the time, as by hand: each event of `event_modifiers` would release them.
    harness.event(Event::ModifiersChanged(keys));
    harness.event(Event::PointerMoved(first));
    harness.event(button(first, true));
    harness.run_steps(1);
    for pair in line.windows(2) {
        for part in 1..=8 {
            let at = pair[0] + (pair[1] - pair[0]) * (part as f32 / 8.0);
            harness.event(Event::PointerMoved(at));
            harness.run_steps(1);
        }
    }
    harness.event(button(last, false));
    harness.run_steps(2);
    harness.event(Event::ModifiersChanged(Modifiers::NONE));
    harness.run_steps(2);
}

/// Whether a point is inside a triangle: on the same side of all its edges.
fn is_inside(triangle: [Pos2; 3], at: Pos2) -> bool {
    let side = |from: Pos2, to: Pos2| {
        let (line, off) = (to - from, at - from);
        line.x * off.y - line.y * off.x > 0.0
    };
    let [a, b, c] = triangle;
    let sides = [side(a, b), side(b, c), side(c, a)];
    sides == [true; 3] || sides == [false; 3]
}

#[test]
fn a_lasso_selects_exactly_the_points_inside_and_with_shift_adds_them() {
    let mut window = open();
    let map = window.harness.state().map().rect().unwrap();
    let inside = |window: &Window, triangle: [Pos2; 3]| -> BTreeSet<MelodyId> {
        let points = window.harness.state().map().points().iter();
        let ready = points.filter(|point| point.ready && is_inside(triangle, point.position));
        ready.map(|point| point.id).collect()
    };
    let corner = |x: f32, y: f32| map.min + map.size() * vec2(x, y);
    let left = [corner(0.2, 0.35), corner(0.5, 0.35), corner(0.35, 0.8)];
    let right = [corner(0.55, 0.4), corner(0.8, 0.75), corner(0.5, 0.7)];
    let first = inside(&window, left);
    let second = inside(&window, right);
    let all = window.harness.state().map().points().len();
    assert!(first.len() > 5 && second.len() > 5 && first.len() + second.len() < all);
    let plays = window.play_count();
    // The line is closed from its end to its start.
    draw_lasso(&mut window, &left, false);
    assert_eq!(window.state().selection.all, first);
    draw_lasso(&mut window, &right, true);
    let both: BTreeSet<MelodyId> = first.union(&second).copied().collect();
    assert_eq!(window.state().selection.all, both);
    draw_lasso(&mut window, &right, false);
    assert_eq!(window.state().selection.all, second);
    assert_eq!(window.play_count(), plays, "drawing plays nothing");
    window.command(Command::Undo);
    assert_eq!(window.state().selection.all, both);
}
