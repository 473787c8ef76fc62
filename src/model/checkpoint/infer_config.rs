//! Infers a model's sizes from the names and shapes of its tensors, or says what model it is instead.

use std::collections::{BTreeMap, BTreeSet};

use crate::melody::{STEPS_PER_BAR, VOCAB_SIZE};
use crate::model::config::MusicVaeConfig;
use crate::model::config::{
    CONDUCTOR_STATE, CORE_DECODER, ENCODER, FLAT_DECODER, Hierarchy, SEGMENT_ENCODER,
    TOKEN_ENCODER, conductor_name, decoder_name, encoder_name, initial_state_name, output_name,
};
use crate::model::error::CheckpointError;

/// Name and shape of every tensor of a checkpoint.
pub(in crate::model) type Shapes = BTreeMap<String, Vec<usize>>;

/// Length of a model's melodies, as far as it is known; it cannot be inferred from the tensors' shapes.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::model) struct SequenceSizes {
    /// Steps of a melody.
    pub steps: Option<usize>,
    /// Segments of a melody.
    pub segments: Option<usize>,
}

/// Maximum extent of a tensor, far larger than any of a published model.
const MAX_EXTENT: usize = 1 << 24;
/// Maximum number of steps of a melody, a hundred times that of the longest published model.
const MAX_STEPS: usize = 100 * 16 * STEPS_PER_BAR;
/// Bars of a flat model of unknown length, as in the published ones.
const DEFAULT_FLAT_BARS: usize = 2;
/// The same for a hierarchical model.
const DEFAULT_HIERARCHICAL_BARS: usize = 16;

/// The sizes of the melody model with these tensors; other tensors are ignored.
///
/// # Errors
/// [`CheckpointError::OtherModel`] for drums, trios and the like, [`CheckpointError::MissingTensor`],
/// [`CheckpointError::Shape`].
pub(in crate::model) fn infer_config(
    shapes: &Shapes,
    sequence_sizes: SequenceSizes,
) -> Result<MusicVaeConfig, CheckpointError> {
    check_structure(shapes)?;
    let is_hierarchical = shapes.contains_key(&format!("{CONDUCTOR_STATE}/kernel"));
    let decoder = if is_hierarchical {
        CORE_DECODER
    } else {
        FLAT_DECODER
    };
    let [_, vocab_size] = matrix_shape(shapes, &format!("{}/kernel", output_name(decoder)))?;
    if vocab_size != VOCAB_SIZE {
        return Err(other_model(match vocab_size {
            512 => "a drum model (512 tokens, one for each set of nine drums)".to_owned(),
            27 => {
                "a drum groove model (27 numbers a step: hits, velocities and offsets)".to_owned()
            }
            _ => format!(
                "of another kind of music ({vocab_size} tokens; melodies have {VOCAB_SIZE})"
            ),
        }));
    }
    let decoder_layers = layer_units(shapes, |layer| decoder_name(decoder, layer, "kernel"))?;
    let encoder_units =
        |encoder: &str| layer_units(shapes, |layer| encoder_name(encoder, layer, "fw", "kernel"));
    let has_encoder =
        |encoder: &str| shapes.contains_key(&encoder_name(encoder, 0, "fw", "kernel"));
    let (encoder_layers, segment_encoder_layers) = if is_hierarchical && has_encoder(TOKEN_ENCODER)
    {
        (
            encoder_units(TOKEN_ENCODER)?,
            encoder_units(SEGMENT_ENCODER)?,
        )
    } else {
        (encoder_units(ENCODER)?, Vec::new())
    };
    let (latent_layer, default_bars) = if is_hierarchical {
        (CONDUCTOR_STATE.to_owned(), DEFAULT_HIERARCHICAL_BARS)
    } else {
        (initial_state_name(decoder), DEFAULT_FLAT_BARS)
    };
    let [latent_size, _] = matrix_shape(shapes, &format!("{latent_layer}/kernel"))?;
    let steps = sequence_sizes.steps.unwrap_or(default_bars * STEPS_PER_BAR);
    let hierarchy = if is_hierarchical {
        Some(Hierarchy {
            // The published models have a segment for each bar.
            segments: sequence_sizes.segments.unwrap_or(steps / STEPS_PER_BAR),
            conductor_layers: layer_units(shapes, |layer| conductor_name(layer, "kernel"))?,
            segment_encoder_layers,
        })
    } else {
        None
    };
    let config = MusicVaeConfig {
        latent_size,
        steps,
        vocab_size,
        encoder_layers,
        decoder_layers,
        hierarchy,
    };
    check_lengths(&config)?;
    check_shapes(shapes, &config)?;
    Ok(config)
}

