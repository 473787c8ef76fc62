//! Share texts on the command line and with the default model: `decode --share`, `explain`, and equal notes whatever the batch size and
//! the number of threads.
#![expect(clippy::unwrap_used, reason = "a test may panic")]
#![expect(clippy::print_stdout, reason = "the figures are what it is for")]

#[path = "support/command.rs"]
#[expect(dead_code, reason = "not every test needs all of it")]
mod command;

use std::path::Path;
use std::sync::Arc;

use tunescape::attributes::AttributeRow;
use tunescape::latent::{LatentPoint, prior_point};
use tunescape::melody::{Melody, MidiWriteOptions, Tokens, read_midi_file};
use tunescape::model::{DeviceChoice, Engine, MelodyModel as _, Sampling, Streams, Weights};
use tunescape::session::share::{ShareSource, SharedContent, SharedMelody, share};
use tunescape::session::{ExportGrouping, ExportItem, export_files};
use tunescape::sweep::MelodyId;

use command::{TINY, fails, succeeds, with_tiny_model};

/// Random melodies of the test below.
const MELODIES: u64 = 1_000;

fn engine(path: Option<&Path>) -> Engine {
    let weights = Arc::new(Weights::open_or_default(path).unwrap());
    Engine::open(weights, &DeviceChoice::Cpu).unwrap()
}

fn with_threads<T: Send>(threads: usize, work: impl FnOnce() -> T + Send) -> T {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads);
    pool.build().unwrap().install(work)
}

fn drawn(seed: u64, first_stream: u64) -> Sampling {
    Sampling::Temperature {
        temperature: 0.8,
        seed,
        streams: Streams::StartingAt(first_stream),
    }
}

/// Decoded in one batch by two threads, shared one by one (a batch of the tried roundings) by one thread, and read again one by one by three.
/// Half of them are drawn with a temperature.
#[test]
fn texts_of_random_melodies_give_equal_tokens_at_other_batch_sizes_and_thread_counts() {
    let mut engine = engine(None);
    let size = engine.latent_size();
    let points: Vec<LatentPoint> = (0..MELODIES)
        .map(|index| prior_point(size, 7, index))
        .collect();
    let (greedy, sampled) = points.split_at(points.len() / 2);
    let tokens: Vec<Tokens> = with_threads(2, || {
        let mut tokens = engine.decode(greedy, &Sampling::Greedy).unwrap();
        tokens.extend(engine.decode(sampled, &drawn(5, 100)).unwrap());
        tokens
    });
    let weights_hash = engine.weights_hash().to_owned();
    let texts: Vec<String> = with_threads(1, || {
        let melodies = points.iter().zip(&tokens).enumerate();
        let text = |(index, (latent, tokens)): (usize, (&LatentPoint, &Tokens))| {
            let source = ShareSource {
                weights_hash: weights_hash.clone(),
                latent: latent.clone(),
                sampling: match index.checked_sub(greedy.len()) {
                    None => Sampling::Greedy,
                    Some(number) => drawn(5, 100 + number as u64),
                },
                tokens: tokens.clone(),
            };
            share(&mut engine, &source).unwrap().to_string()
        };
        melodies.map(text).collect()
    });
    let lengths: Vec<usize> = texts.iter().map(String::len).collect();
    let mean = lengths.iter().sum::<usize>() / lengths.len();
    let longest = lengths.iter().max();
    println!("letters of a text: mean {mean}, longest {longest:?}");
    with_threads(3, || {
        for (text, tokens) in texts.iter().zip(&tokens) {
            let shared: SharedMelody = text.parse().unwrap();
            // None needs to bring its notes along: the model decodes them.
            assert!(matches!(shared.content, SharedContent::Decoded(_)));
            assert_eq!(shared.tokens(&mut engine).unwrap(), *tokens);
        }
    });
}

/// A melody of the tiny model with its share text.
fn tiny_melody() -> (Melody, String) {
    let mut engine = engine(Some(Path::new(TINY)));
    let latent = prior_point(engine.latent_size(), 1, 4);
    let tokens = engine
        .decode(std::slice::from_ref(&latent), &Sampling::Greedy)
        .unwrap();
    let source = ShareSource {
        weights_hash: engine.weights_hash().to_owned(),
        latent,
        sampling: Sampling::Greedy,
        tokens: tokens[0].clone(),
    };
    let text = share(&mut engine, &source).unwrap().to_string();
    (Melody::from_tokens(source.tokens), text)
}

fn notes(path: &Path) -> Vec<(u8, u64, u64)> {
    let song = read_midi_file(path).unwrap();
    let step = u64::from(song.ticks_per_quarter) / 4;
    let notes = song.tracks.iter().flat_map(|track| &track.notes);
    notes
        .map(|note| (note.pitch, note.start / step, note.end / step))
        .collect()
}

fn notes_of(melody: &Melody) -> Vec<(u8, u64, u64)> {
    let notes = melody.notes().iter();
    notes
        .map(|note| (note.pitch, u64::from(note.start), u64::from(note.end)))
        .collect()
}

