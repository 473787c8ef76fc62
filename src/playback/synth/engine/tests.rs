//! The synth rendered into memory: pitch, silence, limits, clicks.

use std::f64::consts::TAU;

use super::*;

const RATE: f32 = 48_000.0;

fn render(synth: &mut Synth, seconds: f32) -> Vec<Frame> {
    let mut frames = vec![[f32::NAN; 2]; (seconds * RATE) as usize];
    // Blocks of an odd size, as some devices ask for.
    frames.chunks_mut(441).for_each(|block| synth.render(block));
    frames
}

fn synth(instrument: Instrument) -> Synth {
    let mut synth = Synth::new(RATE);
    synth.set_sound(SynthSound::BuiltIn(instrument));
    synth
}

fn left_channel(frames: &[Frame]) -> Vec<f64> {
    frames.iter().map(|frame| f64::from(frame[0])).collect()
}

fn samples(voice: &mut Voice, length: usize) -> Vec<f64> {
    let mut samples = vec![0.0; length];
    voice.add_to(&mut samples);
    samples.into_iter().map(f64::from).collect()
}

/// Amplitude and phase of a signal at a frequency, through a Hann window.
fn component(signal: &[f64], frequency: f64) -> (f64, f64) {
    let (mut re, mut im, mut weight) = (0.0, 0.0, 0.0);
    for (k, sample) in signal.iter().enumerate() {
        let window = 0.5 - 0.5 * (TAU * k as f64 / signal.len() as f64).cos();
        let angle = TAU * frequency * k as f64 / f64::from(RATE);
        re += window * sample * angle.cos();
        im -= window * sample * angle.sin();
        weight += window;
    }
    (2.0 * re.hypot(im) / weight, im.atan2(re))
}

/// The frequency near `guess`, from how far the phase moves between two windows.
fn measure_frequency(signal: &[f64], guess: f64) -> f64 {
    const HOP: usize = 6_000;
    const WINDOW: usize = 12_000;
    let (_, first) = component(&signal[..WINDOW], guess);
    let (_, second) = component(&signal[HOP..HOP + WINDOW], guess);
    let expected = TAU * guess * HOP as f64 / f64::from(RATE);
    let phase_error =
        (second - first - expected + TAU * 1e6 + TAU / 2.0).rem_euclid(TAU) - TAU / 2.0;
    guess + phase_error / TAU * f64::from(RATE) / HOP as f64
}

/// Equal temperament, A4 = 440 Hz (ISO 16).
fn ideal_frequency(pitch: u8) -> f64 {
    440.0 * 2_f64.powf((f64::from(pitch) - 69.0) / 12.0)
}

#[test]
fn every_voice_has_the_requested_pitch() {
    for instrument in Instrument::ALL {
        for pitch in [33, 45, 57, 60, 69, 76, 81, 93, 100, 108] {
            let mut voice = Voice::new(instrument, pitch, 80, RATE);
            let signal = samples(&mut voice, 50_400);
            let signal = &signal[2_400..];
            let measured = measure_frequency(signal, ideal_frequency(pitch));
            let cents = 1200.0 * (measured / ideal_frequency(pitch)).log2();
            assert!(
                cents.abs() < 0.1,
                "{instrument:?} pitch {pitch}: {cents:.4} cents off"
            );
            let (amplitude, _) = component(signal, ideal_frequency(pitch));
            for wrong_frequency in [
                ideal_frequency(pitch) * 0.5,
                ideal_frequency(pitch) * 1.5,
                ideal_frequency(pitch) * 1.0595,
            ] {
                let (wrong_amplitude, _) = component(signal, wrong_frequency);
                assert!(
                    amplitude > 20.0 * wrong_amplitude,
                    "{instrument:?} pitch {pitch}: {amplitude} against {wrong_amplitude} at {wrong_frequency} Hz"
                );
            }
        }
    }
}

#[test]
fn chorus_and_reverb_do_not_change_the_pitch() {
    for instrument in Instrument::ALL {
        for pitch in [48, 69, 84] {
            let mut synth = synth(instrument);
            synth.note_on(pitch, 80);
            let frames = render(&mut synth, 0.5);
            let measured =
                measure_frequency(&left_channel(&frames[2_400..]), ideal_frequency(pitch));
            let cents = 1200.0 * (measured / ideal_frequency(pitch)).log2();
            // The just noticeable difference of pitch is about 5 cents.
            assert!(
                cents.abs() < 3.0,
                "{instrument:?} pitch {pitch}: {cents:.3} cents off"
            );
        }
    }
}

#[test]
fn nothing_is_heard_before_the_first_note_or_after_the_last_has_died() {
    for instrument in Instrument::ALL {
        let mut synth = synth(instrument);
        assert!(
            render(&mut synth, 0.1)
                .iter()
                .all(|frame| *frame == [0.0; 2])
        );
        for pitch in [48, 60, 67, 72] {
            synth.note_on(pitch, 100);
        }
        let sounding = render(&mut synth, 0.3);
        assert!(sounding.iter().any(|frame| frame[0].abs() > 0.1));
        for pitch in [48, 60, 67, 72] {
            synth.note_off(pitch);
        }
        render(&mut synth, 3.0);
        assert!(
            render(&mut synth, 0.1)
                .iter()
                .all(|frame| *frame == [0.0; 2]),
            "{instrument:?}"
        );
    }
}

