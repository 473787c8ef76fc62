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
/// Maximum number of sets of prior draws, each with its own random numbers.
const MAX_DRAW_SETS: u64 = 1 << 32;

/// The allowed values of a setting.
struct Rule {
    /// Key of the setting in a settings file.
    setting: &'static str,
    /// The allowed values, as a phrase.
    allowed: &'static str,
    is_satisfied: fn(&TrainingConfig) -> bool,
    /// The setting's value as text.
    value_text: fn(&TrainingConfig) -> String,
}

/// One rule for each setting: its path, a test of its value, and the allowed values.
macro_rules! rules {
    ($($($part:ident).+ : $test:expr, $allowed:literal;)+) => {
        &[$(Rule {
            setting: rules!(@path $($part)+),
            allowed: $allowed,
            is_satisfied: |config| passes(&config.$($part).+, $test),
            value_text: |config| format!("{:?}", config.$($part).+),
        }),+]
    };
    // This field has another key in files.
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
    model.latent_size: in_range(1, MAX_UNITS), "a whole number from 1 to 16384";
    model.steps: |steps| in_range(1, MAX_STEPS)(steps) && steps.is_multiple_of(STEPS_PER_BAR),
        "whole bars, a multiple of 16 from 16 to 1024";
    model.vocab_size: in_range(VOCAB_SIZE, VOCAB_SIZE), "90, the number of tokens of a melody";
    model.encoder_layers: valid_layers, "the units of 1 to 16 layers, each from 1 to 16384";
    model.decoder_layers: valid_layers, "the units of 1 to 16 layers, each from 1 to 16384";
    model.hierarchy: Option::is_none, "null, for Tunescape trains flat models only";
    seed: any_value, "a whole number from 0 to 18446744073709551615";
    examples: in_range(0, MAX_EXAMPLES), "a whole number from 0 to 1000000000000";
    batch: in_range(1, 65_536), "a whole number from 1 to 65536";
    shards: in_range(1, 65_536), "a whole number from 1 to 65536";
    learning_rate: above_and_up_to(0.0, 1.0), "a number above 0, up to 1";
    warm_up_steps: any_value, "a whole number, 0 or more";
    constant_share: in_range(0.0, 1.0), "a number from 0 to 1";
    final_rate: above_and_up_to(0.0, 1.0), "a number above 0, up to 1";
    beta: in_range(0.0, 1e4), "a number from 0 to 10000";
    beta_warm_up: in_range(0.0, 1.0), "a number from 0 to 1";
    free_nats: in_range(0.0, 1e6), "a number from 0 to 1000000";
    clip_norm: above_and_up_to(0.0, 1e12), "a number above 0, up to 1e12";
    moment_decays: |decays| decays.iter().all(in_range(0.0, 0.999_999)),
        "two numbers, each from 0 to 0.999999";
    average_decay: in_range(0.0, 1.0), "a number from 0 to 1";
    transpose_semitones: in_range(0, 87), "a whole number from 0 to 87";
    transpose_share: in_range(0.0, 1.0), "a number from 0 to 1";
    balance: in_range(0.0, 1.0), "a number from 0 to 1";
    token_dropout: in_range(0.0, 1.0), "a number from 0 to 1";
    rehearsal_share: in_range(0.0, 1.0), "a number from 0 to 1";
    drawn_share: in_range(0.0, 1.0), "a number from 0 to 1";
    drawn_melodies: in_range(1, 16_777_216), "a whole number from 1 to 16777216";
    redraw_every: any_value, "a whole number, 0 or more";
    walk_rounds: in_range(0, 1_000), "a whole number from 0 to 1000";
    walk_noise: in_range(0.0, 100.0), "a number from 0 to 100";
    whiten: any_value, "true or false";
    whiten_shrinkage: in_range(0.0, 1.0), "a number from 0 to 1";
    fit_rounds: in_range(0, 100_000), "a whole number from 0 to 100000";
    fit_draws: in_range(2, 16_777_216), "a whole number from 2 to 16777216";
    arithmetic: any_value, "\"float32\" or \"bfloat16\"";
    validate_every: in_range(1, u64::MAX), "a whole number, 1 or more";
    patience: any_value, "a whole number, 0 or more";
    started_from: any_value, "the hash of weights as text, or null";
};

