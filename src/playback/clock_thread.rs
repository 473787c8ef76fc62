//! The clock thread: waits for deadlines and commands, and plays what is due.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
        mpsc::{Receiver, RecvTimeoutError, Sender, TryRecvError},
    },
    time::{Duration, Instant},
};

use super::{
    clock_sync::ClockSync,
    driver::SequencerDriver,
    followed_transport::FollowedTransport,
    input::SharedInputState,
    osc_output::OscOutbox,
    output::Output,
    playhead::PlayheadCell,
    priority::PriorityCell,
    thread_messages::{ClockMessage, DeviceMessage},
};
use crate::panics::catch_panic;

/// Time before a deadline that is spent in a busy loop: about the time that the system takes to wake a thread.
const SPIN_TIME: Duration = Duration::from_micros(150);
/// Time before a deadline at which the wait on the channel ends; short sleeps follow. Windows wakes a thread that waits on a
/// channel only at its tick of 15.6 ms.
const COARSE_WAIT_MARGIN: Duration = if cfg!(windows) {
    Duration::from_millis(20)
} else {
    SPIN_TIME
};
/// How often the thread wakes, as frames of a sound device, which is how systems ask for it: at a pulse of the MIDI clock at 240
/// quarter notes per minute.
const PERIOD_FRAMES: u32 = 500;
const SAMPLE_RATE: u32 = 48_000;
const SHORT_SLEEP: Duration = Duration::from_millis(1);

/// The clock thread.
pub(super) struct ClockThread {
    /// Time zero of the player.
    pub epoch: Instant,
    /// Bounded.
    pub inbox: Receiver<ClockMessage>,
    pub devices: Sender<DeviceMessage>,
    pub playhead: Arc<PlayheadCell>,
    /// Number of messages that left.
    pub activity: Arc<AtomicU64>,
    /// Whether the clock of the input is followed, and its tempo.
    pub input: Arc<SharedInputState>,
    /// Is told of every note that leaves.
    pub osc: Arc<OscOutbox>,
    /// Of this thread.
    pub priority: Arc<PriorityCell>,
}

impl ClockThread {
    /// Runs until it is told to quit; then every note ends and the output is sent back to the device thread.
    ///
    /// After a panic every note ends, nothing plays, and the output is connected again.
    pub fn run(self) {
        self.priority.raise_current(PERIOD_FRAMES, SAMPLE_RATE);
        let mut transport = FollowedTransport::default();
        loop {
            let mut driver =
                SequencerDriver::new(Output::Silent).with_listener(Arc::clone(&self.osc));
            let mut connected = 0;
            let served = catch_panic(|| self.serve(&mut driver, &mut transport, &mut connected));
            // Also after a panic, so that no note keeps sounding.
            let finished = catch_panic(|| driver.finish(self.epoch.elapsed()));
            if let Ok(output) = finished {
                self.disconnect(output);
            }
            match served {
                Ok(()) => break,
                Err(panic) => {
                    let stopped = SequencerDriver::new(Output::Silent);
                    self.playhead.write(stopped.sequencer());
                    self.send_to_devices(DeviceMessage::PortFailed {
                        number: connected,
                        reason: format!("playing stopped unexpectedly ({panic})"),
                    });
                }
            }
        }
        self.send_to_devices(DeviceMessage::Quit);
    }

