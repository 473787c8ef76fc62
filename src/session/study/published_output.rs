//! Reading the output of the published study's scripts: folders `grid_point_i/sample_j` with NumPy arrays and MIDI files.

use std::fs;
use std::path::{Path, PathBuf};

use super::error::StudyFilesError;
use super::input::{MelodyCounter, MelodySource, StudyInput};
use super::part_posteriors::MAX_ENCODED_MELODIES;
use crate::files::folder_entries;
use crate::latent::LatentPoint;
use crate::melody::{
    HIGHEST_PITCH, LOWEST_PITCH, Melody, MidiSong, Note, STEPS_PER_BAR, read_midi_file,
};
use crate::study::{AttributeColumns, AttributeSet, StudyData};

/// Minimum number of steps of a melody: two bars, the length of the published study's melodies.
const MIN_STEPS: usize = 2 * STEPS_PER_BAR;
/// Maximum number of steps of a file: sixteen bars. Longer files are not melodies of a model.
const MAX_STEPS: u64 = 16 * STEPS_PER_BAR as u64;
/// Maximum number of dimensions of a latent point.
const MAX_DIMENSIONS: u64 = 1 << 20;

/// Reads a folder of regions `grid_point_i` with samples `sample_j`, or the folder of a run that has them in its folder `samples`.
/// The centre of a region is in `mean_pt_coord_i.npy`, in the folder of the region or of one of its samples; a sample is in
/// `sample_coord_j.npy` and `sample_midi_out_j.mid`. Other files are ignored: attributes are measured anew.
///
/// Samples get the map positions of their regions, because the distribution that they were drawn from is not recorded.
///
/// # Errors
/// [`StudyFilesError::Unreadable`] for missing or invalid files.
pub fn read_published_output(
    folder: &Path,
    set: AttributeSet,
) -> Result<StudyInput, StudyFilesError> {
    let mut regions = numbered_folders(folder, "grid_point_")?;
    let nested = folder.join("samples");
    if regions.is_empty() && nested.is_dir() {
        regions = numbered_folders(&nested, "grid_point_")?;
    }
    if regions.is_empty() {
        return Err(unreadable_error(
            folder,
            "it has no folder grid_point_0, grid_point_1, …",
        ));
    }
    let PublishedPoints {
        region_centres,
        latents,
        labels,
        melody_notes,
    } = read_regions(&regions)?;
    check_points(folder, &region_centres, &latents)?;
    let steps = melody_steps(&melody_notes);
    let (mut columns, mut counter) = (AttributeColumns::new(set), MelodyCounter::default());
    let mut melodies = Vec::with_capacity(melody_notes.len());
    for notes in melody_notes {
        let melody = Melody::from_notes(&notes, steps)
            .map_err(|error| unreadable_error(folder, &error.to_string()))?;
        columns.push(&melody);
        counter.add(&melody);
        melodies.push(melody);
    }
    let stride = melodies.len().div_ceil(MAX_ENCODED_MELODIES).max(1);
    let evenly_spaced = melodies.iter().step_by(stride);
    let encoder_sample = evenly_spaced
        .filter(|melody| !melody.is_empty())
        .map(|melody| melody.tokens().clone())
        .collect();
    let data = StudyData::from_points(
        region_centres,
        latents,
        labels,
        columns,
        counter.finish(),
        steps,
    );
    let positions = data
        .regions
        .iter()
        .map(|region| data.map.points[*region as usize])
        .collect();
    Ok(StudyInput {
        note_counts: melodies
            .iter()
            .map(|melody| u16::try_from(melody.notes().len()).unwrap_or(u16::MAX))
            .collect(),
        positions,
        encoder_sample,
        posteriors: None,
        devices: Vec::new(),
        parts_without_device: 0,
        source: MelodySource::Memory(melodies),
        data,
    })
}

/// The points and melodies of the regions' folders.
#[derive(Default)]
struct PublishedPoints {
    /// Centre of each region.
    region_centres: Vec<LatentPoint>,
    /// Latent point of each sample.
    latents: Vec<LatentPoint>,
    /// Index of each sample's region.
    labels: Vec<u32>,
    /// Notes of each sample.
    melody_notes: Vec<Vec<Note>>,
}

