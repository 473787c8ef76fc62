//! The input of a study: its data and melodies, read from parts one at a time.

use std::collections::HashSet;
use std::sync::Arc;

use rayon::prelude::*;
use sha2::{Digest as _, Sha256};

use super::error::StudyFilesError;
use super::part_posteriors::is_encoded;
use super::shard::Shard;
use super::study_parts::StudyParts;
use crate::melody::{Melody, Tokens};
use crate::model::Posterior;
use crate::progress::{Cancelled, Observer, Phase, PhaseProgress};
use crate::study::{AttributeColumns, AttributeSet, StudyData};
use crate::sweep::{Counts, MelodyId, SweepError, SweepPlan};

/// Parts that are read and measured at once: more than there are threads, and still little memory.
const PARTS_AT_ONCE: usize = 32;

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
    /// Their posteriors, if the shards encoded all of them.
    pub posteriors: Option<Vec<Posterior>>,
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
/// [`StudyFilesError::Unreadable`], [`StudyFilesError::Sweep`] if the observer cancels.
pub fn read_parts(
    folders: &[StudyParts],
    plan: &Arc<SweepPlan>,
    observer: &mut dyn Observer,
) -> Result<StudyInput, StudyFilesError> {
    let Some(first) = folders.first() else {
        return Err(StudyFilesError::Missing {
            missing: 1,
            all: 1,
            first: 0,
            shards: None,
        });
    };
    StudyParts::check_same_config(folders)?;
    let folders = find_parts(folders, first.manifest().parts())?;
    let (devices, unknown_devices) = devices_of(&folders);
    let manifest = first.manifest();
    let mut columns = AttributeColumns::new(manifest.settings.attributes);
    let (mut samples, mut centres) = (MelodyCounter::default(), MelodyCounter::default());
    let (mut notes, mut positions, mut encoder_sample) = (Vec::new(), Vec::new(), Vec::new());
    let mut posteriors = Some(Vec::new());
    let mut phase = PhaseProgress::new(observer, Phase::Measure);
    let numbered: Vec<(usize, &StudyParts)> = folders.iter().enumerate().collect();
    // A few parts at a time are read and measured on all threads, and taken in their order.
    for some in numbered.chunks(PARTS_AT_ONCE) {
        let set = manifest.settings.attributes;
        let mut measured = some
            .par_iter()
            .map(|(part, folder)| measure_part(folder, *part, plan, set))
            .collect::<Result<Vec<MeasuredPart>, StudyFilesError>>()?;
        for part in &mut measured {
            let encoded = part.posteriors.take();
            posteriors = posteriors.zip(encoded).map(|(mut all, encoded)| {
                all.extend(encoded);
                all
            });
        }
        for melody in measured.into_iter().flat_map(|part| part.melodies) {
            let Some(position) = melody.position else {
                centres.count_hash(melody.hash, melody.values.is_none());
                continue;
            };
            encoder_sample.extend(melody.encoded);
            samples.count_hash(melody.hash, melody.values.is_none());
            columns.push_row(melody.values.as_deref());
            notes.push(melody.notes);
            positions.push(position);
        }
        let done = some.last().map_or(0, |(part, _)| part + 1);
        phase
            .report(done as f64 / folders.len() as f64)
            .map_err(|Cancelled| SweepError::Cancelled)?;
    }
    let mut data = StudyData::from_plan(plan, columns);
    data.counts = samples.finish();
    data.centre_counts = Some(centres.finish());
    data.steps = manifest.steps;
    data.keep_latents();
    data.weights_hash.clone_from(&manifest.weights_hash);
    Ok(StudyInput {
        data,
        notes,
        positions,
        encoder_sample,
        posteriors,
        devices,
        unknown_devices,
        source: MelodySource::Parts(folders),
    })
}

