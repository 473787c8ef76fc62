//! A melody with its names and a text about its origin.

use std::sync::Arc;

use crate::attributes::AttributeRow;
use crate::melody::{Melody, MidiWriteOptions, Track};
use crate::session::naming::{melody_file_stem, provenance};
use crate::sweep::MelodyId;

/// A melody to export.
#[derive(Clone, Debug)]
pub struct ExportItem {
    /// The melody.
    pub melody: Arc<Melody>,
    /// Name of its track.
    pub name: String,
    /// Its text event: the origin of the melody.
    pub text: String,
    /// Name of its file, without the extension.
    pub stem: String,
}

impl ExportItem {
    /// Creates an item for the melody `id`. `attributes` are those of `melody`; `seed` and `weights_hash` (first 12 hex digits of
    /// the SHA-256) are those of its sweep.
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
            text: text_with_performance(&self.text, options),
        }
    }
}

/// `text` followed by the feel that the notes are played with, unless it is plain, and the chords under them.
pub(super) fn text_with_performance(text: &str, options: &MidiWriteOptions) -> String {
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
