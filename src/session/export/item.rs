//! A melody with its names and the text that says where it comes from.

use std::sync::Arc;

use crate::attributes::AttributeRow;
use crate::melody::{Melody, MidiWriteOptions, Track};
use crate::session::naming::{melody_file_stem, provenance};
use crate::sweep::MelodyId;

/// A melody to export.
#[derive(Clone, Debug)]
pub struct ExportItem {
    /// The melody, as heard.
    pub melody: Arc<Melody>,
    /// Name of its track.
    pub name: String,
    /// Its text event: where it comes from.
    pub text: String,
    /// Name of its file, without the ending.
    pub stem: String,
}

impl ExportItem {
    /// A melody of a sweep or made later, called `name`; `attributes` are those of `melody`, `seed` and `weights_hash`
    /// (first 12 hex digits of the SHA-256) those of its sweep.
    #[must_use]
    pub fn new(
        id: MelodyId,
        name: String,
        melody: Arc<Melody>,
        attributes: &AttributeRow,
        seed: u64,
        weights_hash: &str,
        tempo_bpm: f64,
    ) -> Self {
        Self {
            melody,
            name,
            text: provenance(id, seed, weights_hash),
            stem: melody_file_stem(id, attributes, tempo_bpm),
        }
    }

    pub(super) fn track(&self, options: &MidiWriteOptions) -> Track<'_> {
        Track {
            melody: &self.melody,
            name: self.name.clone(),
            text: played_text(&self.text, options),
        }
    }
}

/// `text`, how the notes are played unless they are as written, and the chords under them.
pub(super) fn played_text(text: &str, options: &MidiWriteOptions) -> String {
    let mut text = text.to_owned();
    if !options.feel.is_plain() {
        text = format!("{text}; played with {}", options.feel);
    }
    if let Some(backing) = &options.chords {
        let progression = backing.progression.transposed(options.feel.transpose);
        text = format!("{text}; over the chords {progression}");
    }
    text
}
