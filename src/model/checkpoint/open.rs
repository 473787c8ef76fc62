//! Detects the format of a path, a folder or a file's bytes and opens it.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::byte_range::ByteRange;
use super::folder::Folder;
use super::hub_folder::{TENSORS_FILE, tensors_and_config};
use super::infer_config::SequenceSizes;
use super::magenta_js::MagentaJs;
use super::manifest::MANIFEST_FILE;
use super::safetensors::SafetensorsFile;
use super::tensorflow::TensorFlow;
use super::tensors::Checkpoint;
use super::{sorted_table, tar};
use crate::files::{FileKind, FolderKind};
use crate::melody::STEPS_PER_BAR;
use crate::model::checkpoint_format::CheckpointFormat;
use crate::model::config::MusicVaeConfig;
use crate::model::error::CheckpointError;

/// An opened checkpoint of any format.
pub(in crate::model) struct OpenedCheckpoint {
    pub format: CheckpointFormat,
    /// Name of the model to show.
    pub name: String,
    /// Steps of a melody according to the checkpoint's name, such as `cat-mel_2bar_big`.
    steps_from_name: Option<usize>,
    pub content: CheckpointContent,
}

/// A checkpoint that describes the model's sizes itself, or one that does not.
pub(in crate::model) enum CheckpointContent {
    Native(Box<SafetensorsFile>),
    Published(Box<dyn Checkpoint>),
}

impl CheckpointContent {
    pub fn tensors(&self) -> &dyn Checkpoint {
        match self {
            Self::Native(file) => file.as_ref(),
            Self::Published(checkpoint) => checkpoint.as_ref(),
        }
    }
}

impl OpenedCheckpoint {
    /// Steps and segments according to the checkpoint's content, else to its name.
    pub fn sequence_sizes(&self) -> SequenceSizes {
        let sequence_sizes = self.content.tensors().sequence_sizes();
        SequenceSizes {
            steps: sequence_sizes.steps.or(self.steps_from_name),
            ..sequence_sizes
        }
    }
}

/// Steps of a melody according to a checkpoint's name, such as `hierdec-mel_16bar`.
fn steps_in_name(name: &str) -> Option<usize> {
    let (prefix, _) = name.split_once("bar")?;
    let digit_count = prefix
        .bytes()
        .rev()
        .take_while(u8::is_ascii_digit)
        .take(3)
        .count();
    let bars: usize = prefix.get(prefix.len() - digit_count..)?.parse().ok()?;
    (bars > 0).then_some(bars * STEPS_PER_BAR)
}

/// Opens a path: a folder, one of a checkpoint's files, or the common prefix of their names.
pub(in crate::model) fn open_path(path: &Path) -> Result<OpenedCheckpoint, CheckpointError> {
    if path.is_dir() {
        return open_folder(&Folder::Disk(path.to_owned()));
    }
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder.to_owned(),
        _ => PathBuf::from("."),
    };
    let folder = Folder::Disk(folder);
    let file_name = path
        .file_name()
        .map_or_else(String::new, |name| name.to_string_lossy().into_owned());
    let range = match ByteRange::file(path) {
        Ok(range) => range,
        Err(source) => {
            let mut index = path.as_os_str().to_owned();
            index.push(".index");
            return if Path::new(&index).is_file() {
                open_tensorflow(&folder, &file_name)
            } else {
                Err(CheckpointError::read(path)(source))
            };
        }
    };
    if file_name == TENSORS_FILE
        && matches!(detect_format(&range)?, DetectedFormat::Safetensors)
        && let Some((range, config)) = tensors_and_config(&folder)?
    {
        return open_safetensors(range, model_name(folder.path()), config);
    }
    let open_stem = |stem: &str| open_tensorflow(&folder, stem);
    if let Some((stem, _)) = file_name.rsplit_once(".data-") {
        return open_stem(stem);
    }
    if let Some(stem) = file_name.strip_suffix(".meta") {
        return open_stem(stem);
    }
    match detect_format(&range)? {
        detected @ (DetectedFormat::Empty | DetectedFormat::Midi) => open_file(range, detected),
        DetectedFormat::TensorFlowIndex => {
            open_stem(file_name.strip_suffix(".index").unwrap_or(&file_name))
        }
        DetectedFormat::Json => open_folder(&folder),
        _ if file_name.ends_with(".index") => open_stem(file_name.trim_end_matches(".index")),
        detected => open_file(range, detected),
    }
}

/// Opens a file in memory; `path` names it in errors.
pub(in crate::model) fn open_bytes(
    path: &Path,
    bytes: Arc<[u8]>,
) -> Result<OpenedCheckpoint, CheckpointError> {
    let range = ByteRange::memory(path, bytes);
    let detected = detect_format(&range)?;
    open_file(range, detected)
}

