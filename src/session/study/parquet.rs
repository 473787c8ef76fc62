//! Tables as Parquet files, written in groups of rows so that a table need not fit in memory.

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

/// Number of rows of a row group.
pub(super) const ROWS_PER_GROUP: usize = 16_384;

/// The values of one column for a range of rows.
pub(super) enum Column {
    /// Integers.
    Int32(Vec<i32>),
    /// Single precision.
    Float32(Vec<f32>),
    /// Double precision.
    Float64(Vec<f64>),
    /// Double precision, nullable.
    OptionalFloat64(Vec<Option<f64>>),
    /// Text.
    Text(Vec<String>),
    /// Text, nullable.
    OptionalText(Vec<Option<String>>),
}

impl Column {
    /// Type of the column, and the annotation after its name in a schema.
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
        let to_bytes = |text: String| ByteArray::from(text.into_bytes());
        match self {
            Self::Int32(values) => writer.typed::<Int32Type>().write_batch(&values, None, None),
            Self::Float32(values) => writer.typed::<FloatType>().write_batch(&values, None, None),
            Self::Float64(values) => writer
                .typed::<DoubleType>()
                .write_batch(&values, None, None),
            Self::OptionalFloat64(values) => {
                let (levels, present) = definition_levels(values);
                let writer = writer.typed::<DoubleType>();
                writer.write_batch(&present, Some(&levels), None)
            }
            Self::Text(values) => {
                let values: Vec<ByteArray> = values.into_iter().map(to_bytes).collect();
                writer
                    .typed::<ByteArrayType>()
                    .write_batch(&values, None, None)
            }
            Self::OptionalText(values) => {
                let (levels, present) = definition_levels(values);
                let present: Vec<ByteArray> = present.into_iter().map(to_bytes).collect();
                let writer = writer.typed::<ByteArrayType>();
                writer.write_batch(&present, Some(&levels), None)
            }
        }
    }
}

/// Definition levels of nullable values, and the values that are present.
fn definition_levels<T>(values: Vec<Option<T>>) -> (Vec<i16>, Vec<T>) {
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
    /// Begins a table with columns of these names and the types of `example_columns`, whose values are ignored.
    pub fn begin(
        out: &'a mut (dyn Write + Send),
        column_names: &[String],
        example_columns: &[Column],
    ) -> io::Result<Self> {
        let fields: String = example_columns
            .iter()
            .zip(column_names)
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
        // Latent coordinates are hardly ever equal, so that a dictionary or compression would cost time and save nothing.
        for (_, name) in example_columns
            .iter()
            .zip(column_names)
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

    /// Writes the end of the file.
    pub fn finish(self) -> io::Result<()> {
        self.file.close().map_err(io_error)?;
        Ok(())
    }
}

/// Writes a table of `rows` rows; `columns` returns the columns of a range of rows, in the order of the names.
pub(super) fn write_parquet(
    out: &mut (dyn Write + Send),
    column_names: &[String],
    rows: usize,
    columns: impl Fn(Range<usize>) -> Vec<Column>,
) -> io::Result<()> {
    let mut table = ParquetTable::begin(out, column_names, &columns(0..0))?;
    let mut first_row = 0;
    while first_row < rows {
        let end_row = rows.min(first_row + ROWS_PER_GROUP);
        table.write_rows(columns(first_row..end_row))?;
        first_row = end_row;
    }
    table.finish()
}

/// A column of integers.
pub(super) fn integer_column(values: impl Iterator<Item = u32>) -> Column {
    Column::Int32(
        values
            .map(|x| i32::try_from(x).unwrap_or(i32::MAX))
            .collect(),
    )
}

/// One column for each coordinate of points.
pub(super) fn coordinate_columns(points: &[[f64; 2]]) -> [Column; 2] {
    [0, 1].map(|axis| Column::Float64(points.iter().map(|point| point[axis]).collect()))
}

/// Names of columns: `first`, then `more`, then `last`.
pub(super) fn column_names(
    first: &[&str],
    more: impl Iterator<Item = String>,
    last: &[&str],
) -> Vec<String> {
    let first = first.iter().map(|name| (*name).to_owned());
    let last = last.iter().map(|name| (*name).to_owned());
    first.chain(more).chain(last).collect()
}

/// Converts an error; that of a failed write stays an [`io::Error`], so that a full disk is reported as such.
fn io_error(error: ParquetError) -> io::Error {
    match error {
        ParquetError::External(source) => match source.downcast::<io::Error>() {
            Ok(error) => *error,
            Err(other) => io::Error::other(other),
        },
        other => io::Error::other(other),
    }
}
