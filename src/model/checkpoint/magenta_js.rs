//! magenta-js folders: `config.json`, `weights_manifest.json` and the shards that it names.
//!
//! The bytes of a group's shards follow one another and hold the group's tensors back to back, in
//! the order of the manifest: a tensor, and even a number, may begin in one shard and end in the next.

use std::collections::{BTreeMap, HashSet};
use std::path::PathBuf;

use serde::Deserialize;

use super::Checkpoint;
use super::folder::Folder;
use super::numbers::{self, Encoding, read_numbers};
use super::recognise::{Shapes, Timing};
use super::region::{Chain, Region};
use crate::melody::{HIGHEST_PITCH, LOWEST_PITCH};
use crate::model::{CheckpointError, Form};

/// The file that makes a folder one of these.
pub(super) const MANIFEST: &str = "weights_manifest.json";
const CONFIG: &str = "config.json";
/// A manifest lists names, shapes and files; that of a large model has some kilobytes.
const LARGEST_JSON: u64 = 4 << 20;
const MOST_SHARDS: usize = 10_000;

#[derive(Deserialize)]
struct Group {
    paths: Vec<String>,
    weights: Vec<Listed>,
}

#[derive(Deserialize)]
struct Listed {
    name: String,
    shape: Vec<usize>,
    dtype: String,
    quantization: Option<Quantization>,
}

#[derive(Deserialize)]
struct Quantization {
    dtype: String,
    #[serde(default)]
    min: Fraction,
    #[serde(default)]
    scale: Fraction,
}

/// A number as it stands in the file.
#[derive(Deserialize)]
#[serde(untagged)]
enum Fraction {
    Whole(f64),
    /// See [`quote_fractions`].
    Quoted(String),
}

impl Default for Fraction {
    fn default() -> Self {
        Self::Whole(0.0)
    }
}

impl Fraction {
    fn value(&self) -> Option<f64> {
        let value = match self {
            Self::Whole(value) => *value,
            Self::Quoted(text) => text.parse().ok()?,
        };
        value.is_finite().then_some(value)
    }
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Config {
    #[serde(rename = "type")]
    kind: Option<String>,
    data_converter: Option<Converter>,
    chord_encoder: Option<serde_json::Value>,
}

#[derive(Deserialize)]
struct Converter {
    #[serde(rename = "type")]
    kind: Option<String>,
    #[serde(default)]
    args: ConverterArguments,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct ConverterArguments {
    num_steps: Option<usize>,
    num_segments: Option<usize>,
    min_pitch: Option<u8>,
    max_pitch: Option<u8>,
}

/// Where a tensor lies among the bytes of its group.
struct Place {
    group: usize,
    offset: u64,
    count: usize,
    /// `None` for numbers that no model has, such as truth values.
    encoding: Option<Encoding>,
    dtype: String,
}

/// An opened folder.
pub(super) struct MagentaJs {
    manifest: PathBuf,
    groups: Vec<Vec<Region>>,
    places: BTreeMap<String, Place>,
    shapes: Shapes,
    timing: Timing,
}

impl MagentaJs {
    /// Reads manifest and config and finds the shards; `prefix` is the folder inside an archive,
    /// empty or ending in `/`.
    pub fn open(folder: &Folder, prefix: &str) -> Result<Self, CheckpointError> {
        let timing = read_config(folder, prefix)?;
        let manifest = folder.path_of(&format!("{prefix}{MANIFEST}"));
        let groups: Vec<Group> =
            read_json(folder, &format!("{prefix}{MANIFEST}"))?.ok_or_else(|| {
                CheckpointError::Read {
                    path: manifest.clone(),
                    source: std::io::ErrorKind::NotFound.into(),
                }
            })?;
        let mut opened = Self {
            manifest,
            groups: Vec::new(),
            places: BTreeMap::new(),
            shapes: Shapes::new(),
            timing,
        };
        let mut seen = HashSet::new();
        for group in groups {
            let mut shards = Vec::with_capacity(group.paths.len().min(MOST_SHARDS));
            for path in group.paths {
                if !seen.insert(path.clone()) {
                    return Err(opened.broken(format!("it names the file {path:?} twice")));
                }
                if seen.len() > MOST_SHARDS {
                    return Err(opened.broken(format!("it names more than {MOST_SHARDS} files")));
                }
                let name = format!("{prefix}{path}");
                let shard = folder
                    .get(&name)?
                    .ok_or_else(|| CheckpointError::MissingFile {
                        path: folder.path_of(&name),
                        named_by: opened.manifest.clone(),
                    })?;
                shards.push(shard);
            }
            opened.add_group(shards, group.weights)?;
        }
        Ok(opened)
    }

