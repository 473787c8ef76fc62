//! Folders in the layout of model hubs: `config.json` and `model.safetensors`.

use serde::Deserialize;

use super::byte_range::ByteRange;
use super::folder::Folder;
use crate::model::checkpoint_format::CheckpointFormat;
use crate::model::config::MusicVaeConfig;
use crate::model::error::CheckpointError;

/// Name of the file with the tensors.
pub(in crate::model) const TENSORS_FILE: &str = "model.safetensors";
/// Name of the file with the sizes.
pub(in crate::model) const CONFIG_FILE: &str = "config.json";
/// `model_type` of a MusicVAE.
pub(in crate::model) const MODEL_TYPE: &str = "musicvae";
/// Maximum length of a config, in bytes.
const MAX_CONFIG_BYTES: u64 = 1 << 20;

/// The field of a config that names the kind of model; configs of other programs may lack it.
#[derive(Deserialize)]
struct ModelType {
    #[serde(default)]
    model_type: String,
}

/// The tensors file of a folder, and the sizes from its config if that is one of a MusicVAE. `None` if the folder does not have
/// this layout.
///
/// # Errors
/// [`CheckpointError`] if a file cannot be read, or the config of a MusicVAE has no sizes.
pub(super) fn tensors_and_config(
    folder: &Folder,
) -> Result<Option<(ByteRange, Option<MusicVaeConfig>)>, CheckpointError> {
    let Some(tensors) = folder.get(TENSORS_FILE)? else {
        return Ok(None);
    };
    let Some(file) = folder.get(CONFIG_FILE)? else {
        return Ok(Some((tensors, None)));
    };
    let path = folder.path_of(CONFIG_FILE);
    let text = file
        .head(MAX_CONFIG_BYTES)
        .map_err(CheckpointError::read(&path))?;
    let is_musicvae = serde_json::from_slice::<ModelType>(&text)
        .is_ok_and(|config| config.model_type == MODEL_TYPE);
    if !is_musicvae {
        return Ok(Some((tensors, None)));
    }
    let config = serde_json::from_slice(&text).map_err(|error| {
        CheckpointError::damaged(&path, CheckpointFormat::Safetensors)(format!(
            "its model sizes cannot be read: {error}"
        ))
    })?;
    Ok(Some((tensors, Some(config))))
}