/// Refuses trios, deeper hierarchies and models without a token at each step, by their tensors' names.
fn check_structure(shapes: &Shapes) -> Result<(), CheckpointError> {
    let cores: BTreeSet<&str> = shapes
        .keys()
        .filter_map(|name| name.strip_prefix("core_decoder_")?.split('/').next())
        .collect();
    if !cores.is_empty() {
        return Err(other_model(match cores.len() {
            3 => "a trio model (three core decoders: melody, bass and drums)".to_owned(),
            count => format!("a model of several parts ({count} core decoders)"),
        }));
    }
    let has_tensor_with_prefix = |prefix: &str| {
        shapes
            .range(prefix.to_owned()..)
            .next()
            .is_some_and(|(name, _)| name.starts_with(prefix))
    };
    if has_tensor_with_prefix("decoder/hierarchical_level_1/") {
        return Err(other_model(
            "a hierarchical model with several levels of conductors".to_owned(),
        ));
    }
    if has_tensor_with_prefix("encoder/hierarchical_level_2/") {
        return Err(other_model(
            "a hierarchical model with an encoder of more than two levels".to_owned(),
        ));
    }
    if shapes.keys().any(|name| name.contains("nade")) {
        return Err(other_model(
            "a drum model (its output is a NADE)".to_owned(),
        ));
    }
    Ok(())
}

fn other_model(what: String) -> CheckpointError {
    CheckpointError::OtherModel { what }
}

/// Units of each layer, from layer 0 until a kernel is missing.
fn layer_units(
    shapes: &Shapes,
    name: impl Fn(usize) -> String,
) -> Result<Vec<usize>, CheckpointError> {
    let mut units = Vec::new();
    while units.is_empty() || shapes.contains_key(&name(units.len())) {
        let [_, columns] = matrix_shape(shapes, &name(units.len()))?;
        units.push(columns / 4);
    }
    Ok(units)
}

/// The shape of a tensor that must be a non-empty matrix.
fn matrix_shape(shapes: &Shapes, name: &str) -> Result<[usize; 2], CheckpointError> {
    let found = shapes
        .get(name)
        .ok_or_else(|| CheckpointError::missing_tensor(name))?;
    match found[..] {
        [rows, columns]
            if (1..=MAX_EXTENT).contains(&rows) && (1..=MAX_EXTENT).contains(&columns) =>
        {
            Ok([rows, columns])
        }
        _ => Err(CheckpointError::NotAMatrix {
            name: name.to_owned(),
            found: found.clone(),
        }),
    }
}

fn check_lengths(config: &MusicVaeConfig) -> Result<(), CheckpointError> {
    let (steps, segments) = (config.steps, config.segments());
    let fits = (1..=MAX_STEPS).contains(&steps) && segments > 0 && steps.is_multiple_of(segments);
    if fits {
        return Ok(());
    }
    Err(CheckpointError::SequenceSizes { steps, segments })
}

