//! Parts of a run: blocks of decoded melodies, each a file of its own.
//!
//! All else of a run follows from its settings and the melodies, so tokens are all that a part holds. A run that was stopped
//! goes on with the parts that are not there; a shard makes some of them; joined, they are those of one run.

use std::fs;
use std::ops::Range;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::StudyFilesError;
use crate::latent::LatentPoint;
use crate::melody::{Melody, Tokens};
use crate::model::Decode;
use crate::session::files::{make_folder, write_whole};
use crate::session::tables::write_tokens;
use crate::study::StudySettings;
use crate::sweep::{MelodyId, Meter, Observer, SweepConfig, SweepPlan, decode_batches};

/// Name of the folder inside the study's.
const FOLDER: &str = "parts";
/// Name of the file that says what the parts are parts of.
const MANIFEST: &str = "manifest.json";
/// Most melodies of a part in a run that is not huge.
const BLOCK: u64 = 256;
/// Most parts of a run that is huge.
const MOST_PARTS: u64 = 4_096;
/// Fewest parts of a run that has as many melodies: so that small runs too can be spread over machines.
const FEWEST_PARTS: u64 = 16;

/// What the parts are parts of.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    /// The sweep.
    pub config: SweepConfig,
    /// The study that is to be made of it.
    pub settings: StudySettings,
    /// First digits of the SHA-256 of the weights.
    pub weights_hash: String,
    /// Dimensions of the latent space.
    pub latent_size: usize,
    /// Steps of each melody.
    pub steps: usize,
}

impl Manifest {
    /// Melodies of a part; the last part may have fewer.
    fn block(&self) -> u64 {
        let all = self.config.melodies();
        let small = all.div_ceil(FEWEST_PARTS).clamp(1, BLOCK);
        small.max(all.div_ceil(MOST_PARTS))
    }

    /// Number of parts.
    #[must_use]
    pub fn parts(&self) -> usize {
        self.config.melodies().div_ceil(self.block()) as usize
    }

    /// Names of a part's melodies: the centres come first, then the samples region by region.
    fn ids(&self, part: usize) -> Vec<MelodyId> {
        let first = part as u64 * self.block();
        let last = (first + self.block()).min(self.config.melodies());
        let (regions, samples) = (
            u64::from(self.config.regions),
            u64::from(self.config.samples),
        );
        (first..last)
            .map(|number| match number.checked_sub(regions) {
                None => MelodyId::Centre {
                    region: number as u32,
                },
                Some(number) => MelodyId::Sample {
                    region: (number / samples) as u32,
                    sample: (number % samples) as u32,
                },
            })
            .collect()
    }

    /// What differs from another, in a word.
    fn difference(&self, other: &Self) -> Option<&'static str> {
        [
            (self.config != other.config, "the sweep"),
            (self.settings != other.settings, "the study"),
            (self.weights_hash != other.weights_hash, "the model"),
            (self != other, "the size of the model"),
        ]
        .into_iter()
        .find_map(|(differs, what)| differs.then_some(what))
    }
}

/// A part of all the work: number `index` of `count`, counted from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shard {
    index: usize,
    count: usize,
}

impl Shard {
    /// All of it.
    #[must_use]
    pub fn whole() -> Self {
        Self { index: 1, count: 1 }
    }

    /// The parts that this shard makes, of `parts` in all.
    fn range(self, parts: usize) -> Range<usize> {
        (self.index - 1) * parts / self.count..self.index * parts / self.count
    }
}

impl std::str::FromStr for Shard {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("{text:?} is no shard; write 2/8 for the second of eight");
        let (index, count) = text.split_once('/').ok_or_else(wrong)?;
        let (index, count) = (
            index.trim().parse().map_err(|_| wrong())?,
            count.trim().parse().map_err(|_| wrong())?,
        );
        if !(1..=count).contains(&index) {
            return Err(wrong());
        }
        Ok(Self { index, count })
    }
}