#[test]
fn a_released_note_is_thirty_decibels_down_within_half_a_second() {
    for instrument in Instrument::ALL {
        let mut synth = synth(instrument);
        synth.note_on(60, 80);
        let held_peak = peak(&render(&mut synth, 0.3)[9_600..]);
        synth.note_off(60);
        render(&mut synth, 0.5);
        let released_peak = peak(&render(&mut synth, 0.05));
        assert!(
            released_peak < held_peak * 0.0316,
            "{instrument:?}: {held_peak} then {released_peak}"
        );
    }
}

fn peak(frames: &[Frame]) -> f32 {
    frames
        .iter()
        .flatten()
        .fold(0.0, |peak, sample| peak.max(sample.abs()))
}

#[test]
fn even_all_voices_at_once_stay_within_one_and_are_numbers() {
    for instrument in Instrument::ALL {
        for rate in [8_000.0, 44_100.0, 192_000.0] {
            let mut synth = Synth::new(rate);
            synth.set_sound(SynthSound::BuiltIn(instrument));
            for round in 0..3 {
                for pitch in 0..=127 {
                    synth.note_on(pitch, 127);
                }
                let frames = render(&mut synth, 0.2);
                assert!(
                    frames
                        .iter()
                        .flatten()
                        .all(|sample| sample.is_finite() && sample.abs() <= 1.0)
                );
                if round == 1 {
                    synth.all_off();
                }
            }
        }
    }
}

#[test]
fn a_single_note_is_loud_enough_and_does_not_reach_the_limiter() {
    for instrument in Instrument::ALL {
        for pitch in [36, 60, 84] {
            let mut synth = synth(instrument);
            synth.note_on(pitch, 80);
            let peak = peak(&render(&mut synth, 0.5));
            assert!(
                (0.2..0.7).contains(&peak),
                "{instrument:?} pitch {pitch}: {peak}"
            );
        }
    }
}

/// The largest second difference of the samples, which a click (a sudden step) makes large.
fn roughness(frames: &[Frame]) -> f32 {
    frames
        .windows(3)
        .map(|w| (w[2][0] - 2.0 * w[1][0] + w[0][0]).abs())
        .fold(0.0, f32::max)
}

#[test]
fn ending_a_note_does_not_click() {
    for instrument in Instrument::ALL {
        for pitch in [36, 60, 84] {
            // At several places of the wave.
            for offset in 0..8 {
                let mut synth = synth(instrument);
                synth.note_on(pitch, 100);
                render(&mut synth, 0.4 + offset as f32 * 0.000_7);
                let held_roughness = roughness(&render(&mut synth, 0.05));
                synth.note_off(pitch);
                let released_roughness = roughness(&render(&mut synth, 0.05));
                assert!(
                    released_roughness <= held_roughness * 1.1 + 1e-4,
                    "{instrument:?} pitch {pitch}: {held_roughness} then {released_roughness}"
                );
                synth.all_off();
                let cut_roughness = roughness(&render(&mut synth, 0.05));
                assert!(
                    cut_roughness <= held_roughness * 1.2 + 1e-4,
                    "{instrument:?} pitch {pitch}: {held_roughness} then {cut_roughness}"
                );
            }
        }
    }
}

#[test]
fn high_notes_do_not_fold_back_below_their_pitch() {
    for instrument in Instrument::ALL {
        for pitch in [96, 103, 108] {
            let mut voice = Voice::new(instrument, pitch, 127, RATE);
            let signal = samples(&mut voice, 12_000);
            let (tone, _) = component(&signal[1_200..], ideal_frequency(pitch));
            // Far below the pitch only aliases could be; the window itself is 80 dB down there.
            let mut frequency = 100.0;
            while frequency < ideal_frequency(pitch) * 0.8 {
                let (alias, _) = component(&signal[1_200..], frequency);
                assert!(
                    alias < tone * 0.003,
                    "{instrument:?} pitch {pitch}: {alias} at {frequency} Hz, tone {tone}"
                );
                frequency += 13.0;
            }
        }
    }
}

#[test]
fn velocity_zero_ends_a_note_as_in_midi() {
    let mut synth = synth(Instrument::WarmOrgan);
    synth.note_on(60, 80);
    render(&mut synth, 0.1);
    synth.note_on(60, 0);
    render(&mut synth, 3.0);
    assert_eq!(peak(&render(&mut synth, 0.1)), 0.0);
}

#[test]
fn volume_zero_is_silence_and_nan_is_ignored() {
    let mut synth = synth(Instrument::WarmOrgan);
    synth.set_volume(0.0);
    synth.set_volume(f32::NAN);
    render(&mut synth, 0.2);
    synth.note_on(60, 127);
    assert!(peak(&render(&mut synth, 0.2)) < 1e-4);
}

#[test]
fn the_end_of_a_click_leaves_a_melody_note_of_its_pitch_and_that_of_a_chord_sounding() {
    let mut synth = synth(Instrument::WarmOrgan);
    synth.note_on(98, 100);
    synth.chord_on(98, 100);
    synth.click(98, 100);
    render(&mut synth, 0.05);
    synth.click_off(98);
    render(&mut synth, 2.0);
    let sounding = |synth: &Synth| synth.voices.iter().flatten().count();
    assert_eq!(sounding(&synth), 2);
    synth.note_off(98);
    render(&mut synth, 4.0);
    assert_eq!(sounding(&synth), 1);
}
