//! The files with the melodies of a study, written in one pass over its parts: `tokens.npy`, and `study.parquet`, which has all
//! of a sample that a person looks at.

use std::io::{self, Write};
use std::ops::Range;

use super::error::StudyFilesError;
use super::input::StudyInput;
use super::parquet::{Column, ParquetTable, ROWS_PER_GROUP, coordinates, names, whole};
use super::tables::numbered_samples;
use crate::attributes::STUDY_ATTRIBUTES;
use crate::melody::{Melody, notes_text};
use crate::session::naming::SampleNames;
use crate::session::output_folder::OutputFolder;
use crate::session::tables::begin_array;
use crate::sweep::MelodyId;

/// Error of copying the melodies of a part.
enum PartError {
    Read(StudyFilesError),
    Write(io::Error),
}

impl From<StudyFilesError> for PartError {
    fn from(error: StudyFilesError) -> Self {
        Self::Read(error)
    }
}

impl From<io::Error> for PartError {
    fn from(error: io::Error) -> Self {
        Self::Write(error)
    }
}

/// Writes the melodies.
pub(super) fn write_melodies(
    input: &StudyInput,
    out: &OutputFolder,
) -> Result<(), StudyFilesError> {
    // The error of an unreadable part, or of the table, is returned instead of that of the array.
    let mut failed = None;
    let written = out.write("tokens.npy", |tokens| {
        let table = out.write("study.parquet", |table| {
            write_both(input, tokens, table).map_err(|error| match error {
                PartError::Write(error) => error,
                PartError::Read(error) => {
                    failed = Some(error);
                    io::Error::other("a part cannot be read")
                }
            })
        });
        table.map_err(|error| {
            failed.get_or_insert(error.into());
            io::Error::other("study.parquet cannot be written")
        })
    });
    match failed {
        Some(error) => Err(error),
        None => Ok(written?),
    }
}

fn write_both(
    input: &StudyInput,
    tokens: &mut (dyn Write + Send),
    table: &mut (dyn Write + Send),
) -> Result<(), PartError> {
    let data = &input.data;
    let shape = [data.len() as u64, data.steps as u64];
    let mut array = begin_array::<u8>(tokens, &shape)?;
    let rows = Rows::new(input);
    let mut table = ParquetTable::begin(table, &Rows::names(), &rows.columns(0..0, Vec::new()))?;
    // The notes of samples whose rows are not written yet, and the first of these.
    let (mut notes, mut first) = (Vec::new(), 0);
    input.for_each_part(|melodies| -> Result<(), PartError> {
        let ids = |melody: &Melody| melody.tokens().as_slice().to_vec();
        array.extend(melodies.iter().flat_map(ids))?;
        notes.extend(melodies.iter().map(notes_text));
        if notes.len() >= ROWS_PER_GROUP {
            let last = first + notes.len();
            table.write_rows(rows.columns(first..last, std::mem::take(&mut notes)))?;
            first = last;
        }
        Ok(())
    })?;
    if !notes.is_empty() {
        table.write_rows(rows.columns(first..first + notes.len(), notes))?;
    }
    table.finish()?;
    Ok(array.finish()?)
}

/// The rows of `study.parquet`, but for the notes.
struct Rows<'a> {
    input: &'a StudyInput,
    /// Region and number of each sample.
    numbers: Vec<(u32, u32)>,
    /// File names, as `sweep` with the same settings gives them; `None` for samples of another program.
    files: Option<SampleNames>,
}

impl<'a> Rows<'a> {
    fn new(input: &'a StudyInput) -> Self {
        let data = &input.data;
        let files = data
            .config
            .as_ref()
            .map(|config| SampleNames::new(config.regions as usize, config.samples as usize));
        Self {
            input,
            numbers: numbered_samples(data),
            files,
        }
    }

    fn names() -> Vec<String> {
        let ids = STUDY_ATTRIBUTES
            .iter()
            .map(|attribute| attribute.id.to_owned());
        names(
            &["id", "file", "region", "sample", "map_x", "map_y"],
            ids,
            &["note_count", "notes"],
        )
    }

    /// The columns of some samples with these notes.
    fn columns(&self, rows: Range<usize>, notes: Vec<String>) -> Vec<Column> {
        let here = &self.numbers[rows.clone()];
        let id = |&(region, sample): &(u32, u32)| MelodyId::Sample { region, sample }.slug();
        let file = |&(region, sample): &(u32, u32)| {
            let files = self.files.as_ref();
            files.map(|files| files.sample(region, sample))
        };
        let mut columns = vec![
            Column::Text(here.iter().map(id).collect()),
            Column::OptionalText(here.iter().map(file).collect()),
            whole(here.iter().map(|number| number.0)),
            whole(here.iter().map(|number| number.1)),
        ];
        columns.extend(coordinates(&self.input.positions[rows.clone()]));
        for column in &self.input.data.columns {
            columns.push(Column::OptionalFloat64(column[rows.clone()].to_vec()));
        }
        columns.push(whole(
            self.input.notes[rows].iter().map(|count| u32::from(*count)),
        ));
        columns.push(Column::Text(notes));
        columns
    }
}
