//! A window of which only the changes are drawn looks as one that is drawn whole.

use std::sync::Arc;

use eframe::egui::{Event, Modifiers, PointerButton, Pos2, pos2};
use tunescape::sweep::MelodyId;
use tunescape::ui::{App, AppOptions, Command, ScriptedDialogs, Settings};
use tunescape::worker::LibraryLocation;

use crate::harness::{Missing, needs, tests};
use crate::screen::{SIZE, Screen};
use crate::window::fake_model::FakeModel;
use crate::window::{RecordingPlayer, opener};

tests![a_window_of_which_only_changes_are_drawn_looks_as_one_that_is_drawn_whole];

/// Colours are rounded once more where a picture is drawn: one level of 256, and one for the noise against bands.
const MOST_LEVELS: u8 = 2;

fn window(screen: &Screen, player: &RecordingPlayer) -> App {
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
    app.use_software_rendering();
    app
}

/// What a person does in a frame.
fn events(frame: usize) -> Vec<Event> {
    let click = |pos: Pos2| {
        let button = |pressed| Event::PointerButton {
            pos,
            button: PointerButton::Primary,
            pressed,
            modifiers: Modifiers::NONE,
        };
        vec![Event::PointerMoved(pos), button(true), button(false)]
    };
    match frame {
        // Over the map, a card appears; over buttons, they light up.
        5..40 => vec![Event::PointerMoved(pos2(
            400.0 + 15.0 * frame as f32,
            420.0,
        ))],
        45 => click(pos2(720.0, 400.0)),
        60..70 => vec![Event::PointerMoved(pos2(
            1300.0,
            300.0 + 20.0 * frame as f32,
        ))],
        // A menu of the top bar, and one of the transport.
        75 => click(pos2(1450.0, 20.0)),
        85 => click(pos2(1228.0, 20.0)),
        95 => click(pos2(400.0, 845.0)),
        105 => click(pos2(720.0, 600.0)),
        _ => Vec::new(),
    }
}

fn a_window_of_which_only_changes_are_drawn_looks_as_one_that_is_drawn_whole() -> Result<(), Missing>
{
    let Some(mut whole) = Screen::open() else {
        return Err(needs("a software adapter"));
    };
    let mut partial = Screen::open().unwrap();
    let players = [RecordingPlayer::default(), RecordingPlayer::default()];
    let mut first = window(&whole, &players[0]);
    let mut second = window(&partial, &players[1]);
    let settle = |screen: &mut Screen, app: &mut App| {
        loop {
            screen.frame(app, Vec::new());
            let state = app.state();
            let is_swept = state.sweep.running.is_none() && state.melodies.decoded_count() > 0;
            if is_swept && state.layout.quality.is_some() && !app.map().moving() {
                break;
            }
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
        app.command(Command::Select(MelodyId::Centre { region: 3 }));
        for _ in 0..40 {
            screen.frame(app, Vec::new());
        }
    };
    settle(&mut whole, &mut first);
    settle(&mut partial, &mut second);
    let time = whole.time.max(partial.time);
    (whole.time, partial.time) = (time, time);
    partial.redraw_partially();

    let (mut cut, mut frames) = (0, 0);
    for frame in 0..120 {
        for player in &players {
            player.lock().unwrap().step = 0.3 * frame as f64;
        }
        let expected = whole.frame(&mut first, events(frame));
        let drawn = partial.frame(&mut second, events(frame));
        frames += 1;
        cut += usize::from(drawn.len() < expected.len());
        whole.draw(&first, expected);
        partial.draw(&second, drawn);
        let (expected, drawn) = (whole.pixels(), partial.pixels());
        let differ = |(a, b): (&u8, &u8)| a.abs_diff(*b) > MOST_LEVELS;
        let different = std::iter::zip(&expected, &drawn).position(differ);
        let place =
            different.map(|byte| (byte / 4 % SIZE[0] as usize, byte / 4 / SIZE[0] as usize));
        assert_eq!(place, None, "first different pixel of frame {frame}");
    }
    eprintln!(
        "{cut} of {frames} frames were drawn from a picture, on {}",
        whole.adapter
    );
    assert!(cut > frames / 2);
    Ok(())
}
