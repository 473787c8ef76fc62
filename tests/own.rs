//! A melody of one's own on the command line: `encode FILE` and `blend`.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

#[path = "support/command.rs"]
#[expect(dead_code, reason = "not every test needs all of it")]
mod command;

use std::path::{Path, PathBuf};

use tunescape::melody::{
    Melody, MidiWriteOptions, Note, Track, multi_track_bytes, read_midi_file, single_track_bytes,
};

use command::{TINY, array, fails, succeeds, tunescape, with_tiny_model};

/// Four bars of a scale, one note per quarter.
fn scale(lowest: u8) -> Melody {
    let notes: Vec<Note> = (0..16)
        .map(|k| Note {
            pitch: lowest + [0, 2, 4, 5, 7, 9, 11, 12][k as usize % 8],
            start: 4 * k,
            end: 4 * k + 4,
        })
        .collect();
    Melody::from_notes(&notes, 64).unwrap()
}

fn track<'a>(melody: &'a Melody, name: &str) -> Track<'a> {
    Track {
        melody,
        name: name.to_owned(),
        text: String::new(),
    }
}

fn song(folder: &Path) -> PathBuf {
    let (low, high) = (scale(48), scale(60));
    let tracks = [track(&low, "Guitar"), track(&high, "Lead")];
    let path = folder.join("song.mid");
    std::fs::write(
        &path,
        multi_track_bytes(&tracks, &MidiWriteOptions::default()),
    )
    .unwrap();
    path
}

#[test]
fn encode_lists_tracks_and_windows_and_writes_where_each_lies_and_how_it_comes_back() {
    let folder = tempfile::tempdir().unwrap();
    let (song, out) = (song(folder.path()), folder.path().join("out"));
    let (song, out_text) = (song.to_str().unwrap(), out.to_str().unwrap());
    let message = succeeds(&with_tiny_model(&["encode", song, "--out", out_text]));
    assert!(
        message.contains("*   2     16  Lead, channel 2"),
        "{message}"
    );
    let table = std::fs::read_to_string(out.join("windows.csv")).unwrap();
    let rows: Vec<Vec<&str>> = table
        .lines()
        .map(|line| line.split(',').collect())
        .collect();
    assert_eq!(rows[0][..4], ["window", "bar", "notes", "token_accuracy"]);
    let highest = rows[0].iter().position(|name| *name == "highest_note");
    assert_eq!(rows.len(), 4);
    let (shape, tokens) = array::<u8>(&out.join("tokens.npy"));
    assert_eq!(shape, [3, 32]);
    let (_, back) = array::<u8>(&out.join("reconstructed_tokens.npy"));
    for (index, row) in rows[1..].iter().enumerate() {
        // The accuracy in the table is the share of equal tokens in the arrays.
        let rows = 32 * index..32 * (index + 1);
        let same = tokens[rows.clone()]
            .iter()
            .zip(&back[rows])
            .filter(|(a, b)| a == b)
            .count();
        assert_eq!(row[3].parse::<f64>().unwrap(), same as f64 / 32.0);
        let written = read_midi_file(&out.join(row[6])).unwrap();
        let notes = &written.tracks[0].notes;
        assert_eq!(notes.len(), row[2].parse::<usize>().unwrap());
        let pitches = notes.iter().map(|note| note.pitch);
        assert_eq!(row[highest.unwrap()].parse().ok(), pitches.max());
        assert_eq!(written.length_ticks, 2 * 4 * 480);
        assert!(out.join(row[7]).is_file());
    }
    // The same numbers as from the array of its tokens.
    let mu = folder.path().join("mu.npy");
    let from = out.join("tokens.npy");
    succeeds(&with_tiny_model(&[
        "encode",
        "--tokens",
        from.to_str().unwrap(),
        "--mu",
        mu.to_str().unwrap(),
    ]));
    assert_eq!(array::<f32>(&mu), array::<f32>(&out.join("mu.npy")));
    let record: serde_json::Value =
        serde_json::from_slice(&std::fs::read(out.join("run.json")).unwrap()).unwrap();
    assert_eq!(
        (record["kind"].as_str(), record["steps"].as_u64()),
        (Some("encode"), Some(32))
    );

    // Another track, two of its windows, over the same folder: what only the first run had is gone.
    succeeds(&with_tiny_model(&[
        "encode",
        song,
        "--track",
        "1",
        "--windows",
        "1,3",
        "--out",
        out_text,
        "--overwrite",
    ]));
    assert_eq!(std::fs::read_dir(out.join("melodies")).unwrap().count(), 2);
    let message = fails(&with_tiny_model(&["encode", song, "--track", "3"]), 2);
    assert!(message.contains("--track takes 1 to 2"), "{message}");
}

