//! What blends and paths have in common as files: a row of melodies, its table and arrays, the whole as one piece, and
//! the record of how they were made.

use std::path::Path;

use serde::Serialize;

use super::ExportError;
use super::files::write_atomic;
use super::made_files::{write_all, write_points};
use super::naming::digits;
use super::tables::{COLUMNS, column_values, write_tokens};
use crate::melody::{Melody, MidiWriteOptions, Track, edit_distance, single_track_bytes};
use crate::sweep::Generated;

/// A row of melodies to write.
pub(super) struct Row<'a> {
    pub made: &'a Generated,
    /// Steps of each melody.
    pub steps: usize,
    /// What the files are titled by.
    pub title: &'a str,
    /// Name of the table.
    pub table: &'a str,
    /// All of them in one.
    pub piece: &'a Melody,
    /// What the piece is, to begin its text with.
    pub piece_text: String,
    /// The text that a file carries, from what it is.
    pub text: &'a dyn Fn(String) -> String,
}

impl Row<'_> {
    /// Writes `melodies/step_NN.mid`, `piece.mid`, `latents.npy`, `tokens.npy` and the table. Returns the largest edit
    /// distance from a melody to the next.
    pub(super) fn write(&self, folder: &Path) -> Result<f64, ExportError> {
        let made = &self.made.melodies;
        let width = digits(made.len(), 2);
        let names: Vec<String> = (0..made.len())
            .map(|step| format!("step_{step:0width$}.mid"))
            .collect();
        let titles: Vec<(String, String)> = (0..made.len())
            .map(|step| {
                let title = format!("{}, step {step}", self.title);
                (title, (self.text)(format!("step {step}")))
            })
            .collect();
        let melodies: Vec<&Melody> = made.iter().map(|melody| &*melody.melody).collect();
        write_all(folder, "melodies", "step_", &names, &melodies, &titles)?;
        let track = Track {
            melody: self.piece,
            name: self.title.to_owned(),
            text: (self.text)(self.piece_text.clone()),
        };
        let bytes = single_track_bytes(&track, &MidiWriteOptions::default());
        write_atomic(&folder.join("piece.mid"), true, |out| out.write_all(&bytes))?;
        write_points(&folder.join("latents.npy"), made)?;
        write_atomic(&folder.join("tokens.npy"), true, |out| {
            write_tokens(out, self.steps, melodies.iter().copied())
        })?;
        let to_next = write_steps(&folder.join(self.table), self.made, &names)?;
        Ok(to_next.into_iter().fold(0.0, f64::max))
    }
}

/// `run.json` of melodies that were made.
#[derive(Serialize)]
pub(super) struct Record<'a, F: Serialize> {
    #[serde(flatten)]
    pub program: Program,
    /// `encode`, `blend` or `path`.
    pub kind: &'static str,
    pub weights_hash: &'a str,
    pub device: &'a str,
    pub latent_size: usize,
    pub steps: usize,
    pub melodies: usize,
    /// What they were made from.
    #[serde(flatten)]
    pub from: F,
}

/// What wrote a record.
#[derive(Serialize)]
pub(super) struct Program {
    program: &'static str,
    version: &'static str,
}

impl Default for Program {
    fn default() -> Self {
        Self {
            program: "tunescape",
            version: env!("CARGO_PKG_VERSION"),
        }
    }
}

impl<F: Serialize> Record<'_, F> {
    pub(super) fn write(&self, folder: &Path) -> Result<(), ExportError> {
        write_atomic(&folder.join("run.json"), true, |out| {
            serde_json::to_writer_pretty(&mut *out, self)?;
            out.write_all(b"\n")
        })
    }
}

/// Writes the table of a row of melodies, and returns the edit distances from each to the next.
fn write_steps(path: &Path, made: &Generated, names: &[String]) -> Result<Vec<f64>, ExportError> {
    let to_next: Vec<f64> = made
        .melodies
        .windows(2)
        .map(|pair| edit_distance(&pair[0].melody, &pair[1].melody))
        .collect();
    write_atomic(path, true, |out| {
        let mut table = csv::Writer::from_writer(out);
        let head = [
            "step",
            "share",
            "file",
            "notes",
            "edit_distance_to_previous",
        ];
        table.write_record(head.iter().chain(&COLUMNS))?;
        for (step, melody) in made.melodies.iter().enumerate() {
            let share = made.shares.get(step).copied().unwrap_or(0.0);
            let before = step.checked_sub(1).and_then(|step| to_next.get(step));
            let cell = |value: Option<f64>| value.map(|v| v.to_string()).unwrap_or_default();
            let mut record = vec![
                step.to_string(),
                share.to_string(),
                format!("melodies/{}", names.get(step).map_or("", String::as_str)),
                melody.melody.notes().len().to_string(),
                cell(before.copied()),
            ];
            record.extend(column_values(&melody.attributes).map(cell));
            table.write_record(record)?;
        }
        table.flush()
    })?;
    Ok(to_next)
}
