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
use crate::sweep::{MelodyCounts, MelodyId, SweepError, SweepPlan};

/// Number of parts that are read and measured in parallel: more than there are threads, and still little memory.
const PARTS_PER_CHUNK: usize = 32;

/// The input of a study. The melodies of the samples are not kept in memory, only numbers about them.
#[derive(Debug)]
pub struct StudyInput {
    /// The data that the study is computed from.
    pub data: StudyData,
    /// Number of notes of each sample.
    pub note_counts: Vec<u16>,
    /// Position of each sample on the map.
    pub positions: Vec<[f64; 2]>,
    /// Tokens of evenly spaced samples that are not empty, to be encoded.
    pub encoder_sample: Vec<Tokens>,
    /// Posteriors of the melodies in `encoder_sample`, if the shards encoded all of them.
    pub posteriors: Option<Vec<Posterior>>,
    /// Distinct devices that decoded the melodies, in the order of the parts; empty if another program wrote the melodies.
    pub devices: Vec<String>,
    /// Number of parts whose device is not recorded.
    pub parts_without_device: usize,
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
    /// Calls `visit` with the melodies of the samples in order, a part at a time.
    pub(super) fn for_each_part<E: From<StudyFilesError>>(
        &self,
        mut visit: impl FnMut(&[Melody]) -> Result<(), E>,
    ) -> Result<(), E> {
        let folders = match &self.source {
            MelodySource::Memory(melodies) => return visit(melodies),
            MelodySource::Parts(folders) => folders,
        };
        for (part, folder) in folders.iter().enumerate() {
            let (ids, melodies) = folder.read(part)?;
            // The centres come first.
            let centre_count = ids
                .iter()
                .take_while(|id| matches!(id, MelodyId::Centre { .. }))
                .count();
            visit(&melodies[centre_count..])?;
        }
        Ok(())
    }
}

/// Reads all parts of a study from one or several folders.
///
/// # Errors
/// [`StudyFilesError::DifferentRuns`] if the folders are not of one run, [`StudyFilesError::MissingParts`] if a part is in none of them,
/// [`StudyFilesError::Unreadable`], [`StudyFilesError::Sweep`] if the observer cancels.
pub fn read_parts(
    folders: &[StudyParts],
    plan: &Arc<SweepPlan>,
    observer: &mut dyn Observer,
) -> Result<StudyInput, StudyFilesError> {
    let Some(first) = folders.first() else {
        return Err(StudyFilesError::MissingParts {
            missing_count: 1,
            total: 1,
            first_missing: 0,
            shards: None,
        });
    };
    StudyParts::check_same_config(folders)?;
    let folders = find_parts(folders, first.manifest().part_count())?;
    let (devices, parts_without_device) = distinct_devices(&folders);
    let manifest = first.manifest();
    let mut columns = AttributeColumns::new(manifest.settings.attributes);
    let (mut samples, mut centres) = (MelodyCounter::default(), MelodyCounter::default());
    let (mut note_counts, mut positions, mut encoder_sample) = (Vec::new(), Vec::new(), Vec::new());
    let mut posteriors = Some(Vec::new());
    let mut phase = PhaseProgress::new(observer, Phase::Measure);
    let numbered_folders: Vec<(usize, &StudyParts)> = folders.iter().enumerate().collect();
    // Each chunk of parts is read and measured on all threads; its results are added in the order of the parts.
    for chunk in numbered_folders.chunks(PARTS_PER_CHUNK) {
        let attribute_set = manifest.settings.attributes;
        let mut measured_parts = chunk
            .par_iter()
            .map(|(part, folder)| measure_part(folder, *part, plan, attribute_set))
            .collect::<Result<Vec<MeasuredPart>, StudyFilesError>>()?;
        for part in &mut measured_parts {
            let part_posteriors = part.posteriors.take();
            posteriors =
                posteriors
                    .zip(part_posteriors)
                    .map(|(mut posteriors, part_posteriors)| {
                        posteriors.extend(part_posteriors);
                        posteriors
                    });
        }
        for melody in measured_parts.into_iter().flat_map(|part| part.melodies) {
            let Some(position) = melody.position else {
                centres.add_hash(melody.hash, melody.attributes.is_none());
                continue;
            };
            encoder_sample.extend(melody.encoder_tokens);
            samples.add_hash(melody.hash, melody.attributes.is_none());
            columns.push_row(melody.attributes.as_deref());
            note_counts.push(melody.note_count);
            positions.push(position);
        }
        let parts_done = chunk.last().map_or(0, |(part, _)| part + 1);
        phase
            .report(parts_done as f64 / folders.len() as f64)
            .map_err(|Cancelled| SweepError::Cancelled)?;
    }
    let mut data = StudyData::from_plan(plan, columns);
    data.counts = samples.finish();
    data.centre_counts = Some(centres.finish());
    data.steps = manifest.steps;
    data.cache_latents();
    data.weights_hash.clone_from(&manifest.weights_hash);
    Ok(StudyInput {
        data,
        note_counts,
        positions,
        encoder_sample,
        posteriors,
        devices,
        parts_without_device,
        source: MelodySource::Parts(folders),
    })
}

