//! Tests of share texts: the format, damaged texts, and melodies that the model does not decode.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use proptest::prelude::*;

use super::*;
use crate::latent::{LatentPoint, prior_point};
use crate::melody::Tokens;
use crate::model::{MelodyModel as _, Sampling, Streams};
use crate::sweep::testing::FakeModel;

const LATENT_SIZE: usize = 24;

fn source(index: u64, sampling: Sampling) -> (FakeModel, ShareSource) {
    let mut model = FakeModel::new(LATENT_SIZE);
    let latent = prior_point(LATENT_SIZE, 3, index);
    let tokens = model.decode(std::slice::from_ref(&latent), &sampling);
    let source = ShareSource {
        weights_hash: model.weights_hash().to_owned(),
        latent,
        sampling,
        tokens: tokens.unwrap().remove(0),
    };
    (model, source)
}

fn sampled(seed: u64) -> Sampling {
    Sampling::Temperature {
        temperature: 0.7,
        seed,
        streams: Streams::StartingAt((1 << 63) | 5),
    }
}

#[test]
fn a_text_restores_greedy_and_sampled_melodies() {
    for index in 0..50 {
        for sampling in [Sampling::Greedy, sampled(index)] {
            let (mut model, source) = source(index, sampling.clone());
            let text = share(&mut model, &source).unwrap().to_string();
            let parsed: SharedMelody = text.parse().unwrap();
            assert!(matches!(parsed.content, SharedContent::Decoded(_)));
            assert_eq!(parsed.tokens(&mut model).unwrap(), source.tokens);
            assert_eq!(parsed.sampling, sampling);
        }
    }
}

#[test]
fn the_text_of_a_melody_that_the_model_does_not_decode_includes_its_tokens() {
    let (mut model, source) = source(1, Sampling::Greedy);
    let mut ids = source.tokens.as_slice().to_vec();
    ids[3] = 89;
    let edited = ShareSource {
        tokens: Tokens::new(ids).unwrap(),
        ..source
    };
    let text = share(&mut model, &edited).unwrap().to_string();
    let parsed: SharedMelody = text.parse().unwrap();
    assert_eq!(parsed.tokens(&mut model).unwrap(), edited.tokens);
    assert_ne!(
        text,
        share(&mut model, &with_first_token(&edited, 2))
            .unwrap()
            .to_string()
    );
}

/// The same melody with another first token.
fn with_first_token(source: &ShareSource, first: u8) -> ShareSource {
    let mut ids = source.tokens.as_slice().to_vec();
    ids[0] = first;
    ShareSource {
        tokens: Tokens::new(ids).unwrap(),
        ..source.clone()
    }
}

#[test]
fn another_model_and_other_notes_are_errors() {
    let (mut model, source) = source(1, Sampling::Greedy);
    let shared = share(&mut model, &source).unwrap();
    let of_other_model = SharedMelody {
        weights_hash: "feedfeedfeed".to_owned(),
        ..shared.clone()
    };
    let text = of_other_model.tokens(&mut model).unwrap_err().to_string();
    assert!(
        text.contains("feedfeedfeed") && text.contains(model.weights_hash()),
        "{text}"
    );
    let changed = SharedMelody {
        content: SharedContent::Decoded(1),
        ..shared
    };
    let error = changed.tokens(&mut model).unwrap_err();
    assert!(matches!(error, ShareError::OtherNotes));
}

#[test]
fn every_changed_character_and_every_truncation_is_detected() {
    let (mut model, source) = source(4, sampled(9));
    let text = share(&mut model, &source).unwrap().to_string();
    let parse = |text: &str| text.parse::<SharedMelody>();
    for offset in 0..text.len() {
        assert!(parse(&text[..offset]).is_err(), "cut at {offset}");
        let mut changed = text.clone().into_bytes();
        changed[offset] = if changed[offset] == b'A' { b'B' } else { b'A' };
        let changed = String::from_utf8(changed).unwrap();
        assert!(parse(&changed).is_err(), "changed at {offset}");
    }
    let newer = text.replacen(":1:", ":2:", 1);
    assert!(matches!(parse(&newer), Err(ShareError::Newer)));
    assert!(matches!(
        parse("https://example.org"),
        Err(ShareError::NotShared)
    ));
    // Wrapped as by a mail program.
    let wrapped_text = format!(" {}\n{} ", &text[..40], &text[40..]);
    assert_eq!(parse(&wrapped_text).unwrap(), parse(&text).unwrap());
    let message = format!("Listen: {text}, and <{text}>.");
    assert_eq!(share_texts_in(&message).collect::<Vec<_>>(), [&text, &text]);
}

