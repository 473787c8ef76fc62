//! NumPy files read and written row by row, so that they are never all in memory.

use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read as _, Seek as _};
use std::path::{Path, PathBuf};

use npyz::{AutoSerialize, DType, NpyFile, NpyWriter, Order, TypeChar, WriterBuilder as _};

use super::error::CliError;
use crate::files::AtomicFile;
use crate::melody::Tokens;

/// Maximum number of bytes of a header; NumPy writes about a hundred.
const MAX_HEADER_BYTES: usize = 1 << 16;

/// Iterator over the numbers of a file.
type NumberIter<T> = Box<dyn Iterator<Item = io::Result<T>>>;

/// An array file `[rows, width]` with a valid header.
struct ArrayHeader {
    path: PathBuf,
    rows: u64,
    file: NpyFile<BufReader<File>>,
}

impl ArrayHeader {
    /// Opens a file and checks its header; `row_noun` says in an error what its rows are.
    fn open(path: &Path, width: usize, row_noun: &str) -> Result<Self, CliError> {
        let read_error = |source| CliError::file(path, source);
        let invalid = |reason: String| CliError::array(path, reason);
        let mut reader = BufReader::new(File::open(path).map_err(read_error)?);
        let mut prefix = Vec::new();
        (&mut reader)
            .take(12)
            .read_to_end(&mut prefix)
            .map_err(read_error)?;
        let (header_start, header_length) = match prefix[..] {
            [0x93, b'N', b'U', b'M', b'P', b'Y', 1, _, low, high, ..] => {
                (10, usize::from(u16::from_le_bytes([low, high])))
            }
            [0x93, b'N', b'U', b'M', b'P', b'Y', 2 | 3, _, a, b, c, d] => {
                (12, u32::from_le_bytes([a, b, c, d]) as usize)
            }
            _ => return Err(invalid("it is no NPY file".to_owned())),
        };
        if header_length > MAX_HEADER_BYTES {
            return Err(invalid(format!(
                "its header would have {header_length} bytes"
            )));
        }
        reader.rewind().map_err(read_error)?;
        let length = reader.get_ref().metadata().map_err(read_error)?.len();
        let file = NpyFile::new(reader).map_err(|error| invalid(error.to_string()))?;
        let &[rows, columns] = file.shape() else {
            return Err(invalid(format!(
                "its shape is {:?}, wanted is [{row_noun}, {width}]",
                file.shape()
            )));
        };
        if columns != width as u64 {
            return Err(invalid(format!(
                "its rows have {columns} numbers, this model wants {width}"
            )));
        }
        if file.order() == Order::Fortran && rows > 1 {
            return Err(invalid(
                "it is stored column by column; save numpy.ascontiguousarray of it".to_owned(),
            ));
        }
        let bytes = file.dtype().num_bytes().unwrap_or(0) as u64;
        let available = length.saturating_sub((header_start + header_length) as u64);
        let needed = rows.checked_mul(columns * bytes);
        if needed.is_none_or(|needed| needed > available) {
            return Err(invalid("it is cut short".to_owned()));
        }
        Ok(Self {
            path: path.to_owned(),
            rows,
            file,
        })
    }

    /// The type of its numbers and their size in bytes, such as `f`, 4.
    fn format(&self) -> Option<(TypeChar, u64)> {
        match self.file.dtype() {
            DType::Plain(kind) => Some((kind.type_char(), kind.size_field())),
            _ => None,
        }
    }

    /// The numbers of a file of this format.
    fn numbers<T: npyz::Deserialize + 'static>(self) -> Result<NumberIter<T>, CliError> {
        let data = self
            .file
            .data::<T>()
            .map_err(|error| CliError::array(&self.path, error.to_string()))?;
        Ok(Box::new(data))
    }
}

/// Reads the rows of an array in order.
pub(super) struct RowReader<T> {
    path: PathBuf,
    rows: u64,
    width: usize,
    numbers: NumberIter<T>,
    /// Rows that [`RowReader::next_tokens`] has returned so far.
    rows_read: usize,
}

impl<T> RowReader<T> {
    fn new(path: &Path, rows: u64, width: usize, numbers: NumberIter<T>) -> Self {
        Self {
            path: path.to_owned(),
            rows,
            width,
            numbers,
            rows_read: 0,
        }
    }

    /// Number of all rows.
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// The next rows, at most `max_rows`; empty at the end.
    pub fn next(&mut self, max_rows: usize) -> Result<Vec<Vec<T>>, CliError> {
        let mut rows = Vec::new();
        while rows.len() < max_rows {
            let row: Vec<T> = self
                .numbers
                .by_ref()
                .take(self.width)
                .collect::<io::Result<_>>()
                .map_err(|source| CliError::file(&self.path, source))?;
            if row.len() < self.width {
                break;
            }
            rows.push(row);
        }
        Ok(rows)
    }
}

