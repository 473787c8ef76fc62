//! The device thread: opens, watches and closes outputs, so that the clock never waits for one.

use std::{
    sync::{
        Arc,
        mpsc::{Receiver, RecvTimeoutError, Sender, TryRecvError},
    },
    time::{Duration, Instant},
};

use super::{
    board::Board,
    clock::ClockMessage,
    message::{Event, Message, Sink as _},
    midi_port::MidiDirectory,
    output::{Output, OutputChoice, OutputState},
    synth::{SynthControls, SynthStream},
};
use crate::panics::catch_panic;

/// How often the ports are listed and the output is looked after.
const ROUND: Duration = Duration::from_secs(1);
/// How often an absent sound device is tried again.
const RETRY_SOUND: Duration = Duration::from_secs(2);
/// Restarting a stream more often than this would not help it.
const RESTARTS_APART: Duration = Duration::from_secs(10);
/// How long an output stays open after its last note-off, so that JACK still fetches it and the synth fades out.
const GRACE: Duration = Duration::from_millis(150);

const NO_SOUND_DEVICE: &str = "No sound device was found. Choose a MIDI port, or connect one and pick the built-in synth again.";

/// What the device thread can be told.
#[derive(Debug)]
pub(super) enum DeviceMessage {
    /// The user chose an output.
    Want(OutputChoice),
    /// The clock no longer plays on this output.
    Retired(Output),
    /// The port that the clock played on refused an event.
    PortFailed {
        /// Number of the output, as the clock was given it.
        number: u64,
        /// Why, in words.
        reason: String,
    },
    /// The sound stream with this number stopped, and why.
    StreamFailed(u64, String),
    Quit,
}

/// An output that is closed a little later.
struct Retiree {
    due: Instant,
    /// Held only to be dropped when due.
    _output: Output,
    _stream: Option<SynthStream>,
}

/// The device thread's state.
pub(super) struct DeviceKeeper {
    epoch: Instant,
    inbox: Receiver<DeviceMessage>,
    /// Handed to sound streams, which report their end through it.
    myself: Sender<DeviceMessage>,
    clock: Sender<ClockMessage>,
    board: Arc<Board>,
    controls: Arc<SynthControls>,
    midi: MidiDirectory,
    wanted: OutputChoice,
    /// True while the clock plays on the wanted output.
    connected: bool,
    /// True after the wanted output was lost, until it is back: only then is its return news.
    lost: bool,
    message: Option<String>,
    /// Outputs given to the clock so far; numbers the newest.
    outputs: u64,
    stream: Option<SynthStream>,
    /// Frames per block the next stream asks for; grows where small blocks do not keep up.
    block_frames: u32,
    last_restart: Option<Instant>,
    next_attempt: Instant,
    retirees: Vec<Retiree>,
}

impl DeviceKeeper {
    pub fn new(
        epoch: Instant,
        inbox: Receiver<DeviceMessage>,
        myself: Sender<DeviceMessage>,
        clock: Sender<ClockMessage>,
        board: Arc<Board>,
        controls: Arc<SynthControls>,
        wanted: OutputChoice,
    ) -> Self {
        Self {
            epoch,
            inbox,
            myself,
            clock,
            board,
            controls,
            midi: MidiDirectory::default(),
            wanted,
            connected: false,
            lost: false,
            message: None,
            outputs: 0,
            stream: None,
            block_frames: SynthStream::SMALLEST_BLOCK,
            last_restart: None,
            next_attempt: epoch,
            retirees: Vec::new(),
        }
    }

    pub fn run(mut self) {
        quiet_alsa();
        let mut next_round = Instant::now();
        loop {
            if Instant::now() >= next_round {
                next_round = Instant::now() + ROUND;
                self.guarded(Self::look_after);
            }
            let wake = self
                .retirees
                .iter()
                .map(|retiree| retiree.due)
                .fold(next_round, Instant::min);
            match self
                .inbox
                .recv_timeout(wake.saturating_duration_since(Instant::now()))
            {
                Ok(DeviceMessage::Quit) | Err(RecvTimeoutError::Disconnected) => break,
                Ok(message) => {
                    let quit = self.guarded(|keeper| keeper.handle_with_followers(message));
                    if quit == Some(true) {
                        break;
                    }
                }
                Err(RecvTimeoutError::Timeout) => {}
            }
            let now = Instant::now();
            self.retirees.retain(|retiree| retiree.due > now);
        }
        self.close_retirees();
    }

    /// A driver that panics has failed like one that reports an error: the thread goes on.
    fn guarded<T>(&mut self, work: impl FnOnce(&mut Self) -> T) -> Option<T> {
        catch_panic(|| work(self))
            .inspect_err(|panic| {
                self.connected = false;
                self.board.notice(format!(
                    "The sound system stopped unexpectedly ({panic}); choose the output again if it stays silent."
                ));
            })
            .ok()
    }

