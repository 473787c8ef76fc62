//! Progress of a study whose shards are in several folders.

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::error::StudyFilesError;
use super::shard::Shard;
use super::study_parts::StudyParts;
use super::write::STUDY_KIND;
use crate::files::folder_entries;
use crate::session::output_folder::RECORD_FILE;

/// Progress of a study. Scripts rely on the keys: add, but do not rename.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ShardStatus {
    /// Whether the study itself was written.
    pub complete: bool,
    /// Number of parts of the study; `None` if no folder has any yet.
    pub parts: Option<usize>,
    /// Number of melodies of the study.
    pub melodies: u64,
    /// Number of melodies of the finished parts.
    pub melodies_finished: u64,
    /// Indices of the parts that no folder has.
    pub missing: Vec<usize>,
    /// Numbers of the shards that have missing parts, if the number of shards is known.
    pub shards_missing: Option<Vec<usize>>,
}

impl ShardStatus {
    /// Reads the progress from `folder` and the folders in it. `shards` is the number of shards of the study, if its parts do not
    /// record it; `study` is the folder of the finished study, if it is another one.
    ///
    /// # Errors
    /// [`StudyFilesError::Unreadable`] for a damaged manifest, [`StudyFilesError::DifferentRuns`] if parts of several studies are
    /// found, [`StudyFilesError::FolderUnreadable`] if `folder` cannot be listed, [`StudyFilesError::NotAStudy`] if it holds another
    /// run and no part.
    pub fn read(
        folder: &Path,
        shards: Option<usize>,
        study: Option<&Path>,
    ) -> Result<Self, StudyFilesError> {
        let mut folders = vec![folder.to_path_buf()];
        let entries =
            folder_entries(folder).map_err(|source| StudyFilesError::FolderUnreadable {
                folder: folder.to_path_buf(),
                source,
            })?;
        let entries = entries.flatten();
        folders.extend(entries.map(|entry| entry.path()));
        folders.sort();
        let shards_parts = folders
            .iter()
            .filter(|folder| StudyParts::exist_in(folder))
            .map(|folder| StudyParts::open(folder))
            .collect::<Result<Vec<StudyParts>, _>>()?;
        StudyParts::check_same_config(&shards_parts)?;
        let mut status = Self {
            complete: run_kind(study.unwrap_or(folder)).as_deref() == Some(STUDY_KIND),
            parts: None,
            melodies: 0,
            melodies_finished: 0,
            missing: Vec::new(),
            shards_missing: shards.map(|count| (1..=count).collect()),
        };
        let Some(first) = shards_parts.first() else {
            if !status.complete && folder.join(RECORD_FILE).exists() {
                return Err(StudyFilesError::NotAStudy {
                    folder: folder.to_path_buf(),
                });
            }
            return Ok(status);
        };
        let total = first.manifest().part_count();
        let shards = shards.or_else(|| StudyParts::shard_count(&shards_parts));
        let is_missing = |part: &usize| !shards_parts.iter().any(|folder| folder.has(*part));
        status.missing = (0..total).filter(is_missing).collect();
        status.parts = Some(total);
        status.melodies = first.manifest().config.melodies();
        status.melodies_finished = status.melodies - first.melody_count(&status.missing);
        status.shards_missing =
            shards.map(|count| Shard::containing(&status.missing, total, count));
        Ok(status)
    }
}

/// The kind of run in the `run.json` of a folder; `None` without a readable one.
fn run_kind(folder: &Path) -> Option<String> {
    #[derive(Deserialize)]
    struct Kind {
        kind: String,
    }
    let bytes = std::fs::read(folder.join(RECORD_FILE)).ok()?;
    let record: Kind = serde_json::from_slice(&bytes).ok()?;
    Some(record.kind)
}
