//! What sounds, as the player last told.

use std::sync::Arc;

use crate::melody::Melody;
use crate::playback::{OutputChoice, OutputState, Playhead};
use crate::sweep::MelodyId;

/// A melody that was handed to the player.
#[derive(Clone)]
pub struct Sounding {
    /// Comes back in the playhead.
    pub tag: u64,
    /// The melody.
    pub melody: Arc<Melody>,
    /// Its id, if it is on a map.
    pub id: Option<MelodyId>,
    /// The map's generation.
    pub generation: Option<u64>,
    /// Its number in the tray, if it was played from there.
    pub kept: Option<u64>,
}

/// What sounds, and where.
pub struct Listening {
    /// The player's clock, read once per frame.
    pub playhead: Playhead,
    /// How the output fares.
    pub output: OutputState,
    /// MIDI ports there are.
    pub ports: Vec<String>,
    /// The last few melodies handed over; the playhead says which one sounds.
    pub(in crate::ui) handed: Vec<Sounding>,
    pub(in crate::ui) last_tag: u64,
    /// Times of recent tempo taps, seconds.
    pub(in crate::ui) taps: Vec<f64>,
}

impl Default for Listening {
    fn default() -> Self {
        Self {
            playhead: Playhead::default(),
            output: OutputState {
                wanted: OutputChoice::Synth,
                connected: false,
                message: None,
            },
            ports: Vec::new(),
            handed: Vec::new(),
            last_tag: 0,
            taps: Vec::new(),
        }
    }
}

impl Listening {
    /// What sounds now; `None` in silence.
    pub fn sounding(&self) -> Option<&Sounding> {
        if !self.playhead.playing {
            return None;
        }
        let tag = self.playhead.tag?;
        self.handed
            .iter()
            .rev()
            .find(|sounding| sounding.tag == tag)
    }

    /// The last melody that was asked for, sounding or not.
    pub fn last(&self) -> Option<&Sounding> {
        self.handed.last()
    }

    /// Playhead in steps, if exactly this melody sounds.
    pub fn step_in(&self, melody: &Arc<Melody>) -> Option<f64> {
        let sounding = self.sounding()?;
        Arc::ptr_eq(&sounding.melody, melody).then_some(self.playhead.step)
    }
}
