//! End-to-end test of a first session: points appear, clicks play, melodies are steered, exported and kept.

use std::fs;
use std::process::Command;
use std::time::Duration;

use crate::harness::{Missing, tests};
use crate::midi::{self, ReadFile, ReadNote};
use crate::pitch;
use crate::pulse_audio::{self, RATE, SoundServer};
use crate::state::Playing;
use crate::tools;
use crate::window::{Tunescape, WAIT_TIMEOUT, files_in, most_isolated, need_window};

tests![
    a_stranger_clicks_hears_steers_and_takes_melodies_away,
    a_tone_that_is_played_is_the_tone_that_is_recorded,
];

/// A window without a map has about 2,000 to 2,500 colours, with one at least 6,500.
pub const COLOURS_OF_A_MAP: usize = 4_000;

fn a_stranger_clicks_hears_steers_and_takes_melodies_away() -> Result<(), Missing> {
    let test = "story";
    need_window()?;
    let folder = tools::output_folder(test);
    let export_folder = folder.join("exported");
    fs::create_dir(&export_folder).expect("the output folder is writable");
    // The program's settings and library; the second run reads them.
    let memory = tempfile::tempdir().expect("a temporary folder");
    let prepare = |command: &mut Command| {
        command
            .env("TUNESCAPE_EXPORT_TO", &export_folder)
            .env("XDG_DATA_HOME", memory.path())
            .env("TUNESCAPE_SWEEP", "40x8");
    };
    let mut program = Tunescape::start(&folder, prepare);

    // Points light up.
    let first = program.wait("a dozen melodies to click", |state| {
        let ready = state
            .points
            .iter()
            .filter(|point| point.ready && !point.empty)
            .count();
        (ready >= 12).then(|| most_isolated(state, &[]).map(|point| point.id.clone()))?
    });
    // Where the processor draws, the first map takes seconds to reach the screen.
    tools::wait_for("the map to be seen", WAIT_TIMEOUT, || {
        let colours = program.display.screenshot("1-points-light-up");
        (colours > COLOURS_OF_A_MAP).then_some(())
    });
    let silence = pitch::loudness(&program.recorder.next(Duration::from_secs(1)));
    assert!(
        silence < -80.0,
        "nothing was clicked, yet there is sound: {silence:.1} dB"
    );

    // A click plays a melody, a second click another one instead.
    let playing = program.click_melody(&first);
    program.assert_heard(&playing);
    program.display.screenshot("2-a-melody-plays");
    let state = program.state();
    assert_eq!(state.selected, [first.as_str()]);
    let second = most_isolated(&state, &[&first])
        .expect("there are other points")
        .id
        .clone();
    let playing = program.click_melody(&second);
    // The reverberation of the first is over after a second.
    program.recorder.next(Duration::from_secs(1));
    program.assert_heard(&playing);

    // The exported file has the melody that played.
    let files = program.export(&export_folder);
    assert_eq!(files_in(&export_folder), files);
    assert_eq!(files.len(), 1);
    let exported = midi::read(&files[0]);
    assert_is_the_melody(&exported, &playing);
    assert_says_its_origin(&exported);

    // Its share text is on the clipboard for every other program.
    program.display.key("ctrl+shift+c");
    let shared = tools::wait_for("the share text", WAIT_TIMEOUT, || {
        let text = program.display.clipboard()?;
        text.starts_with("tunescape:1:").then_some(text)
    });
    let decoded = folder.join("shared.mid");
    let decode = Command::new(env!("CARGO_BIN_EXE_tunescape"))
        .args(["decode", "--share", shared.trim()])
        .arg("--out")
        .arg(&decoded)
        .output()
        .expect("the program can be started");
    assert!(decode.status.success(), "{decode:?}");
    let decoded = midi::read(&decoded);
    assert_is_the_melody(&decoded, &playing);
    // The latent point is there instead of the seed and the region that it came from.
    assert!(decoded.tracks[0].texts.join(" ").contains(shared.trim()));

    // Steering to few notes, then to many.
    program.wait("the sweep to be done and laid out", |state| {
        let done = !state.sweep.running && state.sweep.total > 0;
        (done && state.layout.settled).then_some(())
    });
    let state = program.state();
    assert_eq!(state.sweep.done, state.sweep.total);
    assert_eq!(state.layout.name, "sound");
    eprintln!(
        "decoded by {:?}, {} of {} melodies empty, notices {:?}",
        state.device, state.sweep.empty, state.sweep.total, state.notices
    );
    program.display.screenshot("3-the-whole-map");
    let calm = program.steer_to(3.0);
    program.display.screenshot("4-steered-to-few-notes");
    let busy = program.steer_to(9.0);
    program.display.screenshot("5-steered-to-many-notes");
    for steer in [&calm, &busy] {
        let (wanted, obtained) = (steer.wanted, steer.obtained_mean);
        eprintln!(
            "wanted {wanted:.2} notes/bar, obtained {obtained:.2}, {:.0} % distinct",
            100.0 * steer.distinct
        );
        assert_eq!(steer.ids.len(), steer.count as usize);
        assert!(
            (obtained - wanted).abs() < 1.0,
            "wanted {wanted:.2} notes per bar, obtained {obtained:.2}"
        );
        let mean = steer.notes_per_bar.iter().sum::<f64>() / steer.notes_per_bar.len() as f64;
        assert!(
            (mean - obtained).abs() < 0.01,
            "shown {obtained}, measured {mean}"
        );
    }
    assert!(
        (calm.wanted - 3.0).abs() < 0.5 && (busy.wanted - 9.0).abs() < 0.5,
        "the knob did not follow the drag"
    );
    let steered = program.state();
    let busier = steered
        .points
        .iter()
        .find(|point| busy.ids.contains(&point.id) && !point.empty);
    let busier = busier
        .expect("the steered melodies are on the map")
        .id
        .clone();
    let playing = program.click_melody(&busier);
    let bars = f64::from(playing.steps) / 16.0;
    assert!(
        playing.notes.len() as f64 / bars > calm.obtained_mean + 2.0,
        "{} is not busy",
        playing.id
    );
    program.recorder.next(Duration::from_secs(1));
    program.assert_heard(&playing);
    program.display.screenshot("6-a-busy-melody-plays");

    // Many melodies go into a folder, one file each.
    program.display.key("Escape");
    let state = program.state();
    let third = most_isolated(&state, &[&first, &second])
        .expect("there are other points")
        .id
        .clone();
    let fourth = most_isolated(&state, &[&first, &second, &third])
        .expect("there are other points")
        .id
        .clone();
    program.click_melody(&third);
    program.control_click_melody(&fourth);
    let files = program.export(&export_folder);
    assert_eq!(files.len(), 2);
    for file in &files {
        let file = midi::read(file);
        assert_eq!((file.format, file.tracks.len()), (0, 1));
        assert!(!file.tracks[0].notes.is_empty());
    }

    // The space bar stops playback, and closing the window ends the program.
    program.display.key("space");
    program.wait("the music to stop", |state| {
        state.playing.is_none().then_some(())
    });
    program.recorder.next(Duration::from_secs(3));
    let silence = pitch::loudness(&program.recorder.next(Duration::from_secs(1)));
    assert!(
        silence < -80.0,
        "stopped, yet there is sound: {silence:.1} dB"
    );

    // F keeps both selected melodies, and they are still there in the next session.
    program.display.key("f");
    let kept = program.wait("two kept melodies", |state| {
        (state.kept.len() == 2).then(|| state.kept.clone())
    });
    program.close();
    let mut program = Tunescape::start(&folder, prepare);
    program.wait("the kept melodies of the last session", |state| {
        (state.kept == kept).then_some(())
    });
    program.display.screenshot("7-the-next-day");
    program.close();
    Ok(())
}

