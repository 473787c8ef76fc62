//! The longest blends: bounded, with one progress, and stopped within a moment.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::time::Instant;

use super::blend::Blend;
use super::candidates::{LAST_ROUND, MOST_CROSSED, even_steps};
use crate::latent::{Interpolation, LatentPoint};
use crate::melody::{STEPS_PER_BAR, Tokens};
use crate::model::{Decode, ModelError, Posterior, Sampling};
use crate::sweep::{Observer, Phase, Progress, SweepError};

const STEPS: usize = 2 * STEPS_PER_BAR;

/// Melodies that have nothing to do with each other, wherever the points lie: no blend of them is even.
struct Unrelated {
    decoded: usize,
}

impl Unrelated {
    fn notes(mut bits: u64) -> impl FnMut() -> u8 {
        move || {
            bits = bits.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(1);
            30 + (bits >> 60) as u8
        }
    }
}

impl Decode for Unrelated {
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
            let mut note = Self::notes(bits);
            Tokens::new((0..STEPS).map(|_| note()).collect()).unwrap()
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

/// Notes the progress, and says stop at a share of it.
struct Listener {
    at: f64,
    shares: Vec<f64>,
    stopped: Option<Instant>,
}

impl Observer for Listener {
    fn progress(&mut self, progress: Progress) {
        assert_eq!(progress.phase, Phase::Blend);
        self.shares.push(progress.share());
        if self.stopped.is_none() && progress.share() >= self.at {
            self.stopped = Some(Instant::now());
        }
    }

    fn cancelled(&self) -> bool {
        self.stopped.is_some()
    }
}

fn listened(steps: u32, at: f64) -> (Result<Blend, SweepError>, Listener, usize) {
    let ends = [0.0, 1.0].map(|z| LatentPoint::new(vec![z; STEPS]));
    let mut decoder = Unrelated { decoded: 0 };
    let mut listener = Listener {
        at,
        shares: Vec::new(),
        stopped: None,
    };
    let way = Interpolation::Linear;
    let made = even_steps(
        (&ends[0], &ends[1]),
        steps,
        way,
        &mut decoder,
        &mut listener,
    );
    (made, listener, decoder.decoded)
}

#[test]
#[ignore = "takes a minute; tests/stopping.rs has one of the tiny model"]
fn the_longest_blend_of_melodies_that_have_nothing_in_common_stays_bounded_and_has_one_progress() {
    let began = Instant::now();
    let (made, heard, decoded) = listened(256, 2.0);
    let rounds = f64::from(LAST_ROUND + 2);
    eprintln!("{decoded} melodies decoded in {:?}", began.elapsed());
    assert_eq!(made.unwrap().melodies.len(), 256);
    // Without a bound it would be some fifty thousand in each of the later rounds.
    assert!((decoded as f64) < rounds * MOST_CROSSED as f64, "{decoded}");
    assert!(heard.shares.windows(2).all(|two| two[0] < two[1]));
    assert!(heard.shares.len() > 300 && *heard.shares.last().unwrap() > 0.9);
}

#[test]
fn a_blend_stops_within_a_moment_of_being_told_at_any_round() {
    for at in [0.01, 0.1, 0.2, 0.29, 0.31, 0.36] {
        let (made, heard, _) = listened(256, at);
        let late = heard.stopped.unwrap().elapsed();
        eprintln!("at {:.0} %: {:.0} ms", 100.0 * at, 1e3 * late.as_secs_f64());
        assert!(matches!(made, Err(SweepError::Cancelled)));
        assert!(late.as_secs_f64() < 15.0, "{late:?}");
    }
}
