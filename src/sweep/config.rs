//! The settings of a sweep.

use serde::{Deserialize, Serialize};

use super::error::SweepError;
use crate::latent::{Scaling, Sigma};
use crate::wording::count_with_noun;

/// Maximum number of regions of a sweep: their centres are held in memory, and a study compares all of them.
pub const MAX_REGIONS: u32 = 20_000;
/// Maximum number of samples of a sweep, over all regions: they are held in memory.
pub const MAX_SAMPLES: u64 = 4_000_000;

/// Everything but the weights that a sweep's result depends on: equal configs give equal sweeps.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct SweepConfig {
    /// Number of regions: points of the Latin hypercube.
    pub regions: u32,
    /// Samples around the centre of each region.
    pub samples: u32,
    /// How the hypercube covers the latent space.
    pub scaling: Scaling,
    /// Spread of a region's samples.
    pub sigma: Sigma,
    /// Seed of every random number of the sweep.
    pub seed: u64,
    /// Decoding temperature; 0 takes the most likely token at each step.
    pub temperature: f32,
}

impl Default for SweepConfig {
    fn default() -> Self {
        Self {
            regions: 100,
            samples: 64,
            scaling: Scaling::default(),
            sigma: Sigma::default(),
            seed: 99,
            temperature: 0.0,
        }
    }
}

impl SweepConfig {
    /// Checks every setting.
    ///
    /// # Errors
    /// [`SweepError::Setting`] names the first invalid setting.
    pub fn validate(&self) -> Result<(), SweepError> {
        let invalid = |setting, found: &dyn ToString, advice: &str| {
            Err(SweepError::setting(setting, &found.to_string(), advice))
        };
        if !(1..=MAX_REGIONS).contains(&self.regions) {
            let advice = format!("choose 1 to {MAX_REGIONS}");
            return invalid("the number of regions", &self.regions, &advice);
        }
        let max = MAX_SAMPLES / u64::from(self.regions);
        if self.samples < 1 || u64::from(self.samples) > max {
            let advice = format!(
                "with {} choose 1 to {max}",
                count_with_noun(self.regions as usize, "region")
            );
            return invalid("the number of samples per region", &self.samples, &advice);
        }
        if let Scaling::Box { width } = self.scaling
            && !(width > 0.0 && width <= 1_000.0)
        {
            let advice = "choose a number above 0, up to 1000";
            return invalid("the width of the box", &width, advice);
        }
        if let Sigma::Fixed(sigma) = self.sigma
            && !(0.0..=1_000.0).contains(&sigma)
        {
            return invalid("sigma", &sigma, "choose a number from 0 to 1000");
        }
        if !(0.0..=100.0).contains(&self.temperature) {
            let advice = "choose 0 for the likeliest melody, or a number up to 100";
            return invalid("the temperature", &self.temperature, advice);
        }
        Ok(())
    }

    /// Number of melodies of the sweep, centres and samples.
    #[must_use]
    pub fn melodies(&self) -> u64 {
        u64::from(self.regions) * (1 + u64::from(self.samples))
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]

    use super::*;

    #[test]
    fn an_invalid_setting_is_refused_with_its_valid_values() {
        let error_text = |change: fn(&mut SweepConfig)| {
            let mut config = SweepConfig::default();
            change(&mut config);
            config.validate().unwrap_err().to_string()
        };
        assert!(SweepConfig::default().validate().is_ok());
        assert_eq!(
            error_text(|c| c.regions = 0),
            "the number of regions cannot be 0; choose 1 to 20000"
        );
        assert_eq!(
            error_text(|c| c.samples = 40_001),
            "the number of samples per region cannot be 40001; with 100 regions choose 1 to 40000"
        );
        assert!(
            error_text(|c| c.sigma = Sigma::Fixed(f64::NAN)).starts_with("sigma cannot be NaN")
        );
        assert!(
            error_text(|c| c.scaling = Scaling::Box { width: -1.0 })
                .starts_with("the width of the box")
        );
        assert!(error_text(|c| c.temperature = f32::INFINITY).starts_with("the temperature"));
    }

    #[test]
    fn missing_fields_of_a_config_have_their_defaults() {
        let config: SweepConfig = serde_json::from_str(
            r#"{"seed": 7, "sigma": "as-published", "scaling": {"box": {"width": 6.0}}}"#,
        )
        .unwrap();
        assert_eq!(
            (config.seed, config.regions, config.sigma),
            (7, 100, Sigma::PublishedCode)
        );
        let back: SweepConfig =
            serde_json::from_str(&serde_json::to_string(&config).unwrap()).unwrap();
        assert_eq!(back, config);
    }
}
