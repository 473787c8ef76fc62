//! Finds the notes of a recording by Goertzel's filter at their frequencies, compared with notes that are not played.

use crate::pulse_audio::RATE;

/// A note as it is expected: MIDI pitch, and seconds from the loop's beginning.
#[derive(Clone, Copy, Debug)]
pub struct Expected {
    pub pitch: u8,
    pub start: f64,
    pub end: f64,
}

const FRAME: usize = RATE as usize / 10;
const HOP: usize = RATE as usize / 100;

/// Root mean square of the samples, in decibels relative to full scale: 0 or less.
pub fn loudness(samples: &[f32]) -> f64 {
    let power: f64 = samples
        .iter()
        .map(|sample| f64::from(*sample).powi(2))
        .sum();
    10.0 * (power / samples.len().max(1) as f64).max(1e-12).log10()
}

/// How far every pitch of the melody stands out, in decibels above the typical pitch that nobody plays, weakest first.
///
/// A pitch counts at its loudest tenth of a second. Pitches too near to a played one to be told apart in a frame, and
/// the first five overtones of played ones, are no fair comparison and are left out. `None` where nothing is left.
pub fn level_above_unplayed(samples: &[f32], melody: &[Expected]) -> Option<Vec<(u8, f64)>> {
    let mut played: Vec<u8> = melody.iter().map(|note| note.pitch).collect();
    played.sort_unstable();
    played.dedup();
    let (lowest, highest) = (*played.first()?, *played.last()?);
    let is_comparable = |unplayed: u8| {
        played.iter().all(|pitch| {
            (1..=6).all(|overtone| {
                (frequency(unplayed) - f64::from(overtone) * frequency(*pitch)).abs() > 25.0
            })
        })
    };
    let mut others: Vec<f64> = (lowest.saturating_sub(12)..=highest + 12)
        .filter(|pitch| is_comparable(*pitch))
        .map(|pitch| loudest(samples, pitch))
        .collect();
    others.sort_by(f64::total_cmp);
    let typical = *others.get(others.len() / 2)?;
    let mut found: Vec<_> = played
        .into_iter()
        .map(|pitch| (pitch, decibels(loudest(samples, pitch) / typical)))
        .collect();
    found.sort_by(|a, b| a.1.total_cmp(&b.1));
    Some(found)
}

/// By how many semitones the melody has to be shifted to fit the recording best: 0 where it is what was played.
///
/// The recording may begin anywhere in the loop but has to hold all of it, `length` seconds. Every shift from a
/// tritone below to a tritone above is tried at every place in the loop; a note fits by its level while it sounds,
/// less the level it had just before where nothing of that pitch was expected.
pub fn best_shift(samples: &[f32], melody: &[Expected], length: f64) -> i32 {
    let lowest = melody.iter().map(|note| note.pitch).min().unwrap_or(60) - 6;
    let highest = melody.iter().map(|note| note.pitch).max().unwrap_or(60) + 6;
    let levels: Vec<Vec<f64>> = (lowest..=highest)
        .map(|pitch| levels(samples, pitch))
        .collect();
    let top = levels.iter().flatten().copied().fold(1e-9, f64::max);
    let level = |pitch: i32, seconds: f64| {
        let frame = (seconds * f64::from(RATE) / HOP as f64).round() as usize;
        let row = &levels[(pitch - i32::from(lowest)) as usize];
        // 50 dB below the loudest is silence.
        decibels(row[frame.min(row.len() - 1)] / top).max(-50.0)
    };
    let recorded = samples.len() as f64 / f64::from(RATE);
    let frame = FRAME as f64 / f64::from(RATE);
    let fit = |shift: i32, place: f64| {
        let fits = melody.iter().map(|note| {
            let pitch = i32::from(note.pitch) + shift;
            let at = (place + note.start)
                .rem_euclid(length)
                .min(recorded - frame);
            let repeated = melody.iter().any(|other| {
                other.pitch == note.pitch
                    && (other.end - note.start).rem_euclid(length) < 1.5 * frame
            });
            let before = (at - 1.2 * frame).rem_euclid(length);
            level(pitch, at)
                - if repeated {
                    -25.0
                } else {
                    level(pitch, before)
                }
        });
        fits.sum::<f64>()
    };
    let best_fit = |shift: i32| {
        let places = (length * 50.0) as usize;
        (0..places)
            .map(|place| fit(shift, place as f64 / 50.0))
            .fold(f64::MIN, f64::max)
    };
    (-6..=6)
        .max_by(|a, b| best_fit(*a).total_cmp(&best_fit(*b)))
        .unwrap_or(0)
}

/// Frequency of a MIDI pitch in hertz, equal temperament on A4 = 440 Hz.
pub fn frequency(pitch: u8) -> f64 {
    440.0 * ((f64::from(pitch) - 69.0) / 12.0).exp2()
}

fn decibels(ratio: f64) -> f64 {
    20.0 * ratio.max(1e-9).log10()
}

fn loudest(samples: &[f32], pitch: u8) -> f64 {
    levels(samples, pitch).into_iter().fold(1e-9, f64::max)
}

