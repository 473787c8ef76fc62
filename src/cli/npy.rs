//! NPY files row by row: what scripts hand in and get back. Nothing is held but the rows at work.

use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read as _, Seek as _};
use std::path::{Path, PathBuf};

use npyz::{AutoSerialize, DType, NpyFile, NpyWriter, Order, TypeChar, WriterBuilder as _};

use super::error::CliError;
use crate::files::AtomicFile;
use crate::melody::Tokens;

/// The longest header that is read; NumPy's own have about a hundred bytes.
const LONGEST_HEADER: usize = 1 << 16;

/// Numbers of a file, one after another.
type Numbers<T> = Box<dyn Iterator<Item = io::Result<T>>>;

/// A file of `[rows, width]`, its header read and checked.
struct Rows {
    path: PathBuf,
    rows: u64,
    width: usize,
    file: NpyFile<BufReader<File>>,
}

impl Rows {
    fn open(path: &Path, width: usize, what: &str) -> Result<Self, CliError> {
        let read = |source| CliError::File {
            path: path.to_owned(),
            source,
        };
        let refused = |reason: String| CliError::Array {
            path: path.to_owned(),
            reason,
        };
        let mut reader = BufReader::new(File::open(path).map_err(read)?);
        let mut start = Vec::new();
        (&mut reader)
            .take(12)
            .read_to_end(&mut start)
            .map_err(read)?;
        let (before, header) = match start[..] {
            [0x93, b'N', b'U', b'M', b'P', b'Y', 1, _, low, high, ..] => {
                (10, usize::from(u16::from_le_bytes([low, high])))
            }
            [0x93, b'N', b'U', b'M', b'P', b'Y', 2 | 3, _, a, b, c, d] => {
                (12, u32::from_le_bytes([a, b, c, d]) as usize)
            }
            _ => return Err(refused("it is no NPY file".to_owned())),
        };
        if header > LONGEST_HEADER {
            return Err(refused(format!("its header would have {header} bytes")));
        }
        reader.rewind().map_err(read)?;
        let length = reader.get_ref().metadata().map_err(read)?.len();
        let file = NpyFile::new(reader).map_err(|error| refused(error.to_string()))?;
        let &[rows, found] = file.shape() else {
            return Err(refused(format!(
                "its shape is {:?}, wanted is [{what}, {width}]",
                file.shape()
            )));
        };
        if found != width as u64 {
            return Err(refused(format!(
                "its rows have {found} numbers, this model wants {width}"
            )));
        }
        if file.order() == Order::Fortran && rows > 1 {
            return Err(refused(
                "it is stored column by column; save numpy.ascontiguousarray of it".to_owned(),
            ));
        }
        let bytes = file.dtype().num_bytes().unwrap_or(0) as u64;
        let held = length.saturating_sub((before + header) as u64);
        if rows.checked_mul(found * bytes).is_none_or(|all| all > held) {
            return Err(refused("it is cut short".to_owned()));
        }
        Ok(Self {
            path: path.to_owned(),
            rows,
            width,
            file,
        })
    }

    /// The kind and width of its numbers, such as `f`, 4.
    fn format(&self) -> Option<(TypeChar, u64)> {
        match self.file.dtype() {
            DType::Plain(kind) => Some((kind.type_char(), kind.size_field())),
            _ => None,
        }
    }

    fn refused(path: &Path, reason: String) -> CliError {
        CliError::Array {
            path: path.to_owned(),
            reason,
        }
    }

    /// The numbers of a file whose format has been looked at.
    fn numbers<T: npyz::Deserialize + 'static>(self) -> Result<Numbers<T>, CliError> {
        let data = self
            .file
            .data::<T>()
            .map_err(|error| Self::refused(&self.path, error.to_string()))?;
        Ok(Box::new(data))
    }
}

/// Rows of a float array.
pub(super) struct FloatRows {
    path: PathBuf,
    rows: u64,
    width: usize,
    numbers: Numbers<f32>,
}

impl FloatRows {
    /// Opens `[rows, width]` of 32- or 64-bit floats.
    pub fn open(path: &Path, width: usize) -> Result<Self, CliError> {
        let file = Rows::open(path, width, "points")?;
        let (rows, format) = (file.rows, file.format());
        let numbers: Numbers<f32> = match format {
            Some((TypeChar::Float, 4)) => file.numbers::<f32>()?,
            Some((TypeChar::Float, 8)) => {
                Box::new(file.numbers::<f64>()?.map(|x| x.map(|x| x as f32)))
            }
            _ => {
                let reason = "its numbers are no floats of 32 or 64 bits".to_owned();
                return Err(Rows::refused(path, reason));
            }
        };
        Ok(Self {
            path: path.to_owned(),
            rows,
            width,
            numbers,
        })
    }

