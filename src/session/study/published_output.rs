//! The output of the published study's scripts: folders `grid_point_i/sample_j` with NumPy arrays and MIDI files.

use std::fs;
use std::path::{Path, PathBuf};

use super::error::StudyFilesError;
use super::input::{MAX_ENCODED, MelodyCounter, Source, StudyInput};
use crate::files::folder_entries;
use crate::latent::LatentPoint;
use crate::melody::{
    HIGHEST_PITCH, LOWEST_PITCH, Melody, MidiSong, Note, STEPS_PER_BAR, read_midi_file,
};
use crate::study::{AttributeColumns, AttributeSet, StudyData};

/// Two bars, the length of that study's melodies.
const MIN_STEPS: usize = 2 * STEPS_PER_BAR;
/// Sixteen bars: longer files are not melodies of a model.
const MAX_STEPS: u64 = 16 * STEPS_PER_BAR as u64;
/// Most numbers of a latent point.
const MAX_DIMENSIONS: u64 = 1 << 20;

/// Reads a folder of regions `grid_point_i` (the centre in `mean_pt_coord_i.npy`, in it or in its samples) with samples
/// `sample_j` (`sample_coord_j.npy`, `sample_midi_out_j.mid`), or the folder of a run that has them in `samples`. Other files are
/// ignored: attributes are measured anew.
///
/// Samples have the map positions of their regions, because it is unknown how they were drawn.
///
/// # Errors
/// [`StudyFilesError::Unreadable`] for missing or invalid files.
pub fn read_published_output(
    folder: &Path,
    set: AttributeSet,
) -> Result<StudyInput, StudyFilesError> {
    let mut regions = numbered_folders(folder, "grid_point_")?;
    let inner = folder.join("samples");
    if regions.is_empty() && inner.is_dir() {
        regions = numbered_folders(&inner, "grid_point_")?;
    }
    if regions.is_empty() {
        return Err(unreadable(
            folder,
            "it has no folder grid_point_0, grid_point_1, …",
        ));
    }
    let PublishedPoints {
        centroids,
        latents,
        labels,
        songs,
    } = read_regions(&regions)?;
    check_points(folder, &centroids, &latents)?;
    let steps = melody_steps(&songs);
    let (mut columns, mut counter) = (AttributeColumns::new(set), MelodyCounter::default());
    let mut melodies = Vec::with_capacity(songs.len());
    for notes in songs {
        let melody = Melody::from_notes(&notes, steps)
            .map_err(|error| unreadable(folder, &error.to_string()))?;
        columns.push(&melody);
        counter.count(&melody);
        melodies.push(melody);
    }
    let every = melodies.len().div_ceil(MAX_ENCODED).max(1);
    let evenly_spaced = melodies.iter().step_by(every);
    let encoder_sample = evenly_spaced
        .filter(|melody| !melody.is_empty())
        .map(|melody| melody.tokens().clone())
        .collect();
    let data = StudyData::from_points(centroids, latents, labels, columns, counter.done(), steps);
    let positions = data
        .regions
        .iter()
        .map(|region| data.map.points[*region as usize])
        .collect();
    Ok(StudyInput {
        notes: melodies
            .iter()
            .map(|melody| u16::try_from(melody.notes().len()).unwrap_or(u16::MAX))
            .collect(),
        positions,
        encoder_sample,
        devices: Vec::new(),
        unknown_devices: 0,
        source: Source::Memory(melodies),
        data,
    })
}

/// The points and melodies of the regions' folders.
#[derive(Default)]
struct PublishedPoints {
    /// Centre of each region.
    centroids: Vec<LatentPoint>,
    /// Latent point of each sample.
    latents: Vec<LatentPoint>,
    /// Index of each sample's region.
    labels: Vec<u32>,
    /// Notes of each sample.
    songs: Vec<Vec<Note>>,
}

