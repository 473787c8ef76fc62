//! Parts of a run: blocks of decoded melodies, each a file of its own.
//!
//! All else of a run follows from its settings and the melodies, so tokens are all that a part holds. A run that was stopped
//! goes on with the parts that are not there; a shard makes some of them; joined, they are those of one run.

use std::fs;
use std::io::Cursor;
use std::ops::Range;
use std::path::{Path, PathBuf};

use super::{Manifest, StudyFilesError};
use crate::latent::LatentPoint;
use crate::melody::{Melody, Tokens};
use crate::model::Decode;
use crate::session::files::{make_folder, write_atomic};
use crate::session::tables::write_tokens;
use crate::sweep::{MelodyId, Meter, Observer, SweepPlan, decode_batches};

/// Name of the folder inside the study's.
const FOLDER: &str = "parts";
/// Name of the file that says what the parts are parts of.
const MANIFEST: &str = "manifest.json";
/// Most bytes before an array's numbers; NumPy's own headers have about a hundred.
const LONGEST_HEADER: u64 = 1 << 16;

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
    /// [`StudyFilesError::OtherRun`] if the folder has parts of another run, [`StudyFilesError::Unreadable`] if it cannot be said
    /// which, and `overwrite` is off; otherwise those are removed.
    pub fn begin(
        folder: &Path,
        manifest: Manifest,
        overwrite: bool,
    ) -> Result<Self, StudyFilesError> {
        let begun = Self {
            folder: folder.join(FOLDER),
            manifest,
        };
        match Self::open(folder) {
            Ok(found) => match found.manifest.difference(&begun.manifest) {
                None => return Ok(found),
                Some(what) if !overwrite => {
                    return Err(StudyFilesError::OtherRun {
                        folder: folder.to_path_buf(),
                        what,
                    });
                }
                Some(_) => found.remove()?,
            },
            Err(StudyFilesError::NoParts { .. }) => {}
            // Whatever parts lie beside it are not known to be of this run.
            Err(_) if overwrite => begun.remove()?,
            Err(error) => return Err(error),
        }
        make_folder(&begun.folder)?;
        begun.write_manifest()?;
        Ok(begun)
    }

    fn write_manifest(&self) -> Result<(), StudyFilesError> {
        Ok(write_atomic(&self.folder.join(MANIFEST), true, |out| {
            serde_json::to_writer_pretty(&mut *out, &self.manifest)?;
            out.write_all(b"\n")
        })?)
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
        manifest.check().map_err(unreadable)?;
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

    /// Checks that all folders hold parts of one run.
    ///
    /// # Errors
    /// [`StudyFilesError::DifferentRuns`] names two that differ.
    pub fn check_one_run(folders: &[Self]) -> Result<(), StudyFilesError> {
        for pair in folders.windows(2) {
            if let Some(what) = pair[0].manifest.difference(&pair[1].manifest) {
                return Err(StudyFilesError::DifferentRuns {
                    folders: [0, 1].map(|k| pair[k].study_folder().to_path_buf()),
                    what,
                });
            }
        }
        Ok(())
    }

    /// The study's folder, which has the folder of the parts.
    fn study_folder(&self) -> &Path {
        self.folder.parent().unwrap_or(&self.folder)
    }

    fn path(&self, part: usize) -> PathBuf {
        self.folder.join(format!("part_{part:05}.npy"))
    }

    /// Whether a part is there. It is whole if it is.
    #[must_use]
    pub fn has(&self, part: usize) -> bool {
        self.path(part).is_file()
    }

    /// What decoded a part; empty if nobody wrote it down.
    #[must_use]
    pub fn devices(&self, part: usize) -> &[String] {
        self.manifest.devices.get(&part).map_or(&[], Vec::as_slice)
    }

    fn write(
        &mut self,
        part: usize,
        melodies: &[Melody],
        devices: Vec<String>,
    ) -> Result<(), StudyFilesError> {
        // Another shard may work in the same folder and have added to the manifest. The device comes before the part: a part
        // that is there then has one.
        if let Ok(bytes) = fs::read(self.folder.join(MANIFEST))
            && let Ok(now) = serde_json::from_slice::<Manifest>(&bytes)
        {
            self.manifest.devices.extend(now.devices);
        }
        self.manifest.devices.insert(part, devices);
        self.write_manifest()?;
        Ok(write_atomic(&self.path(part), true, |out| {
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
        // Its length first: a file that claims more than it holds must not be believed.
        let wanted = [ids.len() as u64, steps as u64];
        let numbers = wanted[0] * wanted[1];
        let length = fs::metadata(&path)
            .map_err(|error| unreadable(error.to_string()))?
            .len();
        if !(numbers..=numbers + LONGEST_HEADER).contains(&length) {
            return Err(unreadable(format!(
                "it has {length} bytes, which is not the length of {} melodies of {steps} steps",
                ids.len()
            )));
        }
        let bytes = fs::read(&path).map_err(|error| unreadable(error.to_string()))?;
        let mut bytes = Cursor::new(bytes.as_slice());
        let array =
            npyz::NpyFile::new(&mut bytes).map_err(|error| unreadable(error.to_string()))?;
        if array.shape() != wanted {
            return Err(unreadable(format!(
                "it has the shape {:?} and not {wanted:?}",
                array.shape()
            )));
        }
        let tokens: Vec<u8> = array
            .into_vec()
            .map_err(|error| unreadable(error.to_string()))?;
        let rest = bytes.get_ref().len() as u64 - bytes.position();
        if rest > 0 {
            return Err(unreadable(format!("{rest} bytes follow its last melody")));
        }
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
    parts: &mut Parts,
    plan: &SweepPlan,
    shard: Shard,
    batch: usize,
    decoder: &mut dyn Decode,
    observer: &mut dyn Observer,
) -> Result<(), StudyFilesError> {
    let manifest = parts.manifest.clone();
    // What decoded before is no matter of these parts.
    decoder.take_devices();
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
        let devices = decoder.take_devices();
        parts.write(part, &melodies, devices)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]

    use std::collections::BTreeMap;

    use super::super::manifest::MOST_PARTS;
    use super::*;
    use crate::study::StudySettings;
    use crate::sweep::SweepConfig;

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
            devices: BTreeMap::new(),
        }
    }

    fn told(manifest: &Manifest, change: impl Fn(&mut serde_json::Value)) -> String {
        let folder = tempfile::tempdir().unwrap();
        let parts = Parts::begin(folder.path(), manifest.clone(), false).unwrap();
        let path = parts.folder.join(MANIFEST);
        let mut json = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
        change(&mut json);
        fs::write(&path, serde_json::to_vec(&json).unwrap()).unwrap();
        let error = Parts::open(folder.path()).unwrap_err().to_string();
        // Nor are parts that nobody knows taken up by a new run.
        assert!(Parts::begin(folder.path(), manifest.clone(), false).is_err());
        assert!(Parts::begin(folder.path(), manifest.clone(), true).is_ok());
        error
    }

    #[test]
    fn sizes_that_no_run_has_are_refused_before_memory_is_asked_for() {
        let manifest = manifest(100, 64);
        for (at, value, words) in [
            ("/latent_size", 1_000_000_000_u64, "latent size"),
            ("/latent_size", 0, "latent size"),
            ("/steps", 1_000_000_000_000, "number of steps"),
            ("/steps", 0, "number of steps"),
            ("/config/samples", 1_000_000_000_000, "manifest.json"),
            ("/config/samples", 4_000_000_000, "samples per region"),
            ("/config/regions", 4_000_000_000, "number of regions"),
            ("/settings/group_samples", 4_000_000_000, "new samples"),
            ("/settings/permutations", 1_000_000_000_000, "permutations"),
            ("/settings/resamples", 1_000_000_000_000, "resamples"),
            ("/latent_size", u64::MAX, "manifest.json"),
        ] {
            let error = told(&manifest, |json| {
                *json.pointer_mut(at).unwrap() = value.into()
            });
            assert!(
                error.contains(words) && error.contains("manifest.json"),
                "{at}: {error}"
            );
        }
        let error = told(&manifest, |json| {
            *json.pointer_mut("/config/regions").unwrap() = 20_000.into();
            *json.pointer_mut("/config/samples").unwrap() = 10.into();
            *json.pointer_mut("/latent_size").unwrap() = 65_000.into();
        });
        assert!(error.contains("more than a run can have"), "{error}");
    }

    #[test]
    fn a_part_is_read_only_if_its_length_is_right() {
        let folder = tempfile::tempdir().unwrap();
        let mut parts = Parts::begin(folder.path(), manifest(6, 5), false).unwrap();
        let count = parts.manifest.ids(0).len();
        let melody = Melody::from_tokens(Tokens::new(vec![0; 32]).unwrap());
        parts
            .write(0, &vec![melody; count], vec!["CPU".to_owned()])
            .unwrap();
        assert_eq!(parts.read(0).unwrap().1.len(), count);
        let path = parts.path(0);
        let good = fs::read(&path).unwrap();
        let refused = |bytes: &[u8]| {
            fs::write(&path, bytes).unwrap();
            let error = parts.read(0).unwrap_err().to_string();
            assert!(error.contains("part_00000.npy") && error.contains("run the shard again"));
            error
        };
        for length in [0, 5, 60, good.len() - 1] {
            refused(&good[..length]);
        }
        let longer = [&good[..], &[0; 7]].concat();
        assert!(refused(&longer).contains("7 bytes follow"));
        let much_longer = [&good[..], &vec![0; 100_000]].concat();
        assert!(refused(&much_longer).contains("not the length"));
        // A header that claims more than the file holds.
        let mut boast = good.clone();
        let name = b"'shape': ";
        let at = good.windows(name.len()).position(|w| w == name).unwrap() + name.len();
        let spare = good[at..].iter().position(|byte| *byte == b'\n').unwrap();
        let claim = format!("{:<spare$}", "(9999999, 9999999), }");
        boast[at..at + spare].copy_from_slice(claim.as_bytes());
        assert!(refused(&boast).contains("the shape"), "{}", refused(&boast));
    }

    #[test]
    fn each_part_says_what_decoded_it_and_older_ones_say_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let mut parts = Parts::begin(folder.path(), manifest(6, 5), false).unwrap();
        // Another shard in the same folder.
        let mut other = parts.clone();
        let melodies = |part: usize| {
            let melody = Melody::from_tokens(Tokens::new(vec![0; 32]).unwrap());
            vec![melody; manifest(6, 5).ids(part).len()]
        };
        parts
            .write(0, &melodies(0), vec!["A card".to_owned(), "CPU".to_owned()])
            .unwrap();
        other
            .write(1, &melodies(1), vec!["CPU".to_owned()])
            .unwrap();
        let found = Parts::open(folder.path()).unwrap();
        assert_eq!(found.devices(0), ["A card", "CPU"]);
        assert_eq!(found.devices(1), ["CPU"]);
        assert!(found.devices(2).is_empty());
        // A manifest of before has no such field.
        let path = found.folder.join(MANIFEST);
        let mut json: serde_json::Value =
            serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
        json.as_object_mut().unwrap().remove("devices").unwrap();
        fs::write(&path, serde_json::to_vec(&json).unwrap()).unwrap();
        assert!(Parts::open(folder.path()).unwrap().devices(0).is_empty());
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
