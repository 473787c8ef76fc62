//! Tests of playing a path and of its marker.

use std::time::{Duration, Instant};

use eframe::egui::{Key, Pos2, Vec2};
use tunescape::melody::{Melody, PlayOrder};
use tunescape::playback::{OutputChoice, Player};
use tunescape::sweep::{GenerateMethod, MelodyId};
use tunescape::ui::{Command, PathCommand, Settings, StopDuration};

use crate::window::{Setup, Window};
use crate::{piece, setup};

#[test]
fn the_marker_is_where_the_clock_is_and_the_inspector_goes_along() {
    let mut window = Window::with_path();
    let at: Vec<f64> = window.state().path.stops().unwrap().parameters.clone();
    for (step, expected) in [
        (0.0, at[0]),
        (16.0, (at[0] + at[1]) / 2.0),
        (32.0 * 5.0, at[5]),
        (32.0 * 5.0 + 24.0, at[5] + 0.75 * (at[6] - at[5])),
        // At an open end the marker waits for the beginning.
        (32.0 * 15.0 + 20.0, at[15]),
    ] {
        window.at_step(step);
        let state = window.state();
        assert!(
            (state.path_marker().unwrap() - expected).abs() < 1e-9,
            "step {step}"
        );
        let stop = (step / 32.0) as u32;
        let focus = state.selection.focus.unwrap();
        assert!(
            matches!(focus, MelodyId::Generated { method: GenerateMethod::Path, index, .. } if index == stop),
            "step {step}: {focus}"
        );
        assert_eq!(state.playing_id(), Some(focus));
    }
    // F keeps the melody that plays.
    window.at_step(32.0 * 7.0 + 3.0);
    window.press(Key::F);
    window.run_until_kept(1);
    let kept = window
        .state()
        .kept_melodies
        .iter()
        .next()
        .unwrap()
        .melody
        .clone();
    assert_eq!(*kept, window.melodies()[7]);
}

#[test]
fn play_order_and_stop_duration_change_at_once_and_keep_the_position() {
    let mut window = Window::with_path();
    let melodies = window.melodies();
    window.at_step(32.0 * 5.0 + 20.0);
    window.click("Path: Ping-pong");
    let there_and_back: Vec<usize> = (0..16).chain((1..15).rev()).collect();
    let (played, start) = window.last_played();
    assert_eq!(played, piece(&melodies, &there_and_back, 32));
    // In a loop the sixth melody goes on in its second bar.
    let start = start.unwrap();
    assert_eq!(
        (start.loop_offset, start.loop_length, start.play_once),
        (5 * 32, 32, false)
    );

    window.path_command(PathCommand::SetStopDuration(StopDuration::Bar));
    let (played, start) = window.last_played();
    assert_eq!(played, piece(&melodies, &there_and_back, 16));
    // Every bar a new melody: the sixth begins in the middle of the third pair of bars.
    assert_eq!(
        (start.unwrap().step, start.unwrap().loop_offset),
        (5 * 16, 64)
    );

    window.click("Path: Once");
    assert!(window.last_played().1.unwrap().play_once);
    // While ping-pong plays backwards, the direction is kept.
    window.click("Path: Ping-pong");
    window.at_step(16.0 * 20.0 + 1.0);
    window.path_command(PathCommand::SetStopDuration(StopDuration::Twice));
    let stop = there_and_back[20];
    assert_eq!(window.last_played().1.unwrap().step, 64 * 20);
    assert_eq!(stop, 10);
    // Just before the next melody a change takes effect with that one.
    window.at_step(64.0 * 7.0 - 0.4);
    window.click("Path: Loop");
    assert_eq!(window.last_played().1.unwrap().loop_offset, 64 * 7);
}

#[test]
fn stopping_and_playing_go_on_where_the_marker_is() {
    let mut window = Window::with_path();
    window.at_step(32.0 * 9.0 + 8.0);
    window.press(Key::Space);
    window.command(Command::PlayStop);
    let plays = |window: &Window| window.is_playing();
    // One of the two stopped it, the other went on.
    if !plays(&window) {
        window.command(Command::PlayStop);
    }
    assert!(plays(&window));
    let (_, start) = window.last_played();
    assert_eq!(start.unwrap().step, 32 * 9);
    window.click("Stop the path");
    assert!(!plays(&window));
    assert!(window.has("Play the path"));
}

