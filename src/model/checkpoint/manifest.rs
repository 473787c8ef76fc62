//! The JSON files of a magenta-js folder: the manifest of tensors and shards, and the model's config.

use std::io::ErrorKind;

use serde::Deserialize;

use super::folder::Folder;
use super::infer_config::SequenceSizes;
use crate::melody::{HIGHEST_PITCH, LOWEST_PITCH};
use crate::model::checkpoint_format::CheckpointFormat;
use crate::model::error::CheckpointError;

/// Name of the file that marks a magenta-js folder.
pub(super) const MANIFEST_FILE: &str = "weights_manifest.json";
const CONFIG_FILE: &str = "config.json";
/// Maximum length of a JSON file. A manifest lists names, shapes and files: a large model's has some kilobytes.
const MAX_JSON_BYTES: u64 = 4 << 20;

/// Shards and the tensors that they hold together.
#[derive(Deserialize)]
pub(super) struct ShardGroup {
    pub paths: Vec<String>,
    pub weights: Vec<TensorEntry>,
}

/// One tensor of the manifest.
#[derive(Deserialize)]
pub(super) struct TensorEntry {
    pub name: String,
    pub shape: Vec<usize>,
    pub dtype: String,
    pub quantization: Option<Quantization>,
}

/// How a tensor's numbers are quantised.
#[derive(Deserialize)]
pub(super) struct Quantization {
    pub dtype: String,
    #[serde(default)]
    pub min: JsonNumber,
    #[serde(default)]
    pub scale: JsonNumber,
}

/// A JSON number, quoted where serde_json might round it.
#[derive(Deserialize)]
#[serde(untagged)]
pub(super) enum JsonNumber {
    Plain(f64),
    /// Text that [`quote_decimals`] put in quotes.
    Quoted(String),
}

impl Default for JsonNumber {
    fn default() -> Self {
        Self::Plain(0.0)
    }
}

impl JsonNumber {
    /// The exact number; `None` if it is not finite or not a number.
    pub fn value(&self) -> Option<f64> {
        let value = match self {
            Self::Plain(value) => *value,
            Self::Quoted(text) => text.parse().ok()?,
        };
        value.is_finite().then_some(value)
    }
}

/// The fields of `config.json` that are read.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct MagentaConfig {
    #[serde(rename = "type")]
    kind: Option<String>,
    data_converter: Option<Converter>,
    chord_encoder: Option<serde_json::Value>,
}

/// The converter between note sequences and tokens.
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

/// Reads the groups of a manifest; `prefix` is the folder inside an archive, empty or ending in `/`.
pub(super) fn read_manifest(
    folder: &Folder,
    prefix: &str,
) -> Result<Vec<ShardGroup>, CheckpointError> {
    let name = format!("{prefix}{MANIFEST_FILE}");
    let missing = || CheckpointError::read(&folder.path_of(&name))(ErrorKind::NotFound.into());
    read_json(folder, &name)?.ok_or_else(missing)
}

/// Parses a JSON file of the folder; `None` if it is missing.
fn read_json<T: for<'a> Deserialize<'a>>(
    folder: &Folder,
    name: &str,
) -> Result<Option<T>, CheckpointError> {
    let path = folder.path_of(name);
    let damaged = CheckpointError::damaged(&path, CheckpointFormat::MagentaJs);
    let Some(range) = folder.get(name)? else {
        return Ok(None);
    };
    if range.len() > MAX_JSON_BYTES {
        return Err(damaged(format!("it has {} bytes", range.len())));
    }
    let bytes = range
        .head(MAX_JSON_BYTES)
        .map_err(CheckpointError::read(&path))?;
    let value = serde_json::from_slice(&quote_decimals(&bytes))
        .map_err(|error| damaged(error.to_string()))?;
    Ok(Some(value))
}

/// Quotes the numbers of a JSON text that have a decimal point or an exponent.
///
/// serde_json may be off by one unit in the last place for such a number, which changes a
/// dequantised weight now and then; the standard library parses the quoted text exactly.
fn quote_decimals(json: &[u8]) -> Vec<u8> {
    let mut quoted = Vec::with_capacity(json.len() + json.len() / 8);
    let mut remaining = json;
    while let Some(&first) = remaining.first() {
        let length = match first {
            b'"' => {
                let mut escaped = false;
                let end = remaining.iter().skip(1).position(|byte| {
                    let is_end = *byte == b'"' && !escaped;
                    escaped = *byte == b'\\' && !escaped;
                    is_end
                });
                end.map_or(remaining.len(), |end| end + 2)
            }
            b'-' | b'0'..=b'9' => remaining
                .iter()
                .position(|byte| !matches!(byte, b'-' | b'+' | b'.' | b'e' | b'E' | b'0'..=b'9'))
                .unwrap_or(remaining.len()),
            _ => 1,
        };
        let (token, after_token) = remaining.split_at(length);
        let is_decimal =
            first != b'"' && token.iter().any(|byte| matches!(byte, b'.' | b'e' | b'E'));
        // A single letter, as in `true`, is not a number.
        if is_decimal && length > 1 {
            quoted.push(b'"');
            quoted.extend_from_slice(token);
            quoted.push(b'"');
        } else {
            quoted.extend_from_slice(token);
        }
        remaining = after_token;
    }
    quoted
}

/// Reads the config's steps and segments; refuses models of anything but single melodies.
pub(super) fn read_config(folder: &Folder, prefix: &str) -> Result<SequenceSizes, CheckpointError> {
    let config: MagentaConfig =
        read_json(folder, &format!("{prefix}{CONFIG_FILE}"))?.unwrap_or_default();
    let other_model = |what: String| Err(CheckpointError::OtherModel { what });
    if let Some(kind) = config.kind.filter(|kind| kind != "MusicVAE") {
        return other_model(format!("a magenta-js model of the kind {kind:?}"));
    }
    if config
        .chord_encoder
        .is_some_and(|encoder| !encoder.is_null())
    {
        return other_model("a model that is told chords beside the latent point".to_owned());
    }
    let Some(Converter { kind, args }) = config.data_converter else {
        return Ok(SequenceSizes::default());
    };
    match kind.as_deref() {
        None | Some("MelodyConverter") => {}
        Some("DrumsConverter" | "DrumRollConverter" | "GrooveConverter") => {
            return other_model("a drum model".to_owned());
        }
        Some("TrioConverter" | "TrioRhythmConverter") => {
            return other_model("a trio model (melody, bass and drums)".to_owned());
        }
        Some("MultitrackConverter") => return other_model("a multitrack model".to_owned()),
        Some(kind) => return other_model(format!("a model of the kind {kind:?}")),
    }
    let range = (
        args.min_pitch.unwrap_or(LOWEST_PITCH),
        args.max_pitch.unwrap_or(HIGHEST_PITCH),
    );
    if range != (LOWEST_PITCH, HIGHEST_PITCH) {
        return other_model(format!(
            "a melody model of the pitches {} to {}, not {LOWEST_PITCH} to {HIGHEST_PITCH}",
            range.0, range.1
        ));
    }
    Ok(SequenceSizes {
        steps: args.num_steps,
        segments: args.num_segments,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_numbers_with_a_point_or_an_exponent_are_quoted() {
        let text = br#"{"min": -0.82, "e.g. 1.5": [1e-5,32, true, "a\"2.5"], "x": 3.5}"#;
        let expected = br#"{"min": "-0.82", "e.g. 1.5": ["1e-5",32, true, "a\"2.5"], "x": "3.5"}"#;
        assert_eq!(quote_decimals(text), expected);
        assert_eq!(quote_decimals(b"\"open"), b"\"open");
    }
}