fn any_shared() -> impl Strategy<Value = SharedMelody> {
    let point = prop::collection::vec(-30.0_f32..30.0, 1..80);
    let bits = prop_oneof![2_u8..=16, Just(32)];
    let sampling = prop_oneof![
        Just(Sampling::Greedy),
        (0.01_f32..3.0, any::<u64>(), any::<u64>()).prop_map(
            |(temperature, seed, first_stream)| {
                Sampling::Temperature {
                    temperature,
                    seed,
                    streams: Streams::StartingAt(first_stream),
                }
            }
        ),
    ];
    let tokens = prop::collection::vec(0_u8..90, 1..70);
    (
        point,
        bits,
        sampling,
        tokens,
        any::<bool>(),
        any::<[u8; 3]>(),
    )
        .prop_map(
            |(point, bits, sampling, tokens, is_included, version)| SharedMelody {
                weights_hash: "0123456789ab".to_owned(),
                version,
                sampling,
                steps: tokens.len(),
                point: QuantizedPoint::new(&LatentPoint::new(point), bits).unwrap(),
                content: if is_included {
                    SharedContent::Included(Tokens::new(tokens).unwrap())
                } else {
                    SharedContent::Decoded(crc32fast::hash(&tokens))
                },
            },
        )
}

proptest! {
    #[test]
    fn a_text_parses_to_the_melody_it_was_written_from(shared in any_shared()) {
        let parsed: SharedMelody = shared.to_string().parse().unwrap();
        prop_assert_eq!(parsed, shared);
    }

    #[test]
    fn a_rounded_coordinate_differs_by_at_most_half_a_step(
        values in prop::collection::vec(-9.0_f32..9.0, 1..40),
        bits in 2_u8..=16,
    ) {
        let max_abs = values.iter().fold(0.0_f32, |max, x| max.max(x.abs()));
        let step = f64::from(max_abs) / f64::from((1_u32 << (bits - 1)) - 1);
        let point = QuantizedPoint::new(&LatentPoint::new(values.clone()), bits).unwrap();
        for (restored, exact) in point.point().as_slice().iter().zip(&values) {
            let difference = (f64::from(*restored) - f64::from(*exact)).abs();
            prop_assert!(difference <= 0.5 * step + 1e-5, "{difference} of {step}");
        }
    }

    #[test]
    fn any_letters_are_read_without_a_panic(text in ".{0,200}", data in "[A-Za-z0-9_-]{0,300}") {
        text.parse::<SharedMelody>().unwrap_err();
        format!("tunescape:1:{text}").parse::<SharedMelody>().unwrap_err();
        format!("tunescape:1:0123456789ab:{data}").parse::<SharedMelody>().unwrap_err();
    }

    /// Bytes with a right checksum, as an attacker would write them.
    #[test]
    fn any_bytes_are_read_without_a_panic(bytes in prop::collection::vec(any::<u8>(), 0..120)) {
        use base64::Engine as _;
        let mut bytes_with_checksum = bytes;
        let mut hasher = crc32fast::Hasher::new();
        hasher.update(b"0123456789ab:");
        hasher.update(&bytes_with_checksum);
        bytes_with_checksum.extend(hasher.finalize().to_le_bytes());
        let data = base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(bytes_with_checksum);
        if let Ok(parsed) = format!("tunescape:1:0123456789ab:{data}").parse::<SharedMelody>() {
            prop_assert_eq!(parsed.to_string().parse::<SharedMelody>().unwrap(), parsed);
        }
    }
}
