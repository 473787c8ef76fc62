//! The files with the melodies of a study, written in one pass over its parts: `tokens.npy`, and `study.parquet`, a readable table of
//! the samples.

use std::io::{self, Write};
use std::ops::Range;

use super::error::StudyFilesError;
use super::input::StudyInput;
use super::parquet::{
    Column, ParquetTable, ROWS_PER_GROUP, column_names, coordinate_columns, integer_column,
};
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

/// Writes `tokens.npy` and `study.parquet`.
pub(super) fn write_melodies(
    input: &StudyInput,
    out: &OutputFolder,
) -> Result<(), StudyFilesError> {
    // The error of an unreadable part, or of the table, is returned instead of that of the array.
    let mut first_error = None;
    let result = out.write("tokens.npy", |tokens| {
        let table = out.write("study.parquet", |table| {
            write_tokens_and_table(input, tokens, table).map_err(|error| match error {
                PartError::Write(error) => error,
                PartError::Read(error) => {
                    first_error = Some(error);
                    io::Error::other("a part cannot be read")
                }
            })
        });
        table.map_err(|error| {
            first_error.get_or_insert(error.into());
            io::Error::other("study.parquet cannot be written")
        })
    });
    match first_error {
        Some(error) => Err(error),
        None => Ok(result?),
    }
}

fn write_tokens_and_table(
    input: &StudyInput,
    tokens: &mut (dyn Write + Send),
    table: &mut (dyn Write + Send),
) -> Result<(), PartError> {
    let data = &input.data;
    let shape = [data.len() as u64, data.steps as u64];
    let mut array = begin_array::<u8>(tokens, &shape)?;
    let rows = TableRows::new(input);
    let mut table = ParquetTable::begin(
        table,
        &TableRows::column_names(),
        &rows.columns(0..0, Vec::new()),
    )?;
    // The notes of the samples whose rows are not written yet, and the first of these rows.
    let (mut note_texts, mut first_row) = (Vec::new(), 0);
    input.for_each_part(|melodies| -> Result<(), PartError> {
        let ids = |melody: &Melody| melody.tokens().as_slice().to_vec();
        array.extend(melodies.iter().flat_map(ids))?;
        note_texts.extend(melodies.iter().map(notes_text));
        if note_texts.len() >= ROWS_PER_GROUP {
            let end_row = first_row + note_texts.len();
            table.write_rows(rows.columns(first_row..end_row, std::mem::take(&mut note_texts)))?;
            first_row = end_row;
        }
        Ok(())
    })?;
    if !note_texts.is_empty() {
        table.write_rows(rows.columns(first_row..first_row + note_texts.len(), note_texts))?;
    }
    table.finish()?;
    Ok(array.finish()?)
}

/// The rows of `study.parquet`, except for the notes.
struct TableRows<'a> {
    input: &'a StudyInput,
    /// Region of each sample, and its number in the region.
    sample_numbers: Vec<(u32, u32)>,
    /// File names, the same as those of `sweep` with the same settings; `None` for samples of another program.
    file_names: Option<SampleNames>,
}

impl<'a> TableRows<'a> {
    fn new(input: &'a StudyInput) -> Self {
        let data = &input.data;
        let file_names = data
            .config
            .as_ref()
            .map(|config| SampleNames::new(config.regions as usize, config.samples as usize));
        Self {
            input,
            sample_numbers: numbered_samples(data),
            file_names,
        }
    }

    fn column_names() -> Vec<String> {
        let ids = STUDY_ATTRIBUTES
            .iter()
            .map(|attribute| attribute.id.to_owned());
        column_names(
            &["id", "file", "region", "sample", "map_x", "map_y"],
            ids,
            &["note_count", "notes"],
        )
    }

    /// The columns of the samples `rows`, with their notes as text.
    fn columns(&self, rows: Range<usize>, note_texts: Vec<String>) -> Vec<Column> {
        let sample_numbers = &self.sample_numbers[rows.clone()];
        let id = |&(region, sample): &(u32, u32)| MelodyId::Sample { region, sample }.slug();
        let file = |&(region, sample): &(u32, u32)| {
            let names = self.file_names.as_ref();
            names.map(|names| names.sample(region, sample))
        };
        let mut columns = vec![
            Column::Text(sample_numbers.iter().map(id).collect()),
            Column::OptionalText(sample_numbers.iter().map(file).collect()),
            integer_column(sample_numbers.iter().map(|number| number.0)),
            integer_column(sample_numbers.iter().map(|number| number.1)),
        ];
        columns.extend(coordinate_columns(&self.input.positions[rows.clone()]));
        for column in &self.input.data.columns {
            columns.push(Column::OptionalFloat64(column[rows.clone()].to_vec()));
        }
        columns.push(integer_column(
            self.input.note_counts[rows]
                .iter()
                .map(|count| u32::from(*count)),
        ));
        columns.push(Column::Text(note_texts));
        columns
    }
}
