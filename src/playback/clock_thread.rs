//! The clock thread: waits for deadlines and commands, and sends the events that are due.

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
/// Period in which the thread wakes, in frames at [`SAMPLE_RATE`], as the system's scheduler interfaces expect it: that of MIDI clock
/// pulses at 240 quarter notes per minute.
const WAKE_PERIOD_FRAMES: u32 = 500;
const SAMPLE_RATE: u32 = 48_000;
const SHORT_SLEEP: Duration = Duration::from_millis(1);

/// The clock thread.
pub(super) struct ClockThread {
    /// Time zero of the player.
    pub epoch: Instant,
    /// Bounded queue of messages.
    pub inbox: Receiver<ClockMessage>,
    pub devices: Sender<DeviceMessage>,
    pub playhead: Arc<PlayheadCell>,
    /// Number of messages sent to outputs.
    pub sent_message_count: Arc<AtomicU64>,
    /// Whether the clock of the input is followed, and its tempo.
    pub input: Arc<SharedInputState>,
    /// Receives every note that is sent to an output.
    pub osc: Arc<OscOutbox>,
    /// Priority of this thread.
    pub priority: Arc<PriorityCell>,
}

impl ClockThread {
    /// Runs until a quit message; then every note ends and the output is sent back to the device thread.
    ///
    /// After a panic every note ends, nothing plays, and the output is connected again.
    pub fn run(self) {
        self.priority.raise_current(WAKE_PERIOD_FRAMES, SAMPLE_RATE);
        let mut transport = FollowedTransport::default();
        loop {
            let mut driver =
                SequencerDriver::new(Output::Silent).with_listener(Arc::clone(&self.osc));
            let mut output_number = 0;
            let result =
                catch_panic(|| self.serve(&mut driver, &mut transport, &mut output_number));
            // Also after a panic, so that no note keeps sounding.
            let finish_result = catch_panic(|| driver.finish(self.epoch.elapsed()));
            if let Ok(output) = finish_result {
                self.disconnect(output);
            }
            match result {
                Ok(()) => break,
                Err(panic) => {
                    let silent_driver = SequencerDriver::new(Output::Silent);
                    self.playhead.write(silent_driver.sequencer());
                    self.send_to_devices(DeviceMessage::PortFailed {
                        number: output_number,
                        reason: format!("playing stopped unexpectedly ({panic})"),
                    });
                }
            }
        }
        self.send_to_devices(DeviceMessage::Quit);
    }

    /// Processes messages and deadlines until a quit message. `output_number` is set to the number of each
    /// output that is connected.
    fn serve(
        &self,
        driver: &mut SequencerDriver<Output>,
        transport: &mut FollowedTransport,
        output_number: &mut u64,
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
                    if let Some(lost) = transport.poll(driver, now, clock.last_play_command()) {
                        self.send_to_devices(DeviceMessage::TransportLost(lost));
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
                    let old = transport.set_source(driver, self.epoch.elapsed(), source);
                    if let Some(old) = old {
                        self.send_to_devices(DeviceMessage::TransportClosed(old));
                    }
                }
                Some(ClockMessage::Signal { arrival, signal }) => {
                    clock.process_signal(driver, self.epoch.elapsed(), arrival, signal);
                }
                Some(ClockMessage::Connect { output, number }) => {
                    let old = driver.connect(self.epoch.elapsed(), output);
                    self.disconnect(old);
                    // A failure to end notes on the old output is no failure of the new one.
                    driver.take_failure();
                    *output_number = number;
                }
                Some(ClockMessage::Patch(patch)) => driver.set_patch(self.epoch.elapsed(), patch),
                Some(ClockMessage::Quit) => break,
                #[cfg(test)]
                Some(ClockMessage::Fault) => panic!("a fault"),
            }
            if let Some(reason) = driver.take_failure() {
                let failed_output = driver.connect(self.epoch.elapsed(), Output::Silent);
                self.disconnect(failed_output);
                // A failure to end notes on the failed output is no further failure.
                driver.take_failure();
                self.send_to_devices(DeviceMessage::PortFailed {
                    number: *output_number,
                    reason,
                });
            }
            if !self.input.follows_clock() {
                clock.stop(driver, self.epoch.elapsed());
            }
            self.input.set_tempo(clock.tempo().or(transport.tempo()));
            self.playhead.write(driver.sequencer());
            self.sent_message_count
                .store(driver.sent_count(), Ordering::Relaxed);
        }
    }

    /// The next message, or `None` if the deadline comes first.
    fn next_message(&self, deadline: Option<Duration>) -> Option<ClockMessage> {
        let Some(deadline) = deadline else {
            return Some(self.inbox.recv().unwrap_or(ClockMessage::Quit));
        };
        let coarse_wait = deadline
            .saturating_sub(COARSE_WAIT_MARGIN)
            .saturating_sub(self.epoch.elapsed());
        match self.inbox.recv_timeout(coarse_wait) {
            Ok(message) => return Some(message),
            Err(RecvTimeoutError::Disconnected) => return Some(ClockMessage::Quit),
            Err(RecvTimeoutError::Timeout) => {}
        }
        loop {
            let remaining = deadline.saturating_sub(self.epoch.elapsed());
            if remaining.is_zero() {
                return None;
            }
            if remaining > SPIN_TIME {
                std::thread::sleep((remaining - SPIN_TIME).min(SHORT_SLEEP));
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
