//! Time of a frame of the map with 6,400 and with 100,000 samples on it.
//!
//! `cargo bench --bench frames` prints median and 99th percentile of the processor's part of a frame
//! (layout, shapes and tessellation; the graphics card's part is not in it) beside the goals of 8 ms and 16 ms:
//! while a melody plays and the pointer hovers over the map and plays the position below it in every frame, while zooming,
//! while a slider is dragged that highlights another part of the map in every frame, while the marker of a path is moved,
//! and close up, where melodies are drawn as thumbnails. Then the time to find similar melodies, and how much of it the
//! window waits.
#![expect(clippy::print_stdout, reason = "a benchmark prints its figures")]
#![expect(clippy::unwrap_used, reason = "a benchmark may panic")]

use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};

use eframe::egui::{
    Context, Event, Modifiers, MouseWheelSource, MouseWheelUnit, Pos2, RawInput, Rect, TouchPhase,
    pos2, vec2,
};
use tunescape::attributes::AttributeRow;
use tunescape::melody::Melody;
use tunescape::model::{DeviceChoice, Engine, MelodyModel as _, Sampling, Weights};
use tunescape::playback::{OutputChoice, OutputState, Playhead};
use tunescape::sweep::{MelodyEntry, MelodyId, SweepConfig, SweepPlan};
use tunescape::ui::apply::apply;
use tunescape::ui::map::{MapView, map_ui};
use tunescape::ui::{
    AppState, Command, Exporter, MelodyPlayer, ModelState, PathCommand, PlayBy, ScriptedDialogs,
    Services, Settings, SimilarCommand, SteerCommand,
};
use tunescape::worker::{ModelInfo, Repaint};

const FRAMES: usize = 300;
const GOAL_MS: f64 = 8.0;
const LATE_GOAL_MS: f64 = 16.0;

/// The user's actions that are measured.
#[derive(Clone, Copy, PartialEq)]
enum UserAction {
    Hover,
    Zoom,
    DragSlider,
    /// Moves the marker along a path across the map.
    MovePathMarker,
    /// Zooms in at first, and then hovers.
    ZoomIn,
}

