//! Controls of the synth that may be changed by any thread while it plays, without a lock.

use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU32, Ordering::Relaxed};

use super::instrument::Instrument;

/// Shared between the player and the audio callback.
#[derive(Debug)]
pub(in crate::playback) struct SynthControls {
    volume: AtomicU32,
    muted: AtomicBool,
    instrument: AtomicU8,
}

impl SynthControls {
    pub fn new(volume: f32) -> Self {
        Self {
            volume: AtomicU32::new(volume.to_bits()),
            muted: AtomicBool::new(false),
            instrument: AtomicU8::new(0),
        }
    }

    pub fn set_volume(&self, volume: f32) {
        self.volume.store(volume.to_bits(), Relaxed);
    }

    /// Silences the synth for good, its reverberation too, whatever the volume is.
    pub fn mute(&self) {
        self.muted.store(true, Relaxed);
    }

    /// Amplitude for the volume: its square, as loudness is perceived by ratios. 0 once muted.
    pub fn gain(&self) -> f32 {
        let volume = f32::from_bits(self.volume.load(Relaxed));
        if volume.is_finite() && !self.muted.load(Relaxed) {
            volume.clamp(0.0, 1.0).powi(2)
        } else {
            0.0
        }
    }

    pub fn set_instrument(&self, instrument: Instrument) {
        let index = Instrument::ALL
            .iter()
            .position(|&other| other == instrument)
            .unwrap_or(0);
        self.instrument
            .store(u8::try_from(index).unwrap_or(0), Relaxed);
    }

    pub fn instrument(&self) -> Instrument {
        Instrument::ALL
            .get(usize::from(self.instrument.load(Relaxed)))
            .copied()
            .unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_muted_synth_stays_silent() {
        let controls = SynthControls::new(1.0);
        assert!(controls.gain() > 0.0);
        controls.mute();
        controls.set_volume(1.0);
        assert!(controls.gain().abs() < f32::EPSILON);
    }
}
