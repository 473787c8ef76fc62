//! MusicVAE: sizes, checkpoints in every published format, the network, devices.
//!
//! - [`Weights`] is a model in host memory; `checkpoint` opens it in every published format, `config`
//!   has its sizes and `parameters` its tensors.
//! - [`MusicVae`] is the same model on a burn device (`encoder`, `decoder`, `lstm`); `autodiff` gives
//!   its loss and gradient there. `host` runs the decoder on the CPU without burn.
//! - [`Engine`] is the model on the best device that passes a self-test, with the CPU as fallback.
//! - [`Decode`] is what everything else needs: melodies from latent points, and posteriors.

mod autodiff;
mod checkpoint;
mod checkpoint_format;
mod config;
mod decode;
mod decoder;
mod device;
mod encoder;
mod engine;
mod error;
mod gpu_cache;
pub(crate) mod host;
mod lstm;
mod music_vae;
mod parameters;
mod sampling;
mod tensor_source;
mod tiles;
mod weights;

pub(crate) use autodiff::autodiff_gradient;
pub use autodiff::{NO_TOKEN, TrainingBatch};
pub use checkpoint::Precision;
pub use checkpoint_format::CheckpointFormat;
pub use config::{Hierarchy, MusicVaeConfig};
pub use decode::Decode;
pub use device::{DeviceChoice, DeviceInfo, DeviceKind, choose as choose_device, list_devices};
pub use engine::{Agreement, Engine};
pub use error::{CheckpointError, ModelError};
pub use host::Arithmetic;
pub use music_vae::{Decoded, MusicVae, Posterior};
pub use parameters::{HostTensor, Parameters};
pub use sampling::Sampling;
pub use weights::Weights;
