//! `run.json` of generated melodies.

use serde::Serialize;

use crate::sweep::Generated;

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
        (device, weights_hash, steps): (&'a str, &'a str, usize),
        from: F,
    ) -> Self {
        Self {
            program: "tunescape",
            version: env!("CARGO_PKG_VERSION"),
            kind,
            weights_hash,
            device,
            latent_size: generated.latent_size(),
            steps,
            melodies: generated.melodies.len(),
            from,
        }
    }
}
