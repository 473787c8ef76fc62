//! Mixing two models of the same sizes: the weighted mean of their weights.
//!
//! The mean of a model and of one fine-tuned from it is a model between the two (Wortsman et al. 2022, "Robust fine-tuning of
//! zero-shot models"). The units of two models that were trained from different random weights do not correspond, so that their
//! mean is no useful model; both models must therefore have a common origin by the records in their files. The layers around the
//! latent space are mixed in a common one (`latent_alignment`).

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::config::MusicVaeConfig;
use super::error::CheckpointError;
use super::latent_alignment::align_latent_layers;
use super::parameters::{CpuTensor, Parameters};
use super::weights::Weights;

/// Maximum length of the record of a mixed model, which contains the records of both models, in bytes. A weights file whose header
/// is longer than 4 MiB cannot be opened.
const MAX_RECORD_BYTES: usize = 2 << 20;

/// Two models that cannot be mixed, and why.
#[derive(Debug, thiserror::Error)]
pub enum MixError {
    /// The fraction is outside 0 to 1.
    #[error("the fraction of the second model cannot be {0}; it takes a number from 0 to 1")]
    Fraction(f64),
    /// The models have different sizes.
    #[error(
        "{first} and {second} cannot be mixed: their {size} differ ({first_value} and {second_value}); choose models of the same sizes"
    )]
    Sizes {
        /// Name of the first model.
        first: String,
        /// Name of the second model.
        second: String,
        /// The size, such as "latent sizes".
        size: &'static str,
        /// Its value in the first model.
        first_value: String,
        /// Its value in the second model.
        second_value: String,
    },
    /// The files name no model that both come from.
    #[error(
        "{first} and {second} cannot be mixed: by the records in their files neither was trained from the other, nor both from a third; choose a model and one that was taught from it"
    )]
    Unrelated {
        /// Name of the first model.
        first: String,
        /// Name of the second model.
        second: String,
    },
    /// The records of both models together are too long for a weights file.
    #[error(
        "{first} and {second} cannot be mixed: the records of what they were trained on are too long for one file together"
    )]
    RecordTooLong {
        /// Name of the first model.
        first: String,
        /// Name of the second model.
        second: String,
    },
    /// An error of the weights.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
}

/// The two models that a model lies between, by the record in its file.
#[derive(Clone, Debug, PartialEq)]
pub struct MixEnds {
    /// Weights hash of the first.
    pub first: String,
    /// Weights hash of the second.
    pub second: String,
    /// Fraction of the second, 0 to 1.
    pub fraction: f64,
}

/// The weighted mean of the weights of two models: `1 - fraction` times those of `first` plus `fraction` times those of `second`,
/// in a common latent space. With 0 or 1 the weights are exactly those of one model.
///
/// The record of the result names both models with their hashes and contains both records, without the first one if the second
/// model's has it already. Equal models, names and fractions give equal files.
///
/// # Errors
/// [`MixError`] for a fraction outside 0 to 1, models of different sizes or without a common origin, and records that are too
/// long.
pub fn mix_weights(first: &Weights, second: &Weights, fraction: f64) -> Result<Weights, MixError> {
    if !(0.0..=1.0).contains(&fraction) {
        return Err(MixError::Fraction(fraction));
    }
    let names = || (first.name().to_owned(), second.name().to_owned());
    if let Some((size, first_value, second_value)) = different_size(first.config(), second.config())
    {
        let (first, second) = names();
        return Err(MixError::Sizes {
            first,
            second,
            size,
            first_value,
            second_value,
        });
    }
    if origins(first).is_disjoint(&origins(second)) {
        let (first, second) = names();
        return Err(MixError::Unrelated { first, second });
    }
    let record = record(first, second, fraction);
    if record.to_string().len() > MAX_RECORD_BYTES {
        let (first, second) = names();
        return Err(MixError::RecordTooLong { first, second });
    }
    let name = format!("{}, {}", second.name(), percent_text(fraction));
    let parameters = mean(first, second, fraction)?;
    Ok(Weights::new(
        name,
        first.config().clone(),
        parameters,
        record,
    )?)
}