/// Reads the folders of the regions, given with their numbers.
fn read_regions(regions: &[(u64, PathBuf)]) -> Result<PublishedPoints, StudyFilesError> {
    let mut points = PublishedPoints::default();
    for (place, (number, region)) in regions.iter().enumerate() {
        let samples = numbered_folders(region, "sample_")?;
        let name = format!("mean_pt_coord_{number}.npy");
        let folders = std::iter::once(region).chain(samples.iter().map(|(_, sample)| sample));
        let centre = folders
            .map(|folder| folder.join(&name))
            .find(|path| path.is_file());
        let centre = centre.ok_or_else(|| unreadable(region, &format!("{name} is missing")))?;
        points.centroids.push(read_point(&centre)?);
        for (number, sample) in samples {
            points.latents.push(read_point(
                &sample.join(format!("sample_coord_{number}.npy")),
            )?);
            points.labels.push(place as u32);
            let path = sample.join(format!("sample_midi_out_{number}.mid"));
            let song =
                read_midi_file(&path).map_err(|error| unreadable(&path, &error.to_string()))?;
            // Missing parts of a file must not count as silence.
            if song.report.is_damaged() {
                return Err(unreadable(&path, &song.report.sentences().join("; ")));
            }
            points.songs.push(quantise(&song).ok_or_else(|| {
                unreadable(
                    &path,
                    "it is longer than sixteen bars, so it is no melody of a model",
                )
            })?);
        }
    }
    Ok(points)
}

/// Checks that there are samples, and that all points have the same number of dimensions.
fn check_points(
    folder: &Path,
    centroids: &[LatentPoint],
    latents: &[LatentPoint],
) -> Result<(), StudyFilesError> {
    let width = centroids.first().map_or(0, LatentPoint::len);
    if width == 0
        || centroids
            .iter()
            .chain(latents)
            .any(|point| point.len() != width)
    {
        return Err(unreadable(
            folder,
            "its points do not all have the same number of dimensions",
        ));
    }
    if latents.is_empty() {
        return Err(unreadable(folder, "it has no sample"));
    }
    Ok(())
}

/// Length of the longest melody in whole bars, as steps, but at least that of the study's melodies.
fn melody_steps(songs: &[Vec<Note>]) -> usize {
    let last = songs
        .iter()
        .flatten()
        .map(|note| note.end as usize)
        .max()
        .unwrap_or(0);
    let steps = last.div_ceil(STEPS_PER_BAR).max(1) * STEPS_PER_BAR;
    steps.max(MIN_STEPS)
}

fn unreadable(path: &Path, reason: &str) -> StudyFilesError {
    StudyFilesError::Unreadable {
        path: path.to_path_buf(),
        reason: reason.to_owned(),
    }
}

/// Folders named by a prefix and a number, in the order of their numbers.
fn numbered_folders(folder: &Path, prefix: &str) -> Result<Vec<(u64, PathBuf)>, StudyFilesError> {
    let entries = folder_entries(folder).map_err(|error| unreadable(folder, &error.to_string()))?;
    let mut found: Vec<(u64, PathBuf)> = entries
        .flatten()
        .filter(|entry| entry.path().is_dir())
        .filter_map(|entry| {
            let name = entry.file_name();
            let number = name.to_str()?.strip_prefix(prefix)?.parse().ok()?;
            Some((number, entry.path()))
        })
        .collect();
    found.sort();
    Ok(found)
}