    /// Serves messages and deadlines until it is told to quit. `connected` is the number of the current output.
    fn serve(
        &self,
        driver: &mut SequencerDriver<Output>,
        transport: &mut FollowedTransport,
        connected: &mut u64,
    ) {
        let mut clock = ClockSync::default();
        loop {
            let deadline = [
                driver.next_deadline(),
                clock.loss_deadline(),
                transport.deadline(),
            ];
            match self.next_message(deadline.into_iter().flatten().min()) {
                None => {
                    let now = self.epoch.elapsed();
                    driver.advance(now);
                    if let Some(tempo) = clock.detect_loss(driver, now) {
                        self.send_to_devices(DeviceMessage::ClockLost(tempo));
                    }
                    if let Some(gone) = transport.look(driver, now, clock.last_play_command()) {
                        self.send_to_devices(DeviceMessage::TransportLost(gone));
                    }
                }
                Some(ClockMessage::Command(command)) => {
                    clock.remember(&command);
                    transport.remember(&command);
                    driver.apply(self.epoch.elapsed(), command);
                }
                Some(ClockMessage::Offset(milliseconds)) => {
                    driver.set_offset(self.epoch.elapsed(), milliseconds);
                }
                Some(ClockMessage::Transport(source)) => {
                    let old = transport.set(driver, self.epoch.elapsed(), source);
                    if let Some(old) = old {
                        self.send_to_devices(DeviceMessage::TransportClosed(old));
                    }
                }
                Some(ClockMessage::Signal { at, signal }) => {
                    clock.process_signal(driver, self.epoch.elapsed(), at, signal);
                }
                Some(ClockMessage::Connect { output, number }) => {
                    let old = driver.connect(self.epoch.elapsed(), output);
                    self.disconnect(old);
                    // A failure to end notes on the old output is no failure of the new one.
                    driver.take_failure();
                    *connected = number;
                }
                Some(ClockMessage::Patch(patch)) => driver.set_patch(self.epoch.elapsed(), patch),
                Some(ClockMessage::Quit) => break,
                #[cfg(test)]
                Some(ClockMessage::Fault) => panic!("a fault"),
            }
            if let Some(reason) = driver.take_failure() {
                let broken = driver.connect(self.epoch.elapsed(), Output::Silent);
                self.disconnect(broken);
                // A failure to end notes on the failed output is no further failure.
                driver.take_failure();
                self.send_to_devices(DeviceMessage::PortFailed {
                    number: *connected,
                    reason,
                });
            }
            if !self.input.follows_clock() {
                clock.stop(driver, self.epoch.elapsed());
            }
            self.input.set_tempo(clock.tempo().or(transport.tempo()));
            self.playhead.write(driver.sequencer());
            self.activity.store(driver.sent(), Ordering::Relaxed);
        }
    }

    /// The next message, or `None` if the deadline comes first.
    fn next_message(&self, deadline: Option<Duration>) -> Option<ClockMessage> {
        let Some(deadline) = deadline else {
            return Some(self.inbox.recv().unwrap_or(ClockMessage::Quit));
        };
        let coarse = deadline
            .saturating_sub(COARSE_WAIT_MARGIN)
            .saturating_sub(self.epoch.elapsed());
        match self.inbox.recv_timeout(coarse) {
            Ok(message) => return Some(message),
            Err(RecvTimeoutError::Disconnected) => return Some(ClockMessage::Quit),
            Err(RecvTimeoutError::Timeout) => {}
        }
        loop {
            let left = deadline.saturating_sub(self.epoch.elapsed());
            if left.is_zero() {
                return None;
            }
            if left > SPIN_TIME {
                std::thread::sleep((left - SPIN_TIME).min(SHORT_SLEEP));
            } else {
                std::hint::spin_loop();
                continue;
            }
            match self.inbox.try_recv() {
                Ok(message) => return Some(message),
                Err(TryRecvError::Disconnected) => return Some(ClockMessage::Quit),
                Err(TryRecvError::Empty) => {}
            }
        }
    }

    /// Sends an output back to the device thread, which closes it, as that may take long.
    fn disconnect(&self, output: Output) {
        if !matches!(output, Output::Silent) {
            self.send_to_devices(DeviceMessage::Disconnected(output));
        }
    }

    fn send_to_devices(&self, message: DeviceMessage) {
        // Fails if the device thread has ended already, when the player is dropped.
        let _ = self.devices.send(message);
    }
}

#[cfg(test)]
mod tests;
