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
    midi_server::MidiServer,
    open_schedule::OpenSchedule,
    osc_ports::OscPorts,
    output::{Output, OutputChoice, OutputState},
    port_directory::MidiPortError,
    status::SharedOutputState,
    synth::{
        controls::SynthControls,
        sound_device::sound_devices,
        stream::{FailureReporter, StreamLinks},
    },
    synth_output::{RestartReason, SynthOutput},
    thread_messages::{ClockMessage, ClockSender, DeviceMessage},
    transport_link::TransportLink,
};
use crate::panics::catch_panic;

/// Time between two checks of the ports and the output.
const POLL_INTERVAL: Duration = Duration::from_secs(1);

/// The device thread.
pub(super) struct DeviceThread {
    epoch: Instant,
    inbox: Receiver<DeviceMessage>,
    clock: ClockSender,
    status: Arc<SharedOutputState>,
    midi: MidiOutputs,
    server: MidiServer,
    /// Whether MIDI clients may be opened.
    has_midi: bool,
    input: WatchedInput<SystemInputs>,
    osc: OscPorts,
    transport: TransportLink,
    /// Channel, program and bank of MIDI ports.
    patch: MidiPatch,
    choice: OutputChoice,
    /// Id of the port that the clock thread plays on.
    port_id: Option<String>,
    /// True while the clock thread plays on the chosen output.
    connected: bool,
    /// True after the chosen output was lost, until it is back.
    was_lost: bool,
    /// The problem of the output, as [`OutputState::message`] has it.
    message: Option<String>,
    /// Number of the last output that was sent to the clock thread.
    output_number: u64,
    synth: SynthOutput,
    schedule: OpenSchedule,
    closing: ClosingOutputs,
}

impl DeviceThread {
    pub fn new(
        epoch: Instant,
        inbox: Receiver<DeviceMessage>,
        sender: Sender<DeviceMessage>,
        clock: ClockSender,
        status: Arc<SharedOutputState>,
        controls: Arc<SynthControls>,
        choice: OutputChoice,
    ) -> Self {
        let input = watched_input(epoch, &clock, &status);
        let on_failure: FailureReporter = Arc::new(move |number, reason| {
            let _ = sender.send(DeviceMessage::StreamFailed(number, reason));
        });
        let synth = SynthOutput::new(StreamLinks {
            epoch,
            controls,
            priority: Arc::clone(&status.sound_priority),
            on_failure,
        });
        let transport = TransportLink::new(epoch, clock.clone(), Arc::clone(&status.transport));
        Self {
            epoch,
            inbox,
            clock,
            osc: OscPorts::new(Arc::clone(&status)),
            status,
            midi: MidiOutputs::default(),
            server: MidiServer::default(),
            has_midi: false,
            input,
            transport,
            patch: MidiPatch::default(),
            choice,
            port_id: None,
            connected: false,
            was_lost: false,
            message: None,
            output_number: 0,
            synth,
            schedule: OpenSchedule::new(epoch),
            closing: ClosingOutputs::default(),
        }
    }

