//! `tunescape render`.

use std::path::Path;

use tunescape::melody::{Melody, MidiWriteOptions, Track, single_track_bytes};

use crate::command::{succeeds, tunescape};
use crate::melody;
use crate::sound_font::tiny_sound_font;

fn write_midi(path: &Path, melody: &Melody) {
    let track = Track {
        melody,
        name: "tune".to_owned(),
        text: String::new(),
    };
    std::fs::write(
        path,
        single_track_bytes(&track, &MidiWriteOptions::default()),
    )
    .unwrap();
}

/// The left samples of a stereo WAV file of 24 bits, full scale 1.
fn left(path: &Path) -> Vec<f32> {
    let bytes = std::fs::read(path).unwrap();
    let data = bytes.windows(4).position(|id| id == b"data").unwrap() + 8;
    bytes[data..]
        .chunks_exact(6)
        .map(|frame| {
            (i32::from_le_bytes([0, frame[0], frame[1], frame[2]]) as f32) / i32::MAX as f32
        })
        .collect()
}

/// Samples at which sound begins after at least 50 ms of near silence at 48 kHz.
fn onsets(samples: &[f32]) -> Vec<usize> {
    let (mut onsets, mut quiet) = (Vec::new(), usize::MAX);
    for (index, sample) in samples.iter().enumerate() {
        if sample.abs() > 0.004 {
            if quiet > 2_400 {
                onsets.push(index);
            }
            quiet = 0;
        } else {
            quiet = quiet.saturating_add(1);
        }
    }
    onsets
}

#[test]
fn the_onsets_of_a_rendered_file_are_those_of_the_midi_file() {
    let folder = tempfile::tempdir().unwrap();
    let (midi, wav) = (folder.path().join("a.mid"), folder.path().join("a.wav"));
    let starts = [0_u32, 12, 24];
    write_midi(&midi, &melody(&starts.map(|start| (72, start, start + 1))));
    let (midi, out) = (midi.to_str().unwrap(), wav.to_str().unwrap());
    let printed = succeeds(&[
        "render",
        midi,
        "--out",
        out,
        "--instrument",
        "square-lead",
        "--tempo",
        "60",
        "--loops",
        "2",
        "--no-tail",
    ]);
    assert!(printed.contains("a.wav"), "{printed}");
    let samples = left(&wav);
    // A 16th lasts a quarter of a second at 60 quarter notes per minute.
    assert_eq!(samples.len(), 2 * 32 * 12_000);
    let expected: Vec<usize> = (0..2)
        .flat_map(|pass| starts.map(|start| (pass * 32 + start as usize) * 12_000))
        .collect();
    let found = onsets(&samples);
    assert_eq!(found.len(), expected.len(), "{found:?}");
    for (found, expected) in found.iter().zip(&expected) {
        // The attack takes 6 ms.
        assert!(
            (0..300).contains(&(found - expected)),
            "{found} for {expected}"
        );
    }
}

#[test]
fn a_sound_font_is_named_by_file_and_preset() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    write_midi(Path::new(&path("a.mid")), &melody(&[(69, 0, 32)]));
    std::fs::write(path("tiny.sf2"), tiny_sound_font()).unwrap();
    succeeds(&[
        "render",
        &path("a.mid"),
        "--out",
        &path("a.wav"),
        "--soundfont",
        &path("tiny.sf2"),
        "--preset",
        "drum",
    ]);
    let loudest = left(Path::new(&path("a.wav")))
        .into_iter()
        .fold(0.0, f32::max);
    assert!(loudest > 0.05, "{loudest}");

    let fails = |arguments: &[&str], code: i32| {
        let output = tunescape(
            &[
                &["render", &path("a.mid"), "--out", &path("b.wav")],
                arguments,
            ]
            .concat(),
        );
        assert_eq!(output.status.code(), Some(code), "{arguments:?}");
        assert!(!Path::new(&path("b.wav")).exists());
        String::from_utf8(output.stderr).unwrap()
    };
    let text = fails(&["--soundfont", &path("tiny.sf2"), "--preset", "flute"], 2);
    assert!(text.contains("Sine, Sine drum"), "{text}");
    let text = fails(&["--soundfont", &path("a.mid")], 1);
    assert!(text.contains("a.mid is not a SoundFont"), "{text}");
    let text = fails(&["--instrument", "kazoo"], 2);
    assert!(text.contains("warm-organ"), "{text}");
    fails(&["--loops", "0"], 2);
    // The chords start with the melody, and are heard where it is silent.
    let rest = melody(&[(69, 0, 2)]);
    write_midi(Path::new(&path("rest.mid")), &rest);
    let loudness = |name: &str, more: &[&str]| {
        let (midi, out) = (path("rest.mid"), path(name));
        succeeds(&[&["render", &midi, "--out", &out, "--no-tail"], more].concat());
        let samples = left(Path::new(&out));
        samples[samples.len() - 4_800..]
            .iter()
            .fold(0.0_f32, |loudest, sample| loudest.max(sample.abs()))
    };
    assert!(loudness("alone.wav", &[]) < 0.001);
    let chords = loudness("chords.wav", &["--chords", "Am F"]);
    assert!((0.02..0.7).contains(&chords), "{chords}");
    succeeds(&["render", &path("a.mid"), "--out", &path("a.flac")]);
    assert_eq!(std::fs::read(path("a.flac")).unwrap()[..4], *b"fLaC");
    let taken = tunescape(&["render", &path("a.mid"), "--out", &path("a.wav")]);
    assert_eq!(taken.status.code(), Some(1));
    let other = tunescape(&["render", &path("a.mid"), "--out", &path("a.ogg")]);
    assert_eq!(other.status.code(), Some(2));
    assert!(!Path::new(&path("a.ogg")).exists());
}

#[test]
fn a_score_has_the_tempo_at_which_the_file_is_played_and_rendered() {
    let folder = tempfile::tempdir().unwrap();
    let (midi, score) = (
        folder.path().join("a.mid"),
        folder.path().join("a.musicxml"),
    );
    let melody = melody(&[(72, 0, 4)]);
    let track = Track {
        melody: &melody,
        name: "tune".to_owned(),
        text: String::new(),
    };
    let options = MidiWriteOptions {
        tempo_bpm: 900.0,
        ..MidiWriteOptions::default()
    };
    std::fs::write(&midi, single_track_bytes(&track, &options)).unwrap();
    let out = score.to_str().unwrap();
    succeeds(&["render", midi.to_str().unwrap(), "--out", out]);
    let text = std::fs::read_to_string(&score).unwrap();
    // The fastest tempo of the program.
    assert!(text.contains("<per-minute>300</per-minute>"), "{text}");
}
