//! Kept melodies from one run of the window to the next: one JSON text in eframe's storage, beside the settings.
//!
//! A melody is stored with its notes, so that it plays whatever model and sweep come next.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::state::{Source, Tray};
use crate::attributes::AttributeRow;
use crate::melody::{Melody, Tokens};
use crate::sweep::{MelodyEntry, MelodyId};

/// Where they stand in the storage.
pub(super) const KEY: &str = "kept";
/// Where a text goes that could not be read.
pub(super) const UNREADABLE_KEY: &str = "kept.unreadable";
/// The library of no sweep: the generations of this run's sweeps count from 1.
const EARLIER: u64 = 0;

#[derive(Serialize, Deserialize)]
struct StoredMelody {
    tokens: Vec<u8>,
    id: MelodyId,
    name: String,
    seed: u64,
    weights_hash: String,
    #[serde(default)]
    marked: bool,
}

/// What came of reading the stored melodies.
pub(super) enum StoredTray {
    /// There were none.
    Nothing,
    /// These.
    Read(Tray),
    /// A text that holds no melodies; the reason is for the user.
    Unreadable {
        /// The text as it was.
        text: String,
        /// What is wrong with it.
        reason: String,
    },
}

/// Reads the kept melodies out of eframe's storage.
pub(super) fn read(storage: Option<&dyn eframe::Storage>) -> StoredTray {
    let Some(text) = storage.and_then(|storage| storage.get_string(KEY)) else {
        return StoredTray::Nothing;
    };
    match parse(&text) {
        Ok(tray) => StoredTray::Read(tray),
        Err(reason) => StoredTray::Unreadable { text, reason },
    }
}

fn parse(text: &str) -> Result<Tray, String> {
    let stored: Vec<StoredMelody> = serde_json::from_str(text).map_err(|e| e.to_string())?;
    let mut tray = Tray::default();
    for one in stored {
        let tokens = Tokens::new(one.tokens).map_err(|error| error.to_string())?;
        let melody = Arc::new(Melody::from_tokens(tokens));
        let entry = MelodyEntry {
            id: one.id,
            attributes: AttributeRow::measure(&melody),
            melody,
            position: [0.0; 2],
        };
        let number = tray.keep(
            &entry,
            Source {
                id: one.id,
                name: one.name,
                seed: one.seed,
                generation: EARLIER,
                weights_hash: one.weights_hash,
            },
        );
        if one.marked {
            tray.marked.insert(number);
        }
    }
    Ok(tray)
}

/// Writes the kept melodies into eframe's storage.
pub(super) fn write(storage: &mut dyn eframe::Storage, tray: &Tray) {
    let stored: Vec<StoredMelody> = tray
        .iter()
        .map(|kept| StoredMelody {
            tokens: kept.melody.tokens().as_slice().to_vec(),
            id: kept.source.id,
            name: kept.source.name.clone(),
            seed: kept.source.seed,
            weights_hash: kept.source.weights_hash.clone(),
            marked: tray.marked.contains(&kept.number),
        })
        .collect();
    match serde_json::to_string(&stored) {
        Ok(text) => storage.set_string(KEY, text),
        Err(error) => tracing::error!("could not store the kept melodies: {error}"),
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]

    use std::collections::HashMap;

    use eframe::Storage as _;

    use super::*;
    use crate::melody::Note;

    #[derive(Default)]
    struct Shelf(HashMap<String, String>);

    impl eframe::Storage for Shelf {
        fn get_string(&self, key: &str) -> Option<String> {
            self.0.get(key).cloned()
        }
        fn set_string(&mut self, key: &str, value: String) {
            self.0.insert(key.to_owned(), value);
        }
        fn remove_string(&mut self, key: &str) {
            self.0.remove(key);
        }
        fn flush(&mut self) {}
    }

    fn tray_of(pitches: &[u8]) -> Tray {
        let mut tray = Tray::default();
        for (&pitch, sample) in pitches.iter().zip(0..) {
            let note = Note {
                pitch,
                start: 0,
                end: 8,
            };
            let melody = Arc::new(Melody::from_notes(&[note], 32).unwrap());
            let id = MelodyId::Sample { region: 3, sample };
            let entry = MelodyEntry {
                id,
                attributes: AttributeRow::measure(&melody),
                melody,
                position: [1.0, 2.0],
            };
            let number = tray.keep(
                &entry,
                Source {
                    id,
                    name: format!("Region 3.{sample}"),
                    seed: u64::MAX,
                    generation: 2,
                    weights_hash: "0123456789ab".to_owned(),
                },
            );
            if sample == 1 {
                tray.marked.insert(number);
            }
        }
        tray
    }

    #[test]
    fn kept_melodies_come_back_note_for_note_in_their_order_with_where_they_came_from() {
        let tray = tray_of(&[60, 67, 72]);
        let mut shelf = Shelf::default();
        write(&mut shelf, &tray);
        let StoredTray::Read(found) = read(Some(&shelf)) else {
            panic!("what was written is read");
        };
        assert_eq!(found.len(), 3);
        for (found, kept) in found.iter().zip(tray.iter()) {
            assert_eq!(found.melody, kept.melody);
            assert_eq!(found.attributes, kept.attributes);
            let source = Source {
                generation: EARLIER,
                ..kept.source.clone()
            };
            assert_eq!(found.source, source);
        }
        assert_eq!(found.to_export().count(), 1);
        // What the next run's first sweep makes under the same name is another melody.
        let id = MelodyId::Sample {
            region: 3,
            sample: 0,
        };
        assert_eq!(found.number_of(id, 1), None);
    }

    #[test]
    fn a_text_that_holds_no_melodies_is_told_of_and_not_lost() {
        assert!(matches!(read(Some(&Shelf::default())), StoredTray::Nothing));
        for text in [
            "",
            "[{]",
            r#"[{"tokens":[200],"id":{"centre":{"region":1}},"name":"","seed":1,"weights_hash":""}]"#,
        ] {
            let mut shelf = Shelf::default();
            shelf.set_string(KEY, text.to_owned());
            let StoredTray::Unreadable {
                text: found,
                reason,
            } = read(Some(&shelf))
            else {
                panic!("{text} is no tray");
            };
            assert_eq!(found, text);
            assert!(!reason.is_empty());
        }
    }
}
