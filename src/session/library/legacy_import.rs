//! Import of the kept melodies of earlier versions, which were a JSON text in the settings file.

use rusqlite::{OptionalExtension as _, named_params};
use serde::Deserialize;
use sha2::{Digest as _, Sha256};

use super::database::Library;
use super::error::LibraryError;
use super::melody::{Annotations, KeptMelody, MelodyIdentity, now_ms};
use super::rows;
use crate::melody::Tokens;
use crate::sweep::MelodyId;

/// Result of importing a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LegacyImport {
    /// The same text was imported before; nothing was changed.
    AlreadyImported,
    /// It was imported now.
    Imported {
        /// Melodies in it.
        melodies: usize,
        /// Parts of it that hold no melody.
        unreadable: usize,
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
    /// Adds the melodies of an earlier version's settings, once for each different text: what has been removed since
    /// does not come back. The text itself stays where it is, as a backup.
    ///
    /// # Errors
    /// [`LibraryError`]; nothing was taken over.
    pub fn import_legacy(&mut self, text: &str) -> Result<LegacyImport, LibraryError> {
        let hash = Sha256::digest(text.as_bytes())
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect::<String>();
        let (melodies, unreadable) = parse(text);
        self.transaction(|transaction| {
            let before = transaction
                .query_row(
                    "SELECT 1 FROM takeover WHERE text_sha256 = ?1",
                    [&hash],
                    |_| Ok(()),
                )
                .optional()?;
            if before.is_some() {
                return Ok(LegacyImport::AlreadyImported);
            }
            for melody in &melodies {
                rows::insert(transaction, melody, None)?;
            }
            let melodies = melodies.len();
            transaction.execute(
                "INSERT INTO takeover (text_sha256, taken_at_ms, melodies, unreadable) \
                 VALUES (:hash, :at, :melodies, :unreadable)",
                named_params! {
                    ":hash": hash,
                    ":at": now_ms(),
                    ":melodies": melodies as i64,
                    ":unreadable": unreadable as i64,
                },
            )?;
            Ok(LegacyImport::Imported {
                melodies,
                unreadable,
            })
        })
    }
}

/// The melodies of a text, and how many parts of it are none. A text that is no list counts as one such part.
fn parse(text: &str) -> (Vec<KeptMelody>, usize) {
    let Ok(parts) = serde_json::from_str::<Vec<serde_json::Value>>(text) else {
        return (Vec::new(), 1);
    };
    let all = parts.len();
    let melodies: Vec<KeptMelody> = parts
        .into_iter()
        .filter_map(|part| serde_json::from_value::<StoredMelody>(part).ok())
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
    let unreadable = all - melodies.len();
    (melodies, unreadable)
}
