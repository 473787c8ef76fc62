//! Time of a frame of the map with the default sweep of 6,400 samples on it.
//!
//! `cargo bench --bench frames` prints median and 99th percentile of the processor's part of a frame
//! (layout, shapes and tessellation; the graphics card's part is not in it) beside the goal of 8 ms,
//! with the pointer moving over a still map and while zooming.
#![expect(clippy::print_stdout, reason = "a benchmark prints its figures")]
#![expect(clippy::unwrap_used, reason = "a benchmark may panic")]

use std::hint::black_box;
use std::sync::Arc;
use std::time::Instant;

use eframe::egui::{
    Context, Event, Modifiers, MouseWheelSource, MouseWheelUnit, Pos2, RawInput, Rect, TouchPhase,
    pos2, vec2,
};
use tunescape::model::{DeviceChoice, Engine, Weights};
use tunescape::sweep::{self, RunOptions, SweepConfig, Unobserved};
use tunescape::ui::map::{MapView, map_ui};
use tunescape::ui::{AppState, Settings};

const FRAMES: usize = 300;
const GOAL_MS: f64 = 8.0;

fn input(frame: usize, zooming: bool) -> RawInput {
    let mut events = vec![Event::PointerMoved(pos2(
        400.0,
        300.0 + (frame % 40) as f32,
    ))];
    if zooming {
        let delta = if (frame / 5).is_multiple_of(2) {
            1.0
        } else {
            -1.0
        };
        events.push(Event::MouseWheel {
            unit: MouseWheelUnit::Line,
            delta: vec2(0.0, delta),
            modifiers: Modifiers::default(),
            phase: TouchPhase::Move,
            source: MouseWheelSource::Wheel,
        });
    }
    RawInput {
        screen_rect: Some(Rect::from_min_size(Pos2::ZERO, vec2(860.0, 740.0))),
        time: Some(frame as f64 / 60.0),
        events,
        ..RawInput::default()
    }
}

fn main() {
    let weights = Arc::new(Weights::default_model().unwrap());
    let mut engine = Engine::open(weights, &DeviceChoice::Cpu).unwrap();
    let config = SweepConfig::default();
    let swept = sweep::run(
        &config,
        &RunOptions::default(),
        &mut engine,
        &mut Unobserved,
    )
    .unwrap();
    let mut state = AppState::new(Settings::default());
    state.library.begin(Arc::clone(&swept.plan));
    state.library.add(swept.centres.clone());
    state.library.add(swept.samples.clone());
    state.summary.refresh(&state.library);

    let context = Context::default();
    let (mut view, mut commands) = (MapView::default(), Vec::new());
    let mut frame = 0;
    for (what, zooming) in [("still", false), ("zooming", true)] {
        let mut milliseconds: Vec<f64> = (0..FRAMES)
            .map(|_| {
                frame += 1;
                let began = Instant::now();
                let output = context.run_ui(input(frame, zooming), |ui| {
                    map_ui(ui, &state, &mut view, &mut commands);
                });
                black_box(context.tessellate(output.shapes, 1.0));
                1e3 * began.elapsed().as_secs_f64()
            })
            .collect();
        milliseconds.sort_by(f64::total_cmp);
        let (median, late) = (milliseconds[FRAMES / 2], milliseconds[FRAMES * 99 / 100]);
        println!(
            "{what}: median {median:.2} ms, 99 % under {late:.2} ms, {:.2} of the goal of {GOAL_MS} ms",
            median / GOAL_MS
        );
    }
}
