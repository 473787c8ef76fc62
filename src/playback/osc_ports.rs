//! The chosen ports of OSC: opened, and tried again while they cannot be.

use std::sync::Arc;

use super::{
    input::{OscPort, OscSettings},
    osc_output::OscOutput,
    status::SharedOutputState,
};

/// The chosen ports. Belongs to the device thread.
pub(super) struct OscPorts {
    status: Arc<SharedOutputState>,
    wanted: OscSettings,
    input: Option<OscPort>,
    output: Option<OscOutput>,
}

impl OscPorts {
    /// No ports.
    pub fn new(status: Arc<SharedOutputState>) -> Self {
        Self {
            status,
            wanted: OscSettings::default(),
            input: None,
            output: None,
        }
    }

    /// Chooses the ports, and opens them. One that stays the same stays open.
    pub fn choose(&mut self, wanted: OscSettings) {
        let before = std::mem::replace(&mut self.wanted, wanted);
        if (before.receives, before.port) != (wanted.receives, wanted.port) {
            self.input = None;
        }
        if (before.sends, before.send_port) != (wanted.sends, wanted.send_port) {
            self.output = None;
        }
        self.open();
    }

    /// Tries again to open what could not be opened. Called once a second.
    pub fn poll(&mut self) {
        let input_missing = self.wanted.receives && self.input.is_none();
        if input_missing || (self.wanted.sends && self.output.is_none()) {
            self.open();
        }
    }

    fn open(&mut self) {
        let mut message = None;
        if self.wanted.receives && self.input.is_none() {
            let (port, status) = (self.wanted.port, Arc::clone(&self.status.input));
            self.input = OscPort::open(port, status)
                .inspect_err(|error| {
                    message = Some(format!(
                        "UDP port {port} cannot be opened ({error}): choose another one, or close the program that uses it."
                    ));
                })
                .ok();
        }
        if self.wanted.sends && self.output.is_none() {
            let (port, outbox) = (self.wanted.send_port, Arc::clone(&self.status.osc));
            self.output = OscOutput::open(port, outbox)
                .inspect_err(|error| {
                    message = Some(format!(
                        "Nothing can be sent to UDP port {port} ({error}): choose it again."
                    ));
                })
                .ok();
        }
        self.status.input.osc.set_ports(
            self.input.as_ref().map(OscPort::port),
            self.output.as_ref().map(OscOutput::port),
            message,
        );
    }
}