    /// Handles a message and all that already wait behind it; of several choices only the last is opened. True to quit.
    fn handle_with_followers(&mut self, first: DeviceMessage) -> bool {
        let mut choice = None;
        let mut message = Ok(first);
        let quit = loop {
            match message {
                Ok(DeviceMessage::Want(wanted)) => choice = Some(wanted),
                Ok(DeviceMessage::Retired(output)) => self.retire(output),
                // A late failure says nothing of the output that came after it.
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
        if choice == self.wanted && self.connected {
            return;
        }
        self.wanted = choice;
        self.connected = false;
        self.lost = false;
        self.message = None;
        self.open();
        if !self.connected {
            self.tell_clock(Output::Silent);
        }
    }

    /// Once a second: what ports are there, is the output still alive, can the wanted one be had now?
    fn look_after(&mut self) {
        quiet_alsa();
        let ports = self.midi.names();
        if let OutputChoice::Port(name) = &self.wanted {
            let present = ports.contains(name);
            if self.connected && !present {
                self.lose("it was disconnected");
            } else if !self.connected {
                // Nothing to try before it is listed, except once to find the words for it.
                let due = present || self.message.is_none();
                self.next_attempt = Instant::now() + if due { Duration::ZERO } else { ROUND };
            }
        }
        self.board.set_ports(ports);
        let hasty = self.restarted_lately();
        let watched = self.connected && self.wanted == OutputChoice::Synth;
        if let Some(stream) = self.stream.as_mut().filter(|_| watched) {
            if stream.stalled() {
                self.restart_stream("it no longer asked for sound");
            } else if stream.overloaded()
                && stream.block_frames() < SynthStream::LARGEST_BLOCK
                && !hasty
            {
                self.restart_stream("the machine was too busy");
            }
        }
        if !self.connected && Instant::now() >= self.next_attempt {
            self.open();
        }
        self.publish();
    }

    /// Tries to open the wanted output and hands it to the clock.
    fn open(&mut self) {
        let opened = match self.wanted.clone() {
            OutputChoice::Silent => Ok(Output::Silent),
            OutputChoice::Port(name) => self.open_port(&name),
            OutputChoice::Synth => self.open_synth(),
        };
        match opened {
            Ok(output) => {
                self.connected = true;
                self.message = None;
                self.tell_clock(output);
                if std::mem::take(&mut self.lost) {
                    self.board.notice(match &self.wanted {
                        OutputChoice::Port(name) => format!("The MIDI port \"{name}\" is back."),
                        OutputChoice::Synth | OutputChoice::Silent => {
                            "The sound device is back.".to_owned()
                        }
                    });
                }
            }
            Err(message) => {
                self.next_attempt = Instant::now() + RETRY_SOUND;
                self.message = Some(message);
            }
        }
        self.publish();
    }

    fn open_port(&mut self, name: &str) -> Result<Output, String> {
        let mut output = Output::Port(self.midi.connect(name).map_err(|error| error.to_string())?);
        if self.lost {
            // Whatever sounded when the port went away still sounds.
            let _ = output.send(Event {
                at: self.epoch.elapsed(),
                message: Message::Panic,
            });
        }
        Ok(output)
    }

    fn open_synth(&mut self) -> Result<Output, String> {
        // Some devices can be opened only once: what is on its way out goes first.
        self.close_retirees();
        self.stream = None;
        let opened = SynthStream::open(self.epoch, self.block_frames, &self.controls, &self.myself);
        let (stream, queue) = opened.map_err(|error| {
            tracing::debug!("no sound: {error}");
            NO_SOUND_DEVICE.to_owned()
        })?;
        tracing::debug!("sound on {stream:?}");
        self.stream = Some(stream);
        Ok(Output::Synth(queue))
    }

    /// A stream broke off or does not keep up: a new one with larger blocks usually works. If there is none, or the last attempt
    /// was just now, the device is gone.
    fn restart_stream(&mut self, reason: &str) {
        tracing::debug!("the sound stream is opened again: {reason}");
        // Not kept for its fade: a dead stream repeats its error without end.
        self.stream = None;
        if self.wanted != OutputChoice::Synth {
            return;
        }
        let hasty = self.restarted_lately();
        self.last_restart = Some(Instant::now());
        self.block_frames = (self.block_frames * 2).min(SynthStream::LARGEST_BLOCK);
        let opened = if hasty { None } else { self.open_synth().ok() };
        match opened {
            Some(output) => self.tell_clock(output),
            None => self.lose(reason),
        }
    }

    fn restarted_lately(&self) -> bool {
        self.last_restart
            .is_some_and(|last| last.elapsed() < RESTARTS_APART)
    }

    /// The output is gone: play on silently and say so once.
    fn lose(&mut self, reason: &str) {
        if !self.connected {
            return;
        }
        self.connected = false;
        self.lost = true;
        self.next_attempt = Instant::now() + ROUND / 4;
        self.tell_clock(Output::Silent);
        let what = match &self.wanted {
            OutputChoice::Port(name) => format!("The MIDI port \"{name}\""),
            OutputChoice::Synth | OutputChoice::Silent => "The sound device".to_owned(),
        };
        let text = format!(
            "{what} went away ({reason}): playing goes on silently until it is back or you choose another output."
        );
        self.message = Some(text.clone());
        self.board.notice(text);
        self.publish();
    }

    fn retire(&mut self, output: Output) {
        let stream = match &output {
            Output::Synth(queue) => self
                .stream
                .take_if(|stream| stream.number() == queue.stream_number()),
            _ => None,
        };
        if let Some(stream) = &stream {
            stream.fade_out();
        }
        self.retirees.push(Retiree {
            due: Instant::now() + GRACE,
            _output: output,
            _stream: stream,
        });
    }

    fn close_retirees(&mut self) {
        if let Some(due) = self.retirees.iter().map(|retiree| retiree.due).max() {
            std::thread::sleep(due.saturating_duration_since(Instant::now()));
        }
        self.retirees.clear();
    }

    fn tell_clock(&mut self, output: Output) {
        self.outputs += 1;
        let number = self.outputs;
        let _ = self.clock.send(ClockMessage::Connect { output, number });
    }

    fn publish(&self) {
        self.board.set_state(OutputState {
            wanted: self.wanted.clone(),
            connected: self.connected,
            message: self.message.clone(),
        });
    }
}

/// Keeps ALSA from writing to the terminal on this thread each time a device or the sequencer is missing.
fn quiet_alsa() {
    #[cfg(target_os = "linux")]
    if let Err(error) = alsa::Output::local_error_handler() {
        tracing::debug!("ALSA's messages go to the terminal: {error}");
    }
}
