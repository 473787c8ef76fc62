//! Checkpoints in every published format.
//!
//! Opening (`open`, with one file per format: `safetensors`, `magenta_js`, `tensorflow`, `tar`)
//! reads only names, shapes and locations of the tensors. [`infer_config()`] derives the model's
//! sizes from the shapes or says what the model is instead. Only then does [`read_parameters`] read the
//! model's own tensors. A hostile file therefore never makes the program reserve more memory than the file
//! itself takes.

mod bundle;
mod byte_range;
mod folder;
mod hub_folder;
mod infer_config;
mod magenta_js;
mod manifest;
mod numbers;
mod open;
pub(super) mod safetensors;
mod sorted_table;
mod tar;
mod tensorflow;
mod tensors;

pub(super) use folder::Folder;
pub(super) use hub_folder::{CONFIG_FILE, MODEL_TYPE, TENSORS_FILE};
pub(super) use infer_config::infer_config;
pub use safetensors::FloatFormat;

pub(super) use open::{CheckpointContent, OpenedCheckpoint, open_bytes, open_folder, open_path};
pub(super) use tensors::read_parameters;