/// A folder of parts.
#[derive(Clone, Debug)]
pub struct Parts {
    folder: PathBuf,
    manifest: Manifest,
}

impl Parts {
    /// Takes up the parts in a study's folder, or begins them.
    ///
    /// # Errors
    /// [`StudyFilesError::OtherRun`] if the folder has parts of another run and `overwrite` is off; otherwise those are removed.
    pub fn begin(
        folder: &Path,
        manifest: Manifest,
        overwrite: bool,
    ) -> Result<Self, StudyFilesError> {
        let parts = folder.join(FOLDER);
        if let Ok(found) = Self::open(folder) {
            match found.manifest.difference(&manifest) {
                None => return Ok(found),
                Some(what) if !overwrite => {
                    return Err(StudyFilesError::OtherRun {
                        folder: folder.to_path_buf(),
                        what,
                    });
                }
                Some(_) => found.remove()?,
            }
        }
        make_folder(&parts)?;
        write_whole(&parts.join(MANIFEST), true, |out| {
            serde_json::to_writer_pretty(&mut *out, &manifest)?;
            out.write_all(b"\n")
        })?;
        Ok(Self {
            folder: parts,
            manifest,
        })
    }

    /// The parts in a study's folder.
    ///
    /// # Errors
    /// [`StudyFilesError::NoParts`], or [`StudyFilesError::Unreadable`] for a manifest that makes no sense.
    pub fn open(folder: &Path) -> Result<Self, StudyFilesError> {
        let parts = folder.join(FOLDER);
        let path = parts.join(MANIFEST);
        let text = fs::read(&path).map_err(|_| StudyFilesError::NoParts {
            folder: folder.to_path_buf(),
        })?;
        let unreadable = |reason: String| StudyFilesError::Unreadable {
            path: path.clone(),
            reason,
        };
        let manifest: Manifest =
            serde_json::from_slice(&text).map_err(|error| unreadable(error.to_string()))?;
        manifest
            .config
            .validate()
            .map_err(|error| unreadable(error.to_string()))?;
        Ok(Self {
            folder: parts,
            manifest,
        })
    }

    /// Whether a study's folder has parts.
    #[must_use]
    pub fn are_in(folder: &Path) -> bool {
        folder.join(FOLDER).join(MANIFEST).is_file()
    }

    /// What these are parts of.
    #[must_use]
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// Whether these are parts of the same run as others.
    ///
    /// # Errors
    /// [`StudyFilesError::OtherRun`] if they are not.
    pub fn belong_with(&self, others: &Self) -> Result<(), StudyFilesError> {
        match self.manifest.difference(&others.manifest) {
            None => Ok(()),
            Some(what) => Err(StudyFilesError::OtherRun {
                folder: self.folder.clone(),
                what,
            }),
        }
    }

    fn path(&self, part: usize) -> PathBuf {
        self.folder.join(format!("part_{part:05}.npy"))
    }

    /// Whether a part is there. It is whole if it is.
    #[must_use]
    pub fn has(&self, part: usize) -> bool {
        self.path(part).is_file()
    }

    fn write(&self, part: usize, melodies: &[Melody]) -> Result<(), StudyFilesError> {
        Ok(write_whole(&self.path(part), true, |out| {
            write_tokens(out, self.manifest.steps, melodies.iter())
        })?)
    }

    /// The melodies of a part with their names.
    ///
    /// # Errors
    /// [`StudyFilesError::Unreadable`] for a file that is not that part.
    pub fn read(&self, part: usize) -> Result<(Vec<MelodyId>, Vec<Melody>), StudyFilesError> {
        let path = self.path(part);
        let unreadable = |reason: String| StudyFilesError::Unreadable {
            path: path.clone(),
            reason: format!("{reason}; remove it and run the shard again"),
        };
        let ids = self.manifest.ids(part);
        let steps = self.manifest.steps;
        let file = fs::File::open(&path).map_err(|error| unreadable(error.to_string()))?;
        let array = npyz::NpyFile::new(std::io::BufReader::new(file))
            .map_err(|error| unreadable(error.to_string()))?;
        let wanted = [ids.len() as u64, steps as u64];
        if array.shape() != wanted {
            return Err(unreadable(format!(
                "it has the shape {:?} and not {wanted:?}",
                array.shape()
            )));
        }
        let tokens: Vec<u8> = array
            .into_vec()
            .map_err(|error| unreadable(error.to_string()))?;
        let melodies = tokens
            .chunks(steps.max(1))
            .map(|row| Tokens::new(row.to_vec()).map(Melody::from_tokens))
            .collect::<Result<Vec<Melody>, _>>()
            .map_err(|error| unreadable(error.to_string()))?;
        Ok((ids, melodies))
    }