fn input(frame: usize, action: UserAction, since: usize) -> RawInput {
    let mut events = vec![Event::PointerMoved(pos2(
        400.0,
        300.0 + (frame % 40) as f32,
    ))];
    let delta = match action {
        UserAction::Zoom if (frame / 5).is_multiple_of(2) => 1.0,
        UserAction::Zoom => -1.0,
        UserAction::ZoomIn if since < 14 => 1.0,
        _ => 0.0,
    };
    if delta != 0.0 {
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

/// A player that is always in the middle of a melody.
struct PlayingForever(u64);

impl MelodyPlayer for PlayingForever {
    fn play(&mut self, _melody: Arc<Melody>, tag: u64) {
        self.0 = tag;
    }
    fn stop(&mut self) {}
    fn set_tempo(&mut self, _bpm: f64) {}
    fn set_looping(&mut self, _looping: bool) {}
    fn set_volume(&mut self, _volume: f32) {}
    fn set_output(&mut self, _output: OutputChoice) {}
    fn panic(&mut self) {}
    fn test_note(&mut self) {}
    fn playhead(&self) -> Playhead {
        Playhead {
            playing: true,
            tag: Some(self.0),
            step: 7.5,
            ..Playhead::default()
        }
    }
    fn output_state(&self) -> OutputState {
        OutputState::default()
    }
    fn ports(&self) -> Vec<String> {
        Vec::new()
    }
    fn take_notices(&mut self) -> Vec<String> {
        Vec::new()
    }
}

fn ready() -> ModelState {
    ModelState::Ready(ModelInfo {
        name: "bench".to_owned(),
        weights_hash: String::new(),
        device: String::new(),
        latent_size: 256,
        steps: 32,
        has_encoder: true,
    })
}

fn main() {
    for samples in [64, 1_000] {
        measure(samples);
    }
}

/// Measures with a hundred regions of `samples` each. Melodies repeat, as the time of a frame does not depend on them.
fn measure(samples: u32) {
    let weights = Arc::new(Weights::default_model().unwrap());
    let mut engine = Engine::open(weights, &DeviceChoice::Cpu).unwrap();
    let config = SweepConfig {
        samples,
        ..SweepConfig::default()
    };
    let plan = Arc::new(SweepPlan::new(&config, engine.latent_size()).unwrap());
    let latents: Vec<_> = plan
        .sample_ids()
        .take(64)
        .map(|id| plan.latent(id).unwrap())
        .collect();
    let melodies: Vec<Arc<Melody>> = engine
        .decode(&latents, &Sampling::Greedy)
        .unwrap()
        .into_iter()
        .map(|tokens| Arc::new(Melody::from_tokens(tokens)))
        .collect();
    let centres = (0..config.regions).map(|region| MelodyId::Centre { region });
    let entries: Vec<MelodyEntry> = centres
        .chain(plan.sample_ids())
        .zip(melodies.iter().cycle())
        .map(|(id, melody)| MelodyEntry {
            id,
            melody: Arc::clone(melody),
            attributes: AttributeRow::measure(melody),
            position: plan.position(id).unwrap(),
        })
        .collect();
    let settings = Settings {
        play_by: PlayBy::Hover,
        ..Settings::default()
    };
    // Twelve regions in a round.
    let path = PathCommand::Draw {
        points: entries
            .iter()
            .take(12)
            .map(|entry| entry.position)
            .collect(),
        closed: true,
    };
    let mut state = AppState::new(settings);
    state.model = ready();
    state.melodies.reset(Arc::clone(&plan));
    state.melodies.add(entries);
    state.summary.refresh(&state.melodies);
    let mut services = Services::without_threads(
        Box::new(PlayingForever(0)),
        Exporter::new(
            Arc::new(ScriptedDialogs {
                path: std::env::temp_dir(),
            }),
            Arc::new(|_| {}),
        ),
    );
    apply(
        &mut state,
        &mut services,
        Command::Select(MelodyId::Centre { region: 3 }),
    );
    state.playback.playhead = services.player.playhead();

    let context = Context::default();
    let (mut view, mut commands) = (MapView::default(), Vec::new());
    let mut frame = 0;
    for (what, action) in [
        ("hovering and playing", UserAction::Hover),
        ("zooming", UserAction::Zoom),
        ("hovering and dragging a slider", UserAction::DragSlider),
        ("moving the marker along a path", UserAction::MovePathMarker),
        ("close up, hovering", UserAction::ZoomIn),
    ] {
        if action == UserAction::MovePathMarker {
            apply(&mut state, &mut services, Command::ClearHighlight);
            apply(&mut state, &mut services, Command::Path(path.clone()));
        }
        if action == UserAction::ZoomIn {
            apply(&mut state, &mut services, Command::Path(PathCommand::Clear));
        }
        let (mut probes, first) = (0, frame);
        let mut milliseconds: Vec<f64> = (0..FRAMES + 30)
            .map(|_| {
                frame += 1;
                let began = Instant::now();
                if action == UserAction::DragSlider {
                    let value = 2.0 + (frame % 80) as f64 / 8.0;
                    let command = Command::Steer(SteerCommand::Want {
                        attribute: 0,
                        value,
                    });
                    apply(&mut state, &mut services, command);
                }
                if action == UserAction::MovePathMarker {
                    let at = (frame % 240) as f64 / 240.0;
                    apply(
                        &mut state,
                        &mut services,
                        Command::Path(PathCommand::DragMarker(at)),
                    );
                }
                let output = context.run_ui(input(frame, action, frame - first), |ui| {
                    map_ui(ui, &state, &mut view, &mut commands);
                });
                black_box(context.tessellate(output.shapes, 1.0));
                let took = 1e3 * began.elapsed().as_secs_f64();
                probes += commands
                    .drain(..)
                    .filter(|c| matches!(c, Command::Probe(_)))
                    .count();
                took
            })
            // The first frames open the region and load fonts.
            .skip(30)
            .collect();
        milliseconds.sort_by(f64::total_cmp);
        let (median, late) = (milliseconds[FRAMES / 2], milliseconds[FRAMES * 99 / 100]);
        println!(
            "{} points, {what}: median {median:.2} ms (goal {GOAL_MS}), 99 % under {late:.2} ms (goal {LATE_GOAL_MS}); {probes} positions asked for, {} rolls",
            100 * samples + 100,
            view.thumbnail_count()
        );
    }
    let mut waits = Vec::new();
    let mut found = Vec::new();
    for region in 10..20 {
        let began = Instant::now();
        let command = SimilarCommand::Find(MelodyId::Centre { region });
        apply(&mut state, &mut services, Command::Similar(command));
        let repaint: Repaint = Arc::new(|_| {});
        while state.similar.neighbours().is_none() {
            let began = Instant::now();
            state.similar.refresh(&state.melodies, &repaint);
            waits.push(1e3 * began.elapsed().as_secs_f64());
            std::thread::sleep(Duration::from_micros(200));
        }
        found.push(1e3 * began.elapsed().as_secs_f64());
    }
    waits.sort_by(f64::total_cmp);
    found.sort_by(f64::total_cmp);
    println!(
        "{} points, finding similar ones: {:.0} ms (median of {}), of which the window waits at most {:.2} ms",
        100 * samples + 100,
        found[found.len() / 2],
        found.len(),
        waits[waits.len() - 1]
    );
}
