//! Validation of training settings, and settings as JSON.

use serde_json::{Value, json};

use super::config::TrainingConfig;
use super::error::TrainingError;
use crate::melody::{STEPS_PER_BAR, VOCAB_SIZE};

/// Maximum number of units of a layer, and maximum size of a latent point.
const MAX_UNITS: usize = 16_384;
/// Maximum number of layers of an encoder or decoder.
const MAX_LAYERS: usize = 16;
/// Maximum number of weights of a model: with the optimiser's moments and the average, 16 GiB.
const MAX_WEIGHTS: usize = 1 << 30;
/// Maximum number of steps of a melody: 64 bars.
const MAX_STEPS: usize = 64 * STEPS_PER_BAR;
/// Maximum number of examples of a run.
const MAX_EXAMPLES: u64 = 1_000_000_000_000;
/// Number of sets of prior draws with distinct random numbers.
const DRAW_SETS: u64 = 1 << 32;

/// The allowed values of a setting.
struct Rule {
    /// Its key in a settings file.
    setting: &'static str,
    /// The allowed values, as a phrase.
    allowed: &'static str,
    holds: fn(&TrainingConfig) -> bool,
    /// Its value as text.
    found: fn(&TrainingConfig) -> String,
}

/// One rule for each setting: its path, the test of its value, and the allowed values.
macro_rules! rules {
    ($($($part:ident).+ : $holds:expr, $allowed:literal;)+) => {
        &[$(Rule {
            setting: rules!(@path $($part)+),
            allowed: $allowed,
            holds: |config| holds(&config.$($part).+, $holds),
            found: |config| format!("{:?}", config.$($part).+),
        }),+]
    };
    // The key of this field in files is another one.
    (@path model vocab_size) => {
        "model.tokens"
    };
    (@path $first:ident $second:ident) => {
        concat!(stringify!($first), ".", stringify!($second))
    };
    (@path $first:ident) => {
        stringify!($first)
    };
}

/// The rules in the order of the config. NaN satisfies no comparison.
const RULES: &[Rule] = rules! {
    model.latent_size: within(1, MAX_UNITS), "a whole number from 1 to 16384";
    model.steps: |steps| within(1, MAX_STEPS)(steps) && steps.is_multiple_of(STEPS_PER_BAR),
        "whole bars, a multiple of 16 from 16 to 1024";
    model.vocab_size: within(VOCAB_SIZE, VOCAB_SIZE), "90, the number of tokens of a melody";
    model.encoder_layers: layers, "the units of 1 to 16 layers, each from 1 to 16384";
    model.decoder_layers: layers, "the units of 1 to 16 layers, each from 1 to 16384";
    model.hierarchy: Option::is_none, "null, for Tunescape trains flat models only";
    seed: any, "a whole number from 0 to 18446744073709551615";
    examples: within(0, MAX_EXAMPLES), "a whole number from 0 to 1000000000000";
    batch: within(1, 65_536), "a whole number from 1 to 65536";
    shards: within(1, 65_536), "a whole number from 1 to 65536";
    learning_rate: above_up_to(0.0, 1.0), "a number above 0, up to 1";
    warm_up_steps: any, "a whole number, 0 or more";
    constant_share: within(0.0, 1.0), "a number from 0 to 1";
    final_rate: above_up_to(0.0, 1.0), "a number above 0, up to 1";
    beta: within(0.0, 1e4), "a number from 0 to 10000";
    beta_warm_up: within(0.0, 1.0), "a number from 0 to 1";
    free_nats: within(0.0, 1e6), "a number from 0 to 1000000";
    clip_norm: above_up_to(0.0, 1e12), "a number above 0, up to 1e12";
    moment_decays: |decays| decays.iter().all(within(0.0, 0.999_999)),
        "two numbers, each from 0 to 0.999999";
    average_decay: within(0.0, 1.0), "a number from 0 to 1";
    transpose_semitones: within(0, 87), "a whole number from 0 to 87";
    transpose_share: within(0.0, 1.0), "a number from 0 to 1";
    balance: within(0.0, 1.0), "a number from 0 to 1";
    token_dropout: within(0.0, 1.0), "a number from 0 to 1";
    rehearsal_share: within(0.0, 1.0), "a number from 0 to 1";
    drawn_share: within(0.0, 1.0), "a number from 0 to 1";
    drawn_melodies: within(1, 16_777_216), "a whole number from 1 to 16777216";
    redraw_every: any, "a whole number, 0 or more";
    walk_rounds: within(0, 1_000), "a whole number from 0 to 1000";
    walk_noise: within(0.0, 100.0), "a number from 0 to 100";
    whiten: any, "true or false";
    whiten_shrinkage: within(0.0, 1.0), "a number from 0 to 1";
    fit_rounds: within(0, 100_000), "a whole number from 0 to 100000";
    fit_draws: within(2, 16_777_216), "a whole number from 2 to 16777216";
    arithmetic: any, "\"float32\" or \"bfloat16\"";
    validate_every: within(1, u64::MAX), "a whole number, 1 or more";
    patience: any, "a whole number, 0 or more";
    started_from: any, "the hash of weights as text, or null";
};

