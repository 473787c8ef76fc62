//! Ports of OSC: what is wanted, and what has become of it.

use std::{
    str::FromStr,
    sync::{
        Mutex,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
};

use serde::{Deserialize, Serialize};

use super::lock::lock;

/// Lowest port that a user may choose: those below belong to the system.
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
    /// With ports that a user may choose.
    #[must_use]
    pub fn clamped(self) -> Self {
        Self {
            port: self.port.max(MIN_OSC_PORT),
            send_port: self.send_port.max(MIN_OSC_PORT),
            ..self
        }
    }
}

/// A text that names no ports of OSC.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0:?} is not PORT or PORT:SENDPORT, such as 9000:9001: two different numbers from {MIN_OSC_PORT} to 65535"
)]
pub struct OscPortsError(String);

impl FromStr for OscSettings {
    type Err = OscPortsError;

    /// `PORT`, or `PORT:SENDPORT`.
    fn from_str(text: &str) -> Result<Self, OscPortsError> {
        let wrong = || OscPortsError(text.to_owned());
        let port = |text: &str| text.parse().ok().filter(|port| *port >= MIN_OSC_PORT);
        let (first, second) = match text.split_once(':') {
            Some((first, second)) => (first, Some(second)),
            None => (text, None),
        };
        let received = port(first).ok_or_else(wrong)?;
        let sent = second
            .map(|second| {
                let other = port(second).filter(|other| *other != received);
                other.ok_or_else(wrong)
            })
            .transpose()?;
        let defaults = Self::default();
        Ok(Self {
            receives: true,
            port: received,
            sends: sent.is_some(),
            send_port: sent.unwrap_or(defaults.send_port),
        })
    }
}

/// What has become of the ports of OSC.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OscState {
    /// Port that commands arrive on; `None` while none is open.
    pub port: Option<u16>,
    /// Port that notes and the selection are sent to; `None` while nothing is sent.
    pub send_port: Option<u16>,
    /// Number of packets whose commands were taken since the start.
    pub taken: u64,
    /// Number of packets since the start that could not be understood and were dropped.
    pub refused: u64,
    /// The problem and what to do about it, in one sentence.
    pub problem: Option<String>,
}

/// The state, written by the device thread and the thread of the port, read by the window.
#[derive(Default)]
pub(in crate::playback) struct SharedOscState {
    ports: Mutex<OscState>,
    taken: AtomicU64,
    refused: AtomicU64,
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

    pub fn count(&self, was_taken: bool) {
        let counter = if was_taken {
            &self.taken
        } else {
            &self.refused
        };
        counter.fetch_add(1, Relaxed);
    }

    pub fn get(&self) -> OscState {
        OscState {
            taken: self.taken.load(Relaxed),
            refused: self.refused.load(Relaxed),
            ..lock(&self.ports).clone()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_are_read_as_they_are_typed() {
        let one: OscSettings = OscSettings {
            receives: true,
            port: 9_100,
            ..OscSettings::default()
        };
        assert_eq!("9100".parse(), Ok(one));
        let both = OscSettings {
            sends: true,
            send_port: 57_120,
            ..one
        };
        assert_eq!("9100:57120".parse(), Ok(both));
        for wrong in [
            "",
            "80",
            "9000:",
            "9000:80",
            "9000:9000",
            "65536",
            "a",
            "-1",
        ] {
            assert!(wrong.parse::<OscSettings>().is_err(), "{wrong:?}");
        }
    }
}