    fn add_group(
        &mut self,
        shards: Vec<Region>,
        weights: Vec<Listed>,
    ) -> Result<(), CheckpointError> {
        let held: u64 = shards.iter().map(Region::len).sum();
        let mut offset = 0_u64;
        for Listed {
            name,
            shape,
            dtype,
            quantization,
        } in weights
        {
            let (encoding, width) = encoding(&name, &dtype, quantization.as_ref())?;
            let count = numbers::count(&shape);
            let end =
                count.and_then(|count| offset.checked_add((count as u64).checked_mul(width)?));
            let (Some(count), Some(end)) = (count, end) else {
                return Err(self.broken(format!("the shape {shape:?} of {name:?} is too large")));
            };
            let place = Place {
                group: self.groups.len(),
                offset,
                count,
                encoding,
                dtype,
            };
            if self.places.insert(name.clone(), place).is_some() {
                return Err(self.broken(format!("it lists the tensor {name:?} twice")));
            }
            self.shapes.insert(name, shape);
            offset = end;
        }
        if offset != held {
            let shards: Vec<String> = shards
                .iter()
                .filter_map(|shard| Some(shard.path().file_name()?.to_string_lossy().into()))
                .take(3)
                .collect();
            return Err(self.broken(format!(
                "its tensors take {offset} bytes, the shards {} … hold {held}",
                shards.join(", ")
            )));
        }
        self.groups.push(shards);
        Ok(())
    }

    fn broken(&self, reason: String) -> CheckpointError {
        CheckpointError::Broken {
            path: self.manifest.clone(),
            form: Form::MagentaJs,
            reason,
        }
    }
}

/// How a listed tensor is stored, and bytes a number.
fn encoding(
    name: &str,
    dtype: &str,
    quantization: Option<&Quantization>,
) -> Result<(Option<Encoding>, u64), CheckpointError> {
    let unknown = |dtype: &str| CheckpointError::NumberFormat {
        name: name.to_owned(),
        dtype: dtype.to_owned(),
    };
    let encoding = match (dtype, quantization) {
        ("float32", None) => Encoding::F32,
        ("float32", Some(Quantization { dtype, min, scale })) => {
            match (dtype.as_str(), min.value(), scale.value()) {
                ("uint8", Some(min), Some(scale)) => Encoding::Linear8 { min, scale },
                ("uint16", Some(min), Some(scale)) => Encoding::Linear16 { min, scale },
                ("float16", ..) => Encoding::F16,
                (other, ..) => return Err(unknown(other)),
            }
        }
        ("int32", None) => return Ok((None, 4)),
        ("bool", None) => return Ok((None, 1)),
        _ => return Err(unknown(dtype)),
    };
    Ok((Some(encoding), encoding.width()))
}

/// A JSON file of the folder, if it is there.
fn read_json<T: for<'a> Deserialize<'a>>(
    folder: &Folder,
    name: &str,
) -> Result<Option<T>, CheckpointError> {
    let path = folder.path_of(name);
    let broken = |reason: String| CheckpointError::Broken {
        path: path.clone(),
        form: Form::MagentaJs,
        reason,
    };
    let Some(region) = folder.get(name)? else {
        return Ok(None);
    };
    if region.len() > LARGEST_JSON {
        return Err(broken(format!("it has {} bytes", region.len())));
    }
    let bytes = region
        .head(LARGEST_JSON)
        .map_err(|source| CheckpointError::Read {
            path: path.clone(),
            source,
        })?;
    let value = serde_json::from_slice(&quote_fractions(&bytes))
        .map_err(|error| broken(error.to_string()))?;
    Ok(Some(value))
}

/// Puts quotation marks around the numbers of a JSON text that have a point or an exponent.
///
/// serde_json may miss such a number by one unit in its last place, which moves a dequantised
/// weight now and then; the standard library reads the quoted text exactly.
fn quote_fractions(json: &[u8]) -> Vec<u8> {
    let mut quoted = Vec::with_capacity(json.len() + json.len() / 8);
    let mut rest = json;
    while let Some(&first) = rest.first() {
        let length = match first {
            b'"' => {
                let mut escaped = false;
                let end = rest.iter().skip(1).position(|byte| {
                    let ends = *byte == b'"' && !escaped;
                    escaped = *byte == b'\\' && !escaped;
                    ends
                });
                end.map_or(rest.len(), |end| end + 2)
            }
            b'-' | b'0'..=b'9' => rest
                .iter()
                .position(|byte| !matches!(byte, b'-' | b'+' | b'.' | b'e' | b'E' | b'0'..=b'9'))
                .unwrap_or(rest.len()),
            _ => 1,
        };
        let (token, after) = rest.split_at(length);
        let is_fraction =
            first != b'"' && token.iter().any(|byte| matches!(byte, b'.' | b'e' | b'E'));
        // A letter on its own, as in `true`, is no number.
        if is_fraction && length > 1 {
            quoted.push(b'"');
            quoted.extend_from_slice(token);
            quoted.push(b'"');
        } else {
            quoted.extend_from_slice(token);
        }
        rest = after;
    }
    quoted
}

/// What the config says about time; refuses what it says are no melodies.
fn read_config(folder: &Folder, prefix: &str) -> Result<Timing, CheckpointError> {
    let config: Config = read_json(folder, &format!("{prefix}{CONFIG}"))?.unwrap_or_default();
    let other = |what: String| Err(CheckpointError::OtherModel { what });
    if let Some(kind) = config.kind.filter(|kind| kind != "MusicVAE") {
        return other(format!("a magenta-js model of the kind {kind:?}"));
    }
    if config
        .chord_encoder
        .is_some_and(|encoder| !encoder.is_null())
    {
        return other("a model that is told chords beside the latent point".to_owned());
    }
    let Some(Converter { kind, args }) = config.data_converter else {
        return Ok(Timing::default());
    };
    match kind.as_deref() {
        None | Some("MelodyConverter") => {}
        Some("DrumsConverter" | "DrumRollConverter" | "GrooveConverter") => {
            return other("a drum model".to_owned());
        }
        Some("TrioConverter" | "TrioRhythmConverter") => {
            return other("a trio model (melody, bass and drums)".to_owned());
        }
        Some("MultitrackConverter") => return other("a multitrack model".to_owned()),
        Some(kind) => return other(format!("a model of the kind {kind:?}")),
    }
    let range = (
        args.min_pitch.unwrap_or(LOWEST_PITCH),
        args.max_pitch.unwrap_or(HIGHEST_PITCH),
    );
    if range != (LOWEST_PITCH, HIGHEST_PITCH) {
        return other(format!(
            "a melody model of the pitches {} to {}, not {LOWEST_PITCH} to {HIGHEST_PITCH}",
            range.0, range.1
        ));
    }
    Ok(Timing {
        steps: args.num_steps,
        segments: args.num_segments,
    })
}

impl Checkpoint for MagentaJs {
    fn shapes(&self) -> &Shapes {
        &self.shapes
    }

