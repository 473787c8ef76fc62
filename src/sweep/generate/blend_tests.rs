//! The longest blends: bounded, with one rising progress, and cancelled promptly.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::time::Instant;

use super::blend::{MAX_CROSSOVERS, ROUND_COUNT, blend_evenly};
use super::candidate_list::CandidateList;
use crate::latent::{Interpolation, LatentPoint};
use crate::melody::{STEPS_PER_BAR, Tokens};
use crate::model::{MelodyModel, ModelError, Posterior, Sampling};
use crate::progress::{Observer, Phase, Progress};
use crate::sweep::SweepError;

const STEPS: usize = 2 * STEPS_PER_BAR;

/// Decodes unrelated melodies, so that no blend is even.
struct UnrelatedDecoder {
    decoded: usize,
}

impl UnrelatedDecoder {
    /// An endless source of pseudo-random tokens.
    fn pitch_source(mut bits: u64) -> impl FnMut() -> u8 {
        move || {
            bits = bits.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(1);
            30 + (bits >> 60) as u8
        }
    }
}

impl MelodyModel for UnrelatedDecoder {
    fn latent_size(&self) -> usize {
        STEPS
    }

    fn steps(&self) -> usize {
        STEPS
    }

    fn decode(&mut self, latents: &[LatentPoint], _: &Sampling) -> Result<Vec<Tokens>, ModelError> {
        self.decoded += latents.len();
        let melody = |point: &LatentPoint| {
            let bits = point.as_slice().iter().fold(7_u64, |bits, z| {
                (bits ^ u64::from(z.to_bits())).wrapping_mul(0x0100_0000_01b3)
            });
            let mut next_pitch = Self::pitch_source(bits);
            Tokens::new((0..STEPS).map(|_| next_pitch()).collect()).unwrap()
        };
        Ok(latents.iter().map(melody).collect())
    }

    fn encode(&mut self, melodies: &[Tokens]) -> Result<Vec<Posterior>, ModelError> {
        let posterior = |melody: &Tokens| Posterior {
            mu: melody
                .as_slice()
                .iter()
                .map(|id| f32::from(*id) / 60.0)
                .collect(),
            sigma: vec![0.1; STEPS],
        };
        Ok(melodies.iter().map(posterior).collect())
    }

    fn device_name(&self) -> String {
        "unrelated".to_owned()
    }

    fn weights_hash(&self) -> &str {
        "0123456789ab"
    }
}

/// Records the progress, and cancels at a fraction of it.
struct Recorder {
    cancel_fraction: f64,
    fractions: Vec<f64>,
    cancelled_at: Option<Instant>,
}

impl Observer for Recorder {
    fn progress(&mut self, progress: Progress) {
        assert_eq!(progress.phase, Phase::Blend);
        self.fractions.push(progress.fraction());
        if self.cancelled_at.is_none() && progress.fraction() >= self.cancel_fraction {
            self.cancelled_at = Some(Instant::now());
        }
    }

    fn cancelled(&self) -> bool {
        self.cancelled_at.is_some()
    }
}

fn recorded(
    count: u32,
    cancel_fraction: f64,
) -> (Result<CandidateList, SweepError>, Recorder, usize) {
    let ends = [0.0, 1.0].map(|z| LatentPoint::new(vec![z; STEPS]));
    let mut model = UnrelatedDecoder { decoded: 0 };
    let mut recorder = Recorder {
        cancel_fraction,
        fractions: Vec::new(),
        cancelled_at: None,
    };
    let generated = blend_evenly(
        (&ends[0], &ends[1]),
        count,
        Interpolation::Linear,
        &mut model,
        &mut recorder,
    );
    (generated, recorder, model.decoded)
}

#[test]
#[ignore = "takes a minute; tests/external/stopping.rs has one of the tiny model"]
fn the_longest_blend_of_unrelated_melodies_is_bounded_and_has_one_progress() {
    let started = Instant::now();
    let (generated, recorder, decoded) = recorded(256, 2.0);
    let rounds = ROUND_COUNT + 1;
    eprintln!("{decoded} melodies decoded in {:?}", started.elapsed());
    assert_eq!(generated.unwrap().melodies.len(), 256);
    // Without a bound it would be about fifty thousand in each of the later rounds.
    assert!(decoded < rounds * MAX_CROSSOVERS, "{decoded}");
    assert!(recorder.fractions.windows(2).all(|pair| pair[0] < pair[1]));
    assert!(recorder.fractions.len() > 300 && *recorder.fractions.last().unwrap() > 0.9);
}

#[test]
fn a_blend_can_be_cancelled_promptly_in_any_round() {
    for cancel_fraction in [0.01, 0.1, 0.2, 0.29, 0.31, 0.36] {
        let (generated, recorder, _) = recorded(256, cancel_fraction);
        let delay = recorder.cancelled_at.unwrap().elapsed();
        eprintln!(
            "at {:.0} %: {:.0} ms",
            100.0 * cancel_fraction,
            1e3 * delay.as_secs_f64()
        );
        assert!(matches!(generated, Err(SweepError::Cancelled)));
        assert!(delay.as_secs_f64() < 15.0, "{delay:?}");
    }
}
