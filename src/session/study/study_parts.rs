//! Parts of a study: consecutive decoded melodies, one file per part.
//!
//! A part holds the tokens of its melodies, and their positions on the map to save time in the merge; everything else follows from these
//! and the settings. A study that was stopped continues with the missing parts. Each shard decodes some of the parts; shards are merged
//! into one study.

use std::fs;
use std::io::{Cursor, ErrorKind};
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};

use super::error::StudyFilesError;
use super::part_positions::{read_positions, write_positions};
use super::part_posteriors::{read_posteriors, write_posteriors};
use super::region_map_file::{read_region_map, write_region_map};
use super::shard::Shard;
use super::study_manifest::StudyManifest;
use crate::latent::LatentPoint;
use crate::melody::{Melody, Tokens};
use crate::model::{MelodyModel, Posterior};
use crate::progress::{Observer, RateMeter};
use crate::session::output_folder::OutputFolder;
use crate::sweep::{MelodyId, SweepPlan, decode_batches};

/// Name of the folder of the parts in the folder of the study.
const PARTS_FOLDER: &str = "parts";
/// Name of the file with the [`StudyManifest`].
const MANIFEST_FILE: &str = "manifest.json";
/// Name of the file that is locked while the manifest is extended.
const MANIFEST_LOCK: &str = "manifest.lock";
/// Maximum size of an array's header in bytes; headers that NumPy writes have about a hundred.
const MAX_HEADER_BYTES: u64 = 1 << 16;

/// A folder of parts.
#[derive(Clone, Debug)]
pub struct StudyParts {
    folder: PathBuf,
    manifest: StudyManifest,
}

impl StudyParts {
    /// Opens the parts in a study's folder to continue them, or begins new ones.
    ///
    /// # Errors
    /// [`StudyFilesError::OtherRun`] if the folder has parts of another run, [`StudyFilesError::Unreadable`] if its manifest is
    /// unreadable; with `overwrite` these parts are removed instead.
    pub fn begin(
        folder: &Path,
        manifest: StudyManifest,
        overwrite: bool,
    ) -> Result<Self, StudyFilesError> {
        let mut new_parts = Self {
            folder: folder.join(PARTS_FOLDER),
            manifest,
        };
        match Self::open(folder) {
            Ok(existing) => match existing.manifest.difference(&new_parts.manifest) {
                None => return Ok(existing),
                Some(difference) if !overwrite => {
                    return Err(StudyFilesError::OtherRun {
                        folder: folder.to_path_buf(),
                        difference,
                    });
                }
                Some(_) => existing.remove()?,
            },
            Err(StudyFilesError::NoParts { .. }) => {}
            // Without a readable manifest, parts may be of another run.
            Err(_) if overwrite => new_parts.remove()?,
            Err(error) => return Err(error),
        }
        new_parts.update_manifest(|_| {})?;
        Ok(new_parts)
    }

    /// Changes the manifest and writes it. Another shard that works in the same folder may have added its devices to the stored one,
    /// which are taken over; the lock keeps it from adding more meanwhile.
    fn update_manifest(
        &mut self,
        change: impl FnOnce(&mut StudyManifest),
    ) -> Result<(), StudyFilesError> {
        let folder = OutputFolder::create(&self.folder)?;
        let _lock = folder.lock(MANIFEST_LOCK)?;
        if let Ok(bytes) = fs::read(self.folder.join(MANIFEST_FILE))
            && let Ok(stored) = serde_json::from_slice::<StudyManifest>(&bytes)
            && stored.difference(&self.manifest).is_none()
        {
            self.manifest.devices.extend(stored.devices);
        }
        change(&mut self.manifest);
        Ok(folder.write_json(MANIFEST_FILE, &self.manifest)?)
    }

    /// Opens the parts in a study's folder.
    ///
    /// # Errors
    /// [`StudyFilesError::NoParts`], or [`StudyFilesError::Unreadable`] for an invalid manifest.
    pub fn open(folder: &Path) -> Result<Self, StudyFilesError> {
        let parts = folder.join(PARTS_FOLDER);
        let path = parts.join(MANIFEST_FILE);
        let unreadable_error = |reason: String| StudyFilesError::Unreadable {
            path: path.clone(),
            reason,
        };
        let text = fs::read(&path).map_err(|error| match error.kind() {
            ErrorKind::NotFound | ErrorKind::NotADirectory => StudyFilesError::NoParts {
                folder: folder.to_path_buf(),
            },
            _ => unreadable_error(error.to_string()),
        })?;
        let manifest: StudyManifest =
            serde_json::from_slice(&text).map_err(|error| unreadable_error(error.to_string()))?;
        manifest.check().map_err(unreadable_error)?;
        Ok(Self {
            folder: parts,
            manifest,
        })
    }

