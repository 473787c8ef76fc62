//! Import of the kept melodies of earlier versions, which stored them as a JSON text in the settings file.

use rusqlite::{OptionalExtension as _, named_params};
use serde::Deserialize;
use sha2::{Digest as _, Sha256};

use super::database::Library;
use super::error::LibraryError;
use super::melody::{Annotations, KeptMelody, MelodyIdentity, now_ms};
use super::rows;
use crate::melody::Tokens;
use crate::sweep::MelodyId;

/// Result of importing the melodies of an earlier version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LegacyImport {
    /// The same text was imported before; nothing was changed.
    AlreadyImported,
    /// It was imported now.
    Imported {
        /// Number of melodies in it.
        melody_count: usize,
        /// Number of elements of the list that are not a melody.
        unreadable_count: usize,
    },
}

/// A melody as earlier versions stored it.
#[derive(Deserialize)]
struct StoredMelody {
    tokens: Vec<u8>,
    id: MelodyId,
    name: String,
    seed: u64,
    weights_hash: String,
    #[serde(default)]
    marked: bool,
}

impl Library {
    /// Adds the melodies of an earlier version's settings. Each distinct `text` is imported once, so that melodies removed since
    /// do not come back. The text itself stays in the settings, as a backup.
    ///
    /// # Errors
    /// [`LibraryError`]; nothing was imported.
    pub fn import_legacy(&mut self, text: &str) -> Result<LegacyImport, LibraryError> {
        let hash = Sha256::digest(text.as_bytes())
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect::<String>();
        let (melodies, unreadable_count) = parse(text);
        self.transaction(|transaction| {
            let previous_import = transaction
                .query_row(
                    "SELECT 1 FROM takeover WHERE text_sha256 = ?1",
                    [&hash],
                    |_| Ok(()),
                )
                .optional()?;
            if previous_import.is_some() {
                return Ok(LegacyImport::AlreadyImported);
            }
            for melody in &melodies {
                rows::insert(transaction, melody, None)?;
            }
            let melody_count = melodies.len();
            transaction.execute(
                "INSERT INTO takeover (text_sha256, taken_at_ms, melodies, unreadable) \
                 VALUES (:hash, :at, :melodies, :unreadable)",
                named_params! {
                    ":hash": hash,
                    ":at": now_ms(),
                    ":melodies": melody_count as i64,
                    ":unreadable": unreadable_count as i64,
                },
            )?;
            Ok(LegacyImport::Imported {
                melody_count,
                unreadable_count,
            })
        })
    }
}

/// The melodies of a text, and the number of its elements that are not a melody. A text that is not a list counts as one such
/// element.
fn parse(text: &str) -> (Vec<KeptMelody>, usize) {
    let Ok(elements) = serde_json::from_str::<Vec<serde_json::Value>>(text) else {
        return (Vec::new(), 1);
    };
    let total = elements.len();
    let melodies: Vec<KeptMelody> = elements
        .into_iter()
        .filter_map(|element| serde_json::from_value::<StoredMelody>(element).ok())
        .filter_map(|stored| {
            Some(KeptMelody {
                identity: MelodyIdentity {
                    weights_hash: stored.weights_hash,
                    seed: stored.seed,
                    id: stored.id,
                    tokens: Tokens::new(stored.tokens).ok()?,
                },
                name: stored.name,
                latent: None,
                app_version: String::new(),
                marked: stored.marked,
                kept_at_ms: now_ms(),
                annotations: Annotations::default(),
            })
        })
        .collect();
    let unreadable_count = total - melodies.len();
    (melodies, unreadable_count)
}
