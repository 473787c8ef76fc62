//! The objective's parameters and the losses of a step.

/// The loss that training minimises, per melody:
/// cross-entropy summed over the steps + `beta` * max(KL divergence - `free_nats`, 0).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Objective {
    /// Weight of the KL divergence from the prior.
    pub beta: f32,
    /// KL divergence per melody that does not count in the loss, in nats.
    pub free_nats: f32,
}

/// Sums over the melodies of one batch or several.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct StepLosses {
    /// Number of melodies.
    pub melodies: u64,
    /// Cross-entropy over all steps, in nats.
    pub cross_entropy: f64,
    /// KL divergence from the prior, in nats.
    pub kl: f64,
    /// Number of correctly predicted tokens, given the target tokens before them.
    pub correct_tokens: f64,
}

impl StepLosses {
    /// Whether the losses are finite.
    #[must_use]
    pub fn is_finite(&self) -> bool {
        self.cross_entropy.is_finite() && self.kl.is_finite()
    }
}

impl std::ops::AddAssign for StepLosses {
    fn add_assign(&mut self, other: Self) {
        self.melodies += other.melodies;
        self.cross_entropy += other.cross_entropy;
        self.kl += other.kl;
        self.correct_tokens += other.correct_tokens;
    }
}
