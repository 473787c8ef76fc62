//! The player as the window uses it. Tests have their own implementation.

use std::sync::Arc;

use crate::melody::{Backing, Feel, Melody};
use crate::playback::input::{InputMessage, InputState, OscSettings, OscState};
use crate::playback::{
    LaunchQuantization, MetronomeAndClock, MidiPatch, OscSelection, OutputChoice, OutputState,
    Player, Playhead, SoundChoice, SoundDevice, SoundDeviceSettings, SoundFontFile, StartPosition,
    TransportState,
};

/// A function that stops something, from any thread and without waiting.
pub type StopFn = Box<dyn Fn() + Send + Sync>;

/// A player. No call blocks.
pub trait MelodyPlayer {
    /// Plays a melody, which the playhead identifies by `tag`. The melody before it plays on until the swap.
    fn play(&mut self, melody: Arc<Melody>, tag: u64);
    /// Plays a long melody from a step inside it; see [`Player::play_from`].
    fn play_from(&mut self, melody: Arc<Melody>, tag: u64, _start: StartPosition) {
        self.play(melody, tag);
    }
    /// Stops.
    fn stop(&mut self);
    /// Stops at the next bar line, unless another melody is played before.
    fn finish_bar(&mut self) {
        self.stop();
    }
    /// Sets the tempo, beats per minute.
    fn set_tempo(&mut self, bpm: f64);
    /// Repeats melodies, or plays them once.
    fn set_looping(&mut self, looping: bool);
    /// Sets the volume, 0 to 1.
    fn set_volume(&mut self, volume: f32);
    /// Chooses the output.
    fn set_output(&mut self, output: OutputChoice);
    /// Chooses channel, program and bank of MIDI ports.
    fn set_midi_patch(&mut self, _patch: MidiPatch) {}
    /// Stores the system's id of a port, to distinguish it from others of the same name; see [`Player::remember_port`].
    fn remember_port(&mut self, _name: &str, _id: &str) {}
    /// Chooses the sound of the built-in synth.
    fn set_sound(&mut self, _sound: &SoundChoice) {}
    /// Gives the built-in synth a SoundFont.
    fn set_sound_font(&mut self, _font: SoundFontFile) {}
    /// Chooses the sound device.
    fn set_sound_device(&mut self, _device: SoundDeviceSettings) {}
    /// Starts to list the sound devices; [`Self::sound_devices`] has them within about a second.
    fn list_sound_devices(&mut self) {}
    /// The sound devices of the last list.
    fn sound_devices(&self) -> Vec<SoundDevice> {
        Vec::new()
    }
    /// Chooses how melodies are played, from the next note on.
    fn set_feel(&mut self, _feel: Feel) {}
    /// Plays chords under the melodies, or none.
    fn set_chords(&mut self, _backing: Option<Arc<Backing>>) {}
    /// Chooses at which beat or bar a melody replaces the one that plays.
    fn set_launch(&mut self, _launch: LaunchQuantization) {}
    /// Chooses metronome, count-in and MIDI clock.
    fn set_metronome_and_clock(&mut self, _options: MetronomeAndClock) {}
    /// Sets the latency offset, milliseconds; see [`Player::set_offset`].
    fn set_offset(&mut self, _milliseconds: i32) {}
    /// Chooses whether JACK's transport is followed.
    fn set_follow_transport(&mut self, _follow: bool) {}
    /// Whether a transport is followed.
    fn transport_state(&self) -> TransportState {
        TransportState::default()
    }
    /// Chooses the MIDI input.
    fn set_input(&mut self, _choice: Option<String>) {}
    /// Chooses whether the MIDI clock of the input is followed.
    fn set_follow_clock(&mut self, _follow: bool) {}
    /// Sets the function that is called when a message of the input has arrived.
    fn set_waker(&mut self, _waker: Arc<dyn Fn() + Send + Sync>) {}
    /// Takes the messages of the input.
    fn take_input(&mut self) -> Vec<InputMessage> {
        Vec::new()
    }
    /// State of the input.
    fn input_state(&self) -> InputState {
        InputState::default()
    }
    /// Names of the MIDI inputs.
    fn input_ports(&self) -> Vec<String> {
        Vec::new()
    }
    /// Chooses the ports of OSC.
    fn set_osc(&mut self, _settings: OscSettings) {}
    /// State of the ports of OSC.
    fn osc_state(&self) -> OscState {
        OscState::default()
    }
    /// Sends the selection to other programs by OSC.
    fn send_selection(&mut self, _selection: Option<OscSelection>) {}
    /// Tempo of the clock that is followed.
    fn followed_tempo(&self) -> Option<f64> {
        None
    }
    /// Silences every note.
    fn panic(&mut self);
    /// A function that silences every note, from any thread, also while the window draws.
    fn silence_fn(&self) -> StopFn {
        Box::new(|| {})
    }
    /// Plays one note, to test the output.
    fn test_note(&mut self);
    /// The playhead.
    fn playhead(&self) -> Playhead;
    /// State of the output.
    fn output_state(&self) -> OutputState;
    /// Names of the MIDI ports.
    fn ports(&self) -> Vec<String>;
    /// The system's id of the open MIDI port.
    fn port_id(&self) -> Option<String> {
        None
    }
    /// Number of MIDI messages sent.
    fn sent_message_count(&self) -> u64 {
        0
    }
    /// Takes the messages to the user.
    fn take_notices(&mut self) -> Vec<String>;
}

