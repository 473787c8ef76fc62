//! End-to-end test of an imported melody: opened, placed, its neighbours played, blended to a point of the map, exported.

use std::fs;
use std::path::Path;
use std::time::Duration;

use crate::harness::{Missing, tests};
use crate::midi;
use crate::tools::output_folder;
use crate::window::{Tunescape, files_in, most_isolated, need_window};

tests![a_tune_of_ones_own_is_opened_placed_blended_to_the_map_and_taken_away,];

/// "Frère Jacques", traditional: pitch and length in quarters.
const TUNE: &[(u8, f32)] = &[
    (60, 1.0),
    (62, 1.0),
    (64, 1.0),
    (60, 1.0),
    (60, 1.0),
    (62, 1.0),
    (64, 1.0),
    (60, 1.0),
    (64, 1.0),
    (65, 1.0),
    (67, 2.0),
    (64, 1.0),
    (65, 1.0),
    (67, 2.0),
    (67, 0.5),
    (69, 0.5),
    (67, 0.5),
    (65, 0.5),
    (64, 1.0),
    (60, 1.0),
    (67, 0.5),
    (69, 0.5),
    (67, 0.5),
    (65, 0.5),
    (64, 1.0),
    (60, 1.0),
    (60, 1.0),
    (55, 1.0),
    (60, 2.0),
    (60, 1.0),
    (55, 1.0),
    (60, 2.0),
];

/// A type-0 file with 96 ticks per quarter, written by hand.
fn write_tune(path: &Path) {
    let mut track = b"\0\xff\x03\x05Voice".to_vec();
    for (pitch, quarters) in TUNE {
        let ticks = (96.0 * quarters) as u8 - 1;
        track.extend([0, 0x90, *pitch, 80]);
        // A delta of 128 and more takes two bytes.
        if ticks >= 128 {
            track.push(0x81);
        }
        track.extend([ticks & 0x7f, 0x80, *pitch, 0]);
        track.extend([1, 0xb0, 7, 100]);
    }
    track.extend(b"\0\xff\x2f\0");
    let mut bytes = b"MThd\0\0\0\x06\0\0\0\x01\0\x60MTrk".to_vec();
    bytes.extend((track.len() as u32).to_be_bytes());
    bytes.extend(track);
    fs::write(path, bytes).expect("the output folder is writable");
}

fn a_tune_of_ones_own_is_opened_placed_blended_to_the_map_and_taken_away() -> Result<(), Missing> {
    let test = "own-tune";
    need_window()?;
    let folder = output_folder(test);
    let tune = folder.join("Frère Jacques.mid");
    write_tune(&tune);
    let export_folder = folder.join("exported");
    fs::create_dir(&export_folder).expect("the output folder is writable");
    let mut program = Tunescape::start(&folder, |command| {
        command
            .env("TUNESCAPE_OPEN_MELODY", &tune)
            .env("TUNESCAPE_EXPORT_TO", &export_folder)
            .env("TUNESCAPE_SWEEP", "40x8");
    });
    program.wait("the sweep to be done", |state| {
        (!state.sweep.running && state.sweep.total > 0).then_some(())
    });

    // Opened: eight bars, each window encoded.
    program.display.key("ctrl+o");
    let song = program.wait("the tune to be encoded", |state| {
        state
            .imported_song
            .clone()
            .filter(|song| !song.onset_accuracy.is_empty())
    });
    assert_eq!(
        (song.tracks, song.windows, song.onset_accuracy.len()),
        (1, 7, 7)
    );
    assert_eq!(song.chosen, [0, 2, 4, 6]);
    eprintln!(
        "{}: note beginnings that come back {:?}",
        song.name, song.onset_accuracy
    );
    program.display.screenshot("1-the-tune-is-open");

    // Placement: it has its name on the map and is heard as it was written.
    program.display.key("Return");
    let (imported_set, playing) = program.wait("the tune to be on the map and to sound", |state| {
        let set = state.generated.first()?;
        let playing = state
            .playing
            .clone()
            .filter(|playing| playing.id == set.ids[0])?;
        Some((set.clone(), playing))
    });
    assert_eq!(imported_set.method, "own");
    assert_eq!(imported_set.ids.len(), 4);
    assert_eq!(imported_set.names[0], "Frère Jacques, bars 1–2");
    let notes: Vec<(u8, u32)> = playing.notes.iter().map(|n| (n.pitch, n.start)).collect();
    let written: Vec<(u8, u32)> = TUNE[..8]
        .iter()
        .zip(0..)
        .map(|((p, _), k)| (*p, 4 * k))
        .collect();
    assert_eq!(notes, written);
    program.assert_heard(&playing);
    program.display.screenshot("2-the-tune-is-on-the-map");

    // A neighbour, by an arrow key.
    let mut neighbour = None;
    for key in ["Right", "Up", "Right", "Down", "Left"].repeat(2) {
        program.display.key(key);
        std::thread::sleep(Duration::from_millis(700));
        let selected = program.state().selected;
        neighbour = selected
            .into_iter()
            .find(|id| !imported_set.ids.contains(id));
        if neighbour.is_some() {
            break;
        }
    }
    let neighbour = neighbour.expect("there is a neighbour in one of four directions");
    // The previous melody plays on until the next sixteenth.
    let neighbour = program.wait("the neighbour to sound", |state| {
        state
            .playing
            .clone()
            .filter(|playing| playing.id == neighbour)
    });
    program.assert_heard(&neighbour);
    program.display.screenshot("3-a-neighbour-plays");

    // A blend from the tune to a point of the map.
    for _ in 0..16 {
        if program.state().selected == imported_set.ids[..1] {
            break;
        }
        program.display.key("ctrl+z");
        std::thread::sleep(Duration::from_millis(300));
    }
    assert_eq!(program.state().selected, imported_set.ids[..1]);
    let imported_ids: Vec<&str> = imported_set.ids.iter().map(String::as_str).collect();
    let far = most_isolated(&program.state(), &imported_ids)
        .expect("there are other points")
        .id
        .clone();
    program.display.key("b");
    program.click(&far);
    let blend = program.wait("the blend", |state| {
        assert_eq!(state.generate_error, None);
        let set = state.generated.iter().find(|set| set.method == "between")?;
        (state.selected.len() == set.ids.len()).then(|| set.clone())
    });
    assert_eq!(blend.ids.len(), 7);
    program.wait("the second step of the blend to sound", |state| {
        state
            .playing
            .as_ref()
            .filter(|playing| playing.id == blend.ids[1])
            .map(drop)
    });
    program
        .display
        .screenshot("4-a-blend-to-a-point-of-the-map");

    // Exported: a file for each step, read by another reader; the first is the reconstruction.
    let files = program.export(&export_folder);
    assert_eq!(files.len(), 7);
    assert_eq!(files_in(&export_folder), files);
    for file in &files {
        let file = midi::read(file);
        assert_eq!((file.format, file.tracks.len()), (0, 1));
        assert_eq!(file.tracks[0].end, 8 * file.ticks_per_quarter);
        assert!(!file.tracks[0].notes.is_empty());
    }
    program.close();
    Ok(())
}