#[test]
fn blend_goes_from_end_to_end_in_files_that_are_the_same_every_time() {
    let folder = tempfile::tempdir().unwrap();
    let song = song(folder.path());
    let third = format!("{}:3", song.display());
    let mut runs = Vec::new();
    for name in ["a", "b"] {
        let out = folder.path().join(name);
        let out_text = out.to_str().unwrap().to_owned();
        succeeds(&with_tiny_model(&[
            "blend",
            song.to_str().unwrap(),
            &third,
            "--steps",
            "5",
            "--out",
            &out_text,
        ]));
        runs.push((
            array::<f32>(&out.join("latents.npy")),
            std::fs::read(out.join("piece.mid")).unwrap(),
        ));
        assert_eq!(std::fs::read_dir(out.join("melodies")).unwrap().count(), 5);
        let piece = read_midi_file(&out.join("piece.mid")).unwrap();
        assert_eq!(piece.length_ticks, 5 * 2 * 4 * 480);
    }
    assert_eq!(runs[0], runs[1]);
    assert_eq!(runs[0].0.0, [5, 16]);

    // Rows of an array and melodies of a sweep are ends too; its own rows are those very points.
    let latents = folder.path().join("a/latents.npy");
    let ends = [
        format!("{}:0", latents.display()),
        format!("{}:4", latents.display()),
    ];
    let out = folder.path().join("c");
    succeeds(&with_tiny_model(&[
        "blend",
        &ends[0],
        &ends[1],
        "--equal",
        "--way",
        "linear",
        "--steps",
        "2",
        "--out",
        out.to_str().unwrap(),
    ]));
    let (_, rows) = array::<f32>(&out.join("latents.npy"));
    assert_eq!(rows[..16], runs[0].0.1[..16]);
    assert_eq!(rows[16..], runs[0].0.1[64..]);
    succeeds(&with_tiny_model(&["blend", "r003_centre", "r004_s07"]));
    for (from, message) in [
        (
            "r900_centre",
            "there is no r900_centre in a sweep of 100 regions",
        ),
        (
            format!("{}:9", latents.display()).as_str(),
            "it has no row 9",
        ),
        (
            format!("{}:9", song.display()).as_str(),
            "there is no window 9",
        ),
    ] {
        let output = tunescape(&with_tiny_model(&["blend", from, "r003_centre"]));
        let words = String::from_utf8(output.stderr).unwrap();
        assert!(
            !output.status.success() && words.contains(message),
            "{words}"
        );
    }
}

