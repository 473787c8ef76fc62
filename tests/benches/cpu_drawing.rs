//! Time of the processor for a frame of the whole window where there is no graphics card.
//!
//! `cargo bench --bench cpu_drawing` draws the window with 6,400 samples and a melody that plays into a picture, on the
//! machine's software adapter (Mesa's llvmpipe), and prints the processor time of all threads per frame: the whole window, as
//! it is drawn on a processor and on a graphics card, what single layers take, and only what changes. Needs Linux.
#![expect(clippy::print_stdout, reason = "a benchmark prints its figures")]
#![expect(clippy::unwrap_used, reason = "a benchmark may panic")]

#[path = "../support/screen.rs"]
#[expect(dead_code, reason = "a benchmark reads no pixels")]
mod screen;
#[path = "../support/window.rs"]
#[expect(dead_code, reason = "a benchmark needs little of it")]
mod window;

use std::sync::Arc;
use std::time::{Duration, Instant};

use eframe::egui::epaint::ClippedShape;
use eframe::egui::{Shape, TextureId};
use tunescape::sweep::{MelodyId, SweepConfig};
use tunescape::ui::{App, AppOptions, Command, ScriptedDialogs, Settings};
use tunescape::worker::LibraryLocation;

use screen::Screen;
use window::fake_model::FakeModel;
use window::{RecordingPlayer, opener};

const FRAMES: usize = 30;
/// Frames per second that are wanted while a melody plays, and the part of a processor that they may take.
const GOALS: (f64, f64) = (15.0, 0.4);

/// Milliseconds of the processor and of the clock per frame with the shapes that are kept.
fn measure(
    screen: &mut Screen,
    app: &mut App,
    player: &RecordingPlayer,
    keep: &dyn Fn(&ClippedShape) -> bool,
) -> (f64, f64) {
    let (mut used, mut began) = (0.0, Instant::now());
    for frame in 0..FRAMES + 3 {
        // The first ones compile shaders.
        if frame == 3 {
            (used, began) = (processor_seconds(), Instant::now());
        }
        player.lock().unwrap().step = 0.4 * frame as f64;
        let mut shapes = screen.frame(app, Vec::new());
        shapes.retain(keep);
        screen.draw(app, shapes);
    }
    let per_frame = 1e3 / FRAMES as f64;
    (
        per_frame * (processor_seconds() - used),
        per_frame * began.elapsed().as_secs_f64(),
    )
}

/// Processor time of all threads so far, seconds.
fn processor_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap();
    let (_, fields) = stat.rsplit_once(')').unwrap();
    let ticks = fields.split_whitespace().skip(11).take(2);
    ticks.map(|tick| tick.parse::<f64>().unwrap()).sum::<f64>() / 100.0
}

fn main() {
    let Some(mut screen) = Screen::open() else {
        println!("there is no software adapter (Debian: mesa-vulkan-drivers)");
        return;
    };
    println!("on {}", screen.adapter);
    let player = RecordingPlayer::default();
    player.lock().unwrap().step = 4.5;
    let options = AppOptions {
        settings: Settings::default(),
        opener: opener(FakeModel::busy()),
        player: Box::new(player.clone()),
        dialogs: Arc::new(ScriptedDialogs {
            path: std::env::temp_dir(),
        }),
        model: None,
        file: None,
        library: LibraryLocation::Memory,
        legacy_kept: None,
        session: None,
    };
    let mut app = App::new(&screen.ctx, options);
    let config = SweepConfig::default();
    let all = (config.regions * (config.samples + 1)) as usize;
    loop {
        screen.frame(&mut app, Vec::new());
        let state = app.state();
        let is_swept = state.sweep.running.is_none() && state.melodies.decoded_count() == all;
        if is_swept && state.layout.quality.is_some() && !app.map().moving() {
            break;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    app.command(Command::Select(MelodyId::Centre { region: 3 }));
    for _ in 0..40 {
        screen.frame(&mut app, Vec::new());
    }
    let (card, _) = measure(&mut screen, &mut app, &player, &|_| true);
    app.use_software_rendering();
    let is_texture = |shape: &Shape| matches!(shape, Shape::Mesh(mesh) if mesh.texture_id != TextureId::default());
    let (whole, _) = measure(&mut screen, &mut app, &player, &|_| true);
    println!(
        "{all} points, a melody plays, the whole window in each frame: {whole:.0} ms of the processor per frame; \
         drawn as on a graphics card {card:.0} ms, {:.1} times as much",
        card / whole
    );
    for (layer, keep) in [
        (
            "points",
            &(move |shape: &ClippedShape| is_texture(&shape.shape)) as &dyn Fn(&_) -> _,
        ),
        ("contours and arcs", &|shape: &ClippedShape| {
            matches!(shape.shape, Shape::Path(_))
        }),
        ("text", &|shape: &ClippedShape| {
            matches!(shape.shape, Shape::Text(_))
        }),
        ("rectangles", &|shape: &ClippedShape| {
            matches!(shape.shape, Shape::Rect(_))
        }),
        ("nothing", &|_: &ClippedShape| false),
    ] {
        let (processor, _) = measure(&mut screen, &mut app, &player, keep);
        println!("  {layer} alone: {processor:.0} ms");
    }
    screen.redraw_partially();
    let (part, clock) = measure(&mut screen, &mut app, &player, &|_| true);
    println!(
        "only what changes: {part:.0} ms of the processor and {clock:.0} ms of the clock per frame; \
         {:.0} frames per second take {:.0} % of a processor (goal {:.0})",
        GOALS.0,
        0.1 * GOALS.0 * part,
        1e2 * GOALS.1
    );
}
