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
    /// The melodies that it is made of, if it is a whole way; all of one length.
    pub way: Vec<(MelodyId, Arc<Melody>)>,
    /// Steps that each of them is heard; the last may last on.
    pub each: usize,
}

impl Sounding {
    /// Which melody of the way is heard at a step, and the share of its time that has passed.
    pub fn visit(&self, step: f64) -> Option<(usize, f64)> {
        let last = self.way.len().checked_sub(1)?;
        let passed = step.max(0.0) / self.each.max(1) as f64;
        let visit = (passed as usize).min(last);
        Some((visit, (passed - visit as f64).min(1.0)))
    }
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
        if Arc::ptr_eq(&sounding.melody, melody) {
            return Some(self.playhead.step);
        }
        let (id, step) = self.step_of_way()?;
        let (_, here) = sounding.way.iter().find(|(other, _)| *other == id)?;
        Arc::ptr_eq(here, melody).then_some(step)
    }

    /// The melody of the way that sounds now, and the playhead within it; none if no way sounds.
    pub fn step_of_way(&self) -> Option<(MelodyId, f64)> {
        let sounding = self.sounding()?;
        let at = self.playhead.step.max(0.0);
        let (visit, _) = sounding.visit(at)?;
        let (id, melody) = sounding.way.get(visit)?;
        Some((*id, at % melody.steps().max(1) as f64))
    }
}
