//! State of the player: what plays, and on which output.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::melody::Melody;
use crate::playback::{OutputState, Playhead, StartPosition};
use crate::session::library::KeptMelody;
use crate::sweep::{GenerateMethod, MelodyId};

/// The last requests that are stored: a drag of the pointer sends up to 17 between two sixteenths of the slowest tempo.
const MAX_REQUESTS: usize = 24;

/// A melody that was sent to the player.
#[derive(Clone)]
pub struct PlayRequest {
    /// Identifies the request in the playhead.
    pub tag: u64,
    /// The melody.
    pub melody: Arc<Melody>,
    /// Its id, if it is on a map.
    pub id: Option<MelodyId>,
    /// The map's generation.
    pub generation: Option<u64>,
    /// For a blend or path, the melodies that it consists of, all of one length.
    pub sequence: Vec<(MelodyId, Arc<Melody>)>,
    /// What the library stores if it is kept: of each melody of the sequence, or of the one melody. Empty for a window of a
    /// song that is open, which has no place on a map yet.
    pub kept_melodies: Vec<KeptMelody>,
    /// Steps that each melody of the sequence plays; the last may play longer.
    pub steps_per_melody: usize,
    /// The step at which each melody of the sequence starts, if they do not all play as long: those of a timeline.
    pub start_steps: Vec<usize>,
    /// Where a sequence starts.
    pub start: StartPosition,
}

impl PlayRequest {
    /// Number of the set of the path whose melodies these are; `None` if they are of no path.
    pub fn path_set(&self) -> Option<u32> {
        match self.sequence.first()?.0 {
            MelodyId::Generated {
                method: GenerateMethod::Path,
                set,
                ..
            } => Some(set),
            _ => None,
        }
    }

    /// Index in the sequence of the melody that plays at a step, and the part of its time that has passed, 0 to 1.
    pub fn visit(&self, step: f64) -> Option<(usize, f64)> {
        let last = self.sequence.len().checked_sub(1)?;
        if !self.start_steps.is_empty() {
            let started_count = self
                .start_steps
                .partition_point(|start| *start as f64 <= step);
            let visit = started_count.saturating_sub(1).min(last);
            let next = self.start_steps.get(visit + 1).copied();
            let length = next
                .unwrap_or(self.melody.steps())
                .saturating_sub(self.start_of(visit));
            let passed = step.max(0.0) - self.start_of(visit) as f64;
            return Some((visit, (passed / length.max(1) as f64).clamp(0.0, 1.0)));
        }
        let passed = step.max(0.0) / self.steps_per_melody.max(1) as f64;
        let visit = (passed as usize).min(last);
        Some((visit, (passed - visit as f64).min(1.0)))
    }

    /// The step at which a melody of the sequence starts; 0 in a path, whose melodies change at the same step.
    fn start_of(&self, visit: usize) -> usize {
        self.start_steps.get(visit).copied().unwrap_or(0)
    }
}

/// How long the light of the output shines for a message.
const LIGHT_DURATION: Duration = Duration::from_millis(60);

/// Whether messages leave for the output.
#[derive(Default)]
pub struct OutputActivity {
    /// Number of messages that left.
    sent: u64,
    lit_until: Option<Instant>,
}

impl OutputActivity {
    /// Takes the number of messages that have left.
    pub fn update(&mut self, sent: u64, now: Instant) {
        if self.sent != sent {
            self.sent = sent;
            self.lit_until = Some(now + LIGHT_DURATION);
        } else if self.lit_until.is_some_and(|until| until <= now) {
            self.lit_until = None;
        }
    }

    /// How long the light still shines.
    pub fn lit_for(&self) -> Option<Duration> {
        let until = self.lit_until?;
        Some(until.saturating_duration_since(Instant::now()))
    }
}

/// Playhead, output and latest requests of the player.
#[derive(Default)]
pub struct PlaybackState {
    /// The player's clock, read once per frame.
    pub playhead: Playhead,
    /// State of the output.
    pub output: OutputState,
    /// Names of the MIDI ports.
    pub ports: Vec<String>,
    /// Messages that leave for the output.
    pub activity: OutputActivity,
    /// The last few requests; the playhead tells which one plays.
    requests: Vec<PlayRequest>,
    last_tag: u64,
    /// Times of recent tempo taps.
    pub(in crate::ui) taps: Vec<Instant>,
}