fn holds<T>(value: &T, holds: impl Fn(&T) -> bool) -> bool {
    holds(value)
}

fn any<T>(_: &T) -> bool {
    true
}

fn within<T: PartialOrd>(min: T, max: T) -> impl Fn(&T) -> bool {
    move |value| *value >= min && *value <= max
}

fn above_up_to<T: PartialOrd>(bound: T, max: T) -> impl Fn(&T) -> bool {
    move |value| *value > bound && *value <= max
}

#[expect(
    clippy::ptr_arg,
    reason = "a rule takes a reference to the setting's own type"
)]
fn layers(units: &Vec<usize>) -> bool {
    within(1, MAX_LAYERS)(&units.len()) && units.iter().all(within(1, MAX_UNITS))
}

impl TrainingConfig {
    /// Checks every setting.
    ///
    /// # Errors
    /// [`TrainingError::Setting`] with the first invalid setting, its value and the allowed ones.
    pub fn validate(&self) -> Result<(), TrainingError> {
        if let Some(rule) = RULES.iter().find(|rule| !(rule.holds)(self)) {
            return Err(refused(rule.setting, (rule.found)(self), rule.allowed));
        }
        let weights = self.model.parameter_count();
        if weights > MAX_WEIGHTS {
            let allowed = format!("sizes that make at most {MAX_WEIGHTS} weights");
            return Err(refused("model", format!("one of {weights}"), &allowed));
        }
        if self.redraw_every > 0 && self.examples / self.redraw_every >= DRAW_SETS {
            let min = self.examples / DRAW_SETS + 1;
            let allowed = format!("0, or {min} or more with {} examples", self.examples);
            let found = self.redraw_every.to_string();
            return Err(refused("redraw_every", found, &allowed));
        }
        Ok(())
    }

    /// Parses settings from a JSON object; missing ones have their default. The values are checked by
    /// [`TrainingConfig::validate`].
    ///
    /// # Errors
    /// [`TrainingError::UnknownSetting`] for an unknown key, [`TrainingError::Setting`] for a value of another type,
    /// [`TrainingError::SettingsText`] if the text is not a JSON object or has a duplicate key.
    pub fn from_json(text: &str) -> Result<Self, TrainingError> {
        // Some editors begin a file with a byte order mark.
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        serde_json::from_str(text).map_err(|error| {
            invalid_setting(text).unwrap_or_else(|| {
                let line = text.lines().nth(error.line().saturating_sub(1));
                let line = line.unwrap_or_default().trim();
                let line: String = line.chars().take(MAX_QUOTE_CHARS).collect();
                TrainingError::SettingsText {
                    reason: format!("{error}: {line}"),
                }
            })
        })
    }
}

