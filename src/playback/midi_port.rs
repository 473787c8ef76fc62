//! MIDI ports of the system: listing, connecting, sending.
//!
//! Ports are known by name. ALSA ends its names with numbers that change whenever a device is plugged in again (` 24:0`);
//! these are removed, so that a stored port is found again.

use midir::{MidiOutput, MidiOutputConnection, MidiOutputPort};

use super::message::Message;

const CLIENT_NAME: &str = "Tunescape";

/// The virtual port of the program, where the system has such ports (Linux, macOS).
pub(super) const VIRTUAL_PORT: &str = "Tunescape (virtual)";

/// Why a port could not be opened, in one sentence that says what to do.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub(super) enum MidiPortError {
    #[error("Waiting for the MIDI port \"{0}\": connect it, or choose another output.")]
    Absent(String),
    #[error(
        "The MIDI port \"{port}\" could not be opened ({reason}): close other programs that use it, or choose another output."
    )]
    Refused { port: String, reason: String },
}

/// The MIDI ports of the system.
#[derive(Default)]
pub(super) struct MidiDirectory {
    /// Kept open where the system allows it, as opening one is announced to all other MIDI programs.
    client: Option<MidiOutput>,
}

impl MidiDirectory {
    /// Names of the output ports, numbered where two are equal. Empty if the system has no MIDI.
    pub fn names(&mut self) -> Vec<String> {
        let Some(client) = self.open_client() else {
            return Vec::new();
        };
        let mut names: Vec<_> = named_ports(client)
            .into_iter()
            .map(|(name, _)| name)
            .collect();
        if cfg!(unix) {
            names.push(VIRTUAL_PORT.to_owned());
        }
        if cfg!(feature = "jack") {
            // A JACK client does not notice the end of its server; a new client does.
            self.client = None;
        }
        names
    }

    /// Opens a port by its name.
    pub fn connect(&mut self, name: &str) -> Result<MidiPort, MidiPortError> {
        let absent = || MidiPortError::Absent(name.to_owned());
        let refused = |reason: String| MidiPortError::Refused {
            port: name.to_owned(),
            reason,
        };
        // A connection consumes its client.
        let client = MidiOutput::new(CLIENT_NAME).map_err(|_no_midi| absent())?;
        #[cfg(unix)]
        if name == VIRTUAL_PORT {
            use midir::os::unix::VirtualOutput as _;
            let connection = client
                .create_virtual("out")
                .map_err(|error| refused(error.to_string()))?;
            return Ok(MidiPort {
                name: name.to_owned(),
                connection,
            });
        }
        let (_, port) = named_ports(&client)
            .into_iter()
            .find(|(listed, _)| listed == name)
            .ok_or_else(absent)?;
        let connection = client
            .connect(&port, "out")
            .map_err(|error| refused(error.to_string()))?;
        Ok(MidiPort {
            name: name.to_owned(),
            connection,
        })
    }

    fn open_client(&mut self) -> Option<&MidiOutput> {
        if self.client.is_none() {
            self.client = MidiOutput::new(CLIENT_NAME).ok();
        }
        self.client.as_ref()
    }
}

/// An open connection to a port. Closes when dropped.
pub(super) struct MidiPort {
    name: String,
    connection: MidiOutputConnection,
}

impl std::fmt::Debug for MidiPort {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "MidiPort({})", self.name)
    }
}

impl MidiPort {
    pub fn send(&mut self, message: Message) -> Result<(), String> {
        message
            .midi_bytes()
            .iter()
            .try_for_each(|bytes| self.connection.send(bytes))
            .map_err(|error| error.to_string())
    }
}

fn named_ports(client: &MidiOutput) -> Vec<(String, MidiOutputPort)> {
    let mut ports: Vec<(String, MidiOutputPort)> = Vec::new();
    // A port that is removed between the two calls has no name.
    for (raw, port) in client
        .ports()
        .into_iter()
        .filter_map(|port| Some((client.port_name(&port).ok()?, port)))
    {
        let stable = stable_name(&raw);
        let name = (1..)
            .map(|number| {
                if number == 1 {
                    stable.to_owned()
                } else {
                    format!("{stable} ({number})")
                }
            })
            .find(|name| ports.iter().all(|(taken, _)| taken != name));
        ports.extend(name.map(|name| (name, port)));
    }
    ports
}

/// The part of a port's name that does not change when it is plugged in again.
fn stable_name(raw: &str) -> &str {
    let is_address = |tail: &str| {
        tail.split_once(':').is_some_and(|(client, port)| {
            [client, port].iter().all(|number| {
                !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit())
            })
        })
    };
    match raw.rsplit_once(' ') {
        Some((name, tail)) if is_address(tail) && !name.is_empty() => name,
        _ => raw,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_keeps_its_name_when_alsa_gives_it_another_number() {
        assert_eq!(
            stable_name("USB MIDI 1:USB MIDI 1 MIDI 1 24:0"),
            "USB MIDI 1:USB MIDI 1 MIDI 1"
        );
        assert_eq!(
            stable_name("USB MIDI 1:USB MIDI 1 MIDI 1 28:0"),
            "USB MIDI 1:USB MIDI 1 MIDI 1"
        );
    }

    #[test]
    fn names_without_an_alsa_number_stay_as_they_are() {
        for name in [
            "IAC Driver Bus 1",
            "loopMIDI Port",
            "midi-monitor:input",
            "system:midi_playback_1",
            "",
            "24:0",
            "Synth 12:",
            "Take :3",
        ] {
            assert_eq!(stable_name(name), name);
        }
    }

    #[test]
    fn an_absent_port_is_reported_in_one_sentence_with_its_name() {
        let error = MidiDirectory::default()
            .connect("No such port")
            .map(|_| ())
            .err();
        assert_eq!(
            error,
            Some(MidiPortError::Absent("No such port".to_owned()))
        );
        let text = error.map(|error| error.to_string()).unwrap_or_default();
        assert!(
            text.contains("No such port") && text.ends_with('.'),
            "{text}"
        );
    }
}