/// Amplitude of one pitch in every frame.
fn levels(samples: &[f32], pitch: u8) -> Vec<f64> {
    let hertz = frequency(pitch);
    let count = samples.len().saturating_sub(FRAME) / HOP + 1;
    (0..count)
        .map(|frame| {
            goertzel(
                &samples[frame * HOP..samples.len().min(frame * HOP + FRAME)],
                hertz,
            )
        })
        .collect()
}

/// Amplitude at one frequency under a Hann window.
///
/// G. Goertzel, "An Algorithm for the Evaluation of Finite Trigonometric Series", 1958.
fn goertzel(samples: &[f32], hertz: f64) -> f64 {
    let turn = std::f64::consts::TAU / samples.len() as f64;
    let coefficient = 2.0 * (std::f64::consts::TAU * hertz / f64::from(RATE)).cos();
    let (mut last, mut before) = (0.0, 0.0);
    for (k, sample) in samples.iter().enumerate() {
        let window = 0.5 - 0.5 * (turn * k as f64).cos();
        (last, before) = (
            window * f64::from(*sample) + coefficient * last - before,
            last,
        );
    }
    let power = last * last + before * before - coefficient * last * before;
    power.max(0.0).sqrt() * 4.0 / samples.len() as f64
}

/// Samples of notes with three overtones and a short fade, so that the listening can be tested without a program.
pub fn play_notes(melody: &[Expected], seconds: f64) -> Vec<f32> {
    let mut samples = vec![0.0_f32; (seconds * f64::from(RATE)) as usize];
    for note in melody {
        let begin = (note.start * f64::from(RATE)) as usize;
        let count = ((note.end - note.start) * f64::from(RATE)) as usize;
        for (k, sample) in samples.iter_mut().skip(begin).take(count).enumerate() {
            let time = k as f64 / f64::from(RATE);
            let fade = (time / 0.01).min(1.0)
                * ((note.end - note.start - time) / 0.02).min(1.0)
                * (-3.0 * time).exp();
            let tone: f64 = (1..=4)
                .map(|overtone| {
                    let turns = f64::from(overtone) * frequency(note.pitch) * time;
                    (std::f64::consts::TAU * turns).sin() / f64::from(overtone * overtone)
                })
                .sum();
            *sample += (0.2 * fade * tone) as f32;
        }
    }
    samples
}

pub mod tests {
    use super::*;
    use crate::harness::tests;

    tests![
        a_sine_of_half_amplitude_reads_as_half,
        played_pitches_stand_out_and_others_do_not,
        a_recording_fits_its_own_melody_and_no_transposition
    ];

    fn melody(pitches: &[u8]) -> Vec<Expected> {
        let note = |(k, pitch): (usize, &u8)| Expected {
            pitch: *pitch,
            start: k as f64 * 0.25,
            end: k as f64 * 0.25 + 0.2,
        };
        pitches.iter().enumerate().map(note).collect()
    }

    fn a_sine_of_half_amplitude_reads_as_half() {
        let sine: Vec<f32> = (0..RATE)
            .map(|k| 0.5 * (std::f32::consts::TAU * 440.0 * k as f32 / RATE as f32).sin())
            .collect();
        assert!((goertzel(&sine[..FRAME], 440.0) - 0.5).abs() < 0.01);
        assert!(goertzel(&sine[..FRAME], 500.0) < 0.005);
        assert!((loudness(&sine) - -9.03).abs() < 0.01);
        assert!(loudness(&[0.0; 100]) <= -120.0);
    }

    fn played_pitches_stand_out_and_others_do_not() {
        let played = melody(&[60, 64, 67, 72, 67, 64, 62, 60]);
        let samples = play_notes(&played, 2.5);
        let found = level_above_unplayed(&samples, &played).expect("there are other pitches");
        assert_eq!(found.len(), 5);
        assert!(found[0].1 > 20.0, "{found:?}");
        let wrong = level_above_unplayed(&samples, &melody(&[61, 66, 70]))
            .expect("there are other pitches");
        assert!(wrong[0].1 < 10.0, "{wrong:?}");
    }

    fn a_recording_fits_its_own_melody_and_no_transposition() {
        for pitches in [
            [60, 64, 67, 72, 67, 64, 62, 60],
            [50, 50, 57, 57, 53, 52, 50, 45],
            [79, 78, 79, 81, 79, 78, 76, 74],
        ] {
            let played = melody(&pitches);
            let once = play_notes(&played, 2.0);
            // The recording begins somewhere inside the loop and holds it twice and a half.
            let loops: Vec<f32> = once
                .iter()
                .chain(&once)
                .chain(&once)
                .copied()
                .skip(37_123)
                .collect();
            assert_eq!(best_shift(&loops, &played, 2.0), 0, "{pitches:?}");
            let lower: Vec<u8> = pitches.iter().map(|pitch| pitch - 2).collect();
            assert_eq!(best_shift(&loops, &melody(&lower), 2.0), 2, "{pitches:?}");
        }
    }
}
