//! `run.json` of generated melodies.

use serde::Serialize;

use crate::sweep::Generated;

/// The model that encoded or decoded melodies, and its devices.
#[derive(Clone, Copy, Debug)]
pub struct ModelInfo<'a> {
    /// Steps of each melody.
    pub steps: usize,
    /// Devices in use, as text.
    pub device: &'a str,
    /// First 12 hex digits of the weights' SHA-256.
    pub weights_hash: &'a str,
}

/// The record of a set of generated melodies. Scripts rely on its keys: add, but do not rename.
#[derive(Serialize)]
pub(super) struct GeneratedRecord<'a, I: Serialize> {
    program: &'static str,
    version: &'static str,
    /// `encode`, `blend` or `path`.
    kind: &'static str,
    weights_hash: &'a str,
    device: &'a str,
    latent_size: usize,
    steps: usize,
    #[serde(rename = "melodies")]
    melody_count: usize,
    /// The input that they were generated from.
    #[serde(flatten)]
    input: I,
}

impl<'a, I: Serialize> GeneratedRecord<'a, I> {
    pub(super) fn new(
        kind: &'static str,
        generated: &Generated,
        model: ModelInfo<'a>,
        input: I,
    ) -> Self {
        Self {
            program: "tunescape",
            version: env!("CARGO_PKG_VERSION"),
            kind,
            weights_hash: model.weights_hash,
            device: model.device,
            latent_size: generated.latent_size(),
            steps: model.steps,
            melody_count: generated.melodies.len(),
            input,
        }
    }
}
