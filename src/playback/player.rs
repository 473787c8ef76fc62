//! The player: what the rest of the program sees of this module.

use std::{
    sync::{
        Arc,
        mpsc::{Sender, channel},
    },
    thread::JoinHandle,
    time::{Duration, Instant},
};

use super::{
    board::Board,
    clock::{Clock, ClockMessage},
    devices::{DeviceKeeper, DeviceMessage},
    output::{OutputChoice, OutputState},
    playhead::{Playhead, PlayheadCell},
    sequencer::{Command, Entry},
    synth::{Instrument, SynthControls},
};
use crate::melody::Melody;

/// Volume of the synth until another is set.
pub const DEFAULT_VOLUME: f32 = 0.8;

/// How long leaving waits for a sound system that does not answer.
const PATIENCE: Duration = Duration::from_secs(2);
/// Plays melodies on a clock of its own.
///
/// No method blocks: commands go to the clock thread, and what is read was written there before. Dropping the player ends
/// every note and waits for its threads.
#[derive(Debug)]
pub struct Player {
    epoch: Instant,
    clock: Sender<ClockMessage>,
    devices: Sender<DeviceMessage>,
    playhead: Arc<PlayheadCell>,
    board: Arc<Board>,
    controls: Arc<SynthControls>,
    threads: [Option<JoinHandle<()>>; 2],
}

impl Player {
    /// A player on the built-in synth. Returns at once; the sound device is opened behind it.
    pub fn start() -> Self {
        Self::start_with(OutputChoice::default())
    }

    /// A player on the given output. Returns at once; the output is opened behind it.
    pub fn start_with(output: OutputChoice) -> Self {
        let epoch = Instant::now();
        let (clock, clock_inbox) = channel();
        let (devices, device_inbox) = channel();
        let playhead = Arc::new(PlayheadCell::default());
        let board = Arc::new(Board::default());
        let controls = Arc::new(SynthControls::new(DEFAULT_VOLUME));
        board.set_state(OutputState {
            wanted: output.clone(),
            ..OutputState::default()
        });

        let keeper = DeviceKeeper::new(
            epoch,
            device_inbox,
            devices.clone(),
            clock.clone(),
            Arc::clone(&board),
            Arc::clone(&controls),
            output,
        );
        let ticking = Clock {
            epoch,
            inbox: clock_inbox,
            devices: devices.clone(),
            playhead: Arc::clone(&playhead),
        };
        let threads = [
            spawn("tunescape-clock", &board, move || ticking.run()),
            spawn("tunescape-devices", &board, move || keeper.run()),
        ];
        Self {
            epoch,
            clock,
            devices,
            playhead,
            board,
            controls,
            threads,
        }
    }

    /// Plays a melody: at once from its first step when nothing plays, else from the next 16th on, where a loop keeps its
    /// position. `tag` comes back in the [`Playhead`].
    pub fn play(&self, melody: Arc<Melody>, tag: u64) {
        self.command(Command::Play { melody, tag });
    }

    /// Plays a long melody from somewhere inside it: from `entry.from` when nothing plays, else from the next 16th on,
    /// where a loop keeps its position as [`Entry`] says.
    pub fn play_from(&self, melody: Arc<Melody>, tag: u64, entry: Entry) {
        self.command(Command::PlayFrom { melody, tag, entry });
    }

    /// Stops, and ends every note.
    pub fn stop(&self) {
        self.command(Command::Stop);
    }

    /// Stops at the next bar line, unless something is asked to play before.
    pub fn finish_bar(&self) {
        self.command(Command::FinishBar);
    }

    /// Sets the tempo in quarter notes per minute, brought into 20..=300. The position stays.
    pub fn set_tempo(&self, bpm: f64) {
        self.command(Command::Tempo(bpm));
    }

    /// Chooses whether a melody begins again at its end.
    pub fn set_looping(&self, looping: bool) {
        self.command(Command::Looping(looping));
    }

    /// Sets the volume of the built-in synth, `0.0..=1.0`. A MIDI instrument keeps its own.
    pub fn set_volume(&self, volume: f32) {
        self.controls.set_volume(volume);
    }

    /// Chooses the synth's sound, from the next note on.
    pub fn set_instrument(&self, instrument: Instrument) {
        self.controls.set_instrument(instrument);
    }

    /// Chooses where notes go. The music goes on; sounding notes end where they began.
    pub fn set_output(&self, choice: OutputChoice) {
        // A failed send means that the thread could not be started; a notice has said so.
        let _ = self.devices.send(DeviceMessage::Want(choice));
    }

    /// Stops and silences everything that the output may have sounding, on all sixteen channels.
    pub fn panic(&self) {
        self.command(Command::Panic);
    }

    /// Does what [`Player::panic`] does, from any thread and also after the player was dropped.
    pub fn silencer(&self) -> impl Fn() + Send + Sync + use<> {
        let clock = self.clock.clone();
        move || {
            // Once the player is dropped, nothing sounds.
            let _ = clock.send(ClockMessage::Command(Command::Panic));
        }
    }

    /// Sounds A4 for half a second.
    pub fn test_note(&self) {
        self.command(Command::TestNote);
    }

    /// Where playing is at this moment.
    pub fn playhead(&self) -> Playhead {
        self.playhead.read(self.epoch.elapsed())
    }

    /// How the output is doing.
    pub fn output_state(&self) -> OutputState {
        self.board.state()
    }

    /// Names of the MIDI ports there are, at most about a second old.
    pub fn ports(&self) -> Vec<String> {
        self.board.ports()
    }

    /// What happened to the output since the last call, oldest first, one sentence each.
    pub fn take_notices(&self) -> Vec<String> {
        self.board.take_notices()
    }

    fn command(&self, command: Command) {
        let _ = self.clock.send(ClockMessage::Command(command));
    }
}

impl Drop for Player {
    fn drop(&mut self) {
        // The clock ends its notes first and then sends the device thread home.
        let _ = self.clock.send(ClockMessage::Quit);
        let patience = Instant::now() + PATIENCE;
        for thread in self.threads.iter_mut().filter_map(Option::take) {
            // A sound system that hangs while it is opened must not keep the program from closing.
            while !thread.is_finished() && Instant::now() < patience {
                std::thread::sleep(Duration::from_millis(2));
            }
            if thread.is_finished() && thread.join().is_err() {
                tracing::error!("a playback thread ended in a panic");
            }
        }
    }
}

fn spawn(name: &str, board: &Board, run: impl FnOnce() + Send + 'static) -> Option<JoinHandle<()>> {
    std::thread::Builder::new()
        .name(name.to_owned())
        .spawn(run)
        .map_err(|error| {
            board.notice(format!("Playing is not possible because a thread could not be started ({error}): close other programs and start again."));
        })
        .ok()
}
