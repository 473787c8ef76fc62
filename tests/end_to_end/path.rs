//! End-to-end test of a path: drawn with the mouse, played, its marker dragged, exported as one piece and as files, undone.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::harness::{Missing, tests};
use crate::midi::{self, ReadFile};
use crate::pitch;
use crate::state::DrawnPath;
use crate::tools::{output_folder, wait_for};
use crate::window::{Tunescape, WAIT_TIMEOUT, files_in, need_window};

tests![a_path_is_drawn_heard_and_taken_away_as_one_piece_and_as_files,];

/// Melodies on a path unless another number is set.
const MELODIES: usize = 16;

fn a_path_is_drawn_heard_and_taken_away_as_one_piece_and_as_files() -> Result<(), Missing> {
    let test = "path";
    need_window()?;
    let folder = output_folder(test);
    let export_folder = folder.join("exported");
    fs::create_dir(&export_folder).expect("the output folder is writable");
    let mut program = Tunescape::start(&folder, |command| {
        command
            .env("TUNESCAPE_EXPORT_TO", &export_folder)
            .env("TUNESCAPE_SWEEP", "60x16");
    });
    program.wait("the sweep to be done and laid out", |state| {
        let done = !state.sweep.running && state.sweep.total > 0;
        (done && state.layout.settled).then_some(())
    });

    // The tool says what to do with it.
    program.display.key("d");
    program.wait("the tool to be in hand", |state| {
        state.path.as_ref().filter(|path| path.tool).map(drop)
    });
    program.display.screenshot("1-the-tool");

    // An arc from the left of the map to its right, drawn with the mouse.
    let [left, top, right, bottom] = program.state().map.expect("the map is on screen");
    let line: Vec<(f64, f64)> = (0..=40)
        .map(|k| {
            let t = f64::from(k) / 40.0;
            let x = left + (0.25 + 0.5 * t) * (right - left);
            let wave = (t * 5.5).sin() * 0.14;
            (x, top + (0.5 - wave) * (bottom - top))
        })
        .map(|place| program.on_screen(place))
        .collect();
    program.display.trace(&line);
    let path = program.wait("the path to play", |state| {
        let path = state.path.clone()?;
        assert_eq!(path.error, None);
        (path.playing && !path.decoding).then_some(path)
    });
    assert_eq!(path.melodies, MELODIES);
    assert!(
        (3..=MELODIES).contains(&path.points.len()),
        "{} points",
        path.points.len()
    );
    program.display.screenshot("2-the-path-plays");
    let recorded = program.recorder.next(Duration::from_secs(8));
    assert!(
        pitch::loudness(&recorded) > -50.0,
        "{:.1} dB",
        pitch::loudness(&recorded)
    );

    // The marker follows the playhead: a melody of two bars lasts four seconds at 120 beats per minute.
    let marker = |program: &mut Tunescape| {
        let path = program.state().path.expect("the path is there");
        path.marker_at.expect("the marker is on it")
    };
    let playing = program.state().playing.expect("the path sounds").id;
    let next = program.wait("the next melody's turn", |state| {
        let id = &state.playing.as_ref()?.id;
        (*id != playing).then(|| id.clone())
    });
    let begun = Instant::now();
    let first = marker(&mut program);
    program.wait("the turn of the one after that", |state| {
        (state.playing.as_ref()?.id != next).then_some(())
    });
    let took = begun.elapsed().as_secs_f64();
    assert!((3.4..5.0).contains(&took), "a melody lasted {took:.2} s");
    assert!(marker(&mut program) > first, "the marker stands still");
    program.display.key("Escape");
    program.display.screenshot("3-the-tool-is-put-down");

    // One long piece, and separate files, as another reader sees them.
    let pieces = export(&mut program, &export_folder, "one long piece", 1);
    let piece = midi::read(&pieces[0]);
    let bar = 4 * piece.ticks_per_quarter;
    assert_eq!((piece.format, piece.tracks.len()), (0, 1));
    assert_eq!(piece.tracks[0].end, 2 * bar * MELODIES as u32);
    let text = piece.tracks[0].texts.join(" ");
    for word in [
        "seed 99",
        "weights ",
        "tunescape ",
        "16 melodies",
        "made of",
    ] {
        assert!(text.contains(word), "{word} is not in {text}");
    }
    let files = export(&mut program, &export_folder, "separate files", MELODIES);
    let single: Vec<ReadFile> = files.iter().map(|file| midi::read(file)).collect();
    let mut notes = Vec::new();
    for (file, number) in single.iter().zip(0..) {
        assert_eq!(file.tracks[0].end, 2 * bar);
        let at = 2 * bar * number;
        notes.extend(
            file.tracks[0]
                .notes
                .iter()
                .map(|note| (note.pitch, at + note.start, at + note.end)),
        );
    }
    let whole: Vec<(u8, u32, u32)> = piece.tracks[0]
        .notes
        .iter()
        .map(|note| (note.pitch, note.start, note.end))
        .collect();
    assert_eq!(
        whole, notes,
        "the piece is not its melodies one after another"
    );
    assert!(notes.len() > 2 * MELODIES);

    // The marker is dragged to the path's end, and the path plays on from there.
    let grab = program.wait("the marker to rest on the path", |state| {
        state.path.clone()?.marker
    });
    let end = *path.points.last().expect("the path has points");
    let (from, to) = (program.on_screen(grab), program.on_screen(end));
    program.display.drag(from, to);
    let last = (path.points.len() - 1) as f64;
    program.wait("the last melodies of the path", |state| {
        let path = state.path.as_ref()?;
        (path.playing && path.marker_at? > last - 1.0).then_some(())
    });
    program.display.screenshot("4-the-marker-was-dragged");
    search(&mut program, "light theme");
    program.display.screenshot("5-on-paper");

    // In another layout the path keeps its melodies; Ctrl+Z takes it off the map.
    program.display.key("space");
    program.wait("the music to stop", |state| {
        state.playing.is_none().then_some(())
    });
    let mut steps = 0;
    wait_for("the path to be taken back", WAIT_TIMEOUT, || {
        let is_gone = |path: Option<DrawnPath>| path.is_none_or(|path| path.points.is_empty());
        if is_gone(program.state().path) {
            return Some(());
        }
        steps += 1;
        assert!(steps < 30, "Ctrl+Z does not take the path back");
        program.display.key("ctrl+z");
        std::thread::sleep(Duration::from_millis(300));
        None
    });
    program.close();
    Ok(())
}

/// Gives a command by its name.
fn search(program: &mut Tunescape, command: &str) {
    program.display.key("ctrl+k");
    std::thread::sleep(Duration::from_millis(500));
    program.display.type_text(command);
    std::thread::sleep(Duration::from_millis(500));
    program.display.key("Return");
}

/// Exports the path by the command search and returns the files that were written.
fn export(program: &mut Tunescape, folder: &Path, what: &str, count: usize) -> Vec<PathBuf> {
    let before = files_in(folder);
    search(program, what);
    program.wait(&format!("the path as {what}"), |_| {
        let new: Vec<PathBuf> = files_in(folder)
            .into_iter()
            .filter(|file| !before.contains(file))
            .collect();
        (new.len() >= count).then_some(new)
    })
}