/// A latent point from an array of single or double precision, `[n]`, `[1, n]` or `[n, 1]`.
fn read_point(path: &Path) -> Result<LatentPoint, StudyFilesError> {
    let open = || {
        let file = fs::File::open(path).map_err(|error| unreadable(path, &error.to_string()))?;
        let array = npyz::NpyFile::new(std::io::BufReader::new(file))
            .map_err(|error| unreadable(path, &error.to_string()))?;
        let wide = array.shape().iter().filter(|size| **size != 1).count();
        if wide > 1 {
            let shape = format!("it has the shape {:?}", array.shape());
            return Err(unreadable(
                path,
                &format!("{shape} and not that of one latent point"),
            ));
        }
        if array.len() > MAX_DIMENSIONS {
            return Err(unreadable(
                path,
                "it has too many numbers for a latent point",
            ));
        }
        Ok(array)
    };
    let numbers: Vec<f32> = match open()?.into_vec::<f32>() {
        Ok(numbers) => numbers,
        Err(_) => open()?
            .into_vec::<f64>()
            .map_err(|error| unreadable(path, &error.to_string()))?
            .into_iter()
            .map(|x| x as f32)
            .collect(),
    };
    if numbers.is_empty() || numbers.iter().any(|x| !x.is_finite()) {
        return Err(unreadable(path, "it holds no finite numbers"));
    }
    Ok(LatentPoint::new(numbers))
}

