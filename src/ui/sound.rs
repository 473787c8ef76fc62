//! What the window needs of the player, so that a test can listen instead.

use std::sync::Arc;

use crate::melody::Melody;
use crate::playback::{Entry, OutputChoice, OutputState, Player, Playhead};

/// Stops something from any thread, without waiting.
pub type Stop = Box<dyn Fn() + Send + Sync>;

/// The player as the window sees it. No call ever waits.
pub trait Sound {
    /// Plays a melody; `tag` comes back in the playhead. What sounds goes on until the swap.
    fn play(&mut self, melody: Arc<Melody>, tag: u64);
    /// Plays a long melody from somewhere inside it; see [`Player::play_from`].
    fn play_from(&mut self, melody: Arc<Melody>, tag: u64, _entry: Entry) {
        self.play(melody, tag);
    }
    /// Stops.
    fn stop(&mut self);
    /// Stops at the next bar line, unless something is played before.
    fn finish_bar(&mut self) {
        self.stop();
    }
    /// Beats per minute.
    fn set_tempo(&mut self, bpm: f64);
    /// Repeat or play once.
    fn set_looping(&mut self, looping: bool);
    /// Loudness, 0 to 1.
    fn set_volume(&mut self, volume: f32);
    /// Sends notes elsewhere.
    fn set_output(&mut self, output: OutputChoice);
    /// Every note off, everywhere.
    fn panic(&mut self);
    /// Does the same from any thread, also while the window draws.
    fn silencer(&self) -> Stop {
        Box::new(|| {})
    }
    /// One note, to hear whether the output works.
    fn test_note(&mut self);
    /// What sounds now.
    fn playhead(&self) -> Playhead;
    /// How the output fares.
    fn output_state(&self) -> OutputState;
    /// MIDI ports there are now, by name.
    fn ports(&self) -> Vec<String>;
    /// What the player has to tell.
    fn take_notices(&mut self) -> Vec<String>;
}

impl Sound for Player {
    fn play(&mut self, melody: Arc<Melody>, tag: u64) {
        Player::play(self, melody, tag);
    }
    fn play_from(&mut self, melody: Arc<Melody>, tag: u64, entry: Entry) {
        Player::play_from(self, melody, tag, entry);
    }
    fn stop(&mut self) {
        Player::stop(self);
    }
    fn finish_bar(&mut self) {
        Player::finish_bar(self);
    }
    fn set_tempo(&mut self, bpm: f64) {
        Player::set_tempo(self, bpm);
    }
    fn set_looping(&mut self, looping: bool) {
        Player::set_looping(self, looping);
    }
    fn set_volume(&mut self, volume: f32) {
        Player::set_volume(self, volume);
    }
    fn set_output(&mut self, output: OutputChoice) {
        Player::set_output(self, output);
    }
    fn panic(&mut self) {
        Player::panic(self);
    }
    fn silencer(&self) -> Stop {
        Box::new(Player::silencer(self))
    }
    fn test_note(&mut self) {
        Player::test_note(self);
    }
    fn playhead(&self) -> Playhead {
        Player::playhead(self)
    }
    fn output_state(&self) -> OutputState {
        Player::output_state(self)
    }
    fn ports(&self) -> Vec<String> {
        Player::ports(self)
    }
    fn take_notices(&mut self) -> Vec<String> {
        Player::take_notices(self)
    }
}
