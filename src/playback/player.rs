//! The player: the interface of this module.

use std::{
    any::Any,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
        mpsc::{Sender, channel},
    },
    thread::JoinHandle,
    time::{Duration, Instant},
};

use super::{
    clock_thread::ClockThread,
    device_thread::DeviceThread,
    input::{InputMessage, InputState, OscSettings, OscState},
    midi_patch::MidiPatch,
    osc_output::OscSelection,
    output::{OutputChoice, OutputState},
    playhead::{Playhead, PlayheadCell},
    sequencer::{Command, LaunchQuantization, MetronomeAndClock, StartPosition},
    status::SharedOutputState,
    synth::{
        SoundChoice, SoundDevice, SoundDeviceSettings, SoundFontFile, controls::SynthControls,
    },
    thread_messages::{ClockMessage, ClockSender, DeviceMessage, clock_channel},
    transport_link::TransportState,
};
use crate::melody::{Backing, Feel, Melody};

/// Volume of the synth until another is set.
pub const DEFAULT_VOLUME: f32 = 0.8;

/// Maximum time to wait for the threads on exit: a sound system may hang while a device is opened.
const SHUTDOWN_TIMEOUT: Duration = Duration::from_secs(2);

/// Plays melodies on its own clock.
///
/// No method blocks: commands are sent to the clock thread, and its state is read from shared memory. Dropping the player ends
/// every note and waits for its threads.
#[derive(Debug)]
pub struct Player {
    epoch: Instant,
    clock: ClockSender,
    /// Items that were sent to the clock thread and are in use there, held here so that it never frees memory.
    sent_items: Mutex<Vec<Arc<dyn Any + Send + Sync>>>,
    devices: Sender<DeviceMessage>,
    playhead: Arc<PlayheadCell>,
    status: Arc<SharedOutputState>,
    controls: Arc<SynthControls>,
    sent_message_count: Arc<AtomicU64>,
    threads: [Option<JoinHandle<()>>; 2],
}

impl Player {
    /// A player on the built-in synth. Returns at once; the sound device is opened on another thread.
    pub fn start() -> Self {
        Self::start_with(OutputChoice::default())
    }

    /// A player on the given output. Returns at once; the output is opened on another thread.
    pub fn start_with(output: OutputChoice) -> Self {
        let epoch = Instant::now();
        let (clock, clock_inbox) = clock_channel();
        let (devices, device_inbox) = channel();
        let playhead = Arc::new(PlayheadCell::default());
        let status = Arc::new(SharedOutputState::default());
        let controls = Arc::new(SynthControls::new(DEFAULT_VOLUME));
        let sent_message_count = Arc::new(AtomicU64::new(0));
        status.set_state(OutputState {
            choice: output.clone(),
            ..OutputState::default()
        });

        let device_thread = DeviceThread::new(
            epoch,
            device_inbox,
            devices.clone(),
            clock.clone(),
            Arc::clone(&status),
            Arc::clone(&controls),
            output,
        );
        let clock_thread = ClockThread {
            epoch,
            inbox: clock_inbox,
            devices: devices.clone(),
            playhead: Arc::clone(&playhead),
            sent_message_count: Arc::clone(&sent_message_count),
            input: Arc::clone(&status.input),
            osc: Arc::clone(&status.osc),
            priority: Arc::clone(&status.clock_priority),
        };
        let threads = [
            spawn("tunescape-clock", &status, move || clock_thread.run()),
            spawn("tunescape-devices", &status, move || device_thread.run()),
        ];
        Self {
            epoch,
            clock,
            sent_items: Mutex::default(),
            devices,
            playhead,
            status,
            controls,
            sent_message_count,
            threads,
        }
    }

    /// Plays a melody: at once from its first step when nothing plays, else from the next 16th on (or the
    /// boundary of [`Self::set_launch`]), where a loop keeps its position. The [`Playhead`] returns `tag`.
    pub fn play(&self, melody: Arc<Melody>, tag: u64) {
        self.hold_item(Arc::<Melody>::clone(&melody));
        self.command(Command::Play { melody, tag });
    }

    /// Plays a long melody from a step inside it: from `start.step` when nothing plays, else from the next 16th on,
    /// where a loop keeps its position as [`StartPosition`] says.
    pub fn play_from(&self, melody: Arc<Melody>, tag: u64, start: StartPosition) {
        self.hold_item(Arc::<Melody>::clone(&melody));
        self.command(Command::PlayFrom { melody, tag, start });
    }

    /// Stops, and ends every note.
    pub fn stop(&self) {
        self.command(Command::Stop);
    }