/// The notes of all tracks on the nearest sixteenths, without overlaps; `None` if the file is too long.
fn quantise(song: &MidiSong) -> Option<Vec<Note>> {
    let ticks = u64::from(song.ticks_per_quarter.max(1));
    let step = |tick: u64| (tick * 4 + ticks / 2) / ticks;
    let mut notes: Vec<Note> = Vec::new();
    for note in song.tracks.iter().flat_map(|track| &track.notes) {
        if !(LOWEST_PITCH..=HIGHEST_PITCH).contains(&note.pitch) {
            continue;
        }
        let (start, end) = (step(note.start), step(note.end));
        if end > MAX_STEPS || start >= MAX_STEPS {
            return None;
        }
        notes.push(Note {
            pitch: note.pitch,
            start: start as u32,
            end: end.max(start + 1) as u32,
        });
    }
    notes.sort_by_key(|note| (note.start, std::cmp::Reverse(note.pitch)));
    notes.dedup_by_key(|note| note.start);
    let starts: Vec<u32> = notes.iter().skip(1).map(|note| note.start).collect();
    for (note, next) in notes.iter_mut().zip(starts) {
        note.end = note.end.min(next);
    }
    Some(notes)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]

    use npyz::WriterBuilder as _;

    use super::*;
    use crate::latent::prior_point;
    use crate::melody::{MidiWriteOptions, Track, single_track_bytes};
    use crate::study::{Study, StudySettings};

    fn array<T: npyz::AutoSerialize + Copy>(path: &Path, shape: &[u64], numbers: &[T]) {
        let mut bytes = Vec::new();
        let mut writer = npyz::WriteOptions::<T>::new()
            .default_dtype()
            .shape(shape)
            .writer(&mut bytes)
            .begin_nd()
            .unwrap();
        writer.extend(numbers.iter().copied()).unwrap();
        writer.finish().unwrap();
        fs::write(path, bytes).unwrap();
    }

    /// Four regions with three samples, each with as many notes as its region and sample say.
    fn published(folder: &Path) {
        for i in 0..4_u32 {
            let region = folder.join(format!("grid_point_{i}"));
            let centre = prior_point(8, 1, u64::from(i));
            for j in 0..3_u32 {
                let sample = region.join(format!("sample_{j}"));
                fs::create_dir_all(&sample).unwrap();
                let point = prior_point(8, 2, u64::from(3 * i + j));
                let name = format!("sample_coord_{j}.npy");
                array(&sample.join(name), &[1, 8], point.as_slice());
                let notes: Vec<Note> = (0..2 * i + j)
                    .map(|k| Note {
                        pitch: 60 + k as u8,
                        start: 2 * k,
                        end: 2 * k + 2,
                    })
                    .collect();
                let melody = Melody::from_notes(&notes, 32).unwrap();
                let track = Track {
                    melody: &melody,
                    name: String::new(),
                    text: String::new(),
                };
                let bytes = single_track_bytes(&track, &MidiWriteOptions::default());
                fs::write(sample.join(format!("sample_midi_out_{j}.mid")), bytes).unwrap();
            }
            let centre: Vec<f64> = centre.as_slice().iter().map(|x| f64::from(*x)).collect();
            array(
                &region.join(format!("mean_pt_coord_{i}.npy")),
                &[8],
                &centre,
            );
        }
    }

    #[test]
    fn the_output_of_the_published_scripts_is_read() {
        let folder = tempfile::tempdir().unwrap();
        published(folder.path());
        let read = read_published_output(folder.path(), AttributeSet::Standard).unwrap();
        let data = &read.data;
        assert_eq!((data.len(), data.latent_size(), data.steps), (12, 8, 32));
        assert_eq!(data.regions, [0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 3]);
        assert_eq!(read.notes, [0, 1, 2, 2, 3, 4, 4, 5, 6, 6, 7, 8]);
        assert_eq!(data.latent(7), Some(prior_point(8, 2, 7)));
        assert_eq!(data.centroids[2], prior_point(8, 1, 2));
        assert_eq!(data.counts.empty, 1);
        // The first region's mean is over the two samples that are not empty.
        assert_eq!(data.region_means(0)[0], Some(1.5 / 32.0));
    }

    #[test]
    fn a_region_with_a_single_sample_leaves_the_others_complete() {
        let folder = tempfile::tempdir().unwrap();
        published(folder.path());
        for sample in ["sample_1", "sample_2"] {
            fs::remove_dir_all(folder.path().join("grid_point_2").join(sample)).unwrap();
        }
        let read = read_published_output(folder.path(), AttributeSet::Standard).unwrap();
        let data = &read.data;
        assert_eq!(data.regions, [0, 0, 0, 1, 1, 1, 2, 3, 3, 3]);
        assert_eq!(data.even_indices(1_000), (0..10).collect::<Vec<_>>());
        let settings = StudySettings::default();
        let study = Study::quick(data, &settings, true, &|| true).unwrap();
        // Nine of the ten have a note.
        for attribute in &study.attributes {
            let over = &attribute.over_samples;
            let chance = over.chance.as_ref().unwrap();
            assert_eq!(
                (attribute.n, over.n, over.spearman_n, chance.n),
                (9, 9, 9, 9)
            );
            assert!(attribute.linear.as_ref().is_none_or(|linear| linear.n == 9));
        }
        assert_eq!(study.attributes[0].linear.as_ref().unwrap().n, 9);
        // The encoder is given some of them.
        assert_eq!(read.encoder_sample.len(), 9);
    }

    #[derive(serde::Deserialize)]
    struct Expected {
        centres: Vec<Vec<f32>>,
        samples: Vec<ExpectedSample>,
    }

    #[derive(serde::Deserialize)]
    struct ExpectedSample {
        region: u32,
        point: Vec<f32>,
        measured: Option<std::collections::BTreeMap<String, f64>>,
    }

    #[test]
    fn a_run_that_numpy_and_pretty_midi_wrote_is_read_to_the_last_note() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/published_output");
        let text = fs::read(folder.join("expected.json")).unwrap();
        let expected: Expected = serde_json::from_slice(&text).unwrap();
        let read = read_published_output(&folder.join("run"), AttributeSet::Standard).unwrap();
        let data = &read.data;
        assert_eq!((data.latent_size(), data.steps), (16, 32));
        let centres: Vec<LatentPoint> =
            expected.centres.into_iter().map(LatentPoint::new).collect();
        assert_eq!(data.centroids, centres);
        assert_eq!(data.len(), expected.samples.len());
        assert_eq!(data.counts.empty, 1);
        for (place, sample) in expected.samples.into_iter().enumerate() {
            assert_eq!(data.regions[place], sample.region);
            assert_eq!(data.latent(place), Some(LatentPoint::new(sample.point)));
            let measured = sample.measured.unwrap_or_default();
            let notes = measured.get("notes").copied().unwrap_or(0.0);
            assert_eq!(f64::from(read.notes[place]), notes, "{place}");
            for (attribute, column) in crate::attributes::ATTRIBUTES.iter().zip(&data.columns) {
                let wanted = measured.get(attribute.id).copied();
                match (column[place], wanted) {
                    (Some(found), Some(wanted)) => {
                        assert!((found - wanted).abs() < 1e-12, "{place} {}", attribute.id);
                    }
                    (found, wanted) => assert_eq!(found, wanted, "{place}"),
                }
            }
        }
        // The folder inside is as good.
        let inner =
            read_published_output(&folder.join("run/samples"), AttributeSet::Standard).unwrap();
        assert_eq!(inner.data.columns, read.data.columns);
    }

    #[test]
    fn what_is_missing_or_damaged_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join("grid_point_2/sample_1").join(name);
        let told = || {
            read_published_output(folder.path(), AttributeSet::Standard)
                .unwrap_err()
                .to_string()
        };
        assert!(told().contains("no folder grid_point_0"), "{}", told());
        published(folder.path());
        let (point, midi) = (at("sample_coord_1.npy"), at("sample_midi_out_1.mid"));
        let (good_point, good_midi) = (fs::read(&point).unwrap(), fs::read(&midi).unwrap());
        let is_told = |path: &Path, bytes: &[u8], words: &str| {
            let good = fs::read(path).unwrap();
            fs::write(path, bytes).unwrap();
            let name = path.file_name().unwrap().to_str().unwrap();
            let said = told();
            assert!(said.contains(words) && said.contains(name), "{said}");
            fs::write(path, good).unwrap();
        };
        is_told(&point, b"nonsense", "cannot be used");
        is_told(&point, b"", "cannot be used");
        is_told(
            &point,
            &good_point[..good_point.len() - 3],
            "cannot be used",
        );
        is_told(&midi, &good_midi[..20], "cannot be used");
        is_told(&midi, b"", "cannot be used");
        // Wrong arrays, as whole files.
        let bytes = |shape: &[u64], numbers: &[f64]| {
            let path = folder.path().join("array");
            array(&path, shape, numbers);
            fs::read(&path).unwrap()
        };
        is_told(&point, &bytes(&[2], &[f64::NAN, 1.0]), "no finite numbers");
        is_told(&point, &bytes(&[0], &[]), "no finite numbers");
        is_told(&point, &bytes(&[2, 4], &[0.5; 8]), "the shape [2, 4]");
        let words = "same number of dimensions";
        fs::write(&point, bytes(&[3], &[1.0, 2.0, 3.0])).unwrap();
        assert!(told().contains(words), "{}", told());
        // A header that promises more than any memory holds.
        let mut boast = b"\x93NUMPY\x01\x00\x76\x00".to_vec();
        let header = "{'descr': '<f4', 'fortran_order': False, 'shape': (1099511627776,), }";
        boast.extend(format!("{header:<117}\n").bytes());
        is_told(&point, &boast, "too many numbers");
        let wrapped =
            "{'descr': '<f4', 'fortran_order': False, 'shape': (1, 18446744073709551615), }";
        let mut boast = b"\x93NUMPY\x01\x00\x76\x00".to_vec();
        boast.extend(format!("{wrapped:<117}\n").bytes());
        is_told(&point, &boast, "cannot be used");
        fs::write(&point, good_point).unwrap();
        fs::remove_file(&midi).unwrap();
        assert!(told().contains("sample_midi_out_1.mid"), "{}", told());
        fs::write(&midi, good_midi).unwrap();
        let centre = folder.path().join("grid_point_2/mean_pt_coord_2.npy");
        fs::remove_file(centre).unwrap();
        assert!(
            told().contains("mean_pt_coord_2.npy is missing"),
            "{}",
            told()
        );
    }
}