/// Opens the checkpoint of a folder.
pub(in crate::model) fn open_folder(folder: &Folder) -> Result<OpenedCheckpoint, CheckpointError> {
    let names = folder.names()?;
    let stems_with_suffix = |suffix: &str| -> Vec<&str> {
        names
            .iter()
            .filter_map(|name| name.strip_suffix(suffix))
            .collect()
    };
    if let [prefix] = stems_with_suffix(MANIFEST_FILE)[..] {
        return Ok(OpenedCheckpoint {
            format: CheckpointFormat::MagentaJs,
            steps_from_name: steps_in_name(&model_name(folder.path())),
            name: model_name(folder.path()),
            content: CheckpointContent::Published(Box::new(MagentaJs::open(folder, prefix)?)),
        });
    }
    let unrecognised = |what: String| {
        Err(CheckpointError::Unrecognised {
            path: folder.path().to_owned(),
            what,
        })
    };
    match stems_with_suffix(".index")[..] {
        [] => {}
        [stem] => return open_tensorflow(folder, stem),
        ref several => {
            let latest_stems = latest_stems(folder, &names)?;
            if let Some(stem) = latest_stems
                .iter()
                .find(|stem| several.contains(&stem.as_str()))
            {
                return open_tensorflow(folder, stem);
            }
            let examples: Vec<&str> = several.iter().copied().take(3).collect();
            return unrecognised(format!(
                "holds several checkpoints ({} …), open one of their .index files",
                examples.join(", ")
            ));
        }
    }
    if let Some((range, config)) = tensors_and_config(folder)? {
        return open_safetensors(range, model_name(folder.path()), config);
    }
    for suffix in [".safetensors", ".tar"] {
        if let [stem] = stems_with_suffix(suffix)[..]
            && let Some(range) = folder.get(&format!("{stem}{suffix}"))?
            && matches!(folder, Folder::Disk(_))
        {
            let detected = detect_format(&range)?;
            return open_file(range, detected);
        }
    }
    if matches!(folder, Folder::Disk(path) if matches!(FolderKind::detect(path), Ok(FolderKind::Midi)))
    {
        return Err(CheckpointError::MidiFolder {
            path: folder.path().to_owned(),
        });
    }
    unrecognised("holds no checkpoint".to_owned())
}

/// Stems of the latest checkpoint according to a training run's `checkpoint` file: as written there, then without the
/// folders, which exist only on the machine that trained.
fn latest_stems(folder: &Folder, names: &[String]) -> Result<Vec<String>, CheckpointError> {
    let Some(name) = names
        .iter()
        .find(|name| *name == "checkpoint" || name.ends_with("/checkpoint"))
    else {
        return Ok(Vec::new());
    };
    let Some(range) = folder.get(name)? else {
        return Ok(Vec::new());
    };
    let bytes = range
        .head(4 << 10)
        .map_err(CheckpointError::read(&folder.path_of(name)))?;
    let text = String::from_utf8_lossy(&bytes);
    let stem = text.lines().find_map(|line| {
        let quoted = line.strip_prefix("model_checkpoint_path:")?.trim();
        quoted.strip_prefix('"')?.strip_suffix('"')
    });
    let prefix = name.strip_suffix("checkpoint").unwrap_or_default();
    let file_stem = stem.and_then(|stem| stem.rsplit(['/', '\\']).next());
    let stems = stem.into_iter().chain(file_stem);
    Ok(stems.map(|stem| format!("{prefix}{stem}")).collect())
}

fn open_tensorflow(folder: &Folder, stem: &str) -> Result<OpenedCheckpoint, CheckpointError> {
    let checkpoint = TensorFlow::open(folder, stem)?;
    let file_stem = stem.rsplit('/').next().unwrap_or(stem);
    let name = file_stem
        .split(".ckpt")
        .next()
        .unwrap_or(file_stem)
        .to_owned();
    // Training runs name every checkpoint `model.ckpt`; the folder's name may say more.
    let folder_name = model_name(folder.path());
    Ok(OpenedCheckpoint {
        format: CheckpointFormat::TensorFlow,
        steps_from_name: steps_in_name(&name).or_else(|| steps_in_name(&folder_name)),
        name,
        content: CheckpointContent::Published(Box::new(checkpoint)),
    })
}

