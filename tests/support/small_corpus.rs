//! A folder of a few MIDI files to train on.

use std::path::Path;

use tunescape::melody::{
    Melody, MidiWriteOptions, Note, Track, TrainingWindowOptions, single_track_bytes,
};
use tunescape::model::MusicVaeConfig;
use tunescape::training::{Corpus, Split, TrainingConfig};

/// Two bars of equal notes, `length` steps each, going up or down in whole tones from the pitch `start`.
pub fn tune(start: u8, up: bool, length: u32) -> Melody {
    let notes: Vec<Note> = (0..32 / length)
        .map(|k| {
            let pitch = if up {
                start + 2 * k as u8
            } else {
                start - 2 * k as u8
            };
            Note {
                pitch,
                start: k * length,
                end: (k + 1) * length,
            }
        })
        .collect();
    Melody::from_notes(&notes, 32).unwrap()
}

/// Writes four melodies, a broken file and a table of splits.
pub fn write_corpus(folder: &Path) {
    let tunes = [
        ("a/up.mid", tune(60, true, 4)),
        ("a/down.mid", tune(72, false, 4)),
        ("b/fast.mid", tune(55, true, 2)),
        ("b/slow.mid", tune(70, false, 8)),
    ];
    for (name, melody) in &tunes {
        let path = folder.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        let track = Track {
            melody,
            name: (*name).to_owned(),
            text: String::new(),
        };
        std::fs::write(
            path,
            single_track_bytes(&track, &MidiWriteOptions::default()),
        )
        .unwrap();
    }
    std::fs::write(folder.join("b/broken.mid"), b"not a MIDI file").unwrap();
    let table = "path,split\na/up.mid,train\na/down.mid,train\nb/fast.mid,train\nb/slow.mid,test\n";
    std::fs::write(folder.join("split.csv"), table).unwrap();
}

/// Reads a split of such a folder.
pub fn corpus(folder: &Path, split: &str) -> Corpus {
    let split = Split::Named {
        table: folder.join("split.csv"),
        name: split.to_owned(),
    };
    Corpus::read(folder, &split, &TrainingWindowOptions::default()).unwrap()
}

/// Settings of a run over `examples` examples with a model that is quick to train.
pub fn small_config(examples: u64) -> TrainingConfig {
    TrainingConfig {
        model: MusicVaeConfig {
            latent_size: 4,
            encoder_layers: vec![12],
            decoder_layers: vec![16, 16],
            ..MusicVaeConfig::default()
        },
        examples,
        batch: 8,
        learning_rate: 1e-2,
        warm_up_steps: 5,
        transpose_semitones: 0,
        ..TrainingConfig::default()
    }
}
