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
pub(super) struct GeneratedRecord<'a, F: Serialize> {
    program: &'static str,
    version: &'static str,
    /// `encode`, `blend` or `path`.
    kind: &'static str,
    weights_hash: &'a str,
    device: &'a str,
    latent_size: usize,
    steps: usize,
    melodies: usize,
    /// What they were generated from.
    #[serde(flatten)]
    from: F,
}

impl<'a, F: Serialize> GeneratedRecord<'a, F> {
    pub(super) fn new(
        kind: &'static str,
        generated: &Generated,
        model: ModelInfo<'a>,
        from: F,
    ) -> Self {
        Self {
            program: "tunescape",
            version: env!("CARGO_PKG_VERSION"),
            kind,
            weights_hash: model.weights_hash,
            device: model.device,
            latent_size: generated.latent_size(),
            steps: model.steps,
            melodies: generated.melodies.len(),
            from,
        }
    }
}
