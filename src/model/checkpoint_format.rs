//! The file formats that models are published in.

use std::fmt;

/// How a model's files are laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CheckpointFormat {
    /// This program's native format: one safetensors file.
    Safetensors,
    /// A folder of `config.json`, `weights_manifest.json` and shards.
    MagentaJs,
    /// A TensorFlow checkpoint: an `.index` and its `.data` files.
    TensorFlow,
    /// A `.tar` that holds one of the others.
    Tar,
}

impl fmt::Display for CheckpointFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Safetensors => "safetensors file",
            Self::MagentaJs => "magenta-js folder",
            Self::TensorFlow => "TensorFlow checkpoint",
            Self::Tar => "tar archive",
        })
    }
}
