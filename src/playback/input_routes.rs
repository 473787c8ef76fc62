//! Routes the messages of the MIDI input to the window and the clock thread.

use std::{sync::Arc, time::Instant};

use super::{
    input::{InputHandler, InputMessage, MidiParser, SystemInputs, WatchedInput},
    status::SharedOutputState,
    thread_messages::{ClockMessage, ClockSender},
};

/// The MIDI input, whose messages go to the window and whose clock goes to the clock thread.
pub(super) fn watched_input(
    epoch: Instant,
    clock: &ClockSender,
    status: &SharedOutputState,
) -> WatchedInput<SystemInputs> {
    let input = Arc::clone(&status.input);
    let clock = clock.clone();
    let make_handler = move || -> InputHandler {
        let (input, clock) = (Arc::clone(&input), clock.clone());
        let mut parser = MidiParser::default();
        Box::new(move |bytes| {
            let arrival = epoch.elapsed();
            parser.read(bytes, |message| match message {
                InputMessage::Clock(signal) => {
                    if input.follows_clock() {
                        clock.send(ClockMessage::Signal { arrival, signal });
                    }
                }
                message => input.push(message),
            });
        })
    };
    let status = Arc::clone(&status.input);
    WatchedInput::new(status, Box::new(make_handler))
}