    /// Stops at the next bar line, unless another melody is played before.
    pub fn finish_bar(&self) {
        self.command(Command::FinishBar);
    }

    /// Sets the tempo in quarter notes per minute, clamped to 20..=300. The position stays.
    pub fn set_tempo(&self, bpm: f64) {
        self.command(Command::Tempo(bpm));
    }

    /// Chooses whether a melody begins again at its end.
    pub fn set_looping(&self, looping: bool) {
        self.command(Command::Looping(looping));
    }

    /// Chooses how melodies are played, from the next note on.
    pub fn set_feel(&self, feel: Feel) {
        self.command(Command::Feel(feel));
    }

    /// Plays chords under the melodies, from the next step on; `None` ends them. On a MIDI port they have a channel of their own.
    pub fn set_chords(&self, backing: Option<Arc<Backing>>) {
        if let Some(backing) = &backing {
            self.hold_item(Arc::<Backing>::clone(backing));
        }
        self.command(Command::Chords(backing));
    }

    /// Chooses when a melody takes over from the one that plays.
    pub fn set_launch(&self, launch: LaunchQuantization) {
        self.command(Command::LaunchQuantization(launch));
    }

    /// Chooses what is played or sent besides the notes: metronome, count-in, MIDI clock.
    pub fn set_metronome_and_clock(&self, options: MetronomeAndClock) {
        self.command(Command::MetronomeAndClock(options));
    }

    /// Sets the latency offset, milliseconds from -[`MAX_OFFSET_MS`](super::MAX_OFFSET_MS) to the same above 0: how much later notes
    /// come than the clock that is sent or followed; below 0, earlier.
    pub fn set_offset(&self, milliseconds: i32) {
        self.clock.send(ClockMessage::Offset(milliseconds));
    }

    /// Sets the volume of the built-in synth, `0.0..=1.0`. A MIDI instrument keeps its own.
    pub fn set_volume(&self, volume: f32) {
        self.controls.set_volume(volume);
    }

    /// Chooses the synth's sound, from the next note on. A preset of a SoundFont sounds once [`Self::set_sound_font`] gave its
    /// file; until then it is the default instrument.
    pub fn set_sound(&self, sound: &SoundChoice) {
        self.controls.set_sound(sound.synth_sound());
    }

    /// Gives the synth a SoundFont, which replaces the previous one.
    pub fn set_sound_font(&self, file: SoundFontFile) {
        let _ = self.devices.send(DeviceMessage::SoundFont(file));
    }

    /// Chooses the sound device of the synth. Playing goes on, after a moment of silence.
    pub fn set_sound_device(&self, settings: SoundDeviceSettings) {
        let _ = self.devices.send(DeviceMessage::SoundDevice(settings));
    }

    /// Starts listing the sound devices; [`Self::sound_devices`] returns them within about a second.
    pub fn list_sound_devices(&self) {
        let _ = self.devices.send(DeviceMessage::ListSoundDevices);
    }

    /// The sound devices as they were listed last; empty at first.
    pub fn sound_devices(&self) -> Vec<SoundDevice> {
        self.status.sound_devices()
    }

    /// Chooses the output, or opens it again. Playing goes on; sounding notes end on the output where they started.
    pub fn set_output(&self, choice: OutputChoice) {
        // Fails only if the thread could not be started, of which there is a notice.
        let _ = self.devices.send(DeviceMessage::ChooseOutput(choice));
    }

    /// Chooses channel, program and bank of MIDI ports. Sent to the port at once and whenever one is opened; a note that
    /// sounds ends on the channel where it began.
    pub fn set_midi_patch(&self, patch: MidiPatch) {
        let _ = self.devices.send(DeviceMessage::Patch(patch));
    }

    /// Identifies a port among others of the same name by the id that [`Self::port_id`] returned when it was last used.
    pub fn remember_port(&self, name: String, id: String) {
        let _ = self.devices.send(DeviceMessage::RememberPort { name, id });
    }

    /// Chooses the MIDI input by its name, or none. A port that is not there is waited for.
    pub fn set_input(&self, choice: Option<String>) {
        let _ = self.devices.send(DeviceMessage::ChooseInput(choice));
    }

    /// Chooses whether tempo and position follow the MIDI clock of the input.
    pub fn set_follow_clock(&self, follow: bool) {
        self.status.input.set_follows_clock(follow);
    }

    /// Chooses whether tempo and position follow JACK's transport; see [`super::HAS_JACK`]. A server that does not run is waited
    /// for.
    pub fn set_follow_transport(&self, follow: bool) {
        let _ = self.devices.send(DeviceMessage::FollowTransport(follow));
    }