    fn timing(&self) -> Timing {
        self.timing
    }

    fn stored_bytes(&self) -> u64 {
        self.groups.iter().flatten().map(Region::len).sum()
    }

    fn values(&self, name: &str) -> Result<Vec<f32>, CheckpointError> {
        let place = self
            .places
            .get(name)
            .ok_or_else(|| CheckpointError::MissingTensor {
                name: name.to_owned(),
            })?;
        let encoding = place
            .encoding
            .ok_or_else(|| CheckpointError::NumberFormat {
                name: name.to_owned(),
                dtype: place.dtype.clone(),
            })?;
        let shards = self.groups.get(place.group).map_or(&[][..], Vec::as_slice);
        let (mut skip, mut left) = (place.offset, place.count as u64 * encoding.width());
        let mut parts = Vec::new();
        for shard in shards {
            let here = shard.len().saturating_sub(skip).min(left);
            if here > 0 {
                parts.extend(shard.part(skip, here));
            }
            skip = skip.saturating_sub(shard.len());
            left -= here;
        }
        let first = parts.first().map_or(self.manifest.as_path(), Region::path);
        let read = |source| CheckpointError::Read {
            path: first.to_owned(),
            source,
        };
        let shards = Chain::new(parts.clone());
        read_numbers(shards, place.count, encoding, |_| ()).map_err(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_numbers_with_a_point_or_an_exponent_are_quoted() {
        let text = br#"{"min": -0.82, "e.g. 1.5": [1e-5,32, true, "a\"2.5"], "x": 3.5}"#;
        let wanted = br#"{"min": "-0.82", "e.g. 1.5": ["1e-5",32, true, "a\"2.5"], "x": "3.5"}"#;
        assert_eq!(quote_fractions(text), wanted);
        assert_eq!(quote_fractions(b"\"open"), b"\"open");
    }
}