impl RowReader<f32> {
    /// Opens an array `[rows, width]` of 32- or 64-bit floats.
    pub fn floats(path: &Path, width: usize) -> Result<Self, CliError> {
        let file = ArrayHeader::open(path, width, "points")?;
        let rows = file.rows;
        let numbers: NumberIter<f32> = match file.format() {
            Some((TypeChar::Float, 4)) => file.numbers::<f32>()?,
            Some((TypeChar::Float, 8)) => {
                Box::new(file.numbers::<f64>()?.map(|x| x.map(|x| x as f32)))
            }
            _ => {
                let reason = "its numbers are no floats of 32 or 64 bits".to_owned();
                return Err(CliError::array(path, reason));
            }
        };
        Ok(Self::new(path, rows, width, numbers))
    }
}

impl RowReader<i64> {
    /// Opens an array `[rows, steps]` of integers of any width.
    pub fn tokens(path: &Path, steps: usize) -> Result<Self, CliError> {
        /// The numbers of an integer type, converted to `i64`.
        fn as_i64<T: npyz::Deserialize + Into<i64> + 'static>(
            file: ArrayHeader,
        ) -> Result<NumberIter<i64>, CliError> {
            Ok(Box::new(file.numbers::<T>()?.map(|x| x.map(Into::into))))
        }
        let file = ArrayHeader::open(path, steps, "melodies")?;
        let rows = file.rows;
        let numbers = match file.format() {
            Some((TypeChar::Uint, 1)) => as_i64::<u8>(file)?,
            Some((TypeChar::Uint, 2)) => as_i64::<u16>(file)?,
            Some((TypeChar::Uint, 4)) => as_i64::<u32>(file)?,
            Some((TypeChar::Uint, 8)) => {
                let clamped = |x: u64| i64::try_from(x).unwrap_or(i64::MAX);
                Box::new(file.numbers::<u64>()?.map(move |x| x.map(clamped)))
            }
            Some((TypeChar::Int, 1)) => as_i64::<i8>(file)?,
            Some((TypeChar::Int, 2)) => as_i64::<i16>(file)?,
            Some((TypeChar::Int, 4)) => as_i64::<i32>(file)?,
            Some((TypeChar::Int, 8)) => as_i64::<i64>(file)?,
            _ => {
                let reason = "its numbers are no integers".to_owned();
                return Err(CliError::array(path, reason));
            }
        };
        Ok(Self::new(path, rows, steps, numbers))
    }

    /// The next melodies, at most `max_rows`; empty at the end.
    pub fn next_tokens(&mut self, max_rows: usize) -> Result<Vec<Tokens>, CliError> {
        let rows = self.next(max_rows)?;
        let first_row = self.rows_read;
        self.rows_read += rows.len();
        let tokens = |(row, number): (Vec<i64>, usize)| {
            // A number that does not fit into a byte becomes the largest byte, which is not a token.
            let ids = row.iter().map(|id| u8::try_from(*id).unwrap_or(u8::MAX));
            Tokens::new(ids.collect())
                .map_err(|error| CliError::array(&self.path, format!("in row {number}, {error}")))
        };
        rows.into_iter().zip(first_row..).map(tokens).collect()
    }
}

/// A new array file, written atomically.
pub(super) struct ArrayFile<T: AutoSerialize> {
    path: PathBuf,
    file: AtomicFile,
    writer: NpyWriter<T, BufWriter<File>>,
}

impl<T: AutoSerialize> ArrayFile<T> {
    /// Begins an array of this shape.
    pub fn create(path: &Path, shape: &[u64]) -> Result<Self, CliError> {
        let write_error = |source| CliError::file(path, source);
        let file = AtomicFile::create(path).map_err(write_error)?;
        let writer = npyz::WriteOptions::<T>::new()
            .default_dtype()
            .shape(shape)
            .writer(BufWriter::new(
                file.as_file().try_clone().map_err(write_error)?,
            ))
            .begin_nd()
            .map_err(write_error)?;
        Ok(Self {
            path: path.to_owned(),
            file,
            writer,
        })
    }

    /// Adds numbers in the order of the array.
    pub fn extend(&mut self, numbers: impl IntoIterator<Item = T>) -> Result<(), CliError> {
        let written = self.writer.extend(numbers);
        written.map_err(|source| CliError::file(&self.path, source))
    }

    /// Completes the file and moves it to its path.
    pub fn finish(self, overwrite: bool) -> Result<(), CliError> {
        let path = self.path;
        let write_error = |source| CliError::file(&path, source);
        self.writer.finish().map_err(write_error)?;
        self.file.persist(overwrite).map_err(write_error)
    }
}
