//! Ports of OSC: the user's settings, and the state of the ports.

use std::{
    str::FromStr,
    sync::{
        Mutex,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
};

use serde::{Deserialize, Serialize};

use super::lock::lock;

/// Lowest port that a user may choose; the ports below are reserved for the system.
pub const MIN_OSC_PORT: u16 = 1_024;

/// The UDP ports of OSC, both on the loopback interface.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct OscSettings {
    /// Whether commands are received.
    pub receives: bool,
    /// Port that commands arrive on. 0 lets the system choose one; see [`OscState::port`].
    pub port: u16,
    /// Whether notes and the selection are sent.
    pub sends: bool,
    /// Port that they are sent to.
    pub send_port: u16,
}

impl Default for OscSettings {
    fn default() -> Self {
        Self {
            receives: false,
            port: 9_000,
            sends: false,
            send_port: 9_001,
        }
    }
}

impl OscSettings {
    /// These settings with ports clamped to those that a user may choose.
    #[must_use]
    pub fn clamped(self) -> Self {
        Self {
            port: self.port.max(MIN_OSC_PORT),
            send_port: self.send_port.max(MIN_OSC_PORT),
            ..self
        }
    }
}

/// Error for a text that is not a valid choice of OSC ports.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0:?} is not PORT or PORT:SENDPORT, such as 9000:9001: two different numbers from {MIN_OSC_PORT} to 65535"
)]
pub struct OscPortsError(String);

impl FromStr for OscSettings {
    type Err = OscPortsError;

    /// `PORT`, or `PORT:SENDPORT`.
    fn from_str(text: &str) -> Result<Self, OscPortsError> {
        let invalid = || OscPortsError(text.to_owned());
        let parse_port = |text: &str| text.parse().ok().filter(|port| *port >= MIN_OSC_PORT);
        let (receive_text, send_text) = match text.split_once(':') {
            Some((receive_text, send_text)) => (receive_text, Some(send_text)),
            None => (text, None),
        };
        let receive_port = parse_port(receive_text).ok_or_else(invalid)?;
        let send_port = send_text
            .map(|send_text| {
                let port = parse_port(send_text).filter(|port| *port != receive_port);
                port.ok_or_else(invalid)
            })
            .transpose()?;
        let defaults = Self::default();
        Ok(Self {
            receives: true,
            port: receive_port,
            sends: send_port.is_some(),
            send_port: send_port.unwrap_or(defaults.send_port),
        })
    }
}

/// State of the ports of OSC.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OscState {
    /// Port that commands arrive on; `None` while none is open.
    pub port: Option<u16>,
    /// Port that notes and the selection are sent to; `None` while nothing is sent.
    pub send_port: Option<u16>,
    /// Number of packets since the start that were understood.
    pub accepted_packets: u64,
    /// Number of packets since the start that could not be understood and were dropped.
    pub refused_packets: u64,
    /// The problem and what to do about it, in one sentence.
    pub problem: Option<String>,
}

/// The state, written by the device thread and the thread of the port, read by the window.
#[derive(Default)]
pub(in crate::playback) struct SharedOscState {
    ports: Mutex<OscState>,
    accepted_packets: AtomicU64,
    refused_packets: AtomicU64,
}

impl SharedOscState {
    pub fn set_ports(&self, port: Option<u16>, send_port: Option<u16>, problem: Option<String>) {
        *lock(&self.ports) = OscState {
            port,
            send_port,
            problem,
            ..OscState::default()
        };
    }

    /// Counts a packet that arrived.
    pub fn count_packet(&self, was_accepted: bool) {
        let counter = if was_accepted {
            &self.accepted_packets
        } else {
            &self.refused_packets
        };
        counter.fetch_add(1, Relaxed);
    }

    pub fn get(&self) -> OscState {
        OscState {
            accepted_packets: self.accepted_packets.load(Relaxed),
            refused_packets: self.refused_packets.load(Relaxed),
            ..lock(&self.ports).clone()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_are_parsed_from_text() {
        let receiving: OscSettings = OscSettings {
            receives: true,
            port: 9_100,
            ..OscSettings::default()
        };
        assert_eq!("9100".parse(), Ok(receiving));
        let receiving_and_sending = OscSettings {
            sends: true,
            send_port: 57_120,
            ..receiving
        };
        assert_eq!("9100:57120".parse(), Ok(receiving_and_sending));
        for invalid in [
            "",
            "80",
            "9000:",
            "9000:80",
            "9000:9000",
            "65536",
            "a",
            "-1",
        ] {
            assert!(invalid.parse::<OscSettings>().is_err(), "{invalid:?}");
        }
    }
}
