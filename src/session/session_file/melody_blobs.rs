//! Conversion between the melodies of a set or a sweep and one blob, and errors of rows.

use std::sync::Arc;

use rusqlite::types::Type;

use crate::melody::{Melody, Tokens};

/// The error for a value that cannot be stored in the file.
pub(super) fn conversion_error(
    error: impl Into<Box<dyn std::error::Error + Send + Sync>>,
) -> rusqlite::Error {
    rusqlite::Error::ToSqlConversionFailure(error.into())
}

/// The error for a row that this program would not have written.
pub(super) fn invalid_row_error(
    error: impl Into<Box<dyn std::error::Error + Send + Sync>>,
) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(0, Type::Blob, error.into())
}

/// The tokens of melodies of the same length, one melody after another.
pub(super) fn token_bytes<'a>(
    melodies: impl IntoIterator<Item = &'a Arc<Melody>>,
    steps: usize,
) -> rusqlite::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    for melody in melodies {
        if melody.steps() != steps {
            return Err(conversion_error("the melodies of a set differ in length"));
        }
        bytes.extend_from_slice(melody.tokens().as_slice());
    }
    Ok(bytes)
}

/// Melodies from [`token_bytes`].
pub(super) fn melodies(bytes: &[u8], steps: usize) -> rusqlite::Result<Vec<Arc<Melody>>> {
    if bytes.is_empty() {
        return Ok(Vec::new());
    }
    if steps == 0 || !bytes.len().is_multiple_of(steps) {
        return Err(invalid_row_error("tokens are missing"));
    }
    let melody = |tokens: &[u8]| {
        let tokens = Tokens::new(tokens.to_vec()).map_err(invalid_row_error)?;
        Ok(Arc::new(Melody::from_tokens(tokens)))
    };
    bytes.chunks_exact(steps).map(melody).collect()
}
