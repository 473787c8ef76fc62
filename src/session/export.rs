//! Chosen melodies as MIDI files: one, a folder of them, or one file with a track for each.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::ExportError;
use super::files::{make_folder, write_whole};
use super::naming::{export_name, provenance};
use crate::attributes::{ATTRIBUTES, AttributeRow};
use crate::melody::{Melody, MidiWriteOptions, Track, multi_track_bytes, single_track_bytes};
use crate::sweep::MelodyId;

/// Tracks that fit into a MIDI file beside the conductor's.
const MOST_TRACKS: usize = 65_534;
/// The table beside a folder of melodies.
const INDEX: &str = "index.csv";

/// A melody to export, and where it comes from.
#[derive(Clone, Debug)]
pub struct ExportItem {
    /// Its name.
    pub id: MelodyId,
    /// The melody, as heard.
    pub melody: Arc<Melody>,
    /// Its attributes.
    pub attributes: AttributeRow,
    /// Seed of its sweep or steer.
    pub seed: u64,
    /// First 12 hex digits of the weights' SHA-256.
    pub weights_hash: String,
}

impl ExportItem {
    fn track(&self) -> Track<'_> {
        Track {
            melody: &self.melody,
            name: self.id.to_string(),
            text: provenance(self.id, self.seed, &self.weights_hash),
        }
    }
}

/// What to do where files of the same names are there already.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Existing {
    /// Write nothing and say how many: [`ExportError::AlreadyThere`].
    #[default]
    Refuse,
    /// Replace them.
    Replace,
    /// Leave them and put a number behind the new names.
    Number,
}

/// Writes one melody as a type-0 file and returns its path.
///
/// A name without `.mid` gets it, because some programs open nothing else. With `overwrite` a file of that very name is
/// replaced; one that only has it once `.mid` is added is not, since nobody was asked about it.
///
/// # Errors
/// [`ExportError::AlreadyThere`], and the others if the system will not write.
pub fn export_single(
    path: &Path,
    item: &ExportItem,
    options: &MidiWriteOptions,
    overwrite: bool,
) -> Result<PathBuf, ExportError> {
    let bytes = single_track_bytes(&item.track(), options);
    write_mid(path, &bytes, overwrite)
}

/// Writes melodies as one type-1 file with a named track for each, and returns its path. See [`export_single`].
///
/// # Errors
/// [`ExportError::Nothing`] without melodies, [`ExportError::TooManyTracks`], and as [`export_single`].
pub fn export_many_type1(
    path: &Path,
    items: &[ExportItem],
    options: &MidiWriteOptions,
    overwrite: bool,
) -> Result<PathBuf, ExportError> {
    if items.is_empty() {
        return Err(ExportError::Nothing);
    }
    if items.len() > MOST_TRACKS {
        return Err(ExportError::TooManyTracks {
            count: items.len(),
            most: MOST_TRACKS,
        });
    }
    let tracks: Vec<Track<'_>> = items.iter().map(ExportItem::track).collect();
    write_mid(path, &multi_track_bytes(&tracks, options), overwrite)
}

/// Writes melodies as type-0 files into a folder, with `index.csv` beside them, and returns the paths of the melodies.
///
/// The names say place, density and tempo. Two items that would have the same name get numbers.
///
/// # Errors
/// [`ExportError::Nothing`] without melodies, [`ExportError::AlreadyThere`] if `existing` refuses, and the others if
/// the system will not write.
pub fn export_many_folder(
    folder: &Path,
    items: &[ExportItem],
    options: &MidiWriteOptions,
    existing: Existing,
) -> Result<Vec<PathBuf>, ExportError> {
    if items.is_empty() {
        return Err(ExportError::Nothing);
    }
    if existing == Existing::Refuse {
        let there = export_conflicts(folder, items, options);
        if let Some(first) = there.first() {
            return Err(ExportError::AlreadyThere {
                count: there.len(),
                first: first.clone(),
            });
        }
    }
    make_folder(folder)?;
    let taken =
        |name: &str| existing == Existing::Number && folder.join(name).symlink_metadata().is_ok();
    let mut names = Names::default();
    let files: Vec<String> = items
        .iter()
        .map(|item| names.of(item, options, taken))
        .collect();
    let index = names.free(INDEX, taken);
    let replace = existing == Existing::Replace;
    let mut paths = Vec::with_capacity(items.len());
    for (item, file) in items.iter().zip(&files) {
        let path = folder.join(file);
        let bytes = single_track_bytes(&item.track(), options);
        write_whole(&path, replace, |out| out.write_all(&bytes))?;
        paths.push(path);
    }
    write_whole(&folder.join(index), replace, |out| {
        write_index(out, items, &files, options)
    })?;
    Ok(paths)
}