/// Maximum number of characters of a faulty line in an error message.
const MAX_QUOTE_CHARS: usize = 80;

/// The error of the first setting of a JSON object that cannot be parsed by itself.
fn invalid_setting(text: &str) -> Option<TrainingError> {
    let Ok(Value::Object(settings)) = serde_json::from_str::<Value>(text) else {
        return None;
    };
    for (key, value) in settings {
        let alone = match value {
            Value::Object(sizes) if key == "model" => sizes
                .into_iter()
                .map(|(size, value)| {
                    let alone = json!({ "model": { size.as_str(): &value } });
                    (format!("model.{size}"), value, alone)
                })
                .collect(),
            value => {
                let alone = json!({ key.as_str(): &value });
                vec![(key, value, alone)]
            }
        };
        for (setting, value, alone) in alone {
            if serde_json::from_value::<TrainingConfig>(alone).is_ok() {
                continue;
            }
            let found = value.to_string();
            if setting == "model" {
                let allowed = "an object such as {\"latent_size\": 256}";
                return Some(refused(&setting, found, allowed));
            }
            let rule = RULES.iter().find(|rule| rule.setting == setting);
            return Some(match rule {
                Some(rule) => refused(rule.setting, found, rule.allowed),
                None => TrainingError::UnknownSetting {
                    setting,
                    found,
                    known: RULES
                        .iter()
                        .map(|r| r.setting)
                        .collect::<Vec<_>>()
                        .join(", "),
                },
            });
        }
    }
    None
}

fn refused(setting: &str, found: String, allowed: &str) -> TrainingError {
    TrainingError::Setting {
        setting: setting.to_owned(),
        found,
        allowed: allowed.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]

    use super::*;

    /// The path of every setting of a config.
    fn paths(config: &Value) -> Vec<String> {
        let mut paths = Vec::new();
        for (key, value) in config.as_object().unwrap() {
            match value {
                Value::Object(parts) => {
                    paths.extend(parts.keys().map(|part| format!("{key}.{part}")));
                }
                _ => paths.push(key.clone()),
            }
        }
        paths
    }

    #[test]
    fn every_setting_has_one_rule_and_its_usual_value_is_allowed() {
        let config = TrainingConfig::default();
        config.validate().unwrap();
        let mut wanted = paths(&serde_json::to_value(&config).unwrap());
        // Is not written where there is none.
        wanted.push("model.hierarchy".to_owned());
        wanted.sort();
        let mut found: Vec<&str> = RULES.iter().map(|rule| rule.setting).collect();
        found.sort_unstable();
        assert_eq!(found, wanted);
    }

    #[test]
    fn what_json_cannot_say_is_refused_too() {
        for (config, says) in [
            (
                TrainingConfig {
                    learning_rate: f64::NAN,
                    ..TrainingConfig::default()
                },
                "learning_rate cannot be NaN; it takes a number above 0, up to 1",
            ),
            (
                TrainingConfig {
                    beta: f64::INFINITY,
                    ..TrainingConfig::default()
                },
                "beta cannot be inf; it takes a number from 0 to 10000",
            ),
            (
                TrainingConfig {
                    moment_decays: [0.9, f64::NAN],
                    ..TrainingConfig::default()
                },
                "moment_decays cannot be [0.9, NaN]",
            ),
        ] {
            let message = config.validate().unwrap_err().to_string();
            assert!(message.contains(says), "{message}");
        }
    }

    #[test]
    fn sizes_that_are_left_out_are_as_usual() {
        let config = TrainingConfig::from_json(r#"{"model": {"latent_size": 32}}"#).unwrap();
        let usual = TrainingConfig::default();
        assert_eq!(config.model.latent_size, 32);
        assert_eq!(config.model.decoder_layers, usual.model.decoder_layers);
        assert_eq!(config.batch, usual.batch);
    }
}
