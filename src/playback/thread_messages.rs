//! Messages to the clock thread and the device thread.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::Relaxed},
        mpsc::{Receiver, SyncSender, TrySendError, sync_channel},
    },
    time::Duration,
};

use super::{
    input::{ClockSignal, OscSettings},
    midi_patch::MidiPatch,
    output::{Output, OutputChoice},
    sequencer::Command,
    synth::{SoundDeviceSettings, SoundFontFile},
    transport::Transport,
};

/// Capacity of the queue to the clock thread. It handles a message in some microseconds, so that the queue is full only if
/// the thread hangs.
const QUEUE_CAPACITY: usize = 1_024;

/// Creates a bounded channel to the clock thread; all its memory is allocated here.
pub(super) fn clock_channel() -> (ClockSender, Receiver<ClockMessage>) {
    let (sender, inbox) = sync_channel(QUEUE_CAPACITY);
    let refused_count = Arc::default();
    let sender = ClockSender {
        sender,
        refused_count,
    };
    (sender, inbox)
}

/// The sending end of the channel to the clock thread.
#[derive(Clone, Debug)]
pub(super) struct ClockSender {
    sender: SyncSender<ClockMessage>,
    /// Number of messages since the last report for which there was no space.
    refused_count: Arc<AtomicU64>,
}

impl ClockSender {
    /// Sends without waiting. A message for which there is no space is counted.
    pub fn send(&self, message: ClockMessage) {
        // A disconnected channel is ignored: the player is being dropped, or the thread could not be started, which was reported.
        if let Err(TrySendError::Full(_)) = self.sender.try_send(message) {
            self.refused_count.fetch_add(1, Relaxed);
        }
    }

    /// Sends, and waits for space. For the device thread.
    pub fn send_blocking(&self, message: ClockMessage) {
        let _ = self.sender.send(message);
    }

    /// Number of messages that were refused since the last call.
    pub fn take_refused_count(&self) -> u64 {
        self.refused_count.swap(0, Relaxed)
    }
}

/// A message to the clock thread.
#[derive(Debug)]
pub(super) enum ClockMessage {
    Command(Command),
    /// The latency offset, milliseconds.
    Offset(i32),
    /// Follow this transport from now on, or none.
    Transport(Option<Box<dyn Transport>>),
    /// Play on this output from now on, and send the old one back.
    Connect {
        output: Output,
        /// Number of the output, reported with its failure.
        number: u64,
    },
    /// Play with this channel, program and bank.
    Patch(MidiPatch),
    /// A signal of the clock that is followed.
    Signal {
        /// Time of its arrival since the player started.
        arrival: Duration,
        /// The signal.
        signal: ClockSignal,
    },
    Quit,
    /// Panic, to test the recovery.
    #[cfg(test)]
    Fault,
}

/// A message to the device thread.
#[derive(Debug)]
pub(super) enum DeviceMessage {
    /// The user chose an output.
    ChooseOutput(OutputChoice),
    /// The user chose channel, program and bank of MIDI ports.
    Patch(MidiPatch),
    /// The user chose a MIDI input, or none.
    ChooseInput(Option<String>),
    /// The user chose the ports of OSC.
    Osc(OscSettings),
    /// No pulse of the clock that is followed arrives any more; the loop goes on at this tempo.
    ClockLost(f64),
    /// Follow the transport of other programs, or not.
    FollowTransport(bool),
    /// The transport is no longer followed: drop it, which the clock thread may not do because it takes time.
    TransportClosed(Box<dyn Transport>),
    /// The server of the transport ended: drop it, and connect again once a server is there.
    TransportLost(Box<dyn Transport>),
    /// The id that a port had when it was last used.
    RememberPort {
        /// Name of the port.
        name: String,
        /// Its id.
        id: String,
    },
    /// The user changed the settings of the sound devices.
    SoundDevice(SoundDeviceSettings),
    /// List the sound devices.
    ListSoundDevices,
    /// The SoundFont that the synth plays from now on.
    SoundFont(SoundFontFile),
    /// The clock thread no longer plays on this output: close it.
    Disconnected(Output),
    /// The output of the clock thread failed to send an event.
    PortFailed {
        /// Number of the output.
        number: u64,
        /// The reason, for the user.
        reason: String,
    },
    /// The sound stream with this number stopped, and why.
    StreamFailed(u64, String),
    Quit,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_beyond_the_capacity_are_refused_and_counted() {
        let (sender, inbox) = clock_channel();
        for _ in 0..QUEUE_CAPACITY + 7 {
            sender.send(ClockMessage::Command(Command::Stop));
        }
        assert_eq!(
            (sender.take_refused_count(), sender.take_refused_count()),
            (7, 0)
        );
        assert_eq!(inbox.try_iter().count(), QUEUE_CAPACITY);
    }
}