    pub fn run(mut self) {
        silence_alsa_errors();
        let mut next_poll = Instant::now();
        loop {
            if Instant::now() >= next_poll {
                next_poll = Instant::now() + POLL_INTERVAL;
                self.run_catching_panics(Self::poll);
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
                    let quit =
                        self.run_catching_panics(|thread| thread.handle_with_queued(message));
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
    fn run_catching_panics<T>(&mut self, work: impl FnOnce(&mut Self) -> T) -> Option<T> {
        catch_panic(|| work(self))
            .inspect_err(|panic| {
                self.connected = false;
                self.status.notice(format!(
                    "The sound system stopped unexpectedly ({panic}); choose the output again if it stays silent."
                ));
            })
            .ok()
    }

    /// Handles a message and all queued ones; of several chosen outputs only the last is opened. Returns true to quit.
    fn handle_with_queued(&mut self, first: DeviceMessage) -> bool {
        let mut choice = None;
        let mut message = Ok(first);
        let quit = loop {
            match message {
                Ok(DeviceMessage::ChooseOutput(chosen)) => choice = Some(chosen),
                Ok(DeviceMessage::Patch(patch)) => self.set_patch(patch),
                Ok(DeviceMessage::RememberPort { name, id }) => self.midi.remember(&name, &id),
                Ok(DeviceMessage::SoundDevice(settings)) => {
                    if self.synth.set_device(settings) && self.choice == OutputChoice::Synth {
                        self.choose(OutputChoice::Synth);
                    }
                }
                Ok(DeviceMessage::ListSoundDevices) => {
                    self.status.set_sound_devices(sound_devices());
                }
                Ok(DeviceMessage::SoundFont(font)) => {
                    if let Err(notice) = self.synth.set_sound_font(font) {
                        self.status.notice(notice);
                    }
                }
                Ok(DeviceMessage::ChooseInput(choice)) => {
                    self.input.choose(choice, self.has_midi);
                }
                Ok(DeviceMessage::Osc(settings)) => self.osc.choose(settings),
                Ok(DeviceMessage::ClockLost(tempo)) => self.status.notice(format!(
                    "The MIDI clock stopped: the loop goes on at {tempo:.1} bpm, and follows it again when it is back."
                )),
                Ok(DeviceMessage::FollowTransport(follows)) => {
                    self.transport.follow(follows, self.has_midi);
                }
                Ok(DeviceMessage::TransportClosed(transport)) => drop(transport),
                Ok(DeviceMessage::TransportLost(transport)) => {
                    drop(transport);
                    self.transport.mark_lost();
                    self.status.notice(
                        "The JACK transport is gone: the loop goes on, and follows it again when it is back.".to_owned(),
                    );
                }
                Ok(DeviceMessage::Disconnected(output)) => self.close_later(output),
                // A late failure of an earlier output is ignored.
                Ok(DeviceMessage::PortFailed { number, reason }) => {
                    if number == self.output_number {
                        self.handle_loss(&reason);
                    }
                }
                Ok(DeviceMessage::StreamFailed(number, reason)) => {
                    if self.synth.is_stream(number) {
                        self.restart_stream(&RestartReason::Failed(reason));
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
        // The synth is opened again, as the system's default device may have changed.
        if choice == self.choice && self.connected && choice != OutputChoice::Synth {
            return;
        }
        self.choice = choice;
        self.connected = false;
        self.was_lost = false;
        self.message = None;
        self.open();
        if !self.connected {
            self.connect_clock(Output::Silent);
        }
    }

    fn set_patch(&mut self, patch: MidiPatch) {
        self.patch = patch;
        self.clock.send_blocking(ClockMessage::Patch(patch));
    }

    /// Lists the ports, checks the output, and tries to open a missing one. Called once a second.
    fn poll(&mut self) {
        silence_alsa_errors();
        let ports = self.midi_ports();
        if let OutputChoice::Port(name) = &self.choice {
            let present = ports.contains(name);
            // A port that was plugged in again between two polls has another id.
            let is_same_port = self.midi.id_of(name) == self.port_id.as_deref();
            if self.connected && !(present && is_same_port) {
                self.handle_loss("it was disconnected");
            } else if !self.connected {
                let has_no_message = self.message.is_none();
                self.schedule
                    .note_listing(Instant::now(), present, has_no_message);
            }
        }
        self.status.set_ports(ports);
        if let Some(notice) = self.input.poll(self.has_midi) {
            self.status.notice(notice);
        }
        self.osc.poll();
        if self.has_midi {
            self.transport.poll();
        }
        if self.connected
            && self.choice == OutputChoice::Synth
            && let Some(reason) = self.synth.reason_to_restart()
        {
            self.restart_stream(&reason);
        }
        if !self.connected && self.schedule.is_due(Instant::now()) {
            self.open();
        }
        self.status.retry_priorities();
        let refused_count = self.clock.take_refused_count();
        if refused_count > 0 {
            self.status.notice(format!(
                "The clock did not answer for a while, and {refused_count} commands were not carried out: stop and play again."
            ));
        }
        self.publish();
    }

    /// Tries to open the chosen output and connects the clock thread to it.
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
                if std::mem::take(&mut self.was_lost) {
                    self.status.notice(match &self.choice {
                        OutputChoice::Port(name) => format!("The MIDI port \"{name}\" is back."),
                        OutputChoice::Synth | OutputChoice::Silent => {
                            "The sound device is back.".to_owned()
                        }
                    });
                }
            }
            Err(message) => {
                self.schedule.note_failure(Instant::now());
                self.message = Some(message);
                self.publish();
            }
        }
    }

    /// Names of the MIDI outputs. Without a running server there are none, and the clients that listing opened are closed.
    fn midi_ports(&mut self) -> Vec<String> {
        self.has_midi = self.server.is_running();
        if self.has_midi {
            return self.midi.names();
        }
        self.midi.close();
        Vec::new()
    }

    fn open_port(&mut self, name: &str) -> Result<Output, String> {
        if !self.has_midi {
            return Err(MidiPortError::Absent(name.to_owned()).to_string());
        }
        let opened = self.midi.open(name, self.patch);
        let mut output = Output::Port(Box::new(opened.map_err(|error| error.to_string())?));
        if self.was_lost {
            // Notes that sounded when the port was lost may still sound.
            let _ = output.send(Event {
                time: self.epoch.elapsed(),
                message: Message::Panic,
            });
            output.finish_panic(self.epoch);
        }
        self.port_id = self.midi.id_of(name).map(str::to_owned);
        Ok(output)
    }

    fn open_synth(&mut self) -> Result<Output, String> {
        // Some devices can be opened only once.
        self.closing.close_all();
        let (queue, font) = self.synth.open()?;
        if let Err(notice) = font {
            self.status.notice(notice);
        }
        Ok(Output::Synth(queue))
    }

    /// Restarts a stream that failed or is too slow. If that fails, or another restart was just before, the device counts as lost.
    fn restart_stream(&mut self, reason: &RestartReason) {
        tracing::debug!("the sound stream is opened again: {reason}");
        if matches!(reason, RestartReason::Overloaded) {
            // Opening takes long on a busy machine: the old stream plays meanwhile, if the device allows two.
            if let Ok((queue, _)) = self.synth.open_larger() {
                self.connect_clock(Output::Synth(queue));
                return;
            }
        }
        let may_restart = self.synth.end_stream() || matches!(reason, RestartReason::Overloaded);
        if self.choice != OutputChoice::Synth {
            return;
        }
        let opened = may_restart.then(|| self.open_synth().ok()).flatten();
        match opened {
            Some(output) => self.connect_clock(output),
            None => self.handle_loss(&reason.to_string()),
        }
    }

    /// Handles the loss of the output: playing goes on silently, and the user is notified once.
    fn handle_loss(&mut self, reason: &str) {
        if !self.connected {
            return;
        }
        self.connected = false;
        self.was_lost = true;
        self.schedule.note_loss(Instant::now());
        self.connect_clock(Output::Silent);
        let output_name = match &self.choice {
            OutputChoice::Port(name) => format!("The MIDI port \"{name}\""),
            OutputChoice::Synth | OutputChoice::Silent => "The sound device".to_owned(),
        };
        let text = format!(
            "{output_name} stopped working ({reason}): playing goes on silently until it is back or you choose another output."
        );
        self.message = Some(text.clone());
        self.publish();
        self.status.notice(text);
    }

    fn close_later(&mut self, mut output: Output) {
        output.finish_panic(self.epoch);
        let stream = match &output {
            Output::Synth(queue) => self.synth.take_stream(queue.stream_number()),
            _ => None,
        };
        if let Some(stream) = &stream {
            stream.fade_out();
        }
        self.closing.add(output, stream);
    }

    fn connect_clock(&mut self, output: Output) {
        self.output_number += 1;
        let number = self.output_number;
        self.clock
            .send_blocking(ClockMessage::Connect { output, number });
    }

    fn publish(&self) {
        let is_port = self.connected && matches!(self.choice, OutputChoice::Port(_));
        self.status
            .set_port_id(self.port_id.clone().filter(|_| is_port));
        self.status.set_state(OutputState {
            choice: self.choice.clone(),
            connected: self.connected,
            message: self.message.clone(),
            latency: self.synth.latency().filter(|_| self.connected),
            enlarged_block: self.synth.enlarged_block().filter(|_| self.connected),
            priorities: self.status.priorities(),
        });
    }
}