#[test]
fn decode_writes_the_melody_of_a_share_text() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("shared.mid");
    let out = out.to_str().unwrap();
    let (melody, text) = tiny_melody();
    succeeds(&with_tiny_model(&[
        "decode", "--share", &text, "--out", out,
    ]));
    assert_eq!(notes(Path::new(out)), notes_of(&melody));
    // Nothing is written over, a damaged text and another model are named.
    let refused = fails(
        &with_tiny_model(&["decode", "--share", &text, "--out", out]),
        1,
    );
    assert!(refused.contains("--overwrite"), "{refused}");
    let other = folder.path().join("other.mid");
    let other = other.to_str().unwrap();
    let cut = &text[..text.len() - 3];
    let damaged = fails(
        &with_tiny_model(&["decode", "--share", cut, "--out", other]),
        1,
    );
    assert!(damaged.contains("damaged"), "{damaged}");
    let default_model = [
        "decode", "--share", &text, "--out", other, "--device", "cpu",
    ];
    let wrong_model = fails(&default_model, 1);
    let hash = engine(Some(Path::new(TINY))).weights_hash().to_owned();
    assert!(wrong_model.contains(&hash), "{wrong_model}");
    assert!(!Path::new(other).exists());
    fails(&with_tiny_model(&["decode", "--share", &text]), 2);
}

#[test]
fn explain_says_how_an_exported_file_was_made_and_makes_it_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.mid");
    let (melody, text) = tiny_melody();
    let id = MelodyId::Centre { region: 3 };
    let row = AttributeRow::measure(&melody);
    let mut item = ExportItem::new(
        id,
        id.to_string(),
        Arc::new(melody.clone()),
        &row,
        99,
        "0123456789ab",
        97.0,
    );
    item.text = format!("{}; {text}", item.text);
    let options = MidiWriteOptions {
        tempo_bpm: 97.0,
        ..MidiWriteOptions::default()
    };
    let grouping = ExportGrouping::Piece;
    let files = export_files(&[item.clone(), item], grouping, &path, &options).unwrap();
    std::fs::write(&path, &files[0].bytes).unwrap();
    let file = path.to_str().unwrap();
    let said = succeeds(&["explain", file]);
    assert!(said.contains("seed 99, region 3, centre"), "{said}");
    assert!(
        said.contains("the most likely tokens") && said.contains(&text),
        "{said}"
    );
    let json: serde_json::Value =
        serde_json::from_str(&succeeds(&["explain", file, "--json"])).unwrap();
    assert_eq!(json["melodies"][1]["share"], text);

    let again = folder.path().join("again.mid");
    succeeds(&with_tiny_model(&[
        "explain",
        file,
        "--out",
        again.to_str().unwrap(),
    ]));
    assert_eq!(notes(&again), notes(&path));
    assert_eq!(notes(&again).len(), 2 * melody.notes().len());
    // The file made again can be explained as well, at the same tempo.
    let song = read_midi_file(&again).unwrap();
    assert!((song.tempos[0].1 - 97.0).abs() < 0.01);
    assert!(succeeds(&["explain", again.to_str().unwrap()]).contains(&text));
}

#[test]
fn the_files_of_runs_are_made_again_too() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (run, blend) = (path("run"), path("blend"));
    let sweep = [
        "sweep",
        "--regions",
        "3",
        "--samples",
        "2",
        "--temperature",
        "0.9",
        "--out",
        &run,
    ];
    succeeds(&with_tiny_model(&sweep));
    let ends = [
        "r000_centre",
        "r001_centre",
        "--regions",
        "3",
        "--samples",
        "2",
    ];
    let arguments = [&["blend"], &ends[..], &["--steps", "3", "--out", &blend]].concat();
    succeeds(&with_tiny_model(&arguments));
    for file in [
        path("run/melodies/region_002_sample_01.mid"),
        path("run/centres/region_001.mid"),
        path("blend/melodies/step_01.mid"),
        path("blend/piece.mid"),
    ] {
        let again = format!("{file}.again.mid");
        succeeds(&with_tiny_model(&["explain", &file, "--out", &again]));
        assert_eq!(notes(Path::new(&again)), notes(Path::new(&file)), "{file}");
    }
    let said = succeeds(&["explain", &path("run/centres/region_001.mid")]);
    assert!(said.contains("drawn with temperature 0.9"), "{said}");
}

#[test]
fn a_file_of_another_program_has_no_origin() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.mid");
    let track = tunescape::melody::Track {
        melody: &Melody::from_tokens(Tokens::new(vec![41; 32]).unwrap()),
        name: "Tune".to_owned(),
        text: "by hand".to_owned(),
    };
    let bytes = tunescape::melody::single_track_bytes(&track, &MidiWriteOptions::default());
    std::fs::write(&path, bytes).unwrap();
    let said = fails(&["explain", path.to_str().unwrap()], 1);
    assert!(said.contains("does not say how it was made"), "{said}");
    let said = fails(&["explain", "/nowhere.mid"], 1);
    assert!(said.contains("check the path"), "{said}");
}
