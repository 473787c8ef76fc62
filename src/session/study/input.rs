//! The input of a study: its data and melodies, read from parts one at a time.

use std::collections::HashSet;
use std::sync::Arc;

use rayon::prelude::*;
use sha2::{Digest as _, Sha256};

use super::error::StudyFilesError;
use super::study_parts::StudyParts;
use crate::melody::{Melody, Tokens};
use crate::study::{AttributeColumns, StudyData};
use crate::sweep::{Counts, MelodyId, SweepPlan};

/// Maximum number of melodies that are encoded.
pub(super) const MAX_ENCODED: usize = 1_000;

/// The input of a study. Of each sample only numbers are held in memory.
#[derive(Debug)]
pub struct StudyInput {
    /// What the study is computed from.
    pub data: StudyData,
    /// Number of notes of each sample.
    pub notes: Vec<u16>,
    /// Position of each sample on the map.
    pub positions: Vec<[f64; 2]>,
    /// Evenly spaced melodies that are not empty, for the encoder.
    pub encoder_sample: Vec<Tokens>,
    /// Devices that decoded the melodies, each once, in the order of parts; empty if another program wrote them.
    pub devices: Vec<String>,
    /// Number of parts without a device.
    pub unknown_devices: usize,
    /// Where the melodies are stored.
    pub(super) source: MelodySource,
}

/// Where melodies are stored.
#[derive(Debug)]
pub(super) enum MelodySource {
    /// In parts: for each part the folder that has it.
    Parts(Vec<StudyParts>),
    /// In memory, in order.
    Memory(Vec<Melody>),
}

impl StudyInput {
    /// Calls `take` with the melodies of the samples in order, a part at a time.
    pub(super) fn for_each_part<E: From<StudyFilesError>>(
        &self,
        mut take: impl FnMut(&[Melody]) -> Result<(), E>,
    ) -> Result<(), E> {
        let folders = match &self.source {
            MelodySource::Memory(melodies) => return take(melodies),
            MelodySource::Parts(folders) => folders,
        };
        for (part, folder) in folders.iter().enumerate() {
            let (ids, melodies) = folder.read(part)?;
            // The centres come first.
            let centres = ids
                .iter()
                .take_while(|id| matches!(id, MelodyId::Centre { .. }))
                .count();
            take(&melodies[centres..])?;
        }
        Ok(())
    }
}

/// Reads all parts of a study from one or several folders.
///
/// # Errors
/// [`StudyFilesError::DifferentRuns`] if the folders are not of one run, [`StudyFilesError::Missing`] if a part is in none of them,
/// [`StudyFilesError::Unreadable`].
pub fn read_parts(
    folders: &[StudyParts],
    plan: &Arc<SweepPlan>,
) -> Result<StudyInput, StudyFilesError> {
    let Some(first) = folders.first() else {
        return Err(StudyFilesError::Missing {
            missing: 1,
            all: 1,
            first: 0,
        });
    };
    StudyParts::check_same_config(folders)?;
    let all = first.manifest().parts();
    let found: Vec<Option<&StudyParts>> = (0..all)
        .map(|part| folders.iter().find(|folder| folder.has(part)))
        .collect();
    if let Some(part) = found.iter().position(Option::is_none) {
        return Err(StudyFilesError::Missing {
            missing: found.iter().filter(|folder| folder.is_none()).count(),
            all,
            first: part,
        });
    }
    let folders: Vec<StudyParts> = found.into_iter().flatten().cloned().collect();
    let mut devices: Vec<String> = Vec::new();
    let mut unknown_devices = 0;
    for (part, folder) in folders.iter().enumerate() {
        let used = folder.devices(part);
        unknown_devices += usize::from(used.is_empty());
        for device in used {
            if !devices.contains(device) {
                devices.push(device.clone());
            }
        }
    }
    let manifest = first.manifest();
    let mut columns = AttributeColumns::new(manifest.settings.attributes);
    let (mut samples, mut centres) = (MelodyCounter::default(), MelodyCounter::default());
    let (mut notes, mut positions, mut encoder_sample) = (Vec::new(), Vec::new(), Vec::new());
    let expected = u64::from(manifest.config.regions) * u64::from(manifest.config.samples);
    let every = (expected as usize).div_ceil(MAX_ENCODED).max(1);
    for (part, folder) in folders.iter().enumerate() {
        let (ids, melodies) = folder.read(part)?;
        let placed: Vec<Option<[f64; 2]>> = ids
            .par_iter()
            .map(|id| matches!(id, MelodyId::Sample { .. }).then(|| plan.position(*id))?)
            .collect();
        for (melody, position) in melodies.iter().zip(placed) {
            let Some(position) = position else {
                centres.count(melody);
                continue;
            };
            if samples.counts.melodies.is_multiple_of(every) && !melody.is_empty() {
                encoder_sample.push(melody.tokens().clone());
            }
            samples.count(melody);
            columns.push(melody);
            notes.push(u16::try_from(melody.notes().len()).unwrap_or(u16::MAX));
            positions.push(position);
        }
    }
    let mut data = StudyData::from_plan(plan, columns);
    data.counts = samples.finish();
    data.centre_counts = Some(centres.finish());
    data.steps = manifest.steps;
    data.weights_hash.clone_from(&manifest.weights_hash);
    Ok(StudyInput {
        data,
        notes,
        positions,
        encoder_sample,
        devices,
        unknown_devices,
        source: MelodySource::Parts(folders),
    })
}

/// Counts melodies without storing them.
#[derive(Default)]
pub(super) struct MelodyCounter {
    counts: Counts,
    /// First half of the SHA-256 of each melody's canonical tokens; collisions are negligible.
    distinct_hashes: HashSet<u128>,
}

impl MelodyCounter {
    pub(super) fn count(&mut self, melody: &Melody) {
        self.counts.melodies += 1;
        self.counts.empty += usize::from(melody.is_empty());
        let digest = Sha256::digest(melody.tokens().canonical().as_slice());
        let mut half = [0; 16];
        half.copy_from_slice(&digest[..16]);
        self.distinct_hashes.insert(u128::from_le_bytes(half));
    }

    pub(super) fn finish(mut self) -> Counts {
        self.counts.distinct = self.distinct_hashes.len();
        self.counts
    }
}
