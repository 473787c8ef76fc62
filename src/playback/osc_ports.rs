//! Opens the chosen ports of OSC, and tries again while they cannot be opened.

use std::sync::Arc;

use super::{
    input::{OscPort, OscSettings},
    osc_output::OscOutput,
    status::SharedOutputState,
};

/// The chosen ports. Belongs to the device thread.
pub(super) struct OscPorts {
    status: Arc<SharedOutputState>,
    settings: OscSettings,
    input: Option<OscPort>,
    output: Option<OscOutput>,
}

impl OscPorts {
    /// No ports.
    pub fn new(status: Arc<SharedOutputState>) -> Self {
        Self {
            status,
            settings: OscSettings::default(),
            input: None,
            output: None,
        }
    }

    /// Chooses the ports, and opens them. One that stays the same stays open.
    pub fn choose(&mut self, settings: OscSettings) {
        let previous = std::mem::replace(&mut self.settings, settings);
        if (previous.receives, previous.port) != (settings.receives, settings.port) {
            self.input = None;
        }
        if (previous.sends, previous.send_port) != (settings.sends, settings.send_port) {
            self.output = None;
        }
        self.open();
    }

    /// Tries again to open ports that could not be opened. Called once a second.
    pub fn poll(&mut self) {
        let input_missing = self.settings.receives && self.input.is_none();
        if input_missing || (self.settings.sends && self.output.is_none()) {
            self.open();
        }
    }

    fn open(&mut self) {
        let mut message = None;
        if self.settings.receives && self.input.is_none() {
            let (port, status) = (self.settings.port, Arc::clone(&self.status.input));
            self.input = OscPort::open(port, status)
                .inspect_err(|error| {
                    message = Some(format!(
                        "UDP port {port} cannot be opened ({error}): choose another one, or close the program that uses it."
                    ));
                })
                .ok();
        }
        if self.settings.sends && self.output.is_none() {
            let (port, outbox) = (self.settings.send_port, Arc::clone(&self.status.osc));
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