/// Whether a value passes a test; a function, so that the compiler infers the closure's argument type.
fn passes<T>(value: &T, test: impl Fn(&T) -> bool) -> bool {
    test(value)
}

fn any_value<T>(_: &T) -> bool {
    true
}

fn in_range<T: PartialOrd>(min: T, max: T) -> impl Fn(&T) -> bool {
    move |value| *value >= min && *value <= max
}

fn above_and_up_to<T: PartialOrd>(bound: T, max: T) -> impl Fn(&T) -> bool {
    move |value| *value > bound && *value <= max
}

#[expect(
    clippy::ptr_arg,
    reason = "a rule takes a reference to the setting's own type"
)]
fn valid_layers(units: &Vec<usize>) -> bool {
    in_range(1, MAX_LAYERS)(&units.len()) && units.iter().all(in_range(1, MAX_UNITS))
}

impl TrainingConfig {
    /// Checks every setting.
    ///
    /// # Errors
    /// [`TrainingError::Setting`] with the first invalid setting, its value and the allowed ones.
    pub fn validate(&self) -> Result<(), TrainingError> {
        if let Some(rule) = RULES.iter().find(|rule| !(rule.is_satisfied)(self)) {
            return Err(setting_error(
                rule.setting,
                (rule.value_text)(self),
                rule.allowed,
            ));
        }
        let weights = self.model.parameter_count();
        if weights > MAX_WEIGHTS {
            let allowed = format!("sizes that make at most {MAX_WEIGHTS} weights");
            return Err(setting_error(
                "model",
                format!("one of {weights}"),
                &allowed,
            ));
        }
        if self.redraw_every > 0 && self.examples / self.redraw_every >= MAX_DRAW_SETS {
            let min = self.examples / MAX_DRAW_SETS + 1;
            let allowed = format!("0, or {min} or more with {} examples", self.examples);
            let found = self.redraw_every.to_string();
            return Err(setting_error("redraw_every", found, &allowed));
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

/// The error for the first setting of a JSON object that cannot be parsed on its own.
fn invalid_setting(text: &str) -> Option<TrainingError> {
    let Ok(Value::Object(settings)) = serde_json::from_str::<Value>(text) else {
        return None;
    };
    for (key, value) in settings {
        let entries = match value {
            Value::Object(sizes) if key == "model" => sizes
                .into_iter()
                .map(|(size, value)| {
                    let config_json = json!({ "model": { size.as_str(): &value } });
                    (format!("model.{size}"), value, config_json)
                })
                .collect(),
            value => {
                let config_json = json!({ key.as_str(): &value });
                vec![(key, value, config_json)]
            }
        };
        for (setting, value, config_json) in entries {
            if serde_json::from_value::<TrainingConfig>(config_json).is_ok() {
                continue;
            }
            let found = value.to_string();
            if setting == "model" {
                let allowed = "an object such as {\"latent_size\": 256}";
                return Some(setting_error(&setting, found, allowed));
            }
            let rule = RULES.iter().find(|rule| rule.setting == setting);
            return Some(match rule {
                Some(rule) => setting_error(rule.setting, found, rule.allowed),
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

/// The error for a setting with an invalid value.
fn setting_error(setting: &str, found: String, allowed: &str) -> TrainingError {
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
    fn setting_paths(config: &Value) -> Vec<String> {
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
    fn every_setting_has_one_rule_and_its_default_is_allowed() {
        let config = TrainingConfig::default();
        config.validate().unwrap();
        let mut expected = setting_paths(&serde_json::to_value(&config).unwrap());
        // Not serialised for a flat model.
        expected.push("model.hierarchy".to_owned());
        expected.sort();
        let mut rule_settings: Vec<&str> = RULES.iter().map(|rule| rule.setting).collect();
        rule_settings.sort_unstable();
        assert_eq!(rule_settings, expected);
    }

    #[test]
    fn values_that_json_cannot_express_are_refused_too() {
        for (config, expected) in [
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
            assert!(message.contains(expected), "{message}");
        }
    }

    #[test]
    fn missing_sizes_have_their_default() {
        let config = TrainingConfig::from_json(r#"{"model": {"latent_size": 32}}"#).unwrap();
        let default = TrainingConfig::default();
        assert_eq!(config.model.latent_size, 32);
        assert_eq!(config.model.decoder_layers, default.model.decoder_layers);
        assert_eq!(config.batch, default.batch);
    }
}
