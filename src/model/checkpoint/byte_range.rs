//! Byte ranges of files on disk or in memory, read lazily.

use std::fs::File;
use std::io::{self, Cursor, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A range of bytes that can be read any number of times, by several threads at once.
#[derive(Clone, Debug)]
pub(in crate::model) struct ByteRange {
    /// The file to open, or to name in errors.
    path: PathBuf,
    /// The file's bytes, if they are in memory.
    memory: Option<Arc<[u8]>>,
    start: u64,
    length: u64,
}

impl ByteRange {
    /// A whole file on the disk.
    pub fn file(path: &Path) -> io::Result<Self> {
        Ok(Self {
            path: path.to_owned(),
            memory: None,
            start: 0,
            length: std::fs::metadata(path)?.len(),
        })
    }

    /// A whole file in memory; `path` names it in errors.
    pub fn memory(path: &Path, bytes: Arc<[u8]>) -> Self {
        Self {
            path: path.to_owned(),
            start: 0,
            length: bytes.len() as u64,
            memory: Some(bytes),
        }
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    pub fn len(&self) -> u64 {
        self.length
    }

    /// The `length` bytes from `offset` on; `None` if they reach beyond the range.
    pub fn slice(&self, offset: u64, length: u64) -> Option<Self> {
        let fits = offset.checked_add(length)? <= self.length;
        fits.then(|| Self {
            start: self.start + offset,
            length,
            ..self.clone()
        })
    }

    /// A reader at the start of the range.
    pub fn reader(&self) -> io::Result<io::Take<ByteSource>> {
        let mut source = match &self.memory {
            Some(bytes) => ByteSource::Memory(Cursor::new(Arc::clone(bytes))),
            None => ByteSource::File(File::open(&self.path)?),
        };
        source.seek(SeekFrom::Start(self.start))?;
        Ok(source.take(self.length))
    }

    /// The first bytes, at most `limit`.
    pub fn head(&self, limit: u64) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        self.reader()?.take(limit).read_to_end(&mut bytes)?;
        Ok(bytes)
    }
}

/// An open file, or bytes in memory.
pub(in crate::model) enum ByteSource {
    File(File),
    Memory(Cursor<Arc<[u8]>>),
}

impl Read for ByteSource {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::File(file) => file.read(buffer),
            Self::Memory(bytes) => bytes.read(buffer),
        }
    }
}

impl Seek for ByteSource {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        match self {
            Self::File(file) => file.seek(to),
            Self::Memory(bytes) => bytes.seek(to),
        }
    }
}

/// Reads several ranges one after another; each is opened when it is reached.
pub(super) struct ChainedReader {
    remaining: std::vec::IntoIter<ByteRange>,
    current: Option<io::Take<ByteSource>>,
}

impl ChainedReader {
    pub fn new(ranges: Vec<ByteRange>) -> Self {
        Self {
            remaining: ranges.into_iter(),
            current: None,
        }
    }
}

impl Read for ChainedReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            if let Some(current) = &mut self.current {
                let count = current.read(buffer)?;
                if count > 0 || buffer.is_empty() {
                    return Ok(count);
                }
            }
            match self.remaining.next() {
                Some(range) => self.current = Some(range.reader()?),
                None => return Ok(0),
            }
        }
    }
}
