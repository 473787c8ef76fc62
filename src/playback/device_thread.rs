//! The device thread: opens, watches and closes outputs, so that the clock thread never waits for a device.

use std::{
    sync::{
        Arc,
        mpsc::{Receiver, RecvTimeoutError, Sender, TryRecvError},
    },
    time::{Duration, Instant},
};

use super::{
    alsa_errors::silence_alsa_errors,
    closing_outputs::ClosingOutputs,
    input::{SystemInputs, WatchedInput},
    input_routes::watched_input,
    message::{Event, Message, Sink as _},
    midi_patch::MidiPatch,
    midi_port::MidiOutputs,
    output::{Output, OutputChoice, OutputState},
    status::OutputStatus,
    synth::{
        SoundDeviceSettings, SoundFontFile,
        controls::SynthControls,
        sound_device::sound_devices,
        stream::{FailureReporter, SynthStream},
    },
    thread_messages::{ClockMessage, DeviceMessage},
};
use crate::panics::catch_panic;

/// Time between two checks of the ports and the output.
const POLL_INTERVAL: Duration = Duration::from_secs(1);
/// Time between two attempts to open an output.
const RETRY_INTERVAL: Duration = Duration::from_secs(2);
/// Minimum time between two restarts of a stream.
const MIN_RESTART_INTERVAL: Duration = Duration::from_secs(10);

const NO_SOUND_DEVICE: &str = "No sound device was found. Choose a MIDI port, or connect one and pick the built-in synth again.";

/// The device thread.
pub(super) struct DeviceThread {
    epoch: Instant,
    inbox: Receiver<DeviceMessage>,
    /// For the sound streams, to report their failure.
    sender: Sender<DeviceMessage>,
    clock: Sender<ClockMessage>,
    status: Arc<OutputStatus>,
    controls: Arc<SynthControls>,
    midi: MidiOutputs,
    input: WatchedInput<SystemInputs>,
    /// Channel, program and bank of MIDI ports.
    patch: MidiPatch,
    choice: OutputChoice,
    /// Id of the port that the clock plays on.
    port_id: Option<String>,
    /// True while the clock plays on the chosen output.
    connected: bool,
    /// True after the chosen output was lost, until it is back.
    lost: bool,
    message: Option<String>,
    /// Number of the last output sent to the clock.
    outputs: u64,
    stream: Option<SynthStream>,
    sound_device: SoundDeviceSettings,
    /// Given to each new stream.
    font: Option<SoundFontFile>,
    /// Frames per block of the next stream; larger after underruns.
    block_frames: u32,
    last_restart: Option<Instant>,
    next_attempt: Instant,
    closing: ClosingOutputs,
}

impl DeviceThread {
    pub fn new(
        epoch: Instant,
        inbox: Receiver<DeviceMessage>,
        sender: Sender<DeviceMessage>,
        clock: Sender<ClockMessage>,
        status: Arc<OutputStatus>,
        controls: Arc<SynthControls>,
        choice: OutputChoice,
    ) -> Self {
        let input = watched_input(epoch, &clock, &status);
        Self {
            epoch,
            inbox,
            sender,
            clock,
            status,
            controls,
            midi: MidiOutputs::default(),
            input,
            patch: MidiPatch::default(),
            choice,
            port_id: None,
            connected: false,
            lost: false,
            message: None,
            outputs: 0,
            stream: None,
            sound_device: SoundDeviceSettings::default(),
            font: None,
            block_frames: SynthStream::MIN_BLOCK,
            last_restart: None,
            next_attempt: epoch,
            closing: ClosingOutputs::default(),
        }
    }

    pub fn run(mut self) {
        silence_alsa_errors();
        let mut next_poll = Instant::now();
        loop {
            if Instant::now() >= next_poll {
                next_poll = Instant::now() + POLL_INTERVAL;
                self.guarded(Self::poll);
            }
            let wake = self
                .closing
                .first_due()
                .map_or(next_poll, |due| due.min(next_poll));
            match self
                .inbox
                .recv_timeout(wake.saturating_duration_since(Instant::now()))
            {
                Ok(DeviceMessage::Quit) | Err(RecvTimeoutError::Disconnected) => break,
                Ok(message) => {
                    let quit = self.guarded(|thread| thread.handle_with_queued(message));
                    if quit == Some(true) {
                        break;
                    }
                }
                Err(RecvTimeoutError::Timeout) => {}
            }
            self.closing.close_due();
        }
        self.closing.close_all();
    }

    /// Runs `work`. After a panic, for example in a driver, the output counts as lost and the thread goes on.
    fn guarded<T>(&mut self, work: impl FnOnce(&mut Self) -> T) -> Option<T> {
        catch_panic(|| work(self))
            .inspect_err(|panic| {
                self.connected = false;
                self.status.notice(format!(
                    "The sound system stopped unexpectedly ({panic}); choose the output again if it stays silent."
                ));
            })
            .ok()
    }

