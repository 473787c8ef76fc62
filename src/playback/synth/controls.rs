//! Controls of the synth that may be changed by any thread while it plays, without a lock.

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering::Relaxed};

use super::{instrument::Instrument, sound_choice::SynthSound};

/// Shared between the player and the audio callback.
#[derive(Debug)]
pub(in crate::playback) struct SynthControls {
    volume: AtomicU32,
    muted: AtomicBool,
    /// A [`SynthSound`] in its packed form.
    sound: AtomicU32,
}

impl SynthControls {
    pub fn new(volume: f32) -> Self {
        Self {
            volume: AtomicU32::new(volume.to_bits()),
            muted: AtomicBool::new(false),
            sound: AtomicU32::new(SynthSound::BuiltIn(Instrument::default()).pack()),
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

    pub fn set_sound(&self, sound: SynthSound) {
        self.sound.store(sound.pack(), Relaxed);
    }

    pub fn sound(&self) -> SynthSound {
        SynthSound::unpack(self.sound.load(Relaxed))
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
