//! `jack_transport`, and where the transport of the server is.

use std::{
    io::Write as _,
    process::{Child, Command, Stdio},
};

/// A running `jack_transport`, which sets the tempo and moves the transport as it is told.
pub struct TransportTool(Child);

impl TransportTool {
    pub fn start() -> Self {
        let program = Command::new("jack_transport")
            .env("JACK_NO_START_SERVER", "1")
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .spawn();
        Self(program.unwrap())
    }

    pub fn tell(&mut self, line: &str) {
        let input = self.0.stdin.as_mut().unwrap();
        writeln!(input, "{line}").unwrap();
    }
}

impl Drop for TransportTool {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Steps from the first bar to where the server's transport is, by its bars, beats and ticks: `jack_transport` rounds ticks down
/// in each cycle, so that they fall behind the frames.
pub fn transport_step(client: &jack::Client) -> f64 {
    let position = client.transport().query().unwrap().pos;
    let bbt = position.bbt().unwrap();
    16.0 * (bbt.bar as f64 - 1.0)
        + 4.0 * (bbt.beat as f64 - 1.0 + bbt.tick as f64 / bbt.ticks_per_beat)
}
