//! MusicVAE: sizes, checkpoints in every published form, the network on burn, devices.
//!
//! [`Weights`] is a model in host memory, [`MusicVae`] the same model on one device, [`Engine`] the
//! model on the best device that has proved itself, with the CPU behind it. Everything that needs
//! melodies from latent points asks for a [`Decode`].

mod checkpoint;
mod config;
mod decode;
mod decoder;
mod device;
mod differentiable;
mod encoder;
mod engine;
mod error;
mod form;
mod gpu_cache;
pub(crate) mod host;
mod lstm;
mod music_vae;
mod parameters;
mod sampling;
mod tensor_source;
mod weights;

pub use config::{Hierarchy, MusicVaeConfig};
pub use decode::Decode;
pub use device::{DeviceChoice, DeviceInfo, DeviceKind, choose as choose_device, list_devices};
pub(crate) use differentiable::differentiate;
pub use differentiable::{NO_TOKEN, TrainingBatch};
pub use engine::{Agreement, Engine};
pub use error::{CheckpointError, ModelError};
pub use form::Form;
pub use host::Arithmetic;
pub(crate) use music_vae::latent_rows;
pub use music_vae::{Decoded, MusicVae, Posterior};
pub use parameters::{HostTensor, Parameters};
pub use sampling::Sampling;
pub use weights::{Precision, Weights};