/// The files that [`export_many_folder`] would meet in `folder`: what to ask about before replacing.
#[must_use]
pub fn export_conflicts(
    folder: &Path,
    items: &[ExportItem],
    options: &MidiWriteOptions,
) -> Vec<PathBuf> {
    let mut names = Names::default();
    let mut files: Vec<String> = items
        .iter()
        .map(|item| names.of(item, options, |_| false))
        .collect();
    files.push(INDEX.to_owned());
    files
        .into_iter()
        .map(|file| folder.join(file))
        .filter(|path| path.symlink_metadata().is_ok())
        .collect()
}

/// Names given so far in one folder.
#[derive(Default)]
struct Names(HashSet<String>);

impl Names {
    fn of(
        &mut self,
        item: &ExportItem,
        options: &MidiWriteOptions,
        taken: impl Fn(&str) -> bool,
    ) -> String {
        self.free(
            &export_name(item.id, &item.attributes, options.tempo_bpm),
            taken,
        )
    }

    /// `name`, or the first of `name_2`, `name_3`, … that is neither given nor taken.
    fn free(&mut self, name: &str, taken: impl Fn(&str) -> bool) -> String {
        let (stem, extension) = name.rsplit_once('.').unwrap_or((name, ""));
        let mut free = name.to_owned();
        let mut number = 2_u64;
        // Upper and lower case are the same file on many systems; our names differ in digits only.
        while self.0.contains(&free) || taken(&free) {
            free = format!("{stem}_{number}.{extension}");
            number += 1;
        }
        self.0.insert(free.clone());
        free
    }
}

fn write_mid(path: &Path, bytes: &[u8], overwrite: bool) -> Result<PathBuf, ExportError> {
    let named = path
        .extension()
        .is_some_and(|extension| extension.eq_ignore_ascii_case("mid"));
    let full = if named {
        path.to_path_buf()
    } else {
        // Not `with_extension`: in `idea 92.5` the part behind the point belongs to the name.
        let mut name = path.as_os_str().to_owned();
        name.push(".mid");
        PathBuf::from(name)
    };
    write_whole(&full, overwrite && named, |out| out.write_all(bytes))?;
    Ok(full)
}