/// For each of `total` parts, in order, a folder that has it.
fn find_parts(folders: &[StudyParts], total: usize) -> Result<Vec<StudyParts>, StudyFilesError> {
    let folder_of_part: Vec<Option<&StudyParts>> = (0..total)
        .map(|part| folders.iter().find(|folder| folder.has(part)))
        .collect();
    let missing: Vec<usize> = (0..total)
        .filter(|part| folder_of_part[*part].is_none())
        .collect();
    if let Some(first) = missing.first() {
        return Err(StudyFilesError::MissingParts {
            missing_count: missing.len(),
            total,
            first_missing: *first,
            shards: StudyParts::shard_count(folders)
                .map(|count| (Shard::containing(&missing, total, count), count)),
        });
    }
    Ok(folder_of_part.into_iter().flatten().cloned().collect())
}

/// The devices that decoded these parts, and the number of parts whose device is not recorded.
fn distinct_devices(parts: &[StudyParts]) -> (Vec<String>, usize) {
    let mut devices: Vec<String> = Vec::new();
    let mut parts_without_device = 0;
    for (part, folder) in parts.iter().enumerate() {
        let part_devices = folder.devices(part);
        parts_without_device += usize::from(part_devices.is_empty());
        for device in part_devices {
            if !devices.contains(device) {
                devices.push(device.clone());
            }
        }
    }
    (devices, parts_without_device)
}

/// The data of a part that a study holds in memory.
struct MeasuredPart {
    melodies: Vec<MeasuredMelody>,
    /// Posteriors of the melodies that are encoded, if the shard wrote them.
    posteriors: Option<Vec<Posterior>>,
}

/// The data of a melody that a study holds in memory.
struct MeasuredMelody {
    /// Position on the map; `None` for the centre of a region.
    position: Option<[f64; 2]>,
    /// Its tokens, if the study encodes it.
    encoder_tokens: Option<Tokens>,
    /// Its [`melody_hash`].
    hash: u128,
    /// Its attributes; `None` if it is empty.
    attributes: Option<Vec<f64>>,
    note_count: u16,
}

/// Reads a part and measures its melodies.
fn measure_part(
    folder: &StudyParts,
    part: usize,
    plan: &SweepPlan,
    attribute_set: AttributeSet,
) -> Result<MeasuredPart, StudyFilesError> {
    let (ids, melodies) = folder.read(part)?;
    let is_sample = |id: &MelodyId| matches!(id, MelodyId::Sample { .. });
    let sample_count = ids.iter().filter(|id| is_sample(id)).count();
    let mut stored_positions = folder.positions(part, sample_count).into_iter().flatten();
    let measure = |(id, melody): (&MelodyId, &Melody)| {
        let attributes = attribute_set.measure(melody);
        MeasuredMelody {
            position: is_sample(id)
                .then(|| stored_positions.next().or_else(|| plan.position(*id)))
                .flatten(),
            encoder_tokens: (attributes.is_some() && is_encoded(&plan.config, *id))
                .then(|| melody.tokens().clone()),
            hash: melody_hash(melody),
            attributes,
            note_count: u16::try_from(melody.notes().len()).unwrap_or(u16::MAX),
        }
    };
    let melodies: Vec<MeasuredMelody> = ids.iter().zip(&melodies).map(measure).collect();
    let encoded_count = melodies
        .iter()
        .filter(|m| m.encoder_tokens.is_some())
        .count();
    let posteriors = folder.posteriors(part, encoded_count);
    Ok(MeasuredPart {
        melodies,
        posteriors,
    })
}

/// First half of the SHA-256 of a melody's canonical tokens; collisions are negligible.
fn melody_hash(melody: &Melody) -> u128 {
    let digest = Sha256::digest(melody.tokens().canonical().as_slice());
    let mut first_half = [0; 16];
    first_half.copy_from_slice(&digest[..16]);
    u128::from_le_bytes(first_half)
}

/// Counts melodies without storing them.
#[derive(Default)]
pub(super) struct MelodyCounter {
    counts: MelodyCounts,
    /// [`melody_hash`] of each distinct melody.
    distinct_hashes: HashSet<u128>,
}

impl MelodyCounter {
    pub(super) fn add(&mut self, melody: &Melody) {
        self.add_hash(melody_hash(melody), melody.is_empty());
    }

    fn add_hash(&mut self, hash: u128, is_empty: bool) {
        self.counts.melodies += 1;
        self.counts.empty += usize::from(is_empty);
        self.distinct_hashes.insert(hash);
    }

    /// The counts of all added melodies.
    pub(super) fn finish(mut self) -> MelodyCounts {
        self.counts.distinct = self.distinct_hashes.len();
        self.counts
    }
}