#[test]
fn the_marker_is_dragged_and_what_it_passes_plays_then_the_music_goes_on_from_there() {
    let mut window = Window::with_path();
    window.press(Key::Escape);
    window.at_step(0.0);
    let melodies = window.melodies();
    let (marker, end) = (window.path_marker(), window.point(2));
    let count = window.play_count();
    let line: Vec<Pos2> = {
        let state = window.state();
        let curve = state.path.drawn.as_ref().unwrap().curve(&state.melodies);
        let map = window.harness.state().map();
        (0..=30)
            .map(|k| {
                map.to_screen(curve.position(f64::from(k) / 30.0 * 1.9))
                    .unwrap()
            })
            .collect()
    };
    assert!(marker.distance(line[0]) < 2.0);
    window.harness.hover_at(marker);
    window.harness.run_steps(1);
    window.harness.drag_at(marker);
    window.harness.run_steps(1);
    for at in &line {
        window.harness.hover_at(*at);
        window.harness.run_steps(1);
    }
    let held = window.state().path.dragged_parameter.unwrap();
    assert!((held - 1.9).abs() < 0.1, "{held}");
    {
        let recording = window.recorder.lock().unwrap();
        let passed: Vec<&Melody> = recording.played[count..]
            .iter()
            .map(|(m, ..)| &**m)
            .collect();
        assert!(passed.len() >= 6, "{}", passed.len());
        for melody in passed {
            assert!(melodies.contains(melody));
        }
    }
    window.harness.drop_at(line[30]);
    window.harness.run_steps(3);
    let state = window.state();
    assert_eq!(state.path.dragged_parameter, None);
    let stop = state.path.stops().unwrap().nearest(held);
    let (played, start) = window.last_played();
    assert_eq!(played, piece(&melodies, &(0..16).collect::<Vec<_>>(), 32));
    assert_eq!(start.unwrap().loop_offset, 32 * stop);
    // The map itself was neither moved nor played meanwhile.
    assert_eq!(window.points(), 3);
    assert!(window.point(2).distance(end) < 1e-3);
}

#[test]
fn a_quick_hand_takes_the_marker_too() {
    let mut window = Window::with_path();
    window.press(Key::Escape);
    let (marker, middle) = (window.path_marker(), window.point(1));
    window.harness.hover_at(marker);
    window.harness.run_steps(1);
    window.harness.drag_at(marker);
    window.harness.run_steps(1);
    // Off the line in one frame, and on to the middle of the path.
    window.harness.hover_at(marker + Vec2::new(0.0, 60.0));
    window.harness.run_steps(1);
    window.harness.hover_at(middle);
    window.harness.run_steps(2);
    let held = window.state().path.dragged_parameter.unwrap();
    assert!((held - 1.0).abs() < 0.1, "{held}");
}

#[test]
fn a_real_player_walks_the_path_in_time_and_the_marker_with_it() {
    let player = Player::start_with(OutputChoice::Silent);
    let settings = Settings {
        output: OutputChoice::Silent,
        tempo: 240.0,
        path_stop_duration: StopDuration::Beat,
        path_order: PlayOrder::Once,
        ..Settings::default()
    };
    let setup = Setup {
        player: Some(Box::new(player)),
        settings,
        ..setup()
    };
    let mut window = setup.open().swept();
    let at = window.middle();
    window.press(Key::D);
    for off in [[-180.0, 60.0], [170.0, 70.0]] {
        window.click_once_at(at + Vec2::from(off));
    }
    window.run_until_planned();
    window.run_until("it plays", |app| app.state().playing_path().is_some());
    // Sixteen melodies of a beat each: four seconds at 240 beats per minute.
    let begun = Instant::now();
    let first = window.state().path_marker().unwrap();
    let (mut last, mut seen) = (first, 0);
    while window.state().playing_path().is_some() {
        let marker = window.state().path_marker().unwrap();
        assert!(
            marker >= last - 1e-9,
            "the marker went back from {last} to {marker}"
        );
        seen += usize::from(marker > last);
        last = marker;
        window.harness.run_steps(1);
        std::thread::sleep(Duration::from_millis(10));
        assert!(begun.elapsed() < Duration::from_secs(120));
    }
    assert!(seen > 10, "{seen}");
    // A busy machine may draw no frame in the last moment.
    assert!((0.9..=1.0 + 1e-9).contains(&last), "{last}");
    let took = begun.elapsed().as_secs_f64();
    eprintln!("the path took {took:.2} s");
    assert!((3.0..60.0).contains(&took), "{took}");
    assert!(!window.state().playback.playhead.playing);
}

#[test]
fn a_path_that_is_played_again_on_another_map_is_named_stop_by_stop() {
    let mut window = Window::with_path();
    window.press(Key::Escape);
    let melodies = window.melodies();
    window.command(Command::PlayStop);
    assert!(!window.is_playing());
    window.command(Command::NewSweep);
    window.run_until_swept();
    assert_eq!(window.focus(), None);
    window.command(Command::PlayStop);
    assert!(window.is_playing());
    for stop in [0, 7] {
        window.at_step(32.0 * stop as f64 + 3.0);
        let kept = window.state().playback.melody_to_keep().unwrap();
        let melody = Melody::from_tokens(kept.identity.tokens.clone());
        assert_eq!(melody, melodies[stop]);
    }
}
