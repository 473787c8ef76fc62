//! `jack_midi_dump` as a monitor of what a MIDI port sends.

use std::{
    io::{BufRead as _, BufReader},
    process::{Child, Command, Stdio},
    sync::{Arc, Mutex},
    time::Duration,
};

/// The monitor's port.
pub const MONITOR: &str = "midi-monitor:input";

/// A MIDI message as the monitor saw it.
#[derive(Clone, Debug)]
pub struct ReceivedMessage {
    pub frame: i64,
    pub bytes: Vec<u8>,
}

/// A running `jack_midi_dump`, whose port takes our notes.
pub struct Monitor {
    program: Child,
    received: Arc<Mutex<Vec<ReceivedMessage>>>,
}

impl Monitor {
    /// `None` when there is no JACK here.
    pub fn start() -> Option<Self> {
        let mut program = Command::new("jack_midi_dump")
            .args(["-a"])
            .env("JACK_NO_START_SERVER", "1")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .ok()?;
        let output = program.stdout.take()?;
        let received = Arc::new(Mutex::new(Vec::new()));
        let list = Arc::clone(&received);
        std::thread::spawn(move || {
            for line in BufReader::new(output).lines().map_while(Result::ok) {
                list.lock().unwrap().extend(parse(&line));
            }
        });
        std::thread::sleep(Duration::from_millis(700));
        match program.try_wait() {
            Ok(None) => Some(Self { program, received }),
            _ => None,
        }
    }

    pub fn received(&self) -> Vec<ReceivedMessage> {
        self.received.lock().unwrap().clone()
    }

    pub fn stop(self) {}
}

impl Drop for Monitor {
    /// Also after a failed test, as the next one has a monitor of the same name.
    fn drop(&mut self) {
        let _ = self.program.kill();
        let _ = self.program.wait();
    }
}

/// `   12345:  90 3c 50 note on ...`
fn parse(line: &str) -> Option<ReceivedMessage> {
    let (frame, rest) = line.split_once(':')?;
    let bytes: Vec<_> = rest
        .split_whitespace()
        .map_while(|word| (word.len() == 2).then(|| u8::from_str_radix(word, 16).ok())?)
        .collect();
    (!bytes.is_empty()).then_some(ReceivedMessage {
        frame: frame.trim().parse().ok()?,
        bytes,
    })
}