fn a_tone_that_is_played_is_the_tone_that_is_recorded() -> Result<(), Missing> {
    let test = "tone";
    tools::need(&[&pulse_audio::TOOLS[..], &["pacat"]].concat())?;
    let folder = tools::output_folder(test);
    let server = SoundServer::start(&folder);
    let recorder = server.record(&folder);
    assert!(pitch::loudness(&recorder.next(Duration::from_millis(500))) < -80.0);

    let melody = [(62, 0.0, 0.4), (65, 0.5, 0.9), (69, 1.0, 1.4)]
        .map(|(pitch, start, end)| pitch::Expected { pitch, start, end });
    let begin = recorder.position();
    server.play(&pitch::play_notes(&melody, 1.5), &folder);
    recorder.next(Duration::from_millis(500));
    let recorded = recorder.since(begin);
    assert!(recorded.len() > RATE as usize);
    assert!(pitch::loudness(&recorded) > -40.0);
    let found = pitch::level_above_unplayed(&recorded, &melody).expect("there are other pitches");
    assert!(found[0].1 > 20.0, "{found:?}");
    Ok(())
}

/// One melody as a file: type 0, its tempo, 4/4, exactly as long as the loop, and the very notes that were heard.
fn assert_is_the_melody(file: &ReadFile, playing: &Playing) {
    assert_eq!((file.format, file.tracks.len()), (0, 1));
    assert_eq!(file.metres, [(4, 4)]);
    assert_eq!(file.tempos.len(), 1);
    let tempo = 60e6 / f64::from(file.tempos[0]);
    assert!(
        (tempo - playing.tempo_bpm).abs() < 0.01,
        "{tempo} bpm in the file, {} heard",
        playing.tempo_bpm
    );
    let track = &file.tracks[0];
    let step = file.ticks_per_quarter / 4;
    assert_eq!(track.end, playing.steps * step);
    let notes: Vec<_> = track
        .notes
        .iter()
        .map(|note| (note.pitch, note.start, note.end))
        .collect();
    let recorded: Vec<_> = playing
        .notes
        .iter()
        .map(|note| (note.pitch, note.start * step, note.end * step))
        .collect();
    assert_eq!(notes, recorded);
    assert!(
        track
            .notes
            .iter()
            .all(|ReadNote { velocity, .. }| *velocity > 0)
    );
    assert!(!track.name.is_empty());
}

/// Checks that the text of an exported file says what its melody is made from.
fn assert_says_its_origin(file: &ReadFile) {
    let text = file.tracks[0].texts.join(" ");
    for word in ["seed", "region", "weights"] {
        assert!(
            text.to_lowercase().contains(word),
            "the file does not tell its {word}: {text}"
        );
    }
}