    /// Whether a study's folder has parts.
    #[must_use]
    pub fn exist_in(folder: &Path) -> bool {
        folder.join(PARTS_FOLDER).join(MANIFEST_FILE).is_file()
    }

    /// The run that the parts belong to.
    #[must_use]
    pub fn manifest(&self) -> &StudyManifest {
        &self.manifest
    }

    /// Checks that all folders hold parts of one run.
    ///
    /// # Errors
    /// [`StudyFilesError::DifferentRuns`] with two folders that differ.
    pub fn check_same_config(folders: &[Self]) -> Result<(), StudyFilesError> {
        for pair in folders.windows(2) {
            if let Some(difference) = pair[0].manifest.difference(&pair[1].manifest) {
                return Err(StudyFilesError::DifferentRuns {
                    folders: [0, 1].map(|k| pair[k].study_folder().to_path_buf()),
                    difference,
                });
            }
        }
        Ok(())
    }

    /// The number of shards of a study, if all folders agree on it.
    #[must_use]
    pub fn shard_count(folders: &[Self]) -> Option<usize> {
        let mut counts = folders.iter().map(|folder| folder.manifest.shards);
        let first = counts.next()?;
        counts.all(|count| count == first).then_some(first)?
    }

    /// The study's folder, in which the folder of the parts is.
    fn study_folder(&self) -> &Path {
        self.folder.parent().unwrap_or(&self.folder)
    }

    fn path(&self, part: usize) -> PathBuf {
        self.folder.join(file_name(part))
    }

    /// Whether a part is finished. An empty or truncated file, which a loss of power may leave, is not a finished part.
    #[must_use]
    pub fn has(&self, part: usize) -> bool {
        let length = fs::metadata(self.path(part)).map(|file| file.len());
        length.is_ok_and(|length| self.possible_file_sizes(part).contains(&length))
    }

    /// Range of the possible sizes of a part's file, in bytes.
    fn possible_file_sizes(&self, part: usize) -> RangeInclusive<u64> {
        let token_count = self.manifest.ids(part).len() as u64 * self.manifest.steps as u64;
        token_count + 1..=token_count + MAX_HEADER_BYTES
    }

    /// Devices that decoded a part; empty if unknown.
    #[must_use]
    pub fn devices(&self, part: usize) -> &[String] {
        self.manifest.devices.get(&part).map_or(&[], Vec::as_slice)
    }

    /// The parts of a shard that are not finished.
    #[must_use]
    pub fn missing(&self, shard: Shard) -> Vec<usize> {
        let parts = shard.range(self.manifest.part_count());
        parts.filter(|part| !self.has(*part)).collect()
    }

    /// Number of melodies of some parts, including the centres of regions.
    #[must_use]
    pub fn melody_count(&self, parts: &[usize]) -> u64 {
        let count = |part: &usize| self.manifest.ids(*part).len() as u64;
        parts.iter().map(count).sum()
    }

    fn write(
        &mut self,
        part: usize,
        melodies: &[Melody],
        devices: Vec<String>,
    ) -> Result<(), StudyFilesError> {
        // The manifest is written before the part, so that every finished part has its devices.
        self.update_manifest(|manifest| {
            manifest.devices.insert(part, devices);
        })?;
        let folder = OutputFolder::create(&self.folder)?;
        Ok(folder.write_tokens(&file_name(part), self.manifest.steps, melodies.iter())?)
    }