    /// Handles a message and all queued ones; of several choices only the last is opened. True to quit.
    fn handle_with_queued(&mut self, first: DeviceMessage) -> bool {
        let mut choice = None;
        let mut message = Ok(first);
        let quit = loop {
            match message {
                Ok(DeviceMessage::Choose(chosen)) => choice = Some(chosen),
                Ok(DeviceMessage::Patch(patch)) => self.set_patch(patch),
                Ok(DeviceMessage::Remember { name, id }) => self.midi.remember(&name, &id),
                Ok(DeviceMessage::SoundDevice(settings)) => self.set_sound_device(settings),
                Ok(DeviceMessage::ListSoundDevices) => {
                    self.status.set_sound_devices(sound_devices());
                }
                Ok(DeviceMessage::SoundFont(font)) => {
                    self.font = Some(font);
                    self.send_font();
                }
                Ok(DeviceMessage::ChooseInput(choice)) => self.input.choose(choice),
                Ok(DeviceMessage::ClockLost(tempo)) => self.status.notice(format!(
                    "The MIDI clock stopped: the loop goes on at {tempo:.1} bpm, and follows it again when it is back."
                )),
                Ok(DeviceMessage::Disconnected(output)) => self.close_later(output),
                // A late failure of an earlier output is ignored.
                Ok(DeviceMessage::PortFailed { number, reason }) => {
                    if number == self.outputs {
                        self.lose(&reason);
                    }
                }
                Ok(DeviceMessage::StreamFailed(number, reason)) => {
                    if self
                        .stream
                        .as_ref()
                        .is_some_and(|stream| stream.number() == number)
                    {
                        self.restart_stream(&reason);
                    }
                }
                Ok(DeviceMessage::Quit) | Err(TryRecvError::Disconnected) => break true,
                Err(TryRecvError::Empty) => break false,
            }
            message = self.inbox.try_recv();
        };
        if let (Some(choice), false) = (choice, quit) {
            self.choose(choice);
        }
        quit
    }

    fn choose(&mut self, choice: OutputChoice) {
        // The synth is opened again, as the system's default device may be another one now.
        if choice == self.choice && self.connected && choice != OutputChoice::Synth {
            return;
        }
        self.choice = choice;
        self.connected = false;
        self.lost = false;
        self.message = None;
        self.open();
        if !self.connected {
            self.connect_clock(Output::Silent);
        }
    }

    fn set_patch(&mut self, patch: MidiPatch) {
        self.patch = patch;
        let _ = self.clock.send(ClockMessage::Patch(patch));
    }

    fn set_sound_device(&mut self, settings: SoundDeviceSettings) {
        if settings == self.sound_device {
            return;
        }
        self.block_frames = settings.block_frames.unwrap_or(SynthStream::MIN_BLOCK);
        self.sound_device = settings;
        if self.choice == OutputChoice::Synth {
            self.choose(OutputChoice::Synth);
        }
    }

    /// Lists the ports, checks the output, and tries to open a missing one. Called once a second.
    fn poll(&mut self) {
        silence_alsa_errors();
        let ports = self.midi.names();
        if let OutputChoice::Port(name) = &self.choice {
            let present = ports.contains(name);
            // A port that was plugged in again between two polls has another id.
            let same = self.midi.id_of(name) == self.port_id.as_deref();
            if self.connected && !(present && same) {
                self.lose("it was disconnected");
            } else if !self.connected {
                // Nothing to try before it is listed, except once for the error message.
                let due = present || self.message.is_none();
                self.next_attempt =
                    Instant::now() + if due { Duration::ZERO } else { POLL_INTERVAL };
            }
        }
        self.status.set_ports(ports);
        if let Some(notice) = self.input.poll() {
            self.status.notice(notice);
        }
        let too_soon = self.restarted_recently();
        let is_synth = self.connected && self.choice == OutputChoice::Synth;
        if let Some(stream) = self.stream.as_mut().filter(|_| is_synth) {
            stream.drop_replaced_fonts();
            if stream.stalled() {
                self.restart_stream("it no longer requested sound");
            } else if stream.overloaded()
                && stream.block_frames() < SynthStream::MAX_BLOCK
                && !too_soon
            {
                self.restart_stream("the machine was too busy");
            }
        }
        if !self.connected && Instant::now() >= self.next_attempt {
            self.open();
        }
        self.publish();
    }