    /// Removes the parts, once everything has been made of them.
    ///
    /// # Errors
    /// [`StudyFilesError::Export`] if the system does not allow it.
    pub fn remove(&self) -> Result<(), StudyFilesError> {
        fs::remove_dir_all(&self.folder).map_err(|error| {
            StudyFilesError::Export(crate::session::ExportError::write(&self.folder, error))
        })
    }
}

/// Decodes the parts of a shard that are not there yet.
///
/// # Errors
/// [`StudyFilesError::Sweep`] if it was cancelled or the model failed: the parts that are done stay and are taken up by the
/// next call. [`StudyFilesError::Export`] if a part cannot be written.
pub fn decode_parts(
    parts: &Parts,
    plan: &SweepPlan,
    shard: Shard,
    batch: usize,
    decoder: &mut dyn Decode,
    observer: &mut dyn Observer,
) -> Result<(), StudyFilesError> {
    let manifest = &parts.manifest;
    let missing: Vec<usize> = shard
        .range(manifest.parts())
        .filter(|part| !parts.has(*part))
        .collect();
    let total = missing
        .iter()
        .map(|part| manifest.ids(*part).len() as u64)
        .sum();
    let mut meter = Meter::start(total);
    for part in missing {
        let ids = manifest.ids(part);
        let points: Vec<LatentPoint> = ids.iter().filter_map(|id| plan.latent(*id)).collect();
        let melodies = decode_batches(
            &manifest.config,
            (&points, &ids),
            batch,
            decoder,
            observer,
            &mut meter,
        )?;
        parts.write(part, &melodies)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn manifest(regions: u32, samples: u32) -> Manifest {
        Manifest {
            config: SweepConfig {
                regions,
                samples,
                ..SweepConfig::default()
            },
            settings: StudySettings::default(),
            weights_hash: "0123456789ab".to_owned(),
            latent_size: 24,
            steps: 32,
        }
    }

    #[test]
    fn parts_hold_every_melody_once_and_shards_every_part() {
        for (regions, samples) in [(1, 1), (6, 5), (100, 64), (1_000, 1_000)] {
            let manifest = manifest(regions, samples);
            let parts = manifest.parts();
            assert!(parts as u64 <= MOST_PARTS, "{parts}");
            if regions < 1_000 {
                let all: Vec<MelodyId> = (0..parts).flat_map(|part| manifest.ids(part)).collect();
                let mut once = all.clone();
                once.sort();
                once.dedup();
                assert_eq!(once.len() as u64, manifest.config.melodies());
                assert_eq!(all.len(), once.len());
                assert_eq!(all[0], MelodyId::Centre { region: 0 });
            }
            for count in [1, 3, 4, 50] {
                let covered: Vec<usize> = (1..=count)
                    .flat_map(|index| Shard { index, count }.range(parts))
                    .collect();
                assert_eq!(covered, (0..parts).collect::<Vec<_>>());
            }
        }
    }

    #[test]
    fn a_shard_is_written_as_a_fraction() {
        assert_eq!("2/8".parse(), Ok(Shard { index: 2, count: 8 }));
        for wrong in ["0/4", "5/4", "3", "a/b", "1/0", ""] {
            assert!(wrong.parse::<Shard>().is_err(), "{wrong}");
        }
    }
}
