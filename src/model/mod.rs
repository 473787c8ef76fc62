//! MusicVAE: sizes, checkpoints in every published format, the network, devices.
//!
//! - [`Weights`] is a model in main memory; `checkpoint` opens it in every published format, `model_folder` writes it for model hubs, `config`
//!   has its sizes and `parameters` its tensors; `mix` gives the mean of two models, `latent_alignment` its layers around
//!   the latent space.
//! - [`MusicVae`] is the same model on a burn device (`encoder`, `decoder`, `lstm`); `autodiff` gives
//!   its loss and gradient there. `cpu` runs the decoder on the CPU without burn.
//! - `gpu` runs the decoder on a graphics adapter (`adapter`) in one launch where it can; `device_decoder` chooses between it
//!   and burn, `self_test` compares either with the CPU. The feature `gpu` has what needs an adapter.
//! - [`Engine`] is the model on the best device that passes a self-test, with the CPU as fallback.
//! - [`MelodyModel`] is what everything else needs: melodies from latent points, and posteriors.

#[cfg(feature = "gpu")]
mod adapter;
mod autodiff;
mod batches;
mod checkpoint;
mod checkpoint_format;
mod config;
pub(crate) mod cpu;
mod decoder;
mod device;
mod device_decoder;
mod device_kind;
mod encoder;
mod engine;
mod error;
mod gpu;
#[cfg(feature = "gpu")]
mod gpu_cache;
mod latent_alignment;
mod lstm;
mod melody_model;
mod mix;
mod model_folder;
mod music_vae;
mod parameters;
mod principal_axes;
mod sampling;
mod self_test;
mod tensor_source;
mod training_melodies;
mod weights;

pub(crate) use autodiff::autodiff_gradient;
pub use autodiff::{NO_TOKEN, TrainingBatch};
pub use checkpoint::FloatFormat;
pub use checkpoint_format::CheckpointFormat;
pub use config::{Hierarchy, MusicVaeConfig};
pub use cpu::MatmulFormat;
pub use device::{DeviceChoice, DeviceInfo, choose_device, list_devices};
pub use device_kind::DeviceKind;
pub use engine::Engine;
pub use error::{CheckpointError, ModelError};
pub use gpu::GpuCounts;
pub use melody_model::MelodyModel;
pub use mix::{MixEnds, MixError, mix_ends, mix_weights, percent_text};
pub use music_vae::{Decoded, MusicVae, Posterior};
pub use parameters::{CpuTensor, Parameters};
pub use sampling::{Sampling, Streams};
pub use self_test::SelfTestResult;
pub use training_melodies::MelodyFilter;
pub use weights::Weights;