impl PlaybackState {
    /// Stores a request under a new tag, which it returns.
    pub(in crate::ui) fn push(&mut self, request: PlayRequest) -> u64 {
        self.last_tag += 1;
        self.requests.push(PlayRequest {
            tag: self.last_tag,
            ..request
        });
        if self.requests.len() > MAX_REQUESTS {
            // What sounds stays in view, however many requests wait for the end of its loop.
            let sounding = self.playhead.tag;
            let mut requests = self.requests.iter();
            let oldest = requests.position(|request| Some(request.tag) != sounding);
            self.requests.remove(oldest.unwrap_or(0));
        }
        self.last_tag
    }

    /// The request that plays now, if any.
    pub fn now_playing(&self) -> Option<&PlayRequest> {
        if !self.playhead.playing {
            return None;
        }
        let tag = self.playhead.tag?;
        self.requests
            .iter()
            .rev()
            .find(|request| request.tag == tag)
    }

    /// What the library stores of the melody that plays now if it is kept, wherever it comes from.
    pub fn melody_to_keep(&self) -> Option<&KeptMelody> {
        let request = self.now_playing()?;
        let visit = request.visit(self.playhead.step);
        request
            .kept_melodies
            .get(visit.map_or(0, |(visit, _)| visit))
    }

    /// Forgets the windows of a song, which nothing shows any more.
    pub(in crate::ui) fn forget_song(&mut self) {
        self.requests
            .retain(|request| !request.kept_melodies.is_empty());
    }

    /// Whether a window of a song plays, or begins to at the next sixteenth.
    pub(in crate::ui) fn plays_song(&self) -> bool {
        let requests = [self.now_playing(), self.requests.last()];
        let mut requests = requests.into_iter().flatten();
        self.playhead.playing && requests.any(|request| request.kept_melodies.is_empty())
    }

    /// The last request, whether it plays or not.
    pub fn last_request(&self) -> Option<&PlayRequest> {
        self.requests.last()
    }

    /// Playhead in steps, if exactly this melody plays.
    pub fn step_in(&self, melody: &Arc<Melody>) -> Option<f64> {
        let request = self.now_playing()?;
        if Arc::ptr_eq(&request.melody, melody) {
            return Some(self.playhead.step);
        }
        let (id, step) = self.sequence_position()?;
        let (_, playing_melody) = request.sequence.iter().find(|(other, _)| *other == id)?;
        Arc::ptr_eq(playing_melody, melody).then_some(step)
    }

    /// The melody of the sequence that plays now, and the playhead within it; `None` if no sequence plays.
    pub fn sequence_position(&self) -> Option<(MelodyId, f64)> {
        let request = self.now_playing()?;
        let request_step = self.playhead.step.max(0.0);
        let (visit, _) = request.visit(request_step)?;
        let (id, melody) = request.sequence.get(visit)?;
        let melody_step = request_step - request.start_of(visit) as f64;
        Some((*id, melody_step % melody.steps().max(1) as f64))
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]

    use super::*;
    use crate::melody::Tokens;

    #[test]
    fn what_sounds_is_known_however_many_melodies_were_requested_since() {
        let mut playback = PlaybackState::default();
        let tokens = Tokens::new(vec![41; 32]).unwrap();
        let request = PlayRequest {
            tag: 0,
            melody: Arc::new(Melody::from_tokens(tokens)),
            id: None,
            generation: None,
            sequence: Vec::new(),
            kept_melodies: Vec::new(),
            steps_per_melody: 0,
            start_steps: Vec::new(),
            start: StartPosition::default(),
        };
        playback.playhead.playing = true;
        playback.playhead.tag = Some(playback.push(request.clone()));
        for _ in 0..100 {
            playback.push(request.clone());
        }
        assert_eq!(playback.now_playing().unwrap().tag, 1);
        assert_eq!(playback.last_request().unwrap().tag, 101);
        assert_eq!(playback.requests.len(), MAX_REQUESTS);
    }
}
