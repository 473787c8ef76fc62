//! Tables as Parquet files, written in groups of rows so that a table never has to be in memory.

use std::io::{self, Write};
use std::ops::Range;
use std::sync::Arc;

use parquet::basic::Compression;
use parquet::data_type::{DoubleType, FloatType, Int32Type};
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::parser::parse_message_type;

/// Rows of a row group.
const ROWS_PER_GROUP: usize = 16_384;

/// The numbers of one column for a range of rows.
pub(super) enum Column {
    /// Whole numbers.
    Int32(Vec<i32>),
    /// Single precision.
    Float32(Vec<f32>),
    /// Double precision.
    Float64(Vec<f64>),
    /// Double precision with gaps.
    OptionalFloat64(Vec<Option<f64>>),
}

impl Column {
    fn parquet_type(&self) -> &'static str {
        match self {
            Self::Int32(_) => "required int32",
            Self::Float32(_) => "required float",
            Self::Float64(_) => "required double",
            Self::OptionalFloat64(_) => "optional double",
        }
    }
}

/// Writes `rows` rows with columns of these names; `columns` gives the numbers of a range of rows, in the order of the names.
pub(super) fn write_parquet(
    out: &mut (dyn Write + Send),
    names: &[String],
    rows: usize,
    columns: impl Fn(Range<usize>) -> Vec<Column>,
) -> io::Result<()> {
    let fields: String = columns(0..0)
        .iter()
        .zip(names)
        .map(|(column, name)| format!("{} {name};", column.parquet_type()))
        .collect();
    let schema = parse_message_type(&format!("message table {{{fields}}}")).map_err(io_error)?;
    let properties = WriterProperties::builder()
        .set_compression(Compression::SNAPPY)
        .set_created_by(concat!("tunescape ", env!("CARGO_PKG_VERSION")).to_owned())
        .build();
    let mut file =
        SerializedFileWriter::new(out, Arc::new(schema), Arc::new(properties)).map_err(io_error)?;
    let mut first = 0;
    while first < rows {
        let last = rows.min(first + ROWS_PER_GROUP);
        let mut group = file.next_row_group().map_err(io_error)?;
        for column in columns(first..last) {
            let mut writer = group
                .next_column()
                .map_err(io_error)?
                .ok_or_else(|| io::Error::other("more columns than names"))?;
            let written = match column {
                Column::Int32(values) => {
                    writer.typed::<Int32Type>().write_batch(&values, None, None)
                }
                Column::Float32(values) => {
                    writer.typed::<FloatType>().write_batch(&values, None, None)
                }
                Column::Float64(values) => writer
                    .typed::<DoubleType>()
                    .write_batch(&values, None, None),
                Column::OptionalFloat64(values) => {
                    let levels: Vec<i16> = values
                        .iter()
                        .map(|value| i16::from(value.is_some()))
                        .collect();
                    let present: Vec<f64> = values.into_iter().flatten().collect();
                    writer
                        .typed::<DoubleType>()
                        .write_batch(&present, Some(&levels), None)
                }
            };
            written.map_err(io_error)?;
            writer.close().map_err(io_error)?;
        }
        group.close().map_err(io_error)?;
        first = last;
    }
    file.close().map_err(io_error)?;
    Ok(())
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