fn write_index(
    out: &mut dyn std::io::Write,
    items: &[ExportItem],
    files: &[String],
    options: &MidiWriteOptions,
) -> std::io::Result<()> {
    let mut table = csv::Writer::from_writer(out);
    let head = [
        "file",
        "melody",
        "seed",
        "weights_hash",
        "tempo_bpm",
        "empty",
        "notes",
    ];
    table.write_record(
        head.into_iter()
            .chain(ATTRIBUTES.iter().map(|attribute| attribute.id)),
    )?;
    for (item, file) in items.iter().zip(files) {
        let mut record = vec![
            file.clone(),
            item.id.to_string(),
            item.seed.to_string(),
            item.weights_hash.clone(),
            options.tempo_bpm.to_string(),
            item.melody.is_empty().to_string(),
            item.melody.notes().len().to_string(),
        ];
        let value = |index| {
            item.attributes
                .value(index)
                .map(|value| value.to_string())
                .unwrap_or_default()
        };
        record.extend((0..ATTRIBUTES.len()).map(value));
        table.write_record(record)?;
    }
    table.flush()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]

    use std::fs;

    use super::*;
    use crate::melody::{Note, read_midi_file};

    fn item(region: u32, sample: u32, pitch: u8) -> ExportItem {
        let notes: Vec<Note> = (0..8)
            .map(|k| Note {
                pitch,
                start: 4 * k,
                end: 4 * k + 3,
            })
            .collect();
        let melody = Melody::from_notes(&notes, 32).unwrap();
        ExportItem {
            id: MelodyId::Sample { region, sample },
            attributes: AttributeRow::measure(&melody),
            melody: Arc::new(melody),
            seed: 99,
            weights_hash: "0123456789ab".to_owned(),
        }
    }

    fn count(folder: &Path) -> usize {
        fs::read_dir(folder).unwrap().count()
    }

    #[test]
    fn one_melody_is_a_type_0_file_of_two_bars_that_says_where_it_comes_from() {
        let folder = tempfile::tempdir().unwrap();
        let options = MidiWriteOptions {
            tempo_bpm: 96.0,
            ..MidiWriteOptions::default()
        };
        let path = export_single(
            &folder.path().join("idea 92.5"),
            &item(41, 12, 60),
            &options,
            false,
        )
        .unwrap();
        assert_eq!(path.file_name().unwrap(), "idea 92.5.mid");
        let bytes = fs::read(&path).unwrap();
        // The header chunk's format and number of tracks.
        assert_eq!(bytes[8..12], [0, 0, 0, 1]);
        let text = String::from_utf8_lossy(&bytes);
        assert!(text.contains("seed 99, region 41, sample 12, weights 0123456789ab"));
        let song = read_midi_file(&path).unwrap();
        assert_eq!(song.length_ticks, 8 * u64::from(song.ticks_per_quarter));
        assert!((song.tempos[0].1 - 96.0).abs() < 0.01);
    }

    #[test]
    fn a_file_nobody_was_asked_about_is_not_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let options = MidiWriteOptions::default();
        fs::write(folder.path().join("idea.mid"), "old").unwrap();
        // The dialog asked about "idea", which is not there.
        let error = export_single(&folder.path().join("idea"), &item(1, 1, 60), &options, true)
            .unwrap_err();
        assert!(matches!(
            error,
            ExportError::Write(crate::files::WriteError::AlreadyExists { .. })
        ));
        assert!(
            export_single(
                &folder.path().join("idea.mid"),
                &item(1, 1, 60),
                &options,
                false
            )
            .is_err()
        );
        export_single(
            &folder.path().join("idea.mid"),
            &item(1, 1, 60),
            &options,
            true,
        )
        .unwrap();
        assert!(read_midi_file(&folder.path().join("idea.mid")).is_ok());
    }

    #[test]
    fn many_melodies_become_a_folder_with_an_index() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("ideas");
        let items = [item(1, 2, 60), item(1, 3, 62), item(1, 2, 64)];
        let options = MidiWriteOptions::default();
        let paths = export_many_folder(&target, &items, &options, Existing::Refuse).unwrap();
        let names: Vec<_> = paths
            .iter()
            .map(|path| path.file_name().unwrap().to_str().unwrap())
            .collect();
        assert_eq!(
            names,
            [
                "tunescape_r001_s02_4.0npb_120bpm.mid",
                "tunescape_r001_s03_4.0npb_120bpm.mid",
                "tunescape_r001_s02_4.0npb_120bpm_2.mid"
            ]
        );
        let mut index = csv::Reader::from_path(target.join("index.csv")).unwrap();
        let rows: Vec<csv::StringRecord> = index.records().map(Result::unwrap).collect();
        assert_eq!(
            (rows.len(), &rows[2][0], &rows[1][1]),
            (3, names[2], "Region 1, sample 3")
        );
        let pitch = |path: &Path| {
            read_midi_file(path)
                .unwrap()
                .tracks
                .iter()
                .flat_map(|t| &t.notes)
                .next()
                .unwrap()
                .pitch
        };
        assert_eq!(
            paths.iter().map(|path| pitch(path)).collect::<Vec<_>>(),
            [60, 62, 64]
        );
    }

    #[test]
    fn files_that_are_there_are_counted_numbered_or_replaced_as_the_user_says() {
        let folder = tempfile::tempdir().unwrap();
        let items = [item(1, 2, 60), item(1, 3, 62)];
        let options = MidiWriteOptions::default();
        export_many_folder(folder.path(), &items[..1], &options, Existing::Refuse).unwrap();
        let error =
            export_many_folder(folder.path(), &items, &options, Existing::Refuse).unwrap_err();
        // One melody and the index.
        assert!(
            matches!(error, ExportError::AlreadyThere { count: 2, .. }),
            "{error}"
        );
        assert_eq!(count(folder.path()), 2, "nothing was written");
        export_many_folder(folder.path(), &items, &options, Existing::Number).unwrap();
        assert!(
            folder
                .path()
                .join("tunescape_r001_s02_4.0npb_120bpm_2.mid")
                .exists()
        );
        assert!(folder.path().join("index_2.csv").exists());
        assert_eq!(count(folder.path()), 5);
        export_many_folder(folder.path(), &items, &options, Existing::Replace).unwrap();
        assert_eq!(count(folder.path()), 5);
    }

    #[test]
    fn many_melodies_fit_into_one_file_with_a_named_track_for_each() {
        let folder = tempfile::tempdir().unwrap();
        let items = [item(1, 2, 60), item(7, 3, 62)];
        let path = folder.path().join("both.MID");
        assert_eq!(
            export_many_type1(&path, &items, &MidiWriteOptions::default(), false).unwrap(),
            path
        );
        let song = read_midi_file(&path).unwrap();
        let named: Vec<(&str, usize)> = song
            .tracks
            .iter()
            .filter(|track| !track.notes.is_empty())
            .map(|track| (track.name.as_str(), track.notes.len()))
            .collect();
        assert_eq!(
            named,
            [("Region 1, sample 2", 8), ("Region 7, sample 3", 8)]
        );
        assert!(matches!(
            export_many_type1(&path, &[], &MidiWriteOptions::default(), true),
            Err(ExportError::Nothing)
        ));
    }
}