    /// Whether a transport is followed.
    pub fn transport_state(&self) -> TransportState {
        self.status.transport.get()
    }

    /// Sets a callback for new messages of the input, which is called from any thread.
    pub fn set_waker(&self, waker: Arc<dyn Fn() + Send + Sync>) {
        self.status.input.set_waker(waker);
    }

    /// Messages of the input since the last call, oldest first, without those of the clock.
    pub fn take_input(&self) -> Vec<InputMessage> {
        self.status.input.take_messages()
    }

    /// State of the input.
    pub fn input_state(&self) -> InputState {
        self.status.input.state()
    }

    /// Names of the available MIDI inputs, at most about a second old.
    pub fn input_ports(&self) -> Vec<String> {
        self.status.input.ports()
    }

    /// Chooses the ports of OSC. One that is in use is waited for.
    pub fn set_osc(&self, settings: OscSettings) {
        let _ = self.devices.send(DeviceMessage::Osc(settings));
    }

    /// State of the ports of OSC.
    pub fn osc_state(&self) -> OscState {
        self.status.input.osc.get()
    }

    /// Sends the selection to other programs by OSC, now and when sending begins.
    pub fn send_selection(&self, selection: Option<OscSelection>) {
        self.status.osc.select(selection);
    }

    /// Tempo of the clock or transport that is followed, quarter notes per minute; `None` while there is none.
    pub fn followed_tempo(&self) -> Option<f64> {
        self.status.input.tempo()
    }

    /// Stops, and silences all sixteen channels of the output.
    pub fn panic(&self) {
        self.command(Command::Panic);
    }

    /// Returns a function that ends all sound for good, to be called from any thread when the program closes, also after the player
    /// was dropped. It works as [`Player::panic`], and cuts off the synth's reverberation.
    pub fn silence_fn(&self) -> impl Fn() + Send + Sync + use<> {
        let clock = self.clock.clone();
        let controls = Arc::clone(&self.controls);
        move || {
            controls.mute();
            // Fails once the player is dropped; then nothing sounds.
            clock.send(ClockMessage::Command(Command::Panic));
        }
    }

    /// Sounds A4 for half a second.
    pub fn test_note(&self) {
        self.command(Command::TestNote);
    }

    /// The playhead now.
    pub fn playhead(&self) -> Playhead {
        self.playhead.read(self.epoch.elapsed())
    }

    /// State of the output.
    pub fn output_state(&self) -> OutputState {
        self.status.state()
    }

    /// Names of the available MIDI ports, at most about a second old.
    pub fn ports(&self) -> Vec<String> {
        self.status.ports()
    }

    /// Id in the system of the open MIDI port; `None` while none is open, and for the virtual port.
    pub fn port_id(&self) -> Option<String> {
        self.status.port_id()
    }

    /// Number of messages that were sent to outputs since the player was started.
    pub fn sent_message_count(&self) -> u64 {
        self.sent_message_count.load(Ordering::Relaxed)
    }

    /// Notices about the output since the last call, oldest first, one sentence each.
    pub fn take_notices(&self) -> Vec<String> {
        self.status.take_notices()
    }

    fn command(&self, command: Command) {
        self.clock.send(ClockMessage::Command(command));
    }

    /// Holds an item for as long as the clock thread has it, and frees the items that it no longer has.
    fn hold_item(&self, item: Arc<dyn Any + Send + Sync>) {
        let mut sent_items = self
            .sent_items
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        sent_items.retain(|item| Arc::strong_count(item) > 1);
        if !sent_items.iter().any(|other| Arc::ptr_eq(other, &item)) {
            sent_items.push(item);
        }
    }
}

impl Drop for Player {
    fn drop(&mut self) {
        // The clock thread ends its notes and then tells the device thread to end.
        self.clock.send(ClockMessage::Quit);
        let deadline = Instant::now() + SHUTDOWN_TIMEOUT;
        for thread in self.threads.iter_mut().filter_map(Option::take) {
            while !thread.is_finished() && Instant::now() < deadline {
                std::thread::sleep(Duration::from_millis(2));
            }
            if thread.is_finished() && thread.join().is_err() {
                tracing::error!("a playback thread ended in a panic");
            }
        }
    }
}

fn spawn(
    name: &str,
    status: &SharedOutputState,
    run: impl FnOnce() + Send + 'static,
) -> Option<JoinHandle<()>> {
    std::thread::Builder::new()
        .name(name.to_owned())
        .spawn(run)
        .map_err(|error| {
            status.notice(format!("Playing is not possible because a thread could not be started ({error}): close other programs and start again."));
        })
        .ok()
}