/// For each part of all, in order, a folder that has it.
fn find_parts(folders: &[StudyParts], all: usize) -> Result<Vec<StudyParts>, StudyFilesError> {
    let found: Vec<Option<&StudyParts>> = (0..all)
        .map(|part| folders.iter().find(|folder| folder.has(part)))
        .collect();
    let missing: Vec<usize> = (0..all).filter(|part| found[*part].is_none()).collect();
    if let Some(first) = missing.first() {
        return Err(StudyFilesError::Missing {
            missing: missing.len(),
            all,
            first: *first,
            shards: StudyParts::shard_count(folders)
                .map(|count| (Shard::having(&missing, all, count), count)),
        });
    }
    Ok(found.into_iter().flatten().cloned().collect())
}

/// The devices that decoded these parts, and the number of parts that do not say.
fn devices_of(parts: &[StudyParts]) -> (Vec<String>, usize) {
    let mut devices: Vec<String> = Vec::new();
    let mut unknown_devices = 0;
    for (part, folder) in parts.iter().enumerate() {
        let used = folder.devices(part);
        unknown_devices += usize::from(used.is_empty());
        for device in used {
            if !devices.contains(device) {
                devices.push(device.clone());
            }
        }
    }
    (devices, unknown_devices)
}

/// What a study keeps of a part.
struct MeasuredPart {
    melodies: Vec<MeasuredMelody>,
    /// Posteriors of those that are encoded, if the shard wrote them.
    posteriors: Option<Vec<Posterior>>,
}

/// What a study keeps of a melody.
struct MeasuredMelody {
    /// Position on the map; `None` for the centre of a region.
    position: Option<[f64; 2]>,
    /// Its tokens, if the study encodes it.
    encoded: Option<Tokens>,
    hash: u128,
    /// Its attributes; `None` if it is empty.
    values: Option<Vec<f64>>,
    notes: u16,
}

/// Reads a part and measures its melodies.
fn measure_part(
    folder: &StudyParts,
    part: usize,
    plan: &SweepPlan,
    set: AttributeSet,
) -> Result<MeasuredPart, StudyFilesError> {
    let (ids, melodies) = folder.read(part)?;
    let is_sample = |id: &MelodyId| matches!(id, MelodyId::Sample { .. });
    let samples = ids.iter().filter(|id| is_sample(id)).count();
    let mut known = folder.positions(part, samples).into_iter().flatten();
    let measure = |(id, melody): (&MelodyId, &Melody)| {
        let values = set.measure(melody);
        MeasuredMelody {
            position: is_sample(id)
                .then(|| known.next().or_else(|| plan.position(*id)))
                .flatten(),
            encoded: (values.is_some() && is_encoded(&plan.config, *id))
                .then(|| melody.tokens().clone()),
            hash: melody_hash(melody),
            values,
            notes: u16::try_from(melody.notes().len()).unwrap_or(u16::MAX),
        }
    };
    let melodies: Vec<MeasuredMelody> = ids.iter().zip(&melodies).map(measure).collect();
    let encoded = melodies.iter().filter(|m| m.encoded.is_some()).count();
    let posteriors = folder.posteriors(part, encoded);
    Ok(MeasuredPart {
        melodies,
        posteriors,
    })
}

/// First half of the SHA-256 of a melody's canonical tokens; collisions are negligible.
fn melody_hash(melody: &Melody) -> u128 {
    let digest = Sha256::digest(melody.tokens().canonical().as_slice());
    let mut half = [0; 16];
    half.copy_from_slice(&digest[..16]);
    u128::from_le_bytes(half)
}

/// Counts melodies without storing them.
#[derive(Default)]
pub(super) struct MelodyCounter {
    counts: Counts,
    /// [`melody_hash`] of each.
    distinct_hashes: HashSet<u128>,
}

impl MelodyCounter {
    pub(super) fn count(&mut self, melody: &Melody) {
        self.count_hash(melody_hash(melody), melody.is_empty());
    }

    fn count_hash(&mut self, hash: u128, is_empty: bool) {
        self.counts.melodies += 1;
        self.counts.empty += usize::from(is_empty);
        self.distinct_hashes.insert(hash);
    }

    pub(super) fn finish(mut self) -> Counts {
        self.counts.distinct = self.distinct_hashes.len();
        self.counts
    }
}
