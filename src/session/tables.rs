//! Tables and arrays of runs: `samples.csv`, `regions.csv` and NumPy files.

use std::io::{self, Write};

use npyz::{NpyWriter, WriterBuilder as _};

use crate::attributes::{AttributeRow, attribute_index};
use crate::melody::Melody;
use crate::sweep::MelodyEntry;

/// Ids of the attributes that have a column, in the order of the columns.
pub(super) const COLUMNS: [&str; 4] = [
    "note_density",
    "pitch_range",
    "contour",
    "rhythmic_complexity",
];

/// One row of `samples.csv`.
pub(super) struct SampleRow<'a> {
    pub(super) region: u32,
    pub(super) sample: u32,
    /// Path of its file in the run.
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
    /// Means of the [`COLUMNS`] over the samples that are not empty.
    pub(super) means: [Option<f64>; COLUMNS.len()],
    pub(super) position: [f64; 2],
}

/// The values of the [`COLUMNS`]; none for an empty melody.
pub(super) fn column_values(attributes: &AttributeRow) -> [Option<f64>; COLUMNS.len()] {
    COLUMNS.map(|id| attribute_index(id).and_then(|index| attributes.value(index)))
}

pub(super) fn write_samples(out: &mut dyn Write, rows: &[SampleRow<'_>]) -> io::Result<()> {
    let mut table = csv::Writer::from_writer(out);
    let head = ["region", "sample", "file", "empty", "notes"];
    table.write_record(head.iter().chain(&COLUMNS).chain(&["map_x", "map_y"]))?;
    for row in rows {
        let mut record = vec![
            row.region.to_string(),
            row.sample.to_string(),
            row.file.clone(),
            row.melody.is_empty().to_string(),
            row.melody.notes().len().to_string(),
        ];
        record.extend(column_values(row.attributes).map(cell));
        record.extend(row.position.map(|x| x.to_string()));
        table.write_record(record)?;
    }
    table.flush()
}

pub(super) fn write_regions(out: &mut dyn Write, rows: &[RegionRow]) -> io::Result<()> {
    let mut table = csv::Writer::from_writer(out);
    let head = ["region", "samples", "empty", "distinct"];
    table.write_record(head.iter().chain(&COLUMNS).chain(&["map_x", "map_y"]))?;
    for row in rows {
        let mut record: Vec<String> = vec![row.region.to_string()];
        record.extend([row.samples, row.empty, row.distinct].map(|count| count.to_string()));
        record.extend(row.means.map(cell));
        record.extend(row.position.map(|x| x.to_string()));
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
