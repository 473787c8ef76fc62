//! From parts to the material of a study, one part at a time.

use std::collections::HashSet;
use std::sync::Arc;

use rayon::prelude::*;
use sha2::{Digest as _, Sha256};

use super::{Parts, StudyFilesError};
use crate::melody::{Melody, Tokens};
use crate::study::{Columns, StudyData};
use crate::sweep::{Counts, MelodyId, SweepPlan};

/// Most melodies that are kept for the encoder.
pub(super) const ENCODED: usize = 1_000;

/// What all parts together hold. Of each sample only numbers are kept.
#[derive(Debug)]
pub struct Gathered {
    /// What the study looks at.
    pub material: StudyData,
    /// Notes of each sample.
    pub notes: Vec<u16>,
    /// Place of each sample on the map.
    pub positions: Vec<[f64; 2]>,
    /// Some melodies that are not empty, evenly taken, for the encoder.
    pub some: Vec<Tokens>,
    /// What decoded them, each device once, in the order of parts; empty if another program made them.
    pub devices: Vec<String>,
    /// Parts that do not say what decoded them.
    pub unknown_devices: usize,
    /// Where the melodies are.
    pub(super) source: Source,
}

/// Where melodies are.
#[derive(Debug)]
pub(super) enum Source {
    /// In parts: for each part of the run the folder that has it.
    Parts(Vec<Parts>),
    /// In memory, the samples in order.
    Memory(Vec<Melody>),
}

impl Gathered {
    /// Hands the melodies of the samples over in order, a part at a time.
    pub(super) fn each_part<E: From<StudyFilesError>>(
        &self,
        mut take: impl FnMut(&[Melody]) -> Result<(), E>,
    ) -> Result<(), E> {
        let homes = match &self.source {
            Source::Memory(melodies) => return take(melodies),
            Source::Parts(homes) => homes,
        };
        for (part, home) in homes.iter().enumerate() {
            let (ids, melodies) = home.read(part)?;
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

/// Reads all parts of a run, which may lie in several folders.
///
/// # Errors
/// [`StudyFilesError::DifferentRuns`] if the folders are not of one run, [`StudyFilesError::Missing`] if a part is in none of them,
/// [`StudyFilesError::Unreadable`].
pub fn gather(folders: &[Parts], plan: &Arc<SweepPlan>) -> Result<Gathered, StudyFilesError> {
    let Some(first) = folders.first() else {
        return Err(StudyFilesError::Missing {
            missing: 1,
            all: 1,
            first: 0,
        });
    };
    Parts::check_one_run(folders)?;
    let all = first.manifest().parts();
    let homes: Vec<Option<&Parts>> = (0..all)
        .map(|part| folders.iter().find(|folder| folder.has(part)))
        .collect();
    if let Some(part) = homes.iter().position(Option::is_none) {
        return Err(StudyFilesError::Missing {
            missing: homes.iter().filter(|home| home.is_none()).count(),
            all,
            first: part,
        });
    }
    let homes: Vec<Parts> = homes.into_iter().flatten().cloned().collect();
    let mut devices: Vec<String> = Vec::new();
    let mut unknown_devices = 0;
    for (part, home) in homes.iter().enumerate() {
        let found = home.devices(part);
        unknown_devices += usize::from(found.is_empty());
        for device in found {
            if !devices.contains(device) {
                devices.push(device.clone());
            }
        }
    }
    let manifest = first.manifest();
    let mut columns = Columns::new(manifest.settings.attributes);
    let (mut samples, mut centres) = (Counter::default(), Counter::default());
    let (mut notes, mut positions, mut some) = (Vec::new(), Vec::new(), Vec::new());
    let expected = u64::from(manifest.config.regions) * u64::from(manifest.config.samples);
    let every = (expected as usize).div_ceil(ENCODED).max(1);
    for (part, home) in homes.iter().enumerate() {
        let (ids, melodies) = home.read(part)?;
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
                some.push(melody.tokens().clone());
            }
            samples.count(melody);
            columns.push(melody);
            notes.push(u16::try_from(melody.notes().len()).unwrap_or(u16::MAX));
            positions.push(position);
        }
    }
    let mut material = StudyData::of_plan(plan, columns);
    material.counts = samples.done();
    material.centre_counts = Some(centres.done());
    material.steps = manifest.steps;
    material.weights_hash.clone_from(&manifest.weights_hash);
    Ok(Gathered {
        material,
        notes,
        positions,
        some,
        devices,
        unknown_devices,
        source: Source::Parts(homes),
    })
}

/// Counts melodies without keeping them.
#[derive(Default)]
pub(super) struct Counter {
    counts: Counts,
    /// Half a SHA-256 of what a melody sounds like: two that differ share it with no probability worth a thought.
    sounds: HashSet<u128>,
}

impl Counter {
    pub(super) fn count(&mut self, melody: &Melody) {
        self.counts.melodies += 1;
        self.counts.empty += usize::from(melody.is_empty());
        let digest = Sha256::digest(melody.tokens().canonical().as_slice());
        let mut half = [0; 16];
        half.copy_from_slice(&digest[..16]);
        self.sounds.insert(u128::from_le_bytes(half));
    }

    pub(super) fn done(mut self) -> Counts {
        self.counts.distinct = self.sounds.len();
        self.counts
    }
}
