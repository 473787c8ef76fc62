//! A sequence of melodies as files, for blends and paths: the melodies, their table and arrays, and all in one piece.

use super::error::ExportError;
use super::naming::digits;
use super::output_folder::OutputFolder;
use super::share::{ShareError, SharedMelody, share_with_notes, text_with_shares};
use super::tables::{ColumnValues, cell, header};
use crate::melody::{Melody, Track, edit_distance};
use crate::sweep::{Generated, GeneratedMelody};

/// A sequence of melodies to write.
pub(super) struct Sequence<'a> {
    pub generated: &'a Generated,
    /// Steps of each melody.
    pub steps: usize,
    /// Title of the MIDI files.
    pub title: &'a str,
    /// First 12 hex digits of the SHA-256 of the weights.
    pub weights_hash: &'a str,
    /// File name of the table.
    pub table_file: &'a str,
    /// All melodies joined into one.
    pub piece: &'a Melody,
    /// Description of the piece, at the beginning of its text.
    pub piece_description: String,
    /// Returns the text event of a file with this description.
    pub file_text: &'a dyn Fn(String) -> String,
}

impl Sequence<'_> {
    fn share(&self, melody: &GeneratedMelody) -> Result<SharedMelody, ShareError> {
        let tokens = melody.melody.tokens();
        share_with_notes(self.weights_hash, &melody.latent, tokens)
    }

    /// Writes `melodies/step_NN.mid`, `piece.mid`, `latents.npy`, `tokens.npy` and the table. Returns the largest edit
    /// distance between consecutive melodies.
    pub(super) fn write(&self, out: &OutputFolder) -> Result<f64, ExportError> {
        let melodies = &self.generated.melodies;
        let width = digits(melodies.len(), 2);
        let name = |step: usize| format!("step_{step:0width$}.mid");
        let tracks = melodies.iter().enumerate().map(|(step, melody)| {
            let track = Track {
                melody: &melody.melody,
                name: format!("{}, step {step}", self.title),
                text: text_with_shares(
                    &(self.file_text)(format!("step {step}")),
                    [self.share(melody)],
                ),
            };
            (name(step), track)
        });
        out.write_melodies("melodies", &["step_"], tracks)?;
        let piece = Track {
            melody: self.piece,
            name: self.title.to_owned(),
            text: text_with_shares(
                &(self.file_text)(self.piece_description.clone()),
                melodies.iter().map(|melody| self.share(melody)),
            ),
        };
        out.write_midi("piece.mid", &piece)?;
        let points = melodies.iter().map(|melody| melody.latent.clone());
        let latent_size = self.generated.latent_size();
        out.write_latents("latents.npy", melodies.len(), latent_size, points)?;
        let tokens = melodies.iter().map(|melody| &*melody.melody);
        out.write_tokens("tokens.npy", self.steps, tokens)?;
        let pairs = melodies.windows(2);
        let changes: Vec<f64> = pairs
            .map(|pair| edit_distance(&pair[0].melody, &pair[1].melody))
            .collect();
        out.write(self.table_file, |out| {
            let mut table = csv::Writer::from_writer(out);
            let columns = "step,share,file,notes,edit_distance_to_previous";
            table.write_record(header(columns, &[]))?;
            for (step, melody) in melodies.iter().enumerate() {
                let fraction = self.generated.fractions.get(step).copied().unwrap_or(0.0);
                let change = step
                    .checked_sub(1)
                    .and_then(|previous| changes.get(previous));
                let mut record = vec![
                    step.to_string(),
                    fraction.to_string(),
                    format!("melodies/{}", name(step)),
                    melody.melody.notes().len().to_string(),
                    cell(change.copied()),
                ];
                let values = ColumnValues::from_row(&melody.attributes);
                record.extend(values.leading.into_iter().chain(values.trailing).map(cell));
                table.write_record(record)?;
            }
            table.flush()
        })?;
        Ok(changes.into_iter().fold(0.0, f64::max))
    }
}