    /// Tries to open the chosen output and connects the clock to it.
    fn open(&mut self) {
        let opened = match self.choice.clone() {
            OutputChoice::Silent => Ok(Output::Silent),
            OutputChoice::Port(name) => self.open_port(&name),
            OutputChoice::Synth => self.open_synth(),
        };
        match opened {
            Ok(output) => {
                self.connected = true;
                self.message = None;
                self.connect_clock(output);
                self.publish();
                if std::mem::take(&mut self.lost) {
                    self.status.notice(match &self.choice {
                        OutputChoice::Port(name) => format!("The MIDI port \"{name}\" is back."),
                        OutputChoice::Synth | OutputChoice::Silent => {
                            "The sound device is back.".to_owned()
                        }
                    });
                }
            }
            Err(message) => {
                self.next_attempt = Instant::now() + RETRY_INTERVAL;
                self.message = Some(message);
                self.publish();
            }
        }
    }

    fn open_port(&mut self, name: &str) -> Result<Output, String> {
        let opened = self.midi.open(name, self.patch);
        let mut output = Output::Port(Box::new(opened.map_err(|error| error.to_string())?));
        if self.lost {
            // Notes that sounded when the port was lost may still sound.
            let _ = output.send(Event {
                at: self.epoch.elapsed(),
                message: Message::Panic,
            });
            output.finish(self.epoch);
        }
        self.port_id = self.midi.id_of(name).map(str::to_owned);
        Ok(output)
    }

    fn open_synth(&mut self) -> Result<Output, String> {
        // Some devices can be opened only once.
        self.closing.close_all();
        self.stream = None;
        let sender = self.sender.clone();
        let on_failure: FailureReporter = Arc::new(move |number, reason| {
            let _ = sender.send(DeviceMessage::StreamFailed(number, reason));
        });
        let opened = SynthStream::open(
            self.epoch,
            &self.sound_device,
            self.block_frames,
            &self.controls,
            &on_failure,
        );
        let (stream, queue) = opened.map_err(|error| {
            tracing::debug!("no sound: {error}");
            NO_SOUND_DEVICE.to_owned()
        })?;
        tracing::debug!("sound on {stream:?}");
        self.stream = Some(stream);
        self.send_font();
        Ok(Output::Synth(queue))
    }

    /// Gives the stream the font, if there are both.
    fn send_font(&mut self) {
        if let (Some(stream), Some(font)) = (&mut self.stream, &self.font)
            && !stream.set_font(font)
        {
            self.status.notice(format!(
                "The SoundFont {} cannot be played on this sound device: the built-in electric piano sounds instead.",
                font.path().display()
            ));
        }
    }

    /// Restarts a stream that failed or is too slow, with larger blocks. If that fails, or the last restart was just before, the
    /// device is lost.
    fn restart_stream(&mut self, reason: &str) {
        tracing::debug!("the sound stream is opened again: {reason}");
        // Dropped at once, without a fade: a failed stream repeats its error.
        self.stream = None;
        if self.choice != OutputChoice::Synth {
            return;
        }
        let too_soon = self.restarted_recently();
        self.last_restart = Some(Instant::now());
        self.block_frames = (self.block_frames * 2).min(SynthStream::MAX_BLOCK);
        let opened = if too_soon {
            None
        } else {
            self.open_synth().ok()
        };
        match opened {
            Some(output) => self.connect_clock(output),
            None => self.lose(reason),
        }
    }

    fn restarted_recently(&self) -> bool {
        self.last_restart
            .is_some_and(|last| last.elapsed() < MIN_RESTART_INTERVAL)
    }

    /// The output is lost: plays on silently, and notifies the user once.
    fn lose(&mut self, reason: &str) {
        if !self.connected {
            return;
        }
        self.connected = false;
        self.lost = true;
        self.next_attempt = Instant::now() + POLL_INTERVAL / 4;
        self.connect_clock(Output::Silent);
        let what = match &self.choice {
            OutputChoice::Port(name) => format!("The MIDI port \"{name}\""),
            OutputChoice::Synth | OutputChoice::Silent => "The sound device".to_owned(),
        };
        let text = format!(
            "{what} stopped working ({reason}): playing goes on silently until it is back or you choose another output."
        );
        self.message = Some(text.clone());
        self.publish();
        self.status.notice(text);
    }

    fn close_later(&mut self, mut output: Output) {
        output.finish(self.epoch);
        let stream = match &output {
            Output::Synth(queue) => self
                .stream
                .take_if(|stream| stream.number() == queue.stream_number()),
            _ => None,
        };
        if let Some(stream) = &stream {
            stream.fade_out();
        }
        self.closing.add(output, stream);
    }

    fn connect_clock(&mut self, output: Output) {
        self.outputs += 1;
        let number = self.outputs;
        let _ = self.clock.send(ClockMessage::Connect { output, number });
    }

    fn publish(&self) {
        let is_port = self.connected && matches!(self.choice, OutputChoice::Port(_));
        self.status
            .set_port_id(self.port_id.clone().filter(|_| is_port));
        self.status.set_state(OutputState {
            choice: self.choice.clone(),
            connected: self.connected,
            message: self.message.clone(),
            latency: self
                .stream
                .as_ref()
                .filter(|_| self.connected)
                .map(SynthStream::latency),
        });
    }
}