/// The two models that a model lies between: those that it was mixed from, or the model that it was trained from and the model
/// itself. `None` if its file names neither.
#[must_use]
pub fn mix_ends(weights: &Weights) -> Option<MixEnds> {
    let record = weights.provenance();
    if let Some([first, second]) = record["mixed_from"].as_array().map(Vec::as_slice) {
        return Some(MixEnds {
            first: first["hash"].as_str()?.to_owned(),
            second: second["hash"].as_str()?.to_owned(),
            fraction: record["fraction"].as_f64()?,
        });
    }
    Some(MixEnds {
        first: start_hash(record)?.to_owned(),
        second: weights.hash().to_owned(),
        fraction: 1.0,
    })
}

/// A fraction as text: "25 %".
#[must_use]
pub fn percent_text(fraction: f64) -> String {
    format!("{} %", (1_000.0 * fraction).round() / 10.0)
}

/// The first size that differs, with its values in both models.
fn different_size(
    first: &MusicVaeConfig,
    second: &MusicVaeConfig,
) -> Option<(&'static str, String, String)> {
    let sizes = |config: &MusicVaeConfig| {
        let hierarchy = match &config.hierarchy {
            Some(hierarchy) => format!("hierarchical, {hierarchy:?}"),
            None => "flat".to_owned(),
        };
        [
            ("architectures", hierarchy),
            ("lengths in steps", config.steps.to_string()),
            ("numbers of tokens", config.vocab_size.to_string()),
            ("latent sizes", config.latent_size.to_string()),
            ("encoder layers", format!("{:?}", config.encoder_layers)),
            ("decoder layers", format!("{:?}", config.decoder_layers)),
        ]
    };
    let pairs = sizes(first).into_iter().zip(sizes(second));
    let mut different = pairs.filter(|((_, a), (_, b))| a != b);
    different.next().map(|((size, a), (_, b))| (size, a, b))
}

/// Hashes of a model and of all models that it comes from.
fn origins(weights: &Weights) -> BTreeSet<&str> {
    let mut hashes = BTreeSet::from([weights.hash()]);
    add_origins(weights.provenance(), &mut hashes);
    hashes
}

fn add_origins<'a>(record: &'a Value, hashes: &mut BTreeSet<&'a str>) {
    hashes.extend(start_hash(record));
    if let Some(start) = record.get("started_from") {
        add_origins(start, hashes);
    }
    for model in record["mixed_from"].as_array().into_iter().flatten() {
        hashes.extend(model["hash"].as_str());
        add_origins(&model["record"], hashes);
    }
}

/// Weights hash of the model that a training run started from, by its record.
fn start_hash(record: &Value) -> Option<&str> {
    record["config"]["started_from"].as_str()
}

fn record(first: &Weights, second: &Weights, fraction: f64) -> Value {
    let mut ends = [first, second].map(|weights| {
        json!({
            "name": weights.name(),
            "hash": weights.hash(),
            "record": weights.provenance(),
        })
    });
    if second.provenance()["started_from"] == *first.provenance() {
        ends[0]["record"] = Value::Null;
    }
    json!({
        "program": concat!("tunescape ", env!("CARGO_PKG_VERSION")),
        "mixed_from": ends,
        "fraction": fraction,
    })
}

