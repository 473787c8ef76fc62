//! Tables as Parquet files, written in groups of rows so that a table never has to be in memory.

use std::io::{self, Write};
use std::ops::Range;
use std::sync::Arc;

use parquet::basic::Compression;
use parquet::data_type::{ByteArray, ByteArrayType, DoubleType, FloatType, Int32Type};
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::{SerializedColumnWriter, SerializedFileWriter};
use parquet::schema::parser::parse_message_type;
use parquet::schema::types::ColumnPath;

/// Rows of a row group.
pub(super) const ROWS_PER_GROUP: usize = 16_384;

/// The values of one column for a range of rows.
pub(super) enum Column {
    /// Whole numbers.
    Int32(Vec<i32>),
    /// Single precision.
    Float32(Vec<f32>),
    /// Double precision.
    Float64(Vec<f64>),
    /// Double precision with gaps.
    OptionalFloat64(Vec<Option<f64>>),
    /// Text.
    Text(Vec<String>),
    /// Text with gaps.
    OptionalText(Vec<Option<String>>),
}

impl Column {
    /// Type of the column, and the annotation behind its name.
    fn parquet_type(&self) -> (&'static str, &'static str) {
        match self {
            Self::Int32(_) => ("required int32", ""),
            Self::Float32(_) => ("required float", ""),
            Self::Float64(_) => ("required double", ""),
            Self::OptionalFloat64(_) => ("optional double", ""),
            Self::Text(_) => ("required binary", " (UTF8)"),
            Self::OptionalText(_) => ("optional binary", " (UTF8)"),
        }
    }

    fn write(self, writer: &mut SerializedColumnWriter<'_>) -> Result<usize, ParquetError> {
        let bytes = |text: String| ByteArray::from(text.into_bytes());
        match self {
            Self::Int32(values) => writer.typed::<Int32Type>().write_batch(&values, None, None),
            Self::Float32(values) => writer.typed::<FloatType>().write_batch(&values, None, None),
            Self::Float64(values) => writer
                .typed::<DoubleType>()
                .write_batch(&values, None, None),
            Self::OptionalFloat64(values) => {
                let (levels, present) = levels(values);
                let writer = writer.typed::<DoubleType>();
                writer.write_batch(&present, Some(&levels), None)
            }
            Self::Text(values) => {
                let values: Vec<ByteArray> = values.into_iter().map(bytes).collect();
                writer
                    .typed::<ByteArrayType>()
                    .write_batch(&values, None, None)
            }
            Self::OptionalText(values) => {
                let (levels, present) = levels(values);
                let present: Vec<ByteArray> = present.into_iter().map(bytes).collect();
                let writer = writer.typed::<ByteArrayType>();
                writer.write_batch(&present, Some(&levels), None)
            }
        }
    }
}

/// Definition levels of values with gaps, and the values that are there.
fn levels<T>(values: Vec<Option<T>>) -> (Vec<i16>, Vec<T>) {
    let levels = values
        .iter()
        .map(|value| i16::from(value.is_some()))
        .collect();
    (levels, values.into_iter().flatten().collect())
}

/// A table that is being written.
pub(super) struct ParquetTable<'a> {
    file: SerializedFileWriter<&'a mut (dyn Write + Send)>,
}

impl<'a> ParquetTable<'a> {
    /// Begins a table with columns of these names; `types` is a group of rows, whose numbers are not read.
    pub fn begin(
        out: &'a mut (dyn Write + Send),
        names: &[String],
        types: &[Column],
    ) -> io::Result<Self> {
        let fields: String = types
            .iter()
            .zip(names)
            .map(|(column, name)| {
                let (parquet_type, annotation) = column.parquet_type();
                format!("{parquet_type} {name}{annotation};")
            })
            .collect();
        let schema =
            parse_message_type(&format!("message table {{{fields}}}")).map_err(io_error)?;
        let mut properties = WriterProperties::builder()
            .set_compression(Compression::SNAPPY)
            .set_created_by(concat!("tunescape ", env!("CARGO_PKG_VERSION")).to_owned());
        // Latent points: hardly two are equal, so that a dictionary or compression costs time and saves nothing.
        for (_, name) in types
            .iter()
            .zip(names)
            .filter(|(column, _)| matches!(column, Column::Float32(_)))
        {
            let path = ColumnPath::from(name.as_str());
            properties = properties
                .set_column_dictionary_enabled(path.clone(), false)
                .set_column_compression(path, Compression::UNCOMPRESSED);
        }
        let properties = Arc::new(properties.build());
        let file =
            SerializedFileWriter::new(out, Arc::new(schema), properties).map_err(io_error)?;
        Ok(Self { file })
    }

    /// Writes a group of rows.
    pub fn write_rows(&mut self, columns: Vec<Column>) -> io::Result<()> {
        let mut group = self.file.next_row_group().map_err(io_error)?;
        for column in columns {
            let mut writer = group
                .next_column()
                .map_err(io_error)?
                .ok_or_else(|| io::Error::other("more columns than names"))?;
            column.write(&mut writer).map_err(io_error)?;
            writer.close().map_err(io_error)?;
        }
        group.close().map_err(io_error)?;
        Ok(())
    }

    /// Ends the file.
    pub fn finish(self) -> io::Result<()> {
        self.file.close().map_err(io_error)?;
        Ok(())
    }
}

/// Writes `rows` rows with columns of these names; `columns` gives the numbers of a range of rows, in the order of the names.
pub(super) fn write_parquet(
    out: &mut (dyn Write + Send),
    names: &[String],
    rows: usize,
    columns: impl Fn(Range<usize>) -> Vec<Column>,
) -> io::Result<()> {
    let mut table = ParquetTable::begin(out, names, &columns(0..0))?;
    let mut first = 0;
    while first < rows {
        let last = rows.min(first + ROWS_PER_GROUP);
        table.write_rows(columns(first..last))?;
        first = last;
    }
    table.finish()
}

/// A column of whole numbers.
pub(super) fn whole(values: impl Iterator<Item = u32>) -> Column {
    Column::Int32(
        values
            .map(|x| i32::try_from(x).unwrap_or(i32::MAX))
            .collect(),
    )
}

/// A column for each coordinate of points.
pub(super) fn coordinates(points: &[[f64; 2]]) -> [Column; 2] {
    [0, 1].map(|axis| Column::Float64(points.iter().map(|point| point[axis]).collect()))
}

/// Names of columns: `first`, then `more`, then `last`.
pub(super) fn names(
    first: &[&str],
    more: impl Iterator<Item = String>,
    last: &[&str],
) -> Vec<String> {
    let first = first.iter().map(|name| (*name).to_owned());
    let last = last.iter().map(|name| (*name).to_owned());
    first.chain(more).chain(last).collect()
}

/// A failed write keeps its own error, so that a full disk is called one.
fn io_error(error: ParquetError) -> io::Error {
    match error {
        ParquetError::External(source) => match source.downcast::<io::Error>() {
            Ok(error) => *error,
            Err(other) => io::Error::other(other),
        },
        other => io::Error::other(other),
    }
}