/// Opens a checkpoint that is a single file.
fn open_file(
    range: ByteRange,
    detected: DetectedFormat,
) -> Result<OpenedCheckpoint, CheckpointError> {
    let path = range.path().to_owned();
    let name = model_name(&path);
    let unrecognised = |what: &str| {
        Err(CheckpointError::Unrecognised {
            path: path.clone(),
            what: what.to_owned(),
        })
    };
    let is_safetensors = path.extension().is_some_and(|end| end == "safetensors");
    match detected {
        DetectedFormat::Empty => unrecognised("is empty"),
        DetectedFormat::Midi => Err(CheckpointError::Midi { path: path.clone() }),
        DetectedFormat::Zip => unrecognised("is a zip archive, unpack it and open what is in it"),
        DetectedFormat::Gzip => {
            unrecognised("is packed with gzip, unpack it and open what is in it")
        }
        DetectedFormat::Tar => {
            let members = tar::members(&range)?;
            let member = open_folder(&members)?;
            Ok(OpenedCheckpoint {
                format: CheckpointFormat::Tar,
                steps_from_name: member.steps_from_name.or_else(|| steps_in_name(&name)),
                name,
                ..member
            })
        }
        DetectedFormat::Safetensors => open_safetensors(range, name, None),
        _ if is_safetensors => open_safetensors(range, name, None),
        DetectedFormat::TensorFlowIndex | DetectedFormat::Json => {
            unrecognised("is one file of several, open the folder that they lie in")
        }
        DetectedFormat::Other(None) => {
            unrecognised("is in none of the formats that checkpoints have")
        }
        DetectedFormat::Other(Some(what)) => unrecognised(&format!("is {what}")),
    }
}

/// Opens a safetensors file; `config` has the sizes that a file next to it gives.
fn open_safetensors(
    range: ByteRange,
    name: String,
    config: Option<MusicVaeConfig>,
) -> Result<OpenedCheckpoint, CheckpointError> {
    Ok(OpenedCheckpoint {
        format: CheckpointFormat::Safetensors,
        steps_from_name: None,
        name,
        content: CheckpointContent::Native(Box::new(SafetensorsFile::open(range, config)?)),
    })
}

/// Name of the model to show: a file's name without extension, or a folder's name.
fn model_name(path: &Path) -> String {
    let canonical = path.canonicalize();
    let path = canonical.as_deref().unwrap_or(path);
    let name = if path.is_dir() {
        path.file_name()
    } else {
        path.file_stem()
    };
    name.map_or_else(String::new, |name| name.to_string_lossy().into_owned())
}

/// The kind of a file, detected by its first and last bytes.
enum DetectedFormat {
    Zip,
    Gzip,
    Tar,
    /// The index of a TensorFlow checkpoint, a sorted table.
    TensorFlowIndex,
    Safetensors,
    Json,
    Midi,
    Empty,
    /// Another kind, with its description if it is known.
    Other(Option<&'static str>),
}

fn detect_format(range: &ByteRange) -> Result<DetectedFormat, CheckpointError> {
    let read_error = CheckpointError::read(range.path());
    let head = range.head(4 << 10).map_err(&read_error)?;
    let tail_length = range.len().min(8);
    let tail = range
        .slice(range.len() - tail_length, tail_length)
        .map(|tail| tail.head(8))
        .transpose()
        .map_err(&read_error)?
        .unwrap_or_default();
    Ok(match head[..] {
        [] => DetectedFormat::Empty,
        _ if FileKind::detect_bytes("", &head) == FileKind::Midi => DetectedFormat::Midi,
        [b'P', b'K', 3 | 5 | 7, ..] => DetectedFormat::Zip,
        [0x1f, 0x8b, ..] => DetectedFormat::Gzip,
        _ if tar::is_tar(&head) => DetectedFormat::Tar,
        _ if sorted_table::is_table(&tail) => DetectedFormat::TensorFlowIndex,
        [_, _, _, _, 0, 0, 0, 0, b'{', ..] => DetectedFormat::Safetensors,
        [b'{' | b'[', ..] => DetectedFormat::Json,
        _ => DetectedFormat::Other(match FileKind::detect_bytes("", &head) {
            FileKind::Archive(what) | FileKind::Other(what) if what != FileKind::UNKNOWN => {
                Some(what)
            }
            _ => None,
        }),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn file_kind_recognises_the_names_of_checkpoint_files() {
        for name in [MANIFEST_FILE, "a.index", "a.data-00000-of-00001", "a.tar"] {
            assert_eq!(
                FileKind::detect_bytes(name, b"?"),
                FileKind::Model,
                "{name}"
            );
        }
    }

    #[test]
    fn the_length_of_a_melody_is_read_off_the_published_names() {
        for (name, steps) in [
            ("cat-mel_2bar_big", Some(32)),
            ("hierdec-mel_16bar", Some(256)),
            ("mel_4bar_med_q2", Some(64)),
            ("barcarole", None),
            ("my_bars", None),
            ("mel_0bar", None),
        ] {
            assert_eq!(steps_in_name(name), steps, "{name}");
        }
    }
}
