//! The partials of the additive instruments.

use std::f32::consts::{FRAC_PI_4, PI};

use super::{instrument::Instrument, oscillator::MIDDLE_C};

/// Maximum number of partials of a tone.
pub(super) const MAX_PARTIALS: usize = 16;

/// One partial of a tone.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Partial {
    /// Frequency divided by that of the note.
    pub ratio: f32,
    /// Relative amplitude; 0 for a partial that is left out.
    pub amplitude: f32,
    /// Time constant of the decay, seconds; infinite for a tone that sounds as long as the note.
    pub decay: f32,
}

/// The partials of a note, the first at the pitch itself.
pub(super) struct ToneSpectrum {
    /// Sum of the absolute amplitudes.
    pub peak: f32,
    pub partials: [Partial; MAX_PARTIALS],
}

/// The partials of a note at `frequency` Hz, struck with `force`, `0.0..=1.0`. A harder touch is brighter. `None` for the
/// electric piano, which is no sum of partials.
pub(super) fn spectrum(instrument: Instrument, frequency: f32, force: f32) -> Option<ToneSpectrum> {
    let lowness = MIDDLE_C / frequency;
    Some(match instrument {
        Instrument::ElectricPiano => return None,
        Instrument::GrandPiano => grand_piano(lowness, force),
        Instrument::Pluck => pluck(lowness, force),
        Instrument::SoftLead => soft_lead(force),
        Instrument::SquareLead => square_lead(force),
        Instrument::Bass => bass(lowness, force),
        Instrument::WarmOrgan => organ(),
        Instrument::Pad => pad(force),
        Instrument::Bell => bell(lowness, force),
    })
}

/// A spectrum whose n-th partial has the ratio, amplitude and decay that `partial` returns for n, counted from 1.
fn partials(peak: f32, partial: impl Fn(f32) -> (f32, f32, f32)) -> ToneSpectrum {
    ToneSpectrum {
        peak,
        partials: std::array::from_fn(|k| {
            let (ratio, amplitude, decay) = partial((k + 1) as f32);
            Partial {
                ratio,
                amplitude,
                decay,
            }
        }),
    }
}

/// A struck string: stiff, so that its partials are stretched (Fletcher 1964: `n sqrt(1 + B n^2)`, with B near 4e-4 about
/// middle C), and struck at an eighth of its length, which leaves out every eighth partial.
fn grand_piano(lowness: f32, force: f32) -> ToneSpectrum {
    const STIFFNESS: f32 = 4e-4;
    let tilt = 1.75 - 0.75 * force;
    let decay = 1.9 * lowness.powf(0.55).clamp(0.12, 2.4);
    partials(1.15, |n| {
        let stretch = ((1.0 + STIFFNESS * n * n) / (1.0 + STIFFNESS)).sqrt();
        let amplitude = (n * PI / 8.0).sin().abs() / n.powf(tilt);
        (n * stretch, amplitude, decay / (1.0 + 0.22 * (n - 1.0)))
    })
}

/// A string plucked at a quarter of its length: harmonics by the plucked string's Fourier series, `sin(n pi / 4) / n^2`, the
/// higher ones decaying faster.
fn pluck(lowness: f32, force: f32) -> ToneSpectrum {
    let decay = 0.95 * lowness.powf(0.5).clamp(0.3, 2.0);
    let tilt = 2.15 - 0.45 * force;
    partials(1.3, |n| {
        let amplitude = (n * FRAC_PI_4).sin() / n.powf(tilt);
        (n, amplitude, decay / (1.0 + 0.30 * (n - 1.0)))
    })
}

/// A triangle wave: odd harmonics that fall by the square.
fn soft_lead(force: f32) -> ToneSpectrum {
    let tilt = 2.3 - 0.5 * force;
    partials(0.85, |n| {
        let odd = 2.0 * n - 1.0;
        (odd, odd.powf(-tilt), f32::INFINITY)
    })
}

/// A square wave: odd harmonics, smoothed so that its corners do not ring (Lanczos sigma factors).
fn square_lead(force: f32) -> ToneSpectrum {
    let tilt = 1.35 - 0.3 * force;
    partials(0.95, |n| {
        let odd = 2.0 * n - 1.0;
        let angle = PI * odd / (2.0 * MAX_PARTIALS as f32 + 1.0);
        (odd, odd.powf(-tilt) * angle.sin() / angle, f32::INFINITY)
    })
}

/// A sawtooth whose higher harmonics die away, as behind a closing filter.
fn bass(lowness: f32, force: f32) -> ToneSpectrum {
    let tilt = 1.25 - 0.3 * force;
    let decay = 2.2 * lowness.powf(0.2).clamp(0.5, 1.5);
    partials(1.25, |n| {
        (n, n.powf(-tilt), decay / (1.0 + 0.8 * (n - 1.0)))
    })
}

/// Drawbars, mostly low ones, without decay.
fn organ() -> ToneSpectrum {
    const DRAWBARS: [f32; 8] = [1.0, 0.45, 0.22, 0.12, 0.03, 0.06, 0.0, 0.03];
    partials(0.95, |n| {
        let amplitude = DRAWBARS.get(n as usize - 1).copied().unwrap_or(0.0);
        (n, amplitude, f32::INFINITY)
    })
}

/// Soft harmonics without decay; the attack and the chorus make the pad.
fn pad(force: f32) -> ToneSpectrum {
    let tilt = 1.9 - 0.5 * force;
    partials(0.95, |n| {
        let amplitude = if n <= 8.0 { n.powf(-tilt) } else { 0.0 };
        (n, amplitude, f32::INFINITY)
    })
}

/// A struck bar, free at both ends: its modes are at 1, 2.757, 5.404, 8.933 and 13.345 (Fletcher and Rossing, The Physics of
/// Musical Instruments, section 2.15), the higher ones decaying faster.
fn bell(lowness: f32, force: f32) -> ToneSpectrum {
    const MODES: [f32; 5] = [1.0, 2.757, 5.404, 8.933, 13.345];
    let tilt = 1.5 - 0.6 * force;
    let decay = 1.3 * lowness.powf(0.5).clamp(0.3, 1.8);
    partials(1.0, |n| match MODES.get(n as usize - 1) {
        Some(&ratio) => (ratio, ratio.powf(-tilt), decay / ratio.powf(0.8)),
        None => (n, 0.0, 0.0),
    })
}
