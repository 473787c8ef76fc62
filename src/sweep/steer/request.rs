//! What to steer to.

use crate::sweep::error::SweepError;

/// Maximum number of melodies of one request.
pub const MAX_STEERED: u32 = 4_096;
const MAX_CANDIDATES: u32 = 1_024;

/// A target attribute value and how to search for it.
#[derive(Clone, Debug, PartialEq)]
pub struct SteerRequest {
    /// Index into the attribute table.
    pub attribute: usize,
    /// Target value, in attribute units (as in files, not as shown to musicians).
    pub target: f64,
    /// Number of melodies.
    pub count: u32,
    /// Seed of the draws of the prior that the melodies are moved from.
    pub seed: u64,
    /// Candidates decoded per melody, in each round.
    pub candidates: u32,
    /// Number of this request: the first number in the melodies' ids.
    pub number: u32,
}

impl Default for SteerRequest {
    fn default() -> Self {
        Self {
            attribute: 0,
            target: 0.0,
            count: 32,
            seed: 99,
            candidates: 8,
            number: 0,
        }
    }
}

impl SteerRequest {
    /// Checks everything that does not depend on a fit.
    ///
    /// # Errors
    /// [`SweepError::Setting`] names the first invalid setting.
    pub fn validate(&self) -> Result<(), SweepError> {
        if !self.target.is_finite() {
            let advice = "choose a number";
            return Err(SweepError::setting(
                "the wanted value",
                &self.target,
                advice,
            ));
        }
        for (setting, found, most) in [
            ("the number of melodies", self.count, MAX_STEERED),
            ("the number of candidates", self.candidates, MAX_CANDIDATES),
        ] {
            if !(1..=most).contains(&found) {
                let advice = format!("choose 1 to {most}");
                return Err(SweepError::setting(setting, &found, advice));
            }
        }
        Ok(())
    }
}