#[test]
fn a_path_leads_through_regions_melodies_and_windows_in_steps_and_as_a_piece() {
    let folder = tempfile::tempdir().unwrap();
    let song = song(folder.path());
    let second = format!("{}:2", song.display());
    let common = ["--model", TINY, "--device", "cpu", "--seed", "7"];
    let path = |name: &str, more: &[&str]| {
        let out = folder.path().join(name);
        let mut arguments = vec!["path", "--through", "3", "r017_s02", &second, "42"];
        arguments.extend(common);
        arguments.extend(["--out", out.to_str().unwrap()]);
        arguments.extend(more);
        succeeds(&arguments);
        out
    };
    let first = path("a", &["--steps", "9"]);
    let (shape, points) = array::<f32>(&first.join("latents.npy"));
    assert_eq!(shape, [9, 16]);
    assert_eq!(
        std::fs::read_dir(first.join("melodies")).unwrap().count(),
        9
    );
    let piece = read_midi_file(&first.join("piece.mid")).unwrap();
    assert_eq!(piece.length_ticks, 9 * 2 * 4 * 480);
    // It begins at region 3 and ends at region 42: a blend of the two has the same ends.
    let ends = folder.path().join("ends");
    let mut arguments = vec!["blend", "r003_centre", "r042_centre", "--steps", "2"];
    arguments.extend(common);
    arguments.extend(["--out", ends.to_str().unwrap()]);
    succeeds(&arguments);
    let (_, ends) = array::<f32>(&ends.join("latents.npy"));
    assert_eq!(points[..16], ends[..16]);
    assert_eq!(points[8 * 16..], ends[16..]);
    let manifest: serde_json::Value =
        serde_json::from_slice(&std::fs::read(first.join("run.json")).unwrap()).unwrap();
    assert_eq!(
        (manifest["kind"].as_str(), manifest["seed"].as_u64()),
        (Some("path"), Some(7))
    );
    assert_eq!(manifest["through"].as_array().unwrap().len(), 4);

    // The same again gives the same bytes; there and back in bars is as long as it says.
    let again = path("b", &["--steps", "9", "--every", "16", "--ping-pong"]);
    assert_eq!(array::<f32>(&again.join("latents.npy")).1, points);
    let piece = read_midi_file(&again.join("piece.mid")).unwrap();
    assert_eq!(piece.length_ticks, 16 * 4 * 480);

    for (arguments, message) in [
        (vec!["--through", "3", "900"], "there is no region 900"),
        (
            vec!["--through", "3", "4", "5", "--steps", "2"],
            "choose 3 to 256",
        ),
        (
            vec!["--through", "3", "4", "--every", "0"],
            "--every takes 1 to",
        ),
    ] {
        let mut all = vec!["path"];
        all.extend(&arguments);
        all.extend(common);
        let output = tunescape(&all);
        let words = String::from_utf8(output.stderr).unwrap();
        assert!(
            !output.status.success() && words.contains(message),
            "{words}"
        );
    }
}

#[test]
fn a_file_without_a_melody_is_one_sentence_and_writes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let silent = Melody::from_notes(&[], 32).unwrap();
    for (name, bytes, message) in [
        ("cut.mid", b"MThd\0\0".to_vec(), "not a MIDI file"),
        ("noise.mid", vec![0x5a; 4_000], "not a MIDI file"),
        (
            "empty.mid",
            single_track_bytes(&track(&silent, ""), &MidiWriteOptions::default()),
            "holds no notes",
        ),
    ] {
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        let out = folder.path().join("out");
        let words = fails(
            &with_tiny_model(&[
                "encode",
                path.to_str().unwrap(),
                "--out",
                out.to_str().unwrap(),
            ]),
            1,
        );
        assert!(words.contains(message), "{name}: {words}");
        assert_eq!(
            words
                .lines()
                .filter(|line| line.starts_with("tunescape:"))
                .count(),
            1
        );
        assert_eq!(std::fs::read_dir(&out).map_or(0, Iterator::count), 0);
    }
}

#[test]
fn what_was_found_and_left_out_is_told_in_words_and_as_json() {
    let folder = tempfile::tempdir().unwrap();
    let on_channel_10 = MidiWriteOptions {
        channel: 9,
        ..MidiWriteOptions::default()
    };
    let melody = scale(36);
    let path = folder.path().join("kit.smf");
    std::fs::write(
        &path,
        single_track_bytes(&track(&melody, "Kit"), &on_channel_10),
    )
    .unwrap();
    let path = path.to_str().unwrap();
    let arguments = with_tiny_model(&["encode", path]);
    let message = succeeds(&arguments);
    assert!(
        message.contains("Kit, channel 10, perhaps drums"),
        "{message}"
    );
    let text = succeeds(&[&arguments[..], &["--json"]].concat());
    let found: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(found["song"], "kit.smf");
    assert_eq!(found["tracks"][0]["channels"], serde_json::json!([10]));
    assert_eq!(found["report"]["notes"]["kept"], 16);
    assert_eq!(found["report"]["may_be_drums"], true);
    assert!(
        found["sentences"][0]
            .as_str()
            .unwrap()
            .contains("channel 10")
    );
    assert_eq!(found["windows"].as_array().unwrap().len(), 3);
}