/// Reads the folders of the regions, given with their numbers.
fn read_regions(regions: &[(u64, PathBuf)]) -> Result<PublishedPoints, StudyFilesError> {
    let mut points = PublishedPoints::default();
    for (region_index, (number, region)) in regions.iter().enumerate() {
        let samples = numbered_folders(region, "sample_")?;
        let name = format!("mean_pt_coord_{number}.npy");
        let folders = std::iter::once(region).chain(samples.iter().map(|(_, sample)| sample));
        let centre = folders
            .map(|folder| folder.join(&name))
            .find(|path| path.is_file());
        let centre =
            centre.ok_or_else(|| unreadable_error(region, &format!("{name} is missing")))?;
        points.region_centres.push(read_point(&centre)?);
        for (number, sample) in samples {
            points.latents.push(read_point(
                &sample.join(format!("sample_coord_{number}.npy")),
            )?);
            points.labels.push(region_index as u32);
            let path = sample.join(format!("sample_midi_out_{number}.mid"));
            let song = read_midi_file(&path)
                .map_err(|error| unreadable_error(&path, &error.to_string()))?;
            // Missing parts of a file must not count as silence.
            if song.report.is_damaged() {
                return Err(unreadable_error(
                    &path,
                    &song.report.user_messages().join("; "),
                ));
            }
            points.melody_notes.push(quantise(&song).ok_or_else(|| {
                unreadable_error(
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
    region_centres: &[LatentPoint],
    latents: &[LatentPoint],
) -> Result<(), StudyFilesError> {
    let dimensions = region_centres.first().map_or(0, LatentPoint::len);
    if dimensions == 0
        || region_centres
            .iter()
            .chain(latents)
            .any(|point| point.len() != dimensions)
    {
        return Err(unreadable_error(
            folder,
            "its points do not all have the same number of dimensions",
        ));
    }
    if latents.is_empty() {
        return Err(unreadable_error(folder, "it has no sample"));
    }
    Ok(())
}

/// Number of steps of the longest melody, rounded up to bars, and at least [`MIN_STEPS`].
fn melody_steps(melody_notes: &[Vec<Note>]) -> usize {
    let last_step = melody_notes
        .iter()
        .flatten()
        .map(|note| note.end as usize)
        .max()
        .unwrap_or(0);
    let steps = last_step.div_ceil(STEPS_PER_BAR).max(1) * STEPS_PER_BAR;
    steps.max(MIN_STEPS)
}

fn unreadable_error(path: &Path, reason: &str) -> StudyFilesError {
    StudyFilesError::Unreadable {
        path: path.to_path_buf(),
        reason: reason.to_owned(),
    }
}

/// Folders named by a prefix and a number, in the order of their numbers.
fn numbered_folders(folder: &Path, prefix: &str) -> Result<Vec<(u64, PathBuf)>, StudyFilesError> {
    let entries =
        folder_entries(folder).map_err(|error| unreadable_error(folder, &error.to_string()))?;
    let mut numbered: Vec<(u64, PathBuf)> = entries
        .flatten()
        .filter(|entry| entry.path().is_dir())
        .filter_map(|entry| {
            let name = entry.file_name();
            let number = name.to_str()?.strip_prefix(prefix)?.parse().ok()?;
            Some((number, entry.path()))
        })
        .collect();
    numbered.sort();
    Ok(numbered)
}

/// A latent point from an array of single or double precision, `[n]`, `[1, n]` or `[n, 1]`.
fn read_point(path: &Path) -> Result<LatentPoint, StudyFilesError> {
    let open = || {
        let file =
            fs::File::open(path).map_err(|error| unreadable_error(path, &error.to_string()))?;
        let array = npyz::NpyFile::new(std::io::BufReader::new(file))
            .map_err(|error| unreadable_error(path, &error.to_string()))?;
        let non_unit_axes = array.shape().iter().filter(|size| **size != 1).count();
        if non_unit_axes > 1 {
            let shape = format!("it has the shape {:?}", array.shape());
            return Err(unreadable_error(
                path,
                &format!("{shape} and not that of one latent point"),
            ));
        }
        if array.len() > MAX_DIMENSIONS {
            return Err(unreadable_error(
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
            .map_err(|error| unreadable_error(path, &error.to_string()))?
            .into_iter()
            .map(|x| x as f32)
            .collect(),
    };
    if numbers.is_empty() || numbers.iter().any(|x| !x.is_finite()) {
        return Err(unreadable_error(path, "it holds no finite numbers"));
    }
    Ok(LatentPoint::new(numbers))
}

/// The notes of all tracks on the nearest sixteenths as one voice, without overlaps; `None` if the file is too long.
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
mod tests;
