//! Outputs that are no longer in use and are closed after a delay.

use std::time::{Duration, Instant};

use super::{output::Output, synth::stream::SynthStream};

/// Time that an output stays open after its last note-off, so that JACK can fetch it and the synth can fade out.
const CLOSE_DELAY: Duration = Duration::from_millis(150);

/// Outputs that stay open for a moment after their last note-off.
#[derive(Default)]
pub(super) struct ClosingOutputs(Vec<ClosingOutput>);

/// An output that is closed after a delay.
struct ClosingOutput {
    close_time: Instant,
    /// Held only to be dropped when due.
    _output: Output,
    _stream: Option<SynthStream>,
}

impl ClosingOutputs {
    /// Closes an output and its stream after the delay.
    pub fn add(&mut self, output: Output, stream: Option<SynthStream>) {
        self.0.push(ClosingOutput {
            close_time: Instant::now() + CLOSE_DELAY,
            _output: output,
            _stream: stream,
        });
    }

    /// Time at which the first output has to be closed; `None` if there is none.
    pub fn first_due(&self) -> Option<Instant> {
        self.0.iter().map(|output| output.close_time).min()
    }

    /// Closes the outputs whose delay is over.
    pub fn close_due(&mut self) {
        let now = Instant::now();
        self.0.retain(|output| output.close_time > now);
    }

    /// Waits for all delays, and closes all outputs.
    pub fn close_all(&mut self) {
        if let Some(due) = self.0.iter().map(|output| output.close_time).max() {
            std::thread::sleep(due.saturating_duration_since(Instant::now()));
        }
        self.0.clear();
    }
}
