//! The folder of a run: its files are written atomically, and `run.json` comes last.

use std::collections::HashSet;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rayon::prelude::*;
use serde::Serialize;

use super::error::ExportError;
use super::tables::begin_array;
use crate::files::{
    TEMPORARY_PREFIX, folder_entries, make_folder, write_atomic, write_atomic_synced,
};
use crate::latent::LatentPoint;
use crate::melody::{Melody, MidiWriteOptions, Track, single_track_bytes};

/// File name of the record of a run. A folder with this file is complete.
pub(super) const RECORD_FILE: &str = "run.json";
/// Number of melodies whose files are collected and then written in parallel.
const MELODIES_PER_CHUNK: usize = 4_096;
/// Name of a file that marks a folder as unfinished. It is locked by the run that writes to the folder, and removed once the record
/// is written.
const UNFINISHED_FILE: &str = ".unfinished";

/// Checks that a run can write to a folder, and creates it if it does not exist. Called before a long run; changes no file in it.
///
/// A folder that a killed run left half written may be written to again.
///
/// # Errors
/// [`ExportError::FolderInUse`] if another run writes to the folder, [`ExportError::FolderNotEmpty`] if there is something else in
/// it and `overwrite` is off; [`ExportError::Write`] if the system does not allow writing.
pub fn check_output_folder(folder: &Path, overwrite: bool) -> Result<(), ExportError> {
    let marker_lock = File::open(folder.join(UNFINISHED_FILE)).map(|marker| marker.try_lock());
    if let Ok(Err(fs::TryLockError::WouldBlock)) = marker_lock {
        return Err(ExportError::FolderInUse {
            folder: folder.to_path_buf(),
        });
    }
    // An unfinished run left it.
    let is_left_unfinished = matches!(marker_lock, Ok(Ok(())));
    let has_entries = || folder_entries(folder).is_ok_and(|mut entries| entries.next().is_some());
    if !overwrite && has_entries() && !is_left_unfinished {
        return Err(ExportError::FolderNotEmpty {
            folder: folder.to_path_buf(),
        });
    }
    Ok(make_folder(folder)?)
}

/// A folder that a run is written to. Files of the same names are replaced.
#[derive(Clone, Debug)]
pub(super) struct OutputFolder {
    path: PathBuf,
    /// The locked file [`UNFINISHED_FILE`] of the run; `None` if the folder was opened without one.
    marker: Option<Arc<File>>,
}

impl OutputFolder {
    /// Creates the folder as [`check_output_folder`] does, marks it as unfinished, and removes the record of an earlier run
    /// and the temporary files of a killed one.
    pub(super) fn prepare(folder: &Path, overwrite: bool) -> Result<Self, ExportError> {
        check_output_folder(folder, overwrite)?;
        let marker_path = folder.join(UNFINISHED_FILE);
        let marker =
            File::create(&marker_path).map_err(|error| ExportError::write(&marker_path, error))?;
        // A file system without locks is no reason not to write.
        if let Err(fs::TryLockError::WouldBlock) = marker.try_lock() {
            return Err(ExportError::FolderInUse {
                folder: folder.to_path_buf(),
            });
        }
        let output = Self {
            path: folder.to_path_buf(),
            marker: Some(Arc::new(marker)),
        };
        output.remove_temporary_files();
        // Without its record, a half replaced run does not count as complete.
        output.remove(RECORD_FILE)?;
        Ok(output)
    }

    /// Removes the temporary files of a killed run. The lock excludes that another run writes to the folder.
    fn remove_temporary_files(&self) {
        let entries = folder_entries(&self.path).into_iter().flatten().flatten();
        for entry in entries {
            let name = entry.file_name();
            if name.to_string_lossy().starts_with(TEMPORARY_PREFIX) {
                // A file that cannot be removed does no harm.
                let _ = fs::remove_file(entry.path());
            }
        }
    }

    /// Creates a folder inside this one. It shares the marker.
    pub(super) fn subfolder(&self, name: &str) -> Result<Self, ExportError> {
        let mut folder = Self::create(&self.path.join(name))?;
        folder.marker.clone_from(&self.marker);
        if folder.marker.is_some() {
            folder.remove_temporary_files();
        }
        Ok(folder)
    }