fn check_shapes(shapes: &Shapes, config: &MusicVaeConfig) -> Result<(), CheckpointError> {
    let first_kernel = decoder_name(config.decoder(), 0, "kernel");
    for (name, expected) in config.tensor_shapes() {
        let found = shapes
            .get(&name)
            .ok_or_else(|| CheckpointError::MissingTensor { name: name.clone() })?;
        if *found == expected {
            continue;
        }
        let rows = found.first().zip(expected.first());
        if name == first_kernel && rows.is_some_and(|(found, expected)| found > expected) {
            return Err(other_model(
                "a model that is told more than a latent point, such as chords".to_owned(),
            ));
        }
        return Err(CheckpointError::Shape {
            name,
            found: found.clone(),
            expected,
        });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shapes(config: &MusicVaeConfig) -> Shapes {
        config.tensor_shapes().into_iter().collect()
    }

    fn hierarchical() -> MusicVaeConfig {
        MusicVaeConfig {
            latent_size: 6,
            steps: 64,
            encoder_layers: vec![4, 5],
            decoder_layers: vec![7, 8],
            hierarchy: Some(Hierarchy {
                segments: 4,
                conductor_layers: vec![9, 3],
                segment_encoder_layers: vec![2],
            }),
            ..MusicVaeConfig::default()
        }
    }

    fn refusal(shapes: &Shapes) -> String {
        infer_config(shapes, SequenceSizes::default())
            .expect_err("another model")
            .to_string()
    }

    #[test]
    fn sizes_come_from_the_tensors_and_the_length_of_a_melody_from_outside_them() {
        let sequence_sizes = SequenceSizes {
            steps: Some(64),
            segments: None,
        };
        let mut flat_encoder = hierarchical();
        if let Some(hierarchy) = &mut flat_encoder.hierarchy {
            hierarchy.segment_encoder_layers = Vec::new();
        }
        let flat = MusicVaeConfig {
            hierarchy: None,
            ..hierarchical()
        };
        for config in [hierarchical(), flat_encoder, flat] {
            let mut shapes = shapes(&config);
            shapes.insert("global_step".to_owned(), vec![]);
            shapes.insert("encoder/mu/bias/Adam".to_owned(), vec![6]);
            assert_eq!(
                infer_config(&shapes, sequence_sizes).expect("a melody model"),
                config
            );
        }
    }

    #[test]
    fn a_checkpoint_without_sequence_sizes_has_the_published_length() {
        let steps = |config: &MusicVaeConfig| {
            let found =
                infer_config(&shapes(config), SequenceSizes::default()).expect("a melody model");
            (found.steps, found.segments())
        };
        assert_eq!(steps(&MusicVaeConfig::default()), (32, 1));
        assert_eq!(steps(&hierarchical()), (256, 16));
    }

    #[test]
    fn drum_trio_and_chord_models_are_refused_with_a_message_that_names_them() {
        let drums = MusicVaeConfig {
            vocab_size: 512,
            ..MusicVaeConfig::default()
        };
        assert!(refusal(&shapes(&drums)).contains("these weights are a drum model"));
        let trio: Shapes = shapes(&hierarchical())
            .into_iter()
            .flat_map(|(name, shape)| match name.strip_prefix("core_decoder/") {
                Some(rest) => (0..3)
                    .map(|part| (format!("core_decoder_{part}/{rest}"), shape.clone()))
                    .collect(),
                None => vec![(name, shape)],
            })
            .collect();
        assert!(refusal(&trio).contains("trio"), "{}", refusal(&trio));
        let mut chords = shapes(&MusicVaeConfig::default());
        chords.insert(
            decoder_name(FLAT_DECODER, 0, "kernel"),
            vec![90 + 256 + 25 + 256, 1024],
        );
        assert!(refusal(&chords).contains("chords"), "{}", refusal(&chords));
    }

    #[test]
    fn a_wrong_shape_an_empty_matrix_and_a_missing_tensor_are_named() {
        let mut invalid_shapes = shapes(&MusicVaeConfig::default());
        invalid_shapes.insert("encoder/sigma/bias".to_owned(), vec![255]);
        assert!(refusal(&invalid_shapes).contains("encoder/sigma/bias"));
        invalid_shapes.insert("decoder/output_projection/kernel".to_owned(), vec![0, 90]);
        assert!(
            refusal(&invalid_shapes).contains("no matrix"),
            "{}",
            refusal(&invalid_shapes)
        );
        invalid_shapes.remove("decoder/output_projection/kernel");
        assert!(refusal(&invalid_shapes).contains("is missing"));
        let sequence_sizes = SequenceSizes {
            steps: Some(250),
            segments: Some(16),
        };
        let error =
            infer_config(&shapes(&hierarchical()), sequence_sizes).expect_err("uneven segments");
        assert!(error.to_string().contains("250 steps"), "{error}");
    }
}