fn mean(first: &Weights, second: &Weights, fraction: f64) -> Result<Parameters, CheckpointError> {
    // Exact also for negative zeros.
    if fraction == 0.0 {
        return Ok(first.parameters().clone());
    }
    if fraction == 1.0 {
        return Ok(second.parameters().clone());
    }
    let mut parameters = Parameters::default();
    for (name, tensor) in first.parameters().iter() {
        let other = second.parameters().require(name)?;
        let pairs = tensor.values.iter().zip(&other.values);
        let values = pairs
            .map(|(a, b)| ((1.0 - fraction) * f64::from(*a) + fraction * f64::from(*b)) as f32)
            .collect();
        let shape = tensor.shape.clone();
        parameters.insert(name, CpuTensor { shape, values });
    }
    let ends = [first.parameters(), second.parameters()];
    align_latent_layers(first.config(), ends, fraction, &mut parameters)?;
    Ok(parameters)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]

    use super::*;
    use crate::model::{FloatFormat, Hierarchy};

    fn config() -> MusicVaeConfig {
        MusicVaeConfig {
            latent_size: 4,
            steps: 16,
            encoder_layers: vec![3],
            decoder_layers: vec![5],
            ..MusicVaeConfig::default()
        }
    }

    fn weights(name: &str, config: MusicVaeConfig, seed: u64, record: Value) -> Weights {
        let parameters = Parameters::initialise(&config, seed);
        Weights::new(name, config, parameters, record).unwrap()
    }

    fn base() -> Weights {
        weights("Base", config(), 1, json!({ "by": "a test" }))
    }

    /// A model with the record of one that was fine-tuned from `start`.
    fn taught(name: &str, start: &Weights, seed: u64) -> Weights {
        let record = json!({
            "config": { "started_from": start.hash() },
            "started_from": start.provenance(),
            "learnt_from": { "a.mid": "00" },
        });
        weights(name, config(), seed, record)
    }

    fn bits(weights: &Weights) -> Vec<u32> {
        let values = weights
            .parameters()
            .iter()
            .flat_map(|(_, tensor)| &tensor.values);
        values.map(|value| value.to_bits()).collect()
    }

    #[test]
    fn the_ends_are_both_models_to_the_bit_and_a_half_is_their_mean() {
        let first = base();
        let second = taught("Mine", &first, 2);
        let mix = |fraction| mix_weights(&first, &second, fraction).unwrap();
        assert_eq!(bits(&mix(0.0)), bits(&first));
        assert_eq!(bits(&mix(1.0)), bits(&second));
        let half = mix(0.5);
        for name in ["decoder/output_projection/kernel", "encoder/sigma/kernel"] {
            let values = |weights: &Weights| weights.parameters().get(name).unwrap().values.clone();
            for ((a, b), mean) in values(&first)
                .iter()
                .zip(values(&second))
                .zip(values(&half))
            {
                assert!((mean - (a + b) / 2.0).abs() <= 1e-7, "{name}");
            }
        }
    }

    /// The product of the kernels that write and read a latent point, by the encoder's input and the first state's number.
    fn product(weights: &Weights) -> Vec<f64> {
        let values = |name: &str| &weights.parameters().get(name).unwrap().values;
        let (write, read) = (
            values("encoder/mu/kernel"),
            values("decoder/z_to_initial_state/kernel"),
        );
        let latent = weights.config().latent_size;
        let (inputs, outputs) = (write.len() / latent, read.len() / latent);
        let entry = |input: usize, output: usize| -> f64 {
            (0..latent)
                .map(|k| {
                    f64::from(write[input * latent + k]) * f64::from(read[k * outputs + output])
                })
                .sum()
        };
        (0..inputs * outputs)
            .map(|index| entry(index / outputs, index % outputs))
            .collect()
    }

    #[test]
    fn models_that_differ_by_the_scale_of_the_latent_space_give_a_mix_that_reconstructs_alike() {
        let first = base();
        let mut parameters = first.parameters().clone();
        let latent = config().latent_size;
        let token_rows = config().vocab_size;
        for (name, rows, grows) in [
            ("encoder/mu/kernel", None, false),
            ("decoder/z_to_initial_state/kernel", Some(0), true),
            (
                "decoder/multi_rnn_cell/cell_0/lstm_cell/kernel",
                Some(token_rows),
                true,
            ),
        ] {
            let mut tensor = parameters.get(name).unwrap().clone();
            let columns = tensor.shape[1];
            for (index, value) in tensor.values.iter_mut().enumerate() {
                let dimension = match rows {
                    None => Some(index % columns),
                    Some(first_row) => (index / columns).checked_sub(first_row),
                };
                // The dimensions are stretched to 1, 2, 3 and 4 times their size.
                if let Some(dimension) = dimension.filter(|dimension| *dimension < latent) {
                    let scale = (1 + dimension) as f32;
                    *value *= if grows { scale } else { scale.recip() };
                }
            }
            parameters.insert(name, tensor);
        }
        let record = json!({ "config": { "started_from": first.hash() } });
        let second = Weights::new("Stretched", config(), parameters, record).unwrap();
        let expected = product(&first);
        for fraction in [0.25, 0.5, 0.75, 1.0] {
            let mixed = mix_weights(&first, &second, fraction).unwrap();
            for (found, expected) in product(&mixed).iter().zip(&expected) {
                assert!(
                    (found - expected).abs() < 1e-4,
                    "{fraction}: {found}, {expected}"
                );
            }
        }
    }

    #[test]
    fn a_mix_is_a_model_of_its_own_that_says_what_it_was_mixed_from() {
        let first = base();
        let second = taught("Mine", &first, 2);
        let mix = |fraction| mix_weights(&first, &second, fraction).unwrap();
        let half = mix(0.5);
        assert_eq!(half.name(), "Mine, 50 %");
        let mut hashes = BTreeSet::from([first.hash(), second.hash()]);
        let others = [mix(0.0), mix(0.25), mix(1.0)];
        hashes.extend(others.iter().map(Weights::hash));
        hashes.insert(half.hash());
        assert_eq!(hashes.len(), 6);
        // Equal input gives an equal file, whose hash is that of the mix in memory.
        let bytes = half.to_bytes(FloatFormat::Float32);
        assert_eq!(bytes, mix(0.5).to_bytes(FloatFormat::Float32));
        let read = Weights::from_bytes(&bytes, "x", std::path::Path::new("x.safetensors")).unwrap();
        assert_eq!(read.hash(), half.hash());
        let ends = MixEnds {
            first: first.hash().to_owned(),
            second: second.hash().to_owned(),
            fraction: 0.5,
        };
        assert_eq!(mix_ends(&read), Some(ends.clone()));
        assert_eq!(
            mix_ends(&second),
            Some(MixEnds {
                fraction: 1.0,
                ..ends
            })
        );
        assert_eq!(mix_ends(&first), None);
        let record = read.provenance();
        let names = [0, 1].map(|end| record["mixed_from"][end]["name"].as_str().unwrap());
        assert_eq!(names, ["Base", "Mine"]);
        // The record of what the second one learnt is there, and that of the first one once.
        let second_record = &record["mixed_from"][1]["record"];
        assert_eq!(second_record["learnt_from"]["a.mid"], "00");
        assert_eq!(record.to_string().matches("a test").count(), 1);
    }

    #[test]
    fn models_of_other_sizes_or_another_origin_are_refused_with_the_reason() {
        let first = base();
        let second = taught("Mine", &first, 2);
        let refused = |other: &Weights| mix_weights(&first, other, 0.5).unwrap_err().to_string();
        let wide = MusicVaeConfig {
            latent_size: 6,
            ..config()
        };
        let text = refused(&weights("Wide", wide, 1, Value::Null));
        assert!(text.contains("latent sizes differ (4 and 6)"), "{text}");
        let tall = MusicVaeConfig {
            hierarchy: Some(Hierarchy {
                segments: 4,
                conductor_layers: vec![3],
                segment_encoder_layers: Vec::new(),
            }),
            ..config()
        };
        let text = refused(&weights("Tall", tall, 1, Value::Null));
        assert!(text.contains("architectures differ (flat and"), "{text}");
        let text = refused(&weights("Stranger", config(), 3, Value::Null));
        assert!(text.contains("Base and Stranger cannot be mixed"), "{text}");
        // Two that were taught from the same model, and a mix with one of its ends, have a common origin.
        let sibling = taught("Sibling", &first, 4);
        let mixed = mix_weights(&second, &sibling, 0.5).unwrap();
        mix_weights(&mixed, &first, 0.5).unwrap();
        for fraction in [-0.1, 1.1, f64::NAN, f64::INFINITY] {
            let error = mix_weights(&first, &second, fraction).unwrap_err();
            assert!(matches!(error, MixError::Fraction(_)), "{error}");
        }
    }
}