    /// Number of rows.
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// The next rows, `most` at most; none at the end.
    pub fn next(&mut self, most: usize) -> Result<Vec<Vec<f32>>, CliError> {
        next_rows(&mut self.numbers, self.width, most, &self.path)
    }
}

/// Rows of an array of token ids.
pub(super) struct TokenRows {
    path: PathBuf,
    rows: u64,
    width: usize,
    numbers: Numbers<i64>,
    done: usize,
}

impl TokenRows {
    /// Opens `[rows, steps]` of integers of any width.
    pub fn open(path: &Path, steps: usize) -> Result<Self, CliError> {
        let file = Rows::open(path, steps, "melodies")?;
        let (rows, width, format) = (file.rows, file.width, file.format());
        fn wide<T: npyz::Deserialize + Into<i64> + 'static>(
            file: Rows,
        ) -> Result<Numbers<i64>, CliError> {
            Ok(Box::new(file.numbers::<T>()?.map(|x| x.map(Into::into))))
        }
        let numbers = match format {
            Some((TypeChar::Uint, 1)) => wide::<u8>(file)?,
            Some((TypeChar::Uint, 2)) => wide::<u16>(file)?,
            Some((TypeChar::Uint, 4)) => wide::<u32>(file)?,
            Some((TypeChar::Uint, 8)) => {
                let clamped = |x: u64| i64::try_from(x).unwrap_or(i64::MAX);
                Box::new(file.numbers::<u64>()?.map(move |x| x.map(clamped)))
            }
            Some((TypeChar::Int, 1)) => wide::<i8>(file)?,
            Some((TypeChar::Int, 2)) => wide::<i16>(file)?,
            Some((TypeChar::Int, 4)) => wide::<i32>(file)?,
            Some((TypeChar::Int, 8)) => wide::<i64>(file)?,
            _ => {
                let reason = "its numbers are no integers".to_owned();
                return Err(Rows::refused(path, reason));
            }
        };
        Ok(Self {
            path: path.to_owned(),
            rows,
            width,
            numbers,
            done: 0,
        })
    }

    /// Number of rows.
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// The next melodies, `most` at most; none at the end.
    pub fn next(&mut self, most: usize) -> Result<Vec<Tokens>, CliError> {
        let rows = next_rows(&mut self.numbers, self.width, most, &self.path)?;
        rows.into_iter()
            .map(|row| {
                let number = self.done;
                self.done += 1;
                // A number that no byte holds is told as the largest byte, which no token is.
                let ids = row.iter().map(|id| u8::try_from(*id).unwrap_or(u8::MAX));
                Tokens::new(ids.collect())
                    .map_err(|error| Rows::refused(&self.path, format!("in row {number}, {error}")))
            })
            .collect()
    }
}

fn next_rows<T>(
    numbers: &mut Numbers<T>,
    width: usize,
    most: usize,
    path: &Path,
) -> Result<Vec<Vec<T>>, CliError> {
    let mut rows = Vec::new();
    while rows.len() < most {
        let row: Vec<T> = numbers
            .take(width)
            .collect::<io::Result<_>>()
            .map_err(|source| CliError::File {
                path: path.to_owned(),
                source,
            })?;
        if row.len() < width {
            break;
        }
        rows.push(row);
    }
    Ok(rows)
}

/// A new array file, there whole or not at all.
pub(super) struct ArrayFile<T: AutoSerialize> {
    path: PathBuf,
    file: AtomicFile,
    writer: NpyWriter<T, BufWriter<File>>,
}

impl<T: AutoSerialize> ArrayFile<T> {
    /// Begins an array of this shape.
    pub fn create(path: &Path, shape: &[u64]) -> Result<Self, CliError> {
        let failed = |source| CliError::File {
            path: path.to_owned(),
            source,
        };
        let file = AtomicFile::create(path).map_err(failed)?;
        let writer = npyz::WriteOptions::<T>::new()
            .default_dtype()
            .shape(shape)
            .writer(BufWriter::new(file.as_file().try_clone().map_err(failed)?))
            .begin_nd()
            .map_err(failed)?;
        Ok(Self {
            path: path.to_owned(),
            file,
            writer,
        })
    }

    /// Adds numbers in the order of the array.
    pub fn extend(&mut self, numbers: impl IntoIterator<Item = T>) -> Result<(), CliError> {
        self.writer
            .extend(numbers)
            .map_err(|source| CliError::File {
                path: self.path.clone(),
                source,
            })
    }

    /// Puts the file in its place.
    pub fn finish(self, overwrite: bool) -> Result<(), CliError> {
        let path = self.path;
        let failed = |source| CliError::File {
            path: path.clone(),
            source,
        };
        self.writer.finish().map_err(failed)?;
        self.file.persist(overwrite).map_err(failed)
    }
}