impl MelodyPlayer for Player {
    fn play(&mut self, melody: Arc<Melody>, tag: u64) {
        Player::play(self, melody, tag);
    }
    fn play_from(&mut self, melody: Arc<Melody>, tag: u64, start: StartPosition) {
        Player::play_from(self, melody, tag, start);
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
    fn set_midi_patch(&mut self, patch: MidiPatch) {
        Player::set_midi_patch(self, patch);
    }
    fn remember_port(&mut self, name: &str, id: &str) {
        Player::remember_port(self, name.to_owned(), id.to_owned());
    }
    fn set_sound(&mut self, sound: &SoundChoice) {
        Player::set_sound(self, sound);
    }
    fn set_sound_font(&mut self, font: SoundFontFile) {
        Player::set_sound_font(self, font);
    }
    fn set_sound_device(&mut self, device: SoundDeviceSettings) {
        Player::set_sound_device(self, device);
    }
    fn list_sound_devices(&mut self) {
        Player::list_sound_devices(self);
    }
    fn sound_devices(&self) -> Vec<SoundDevice> {
        Player::sound_devices(self)
    }
    fn set_feel(&mut self, feel: Feel) {
        Player::set_feel(self, feel);
    }
    fn set_chords(&mut self, backing: Option<Arc<Backing>>) {
        Player::set_chords(self, backing);
    }
    fn set_launch(&mut self, launch: LaunchQuantization) {
        Player::set_launch(self, launch);
    }
    fn set_metronome_and_clock(&mut self, options: MetronomeAndClock) {
        Player::set_metronome_and_clock(self, options);
    }
    fn set_offset(&mut self, milliseconds: i32) {
        Player::set_offset(self, milliseconds);
    }
    fn set_follow_transport(&mut self, follow: bool) {
        Player::set_follow_transport(self, follow);
    }
    fn transport_state(&self) -> TransportState {
        Player::transport_state(self)
    }
    fn set_input(&mut self, choice: Option<String>) {
        Player::set_input(self, choice);
    }
    fn set_follow_clock(&mut self, follow: bool) {
        Player::set_follow_clock(self, follow);
    }
    fn set_waker(&mut self, waker: Arc<dyn Fn() + Send + Sync>) {
        Player::set_waker(self, waker);
    }
    fn take_input(&mut self) -> Vec<InputMessage> {
        Player::take_input(self)
    }
    fn input_state(&self) -> InputState {
        Player::input_state(self)
    }
    fn input_ports(&self) -> Vec<String> {
        Player::input_ports(self)
    }
    fn set_osc(&mut self, settings: OscSettings) {
        Player::set_osc(self, settings);
    }
    fn osc_state(&self) -> OscState {
        Player::osc_state(self)
    }
    fn send_selection(&mut self, selection: Option<OscSelection>) {
        Player::send_selection(self, selection);
    }
    fn followed_tempo(&self) -> Option<f64> {
        Player::followed_tempo(self)
    }
    fn panic(&mut self) {
        Player::panic(self);
    }
    fn silence_fn(&self) -> StopFn {
        Box::new(Player::silence_fn(self))
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
    fn port_id(&self) -> Option<String> {
        Player::port_id(self)
    }
    fn sent_message_count(&self) -> u64 {
        Player::sent_message_count(self)
    }
    fn take_notices(&mut self) -> Vec<String> {
        Player::take_notices(self)
    }
}