    /// The melodies of a part with their ids.
    ///
    /// # Errors
    /// [`StudyFilesError::Unreadable`] for a file that is not that part.
    pub fn read(&self, part: usize) -> Result<(Vec<MelodyId>, Vec<Melody>), StudyFilesError> {
        let path = self.path(part);
        let unreadable_error = |reason: String| StudyFilesError::Unreadable {
            path: path.clone(),
            reason: format!("{reason}; remove it and run the shard again"),
        };
        let ids = self.manifest.ids(part);
        let steps = self.manifest.steps;
        // The length is checked first, so that a wrong header cannot ask for too much memory.
        let expected_shape = [ids.len() as u64, steps as u64];
        let length = fs::metadata(&path)
            .map_err(|error| unreadable_error(error.to_string()))?
            .len();
        if !self.possible_file_sizes(part).contains(&length) {
            return Err(unreadable_error(format!(
                "it has {length} bytes, which is not the length of {} melodies of {steps} steps",
                ids.len()
            )));
        }
        let bytes = fs::read(&path).map_err(|error| unreadable_error(error.to_string()))?;
        let mut bytes = Cursor::new(bytes.as_slice());
        let array =
            npyz::NpyFile::new(&mut bytes).map_err(|error| unreadable_error(error.to_string()))?;
        if array.shape() != expected_shape {
            return Err(unreadable_error(format!(
                "it has the shape {:?} and not {expected_shape:?}",
                array.shape()
            )));
        }
        let tokens: Vec<u8> = array
            .into_vec()
            .map_err(|error| unreadable_error(error.to_string()))?;
        let trailing_bytes = bytes.get_ref().len() as u64 - bytes.position();
        if trailing_bytes > 0 {
            return Err(unreadable_error(format!(
                "{trailing_bytes} bytes follow its last melody"
            )));
        }
        let melodies = tokens
            .chunks(steps.max(1))
            .map(|row| Tokens::new(row.to_vec()).map(Melody::from_tokens))
            .collect::<Result<Vec<Melody>, _>>()
            .map_err(|error| unreadable_error(error.to_string()))?;
        Ok((ids, melodies))
    }

    /// The positions of a part's samples on the map, if they were stored.
    pub(super) fn positions(&self, part: usize, samples: usize) -> Option<Vec<[f64; 2]>> {
        read_positions(&self.folder, part, samples)
    }

    /// The `count` posteriors of a part's encoded melodies, if they were stored.
    pub(super) fn posteriors(&self, part: usize, count: usize) -> Option<Vec<Posterior>> {
        read_posteriors(&self.folder, part, (count, self.manifest.latent_size))
    }

    /// Removes the parts, after the study was written.
    ///
    /// # Errors
    /// [`StudyFilesError::Export`] if the system does not allow it.
    pub fn remove(&self) -> Result<(), StudyFilesError> {
        fs::remove_dir_all(&self.folder).map_err(|error| {
            StudyFilesError::Export(crate::session::error::ExportError::write(
                &self.folder,
                error,
            ))
        })
    }
}

/// Name of the file of a part.
fn file_name(part: usize) -> String {
    format!("part_{part:05}.npy")
}

/// The plan of the study whose parts the folders hold. The map of its regions is read if one of the folders has it.
///
/// # Errors
/// [`StudyFilesError::Sweep`] for an invalid config, or if the observer cancels.
pub fn plan_study(
    first: &StudyParts,
    others: &[StudyParts],
    observer: &mut dyn Observer,
) -> Result<SweepPlan, StudyFilesError> {
    let (config, latent_size) = (&first.manifest.config, first.manifest.latent_size);
    let stored_map = std::iter::once(first)
        .chain(others)
        .find_map(|parts| read_region_map(&parts.folder, config.regions as usize));
    Ok(SweepPlan::with_region_map(
        config,
        latent_size,
        stored_map,
        observer,
    )?)
}

/// Decodes the missing parts of a shard.
///
/// # Errors
/// [`StudyFilesError::Sweep`] if it was cancelled or the model failed: finished parts stay, and the next call continues with
/// the others. [`StudyFilesError::Export`] if a part cannot be written.
pub fn decode_parts(
    parts: &mut StudyParts,
    plan: &SweepPlan,
    shard: Shard,
    batch_size: usize,
    model: &mut dyn MelodyModel,
    observer: &mut dyn Observer,
) -> Result<(), StudyFilesError> {
    let manifest = parts.manifest.clone();
    // Devices of earlier calls of the model do not belong to these parts.
    model.take_devices();
    let missing = parts.missing(shard);
    let total = parts.melody_count(&missing);
    let mut meter = RateMeter::for_melodies(total);
    if !missing.is_empty() {
        write_region_map(&parts.folder, &plan.region_map())?;
    }
    for part in missing {
        let ids = manifest.ids(part);
        let points: Vec<LatentPoint> = ids.iter().filter_map(|id| plan.latent(*id)).collect();
        let melodies = decode_batches(
            &manifest.config,
            (&points, &ids),
            batch_size,
            model,
            observer,
            &mut meter,
        )?;
        let devices = model.take_devices();
        write_positions(&parts.folder, part, &ids, plan)?;
        let decoded = (ids.as_slice(), melodies.as_slice());
        write_posteriors(&parts.folder, part, &manifest, decoded, model)?;
        parts.write(part, &melodies, devices)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests;
