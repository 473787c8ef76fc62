//! Tables and arrays of runs: `samples.csv`, `regions.csv` and NumPy files.

use std::io::{self, Write};

use npyz::{NpyWriter, WriterBuilder as _};

use crate::attributes::{ATTRIBUTES, AttributeRow, attribute_index};
use crate::melody::Melody;
use crate::sweep::MelodyEntry;

/// Ids of the attributes whose columns come first, in order. Scripts may rely on the positions of columns, so the other attributes
/// come after all other columns.
const LEADING_ATTRIBUTES: [&str; 4] = [
    "note_density",
    "pitch_range",
    "contour",
    "rhythmic_complexity",
];

/// A value for each attribute that has a column.
pub(super) struct ColumnValues {
    /// Values of [`LEADING_ATTRIBUTES`].
    pub(super) leading: Vec<Option<f64>>,
    /// Values of all other attributes.
    pub(super) trailing: Vec<Option<f64>>,
}

impl ColumnValues {
    /// Creates the values from a function of the index in the attribute table.
    pub(super) fn new(value: impl Fn(usize) -> Option<f64>) -> Self {
        let values = |ids: &[&str]| {
            let indices = ids.iter().map(|id| attribute_index(id));
            indices.map(|index| value(index?)).collect()
        };
        Self {
            leading: values(&LEADING_ATTRIBUTES),
            trailing: values(&trailing_attributes()),
        }
    }

    /// The values of a melody; none for an empty one.
    pub(super) fn from_row(row: &AttributeRow) -> Self {
        Self::new(|index| row.value(index))
    }
}

/// Ids of the attributes whose columns come last: all except [`LEADING_ATTRIBUTES`], in the order of the table.
fn trailing_attributes() -> Vec<&'static str> {
    let ids = ATTRIBUTES.iter().map(|attribute| attribute.id);
    ids.filter(|id| !LEADING_ATTRIBUTES.contains(id)).collect()
}

/// Column names of a table with attributes: `first_columns` (separated by commas), the leading attributes, `middle_columns`, the
/// trailing attributes.
pub(super) fn header(first_columns: &str, middle_columns: &[&'static str]) -> Vec<String> {
    let first_columns = first_columns.split(',');
    let columns = first_columns
        .chain(LEADING_ATTRIBUTES)
        .chain(middle_columns.iter().copied());
    let columns = columns.map(str::to_owned);
    columns
        .chain(trailing_attributes().into_iter().map(str::to_owned))
        .collect()
}

/// One row of `samples.csv`.
pub(super) struct SampleRow<'a> {
    pub(super) region: u32,
    pub(super) sample: u32,
    /// Path of its MIDI file in the folder of the run.
    pub(super) file: String,
    pub(super) melody: &'a Melody,
    pub(super) attributes: &'a AttributeRow,
    pub(super) position: [f64; 2],
}

impl<'a> SampleRow<'a> {
    pub(super) fn new(region: u32, sample: u32, file: String, entry: &'a MelodyEntry) -> Self {
        Self {
            region,
            sample,
            file,
            melody: &entry.melody,
            attributes: &entry.attributes,
            position: entry.position,
        }
    }

    /// Name of the melody's file in its folder.
    pub(super) fn file_name(&self) -> String {
        self.file.rsplit('/').next().unwrap_or_default().to_owned()
    }
}

/// One row of `regions.csv`.
pub(super) struct RegionRow {
    pub(super) region: u32,
    pub(super) samples: usize,
    pub(super) empty: usize,
    pub(super) distinct: usize,
    /// Means over the samples that are not empty.
    pub(super) means: ColumnValues,
    pub(super) position: [f64; 2],
}

/// Names of the columns of the position on the map.
const POSITION_COLUMNS: [&str; 2] = ["map_x", "map_y"];

/// Writes `samples.csv`.
pub(super) fn write_samples(out: &mut dyn Write, rows: &[SampleRow<'_>]) -> io::Result<()> {
    let mut table = csv::Writer::from_writer(out);
    table.write_record(header("region,sample,file,empty,notes", &POSITION_COLUMNS))?;
    for row in rows {
        let values = ColumnValues::from_row(row.attributes);
        let mut record = vec![
            row.region.to_string(),
            row.sample.to_string(),
            row.file.clone(),
            row.melody.is_empty().to_string(),
            row.melody.notes().len().to_string(),
        ];
        record.extend(values.leading.into_iter().map(cell));
        record.extend(row.position.map(|x| x.to_string()));
        record.extend(values.trailing.into_iter().map(cell));
        table.write_record(record)?;
    }
    table.flush()
}

/// Writes `regions.csv`.
pub(super) fn write_regions(out: &mut dyn Write, rows: &[RegionRow]) -> io::Result<()> {
    let mut table = csv::Writer::from_writer(out);
    table.write_record(header("region,samples,empty,distinct", &POSITION_COLUMNS))?;
    for row in rows {
        let mut record: Vec<String> = vec![row.region.to_string()];
        record.extend([row.samples, row.empty, row.distinct].map(|count| count.to_string()));
        record.extend(row.means.leading.iter().copied().map(cell));
        record.extend(row.position.map(|x| x.to_string()));
        record.extend(row.means.trailing.iter().copied().map(cell));
        table.write_record(record)?;
    }
    table.flush()
}

/// The shortest decimal that parses to the same number; blank for `None`.
pub(super) fn cell(value: Option<f64>) -> String {
    value.map(|value| value.to_string()).unwrap_or_default()
}

/// Begins a NumPy array of this shape.
pub(super) fn begin_array<'a, T: npyz::AutoSerialize>(
    out: &'a mut dyn Write,
    shape: &[u64],
) -> io::Result<NpyWriter<T, &'a mut dyn Write>> {
    let options = npyz::WriteOptions::<T>::new().default_dtype();
    options.shape(shape).writer(out).begin_nd()
}