    /// Creates the folder if it does not exist, without marking it as unfinished.
    pub(super) fn create(folder: &Path) -> Result<Self, ExportError> {
        make_folder(folder)?;
        Ok(Self {
            path: folder.to_path_buf(),
            marker: None,
        })
    }

    /// Waits until no other process has the lock of this name, and takes it until the result is dropped. `None` on a file system
    /// without locks.
    pub(super) fn lock(&self, name: &str) -> Result<Option<File>, ExportError> {
        let path = self.path.join(name);
        let lock = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&path)
            .map_err(|error| ExportError::write(&path, error))?;
        Ok(lock.lock().is_ok().then_some(lock))
    }

    /// Writes a file.
    pub(super) fn write(
        &self,
        name: &str,
        content: impl FnOnce(&mut (dyn Write + Send)) -> io::Result<()>,
    ) -> Result<(), ExportError> {
        Ok(write_atomic(&self.path.join(name), true, content)?)
    }

    /// Writes a file and waits until it is on the disk.
    pub(super) fn write_synced(
        &self,
        name: &str,
        content: impl FnOnce(&mut (dyn Write + Send)) -> io::Result<()>,
    ) -> Result<(), ExportError> {
        let path = self.path.join(name);
        write_atomic_synced(&path, content).map_err(|error| ExportError::write(&path, error))
    }

    /// Writes a value as indented JSON.
    pub(super) fn write_json(&self, name: &str, value: &impl Serialize) -> Result<(), ExportError> {
        self.write_synced(name, |out| {
            serde_json::to_writer_pretty(&mut *out, value)?;
            out.write_all(b"\n")
        })
    }

    /// Writes `run.json`, after everything else: the run is then complete.
    pub(super) fn write_record(&self, record: &impl Serialize) -> Result<(), ExportError> {
        self.write_json(RECORD_FILE, record)?;
        if self.marker.is_some() {
            let marker = self.path.join(UNFINISHED_FILE);
            fs::remove_file(&marker).map_err(|error| ExportError::write(&marker, error))?;
        }
        Ok(())
    }

    /// Writes `count` latent points as float32 `[points, dimensions]`, one at a time: they need not fit in memory together.
    pub(super) fn write_latents(
        &self,
        name: &str,
        count: usize,
        dimensions: usize,
        points: impl Iterator<Item = LatentPoint>,
    ) -> Result<(), ExportError> {
        self.write(name, |out| {
            let mut array = begin_array::<f32>(out, &[count as u64, dimensions as u64])?;
            for point in points {
                array.extend(point.as_slice().iter().copied())?;
            }
            array.finish()
        })
    }

    /// Writes tokens as uint8 `[melodies, steps]` and waits until they are on the disk.
    pub(super) fn write_tokens<'a>(
        &self,
        name: &str,
        steps: usize,
        melodies: impl ExactSizeIterator<Item = &'a Melody>,
    ) -> Result<(), ExportError> {
        self.write_synced(name, |out| {
            let mut array = begin_array::<u8>(out, &[melodies.len() as u64, steps as u64])?;
            for melody in melodies {
                array.extend(melody.tokens().as_slice().iter().copied())?;
            }
            array.finish()
        })
    }

    /// Writes a MIDI file with one track.
    pub(super) fn write_midi(&self, name: &str, track: &Track<'_>) -> Result<(), ExportError> {
        let bytes = single_track_bytes(track, &MidiWriteOptions::default());
        self.write(name, |out| out.write_all(&bytes))
    }

    /// Writes melodies into the subfolder `folder`, and removes those of an earlier run: files that begin with one of `prefixes`.
    pub(super) fn write_melodies<'a>(
        &self,
        folder: &str,
        prefixes: &[&str],
        melodies: impl Iterator<Item = (String, Track<'a>)>,
    ) -> Result<(), ExportError> {
        let folder = self.subfolder(folder)?;
        let mut written = HashSet::new();
        let mut melodies = melodies.peekable();
        while melodies.peek().is_some() {
            let chunk: Vec<(String, Track<'a>)> =
                melodies.by_ref().take(MELODIES_PER_CHUNK).collect();
            let write = |(name, track): &(String, Track<'a>)| folder.write_midi(name, track);
            chunk.par_iter().try_for_each(write)?;
            written.extend(chunk.into_iter().map(|(name, _)| name));
        }
        folder.remove_stale_melodies(prefixes, &written)
    }

    /// Writes melodies, each with its path in the archive, as one tar file. Equal melodies give equal bytes.
    pub(super) fn write_archive<'a>(
        &self,
        name: &str,
        melodies: impl Iterator<Item = (String, Track<'a>)>,
    ) -> Result<(), ExportError> {
        self.write(name, |out| {
            let mut archive = tar::Builder::new(out);
            for (path, track) in melodies {
                let bytes = single_track_bytes(&track, &MidiWriteOptions::default());
                let mut header = tar::Header::new_ustar();
                header.set_size(bytes.len() as u64);
                header.set_mode(0o644);
                header.set_uid(0);
                header.set_gid(0);
                header.set_mtime(0);
                archive.append_data(&mut header, path, &bytes[..])?;
            }
            archive.finish()
        })
    }

    /// Removes a file of an earlier run, if it is there.
    pub(super) fn remove(&self, name: &str) -> Result<(), ExportError> {
        let path = self.path.join(name);
        match fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                Err(ExportError::write(&path, error))
            }
            _ => Ok(()),
        }
    }

    /// Removes the melodies of an earlier run from the subfolder `folder`, and the subfolder if nothing else is in it.
    pub(super) fn remove_melodies(
        &self,
        folder: &str,
        prefixes: &[&str],
    ) -> Result<(), ExportError> {
        let folder = Self {
            path: self.path.join(folder),
            marker: None,
        };
        folder.remove_stale_melodies(prefixes, &HashSet::new())?;
        // Fails if it has files of the user, which stay.
        let _ = fs::remove_dir(&folder.path);
        Ok(())
    }

    /// Removes files that are named like melodies of a run and are not in `written`.
    fn remove_stale_melodies(
        &self,
        prefixes: &[&str],
        written: &HashSet<String>,
    ) -> Result<(), ExportError> {
        let Ok(entries) = folder_entries(&self.path) else {
            return Ok(());
        };
        for entry in entries.flatten() {
            let name = entry.file_name();
            let Some(name) = name.to_str() else { continue };
            let is_number =
                |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
            let is_melody = prefixes
                .iter()
                .find_map(|prefix| name.strip_prefix(prefix)?.strip_suffix(".mid"))
                .is_some_and(|rest| {
                    rest.split('_')
                        .all(|part| part == "sample" || is_number(part))
                });
            if is_melody && !written.contains(name) {
                fs::remove_file(entry.path())
                    .map_err(|source| ExportError::write(&entry.path(), source))?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]

    use super::*;

    #[test]
    fn a_folder_that_another_run_writes_to_is_in_use_also_with_overwrite_until_that_run_ends() {
        let parent = tempfile::tempdir().unwrap();
        let folder = parent.path().join("run");
        let other = OutputFolder::prepare(&folder, false).unwrap();
        for overwrite in [false, true] {
            let error = check_output_folder(&folder, overwrite).unwrap_err();
            let message = error.to_string();
            assert!(message.contains("another run is writing"), "{message}");
            assert!(!message.contains("--overwrite"), "{message}");
        }
        // Killed: what it left unfinished may be written to again.
        drop(other);
        check_output_folder(&folder, false).unwrap();
        // Finished: only with overwrite.
        let other = OutputFolder::prepare(&folder, false).unwrap();
        other.write_record(&"record").unwrap();
        drop(other);
        let message = check_output_folder(&folder, false).unwrap_err().to_string();
        assert!(message.contains("--overwrite"), "{message}");
        check_output_folder(&folder, true).unwrap();
    }
}
