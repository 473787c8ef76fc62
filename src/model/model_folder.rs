//! A model as a folder, in the layout of model hubs: `config.json`, `model.safetensors` and a `README.md` card.
//!
//! The tensors file is a whole model of this program by itself. `config.json` repeats its sizes for other programs, and
//! supplies them where the file has none, as after a rewrite by another library. The head of the card follows the metadata
//! format of Hugging Face's model cards.

use std::fs;
use std::io::Write;
use std::path::Path;

use serde::Serialize;

use super::checkpoint::{CONFIG_FILE, FloatFormat, MODEL_TYPE, TENSORS_FILE};
use super::config::MusicVaeConfig;
use super::error::CheckpointError;
use super::weights::Weights;
use crate::files::write_atomic_synced;

/// Name of the model card.
const CARD_FILE: &str = "README.md";

/// The content of `config.json`.
#[derive(Serialize)]
struct FolderConfig<'a> {
    model_type: &'static str,
    architectures: [&'static str; 1],
    torch_dtype: &'static str,
    #[serde(flatten)]
    config: &'a MusicVaeConfig,
    tunescape_version: &'static str,
}

impl Weights {
    /// Writes the model as a folder, which is created if it does not exist; files of these names are replaced, the tensors
    /// last.
    ///
    /// # Errors
    /// [`CheckpointError::Write`].
    pub fn save_folder(&self, folder: &Path, format: FloatFormat) -> Result<(), CheckpointError> {
        fs::create_dir_all(folder).map_err(CheckpointError::write(folder))?;
        let config = FolderConfig {
            model_type: MODEL_TYPE,
            architectures: ["MusicVae"],
            torch_dtype: match format {
                FloatFormat::Float32 => "float32",
                FloatFormat::Float16 => "float16",
            },
            config: self.config(),
            tunescape_version: env!("CARGO_PKG_VERSION"),
        };
        // A struct of numbers and texts has a JSON form.
        let config = serde_json::to_string_pretty(&config).unwrap_or_default() + "\n";
        let write = |name: &str, text: &str| {
            let path = folder.join(name);
            let write_text = |out: &mut (dyn Write + Send)| out.write_all(text.as_bytes());
            write_atomic_synced(&path, write_text).map_err(CheckpointError::write(&path))
        };
        write(CARD_FILE, &model_card(self))?;
        write(CONFIG_FILE, &config)?;
        self.save(&folder.join(TENSORS_FILE), format)
    }
}

/// The text of the model card.
fn model_card(weights: &Weights) -> String {
    let config = weights.config();
    let kind = if config.hierarchy.is_some() {
        "hierarchical"
    } else {
        "flat"
    };
    let provenance = match weights.provenance() {
        serde_json::Value::Null => {
            "The file that it was made from has no record of its training.".to_owned()
        }
        record => format!(
            "The record of its training:\n\n```json\n{}\n```",
            serde_json::to_string_pretty(record).unwrap_or_default()
        ),
    };
    let name = weights.name().replace(['\n', '\r'], " ");
    format!(
        "---
library_name: tunescape
tags:
- music
- midi
- symbolic-music
- musicvae
- variational-autoencoder
model_name: {quoted}
---

# {name}

A {kind} MusicVAE of melodies (Roberts et al., *A Hierarchical Latent Vector Model for Learning Long-Term Structure in Music*,
2018): {bars} bars of 4/4 in sixteenth notes, {tokens} token ids, a latent space of {latent} dimensions, {parameters} parameters.
Add the licence of the weights to the head of this file before you publish it.

| file | holds |
|---|---|
| `model.safetensors` | the tensors, with the names and shapes of the published checkpoints, and the sizes as metadata |
| `config.json` | the sizes |

Open the folder in Tunescape with

```sh
tunescape --model THIS_FOLDER
```

{provenance}
",
        quoted = serde_json::to_string(&name).unwrap_or_default(),
        bars = config.bars(),
        tokens = config.vocab_size,
        latent = config.latent_size,
        parameters = config.parameter_count(),
    )
}
