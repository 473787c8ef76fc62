//! Detects the format of a path, a folder or a file's bytes and opens it.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::byte_range::ByteRange;
use super::folder::Folder;
use super::hub_folder::{TENSORS_FILE, tensors_and_config};
use super::infer_config::SequenceSizes;
use super::magenta_js::MagentaJs;
use super::manifest::MANIFEST;
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
    named_steps: Option<usize>,
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
    /// Steps and segments according to the checkpoint, else to its name.
    pub fn sequence_sizes(&self) -> SequenceSizes {
        let sequence_sizes = self.content.tensors().sequence_sizes();
        SequenceSizes {
            steps: sequence_sizes.steps.or(self.named_steps),
            ..sequence_sizes
        }
    }
}

/// Steps according to a name such as `hierdec-mel_16bar`.
fn steps_in_name(name: &str) -> Option<usize> {
    let (before, _) = name.split_once("bar")?;
    let digits = before
        .bytes()
        .rev()
        .take_while(u8::is_ascii_digit)
        .take(3)
        .count();
    let bars: usize = before.get(before.len() - digits..)?.parse().ok()?;
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
                tensorflow(&folder, &file_name)
            } else {
                Err(CheckpointError::read(path)(source))
            };
        }
    };
    if file_name == TENSORS_FILE
        && matches!(detect_format(&range)?, DetectedFormat::Safetensors)
        && let Some((range, config)) = tensors_and_config(&folder)?
    {
        return native(range, model_name(folder.path()), config);
    }
    let in_own_folder = |stem: &str| tensorflow(&folder, stem);
    if let Some((stem, _)) = file_name.rsplit_once(".data-") {
        return in_own_folder(stem);
    }
    if let Some(stem) = file_name.strip_suffix(".meta") {
        return in_own_folder(stem);
    }
    match detect_format(&range)? {
        detected @ (DetectedFormat::Empty | DetectedFormat::Midi) => open_file(range, detected),
        DetectedFormat::TensorFlowIndex => {
            in_own_folder(file_name.strip_suffix(".index").unwrap_or(&file_name))
        }
        DetectedFormat::Json => open_folder(&folder),
        _ if file_name.ends_with(".index") => in_own_folder(file_name.trim_end_matches(".index")),
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
    let ending = |end: &str| -> Vec<&str> {
        names
            .iter()
            .filter_map(|name| name.strip_suffix(end))
            .collect()
    };
    if let [prefix] = ending(MANIFEST)[..] {
        return Ok(OpenedCheckpoint {
            format: CheckpointFormat::MagentaJs,
            named_steps: steps_in_name(&model_name(folder.path())),
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
    match ending(".index")[..] {
        [] => {}
        [stem] => return tensorflow(folder, stem),
        ref several => {
            let latest = latest(folder, &names)?;
            if let Some(stem) = latest.iter().find(|stem| several.contains(&stem.as_str())) {
                return tensorflow(folder, stem);
            }
            let some: Vec<&str> = several.iter().copied().take(3).collect();
            return unrecognised(format!(
                "holds several checkpoints ({} …), open one of their .index files",
                some.join(", ")
            ));
        }
    }
    if let Some((range, config)) = tensors_and_config(folder)? {
        return native(range, model_name(folder.path()), config);
    }
    for end in [".safetensors", ".tar"] {
        if let [stem] = ending(end)[..]
            && let Some(range) = folder.get(&format!("{stem}{end}"))?
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

/// Stems of the latest checkpoint according to a training run's `checkpoint` file: as written there, then without its
/// folders, which are those of the machine that trained.
fn latest(folder: &Folder, names: &[String]) -> Result<Vec<String>, CheckpointError> {
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
    let last = stem.and_then(|stem| stem.rsplit(['/', '\\']).next());
    let stems = stem.into_iter().chain(last);
    Ok(stems.map(|stem| format!("{prefix}{stem}")).collect())
}

fn tensorflow(folder: &Folder, stem: &str) -> Result<OpenedCheckpoint, CheckpointError> {
    let checkpoint = TensorFlow::open(folder, stem)?;
    let last = stem.rsplit('/').next().unwrap_or(stem);
    let name = last.split(".ckpt").next().unwrap_or(last).to_owned();
    // Training runs name every checkpoint `model.ckpt`; the folder's name tells the model.
    let folder_name = model_name(folder.path());
    Ok(OpenedCheckpoint {
        format: CheckpointFormat::TensorFlow,
        named_steps: steps_in_name(&name).or_else(|| steps_in_name(&folder_name)),
        name,
        content: CheckpointContent::Published(Box::new(checkpoint)),
    })
}

/// Opens a format that is one file.
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
            let inside = open_folder(&members)?;
            Ok(OpenedCheckpoint {
                format: CheckpointFormat::Tar,
                named_steps: inside.named_steps.or_else(|| steps_in_name(&name)),
                name,
                ..inside
            })
        }
        DetectedFormat::Safetensors => native(range, name, None),
        _ if is_safetensors => native(range, name, None),
        DetectedFormat::TensorFlowIndex | DetectedFormat::Json => {
            unrecognised("is one file of several, open the folder that they lie in")
        }
        DetectedFormat::Other(None) => {
            unrecognised("is in none of the formats that checkpoints have")
        }
        DetectedFormat::Other(Some(what)) => unrecognised(&format!("is {what}")),
    }
}

/// A safetensors file; `config` is what a file beside it says of the sizes.
fn native(
    range: ByteRange,
    name: String,
    config: Option<MusicVaeConfig>,
) -> Result<OpenedCheckpoint, CheckpointError> {
    Ok(OpenedCheckpoint {
        format: CheckpointFormat::Safetensors,
        named_steps: None,
        name,
        content: CheckpointContent::Native(Box::new(SafetensorsFile::open(range, config)?)),
    })
}

/// The file's name without its ending; a folder's whole name.
fn model_name(path: &Path) -> String {
    let whole = path.canonicalize();
    let path = whole.as_deref().unwrap_or(path);
    let name = if path.is_dir() {
        path.file_name()
    } else {
        path.file_stem()
    };
    name.map_or_else(String::new, |name| name.to_string_lossy().into_owned())
}

/// The kind of a file, judged by its first and last bytes.
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
    /// Another kind, if it is known.
    Other(Option<&'static str>),
}

fn detect_format(range: &ByteRange) -> Result<DetectedFormat, CheckpointError> {
    let read = CheckpointError::read(range.path());
    let head = range.head(4 << 10).map_err(&read)?;
    let tail = range.len().min(8);
    let tail = range
        .slice(range.len() - tail, tail)
        .map(|tail| tail.head(8))
        .transpose()
        .map_err(&read)?
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
    fn names_of_checkpoints_are_known_to_the_module_that_tells_files_apart() {
        for name in [MANIFEST, "a.index", "a.data-00000-of-00001", "a.tar"] {
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
