//! MIDI output ports of the system, and the virtual port.
//!
//! The *virtual port* is created by this program for other programs to connect to, on systems with such ports (Linux, macOS). It
//! exists as long as the program runs, whatever output is chosen, so that a DAW keeps its routing.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use midir::{MidiIO, MidiOutput, MidiOutputConnection, MidiOutputPort};

use super::{
    midi_patch::MidiPatch,
    port_directory::{MidiPortError, OpenError, PortDirectory, PortSource, port_error},
    port_names::ListedPort,
    port_writer::{PortWriter, SendBytes},
};

/// Name of the program among the clients of the system's MIDI, and of its virtual port.
pub(super) const CLIENT_NAME: &str = "Tunescape";
/// Name of a connection, seen by other programs on some systems.
const CONNECTION_NAME: &str = "out";

/// Time until a new connection of JACK carries messages: it does so from one of the next cycles on, and earlier messages are
/// lost. A cycle lasts 5 ms with the usual period.
const JACK_CONNECT_DELAY: Duration = Duration::from_millis(50);

/// The virtual port in lists and settings.
pub(super) const VIRTUAL_PORT: &str = "Tunescape (virtual)";

/// An open MIDI port.
pub(super) type MidiPort = PortWriter<PortConnection>;

/// The output ports of the system and the virtual port.
#[derive(Default)]
pub(super) struct MidiOutputs {
    directory: PortDirectory<SystemOutputs>,
    virtual_port: VirtualPort,
}

impl MidiOutputs {
    /// Names of the output ports, each once. Opens the virtual port if it is not open. Empty if the system has no MIDI.
    pub fn names(&mut self) -> Vec<String> {
        let has_virtual = self.virtual_port.open().is_ok();
        let mut names = self.directory.names();
        names.extend(has_virtual.then(|| VIRTUAL_PORT.to_owned()));
        names
    }

    /// Closes everything that listing has opened, and the virtual port.
    pub fn close(&mut self) {
        self.directory.close();
        self.virtual_port = VirtualPort::default();
    }

    /// Opens a port by its name, and sends it bank and program.
    pub fn open(&mut self, name: &str, patch: MidiPatch) -> Result<MidiPort, MidiPortError> {
        let connection = if name == VIRTUAL_PORT {
            let port = self.virtual_port.open();
            PortConnection::Virtual(port.map_err(|error| port_error(name, error))?)
        } else {
            PortConnection::Owned(self.directory.open(name, ())?)
        };
        Ok(PortWriter::new(connection, patch))
    }

    /// Id of a port in the last list.
    pub fn id_of(&self, name: &str) -> Option<&str> {
        self.directory.id_of(name)
    }

    /// Remembers the id that a port had when it was last used.
    pub fn remember(&mut self, name: &str, id: &str) {
        self.directory.remember(name, id);
    }
}

/// The connection of an open port. An owned one closes when dropped.
pub(super) enum PortConnection {
    Owned(MidiOutputConnection),
    /// Shared with the list of ports, which keeps it open. Only the clock thread sends, so that it never waits.
    Virtual(Arc<Mutex<MidiOutputConnection>>),
}

impl SendBytes for PortConnection {
    fn send_bytes(&mut self, bytes: &[u8]) -> Result<(), String> {
        match self {
            Self::Owned(connection) => connection.send(bytes),
            Self::Virtual(connection) => connection
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .send(bytes),
        }
        .map_err(|error| error.to_string())
    }
}

impl std::fmt::Debug for PortConnection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Owned(_) => "Owned",
            Self::Virtual(_) => "Virtual",
        })
    }
}

/// The virtual port, once it is open.
#[derive(Default)]
struct VirtualPort(Option<Arc<Mutex<MidiOutputConnection>>>);

impl VirtualPort {
    /// The open port, or why there is none. Tried again at each call, as MIDI may come later.
    fn open(&mut self) -> Result<Arc<Mutex<MidiOutputConnection>>, OpenError> {
        if let Some(open) = &self.0 {
            return Ok(Arc::clone(open));
        }
        let connection = Arc::new(Mutex::new(create_virtual_port()?));
        self.0 = Some(Arc::clone(&connection));
        Ok(connection)
    }
}

#[cfg(unix)]
fn create_virtual_port() -> Result<MidiOutputConnection, OpenError> {
    use midir::os::unix::VirtualOutput as _;
    let client = MidiOutput::new(CLIENT_NAME).map_err(|_no_midi| OpenError::Absent)?;
    client
        .create_virtual(CLIENT_NAME)
        .map_err(|error| OpenError::Refused(error.to_string()))
}

#[cfg(not(unix))]
fn create_virtual_port() -> Result<MidiOutputConnection, OpenError> {
    Err(OpenError::Absent)
}

/// Whether the system has MIDI with virtual ports.
pub(super) fn has_virtual_ports() -> bool {
    cfg!(unix) && MidiOutput::new(CLIENT_NAME).is_ok()
}

/// The ports of a client without those of this program, which would receive its own messages. `id` returns the id of a port.
pub(super) fn listed_ports<C: MidiIO>(
    client: &C,
    id: impl Fn(&C::Port) -> String,
) -> Vec<ListedPort> {
    let listed_port = |port: C::Port| {
        // A port that is removed between the two calls has no name.
        let name = client.port_name(&port).ok()?;
        let id = id(&port);
        (!is_own_port(&name)).then_some(ListedPort { name, id })
    };
    client.ports().into_iter().filter_map(listed_port).collect()
}

/// Whether a port of this name belongs to this program. ALSA and JACK put the client before a colon, and JACK numbers
/// clients of one name.
fn is_own_port(name: &str) -> bool {
    match name.split_once(':') {
        Some((client, _)) => client.strip_prefix(CLIENT_NAME).is_some_and(|tail| {
            let number = tail.strip_prefix('-');
            tail.is_empty()
                || number.is_some_and(|number| number.bytes().all(|byte| byte.is_ascii_digit()))
        }),
        None => name == CLIENT_NAME,
    }
}

/// The output ports that midir lists.
#[derive(Default)]
pub(super) struct SystemOutputs {
    /// Kept open where the system allows it, as opening one is announced to all other MIDI programs.
    client: Option<MidiOutput>,
}

impl PortSource for SystemOutputs {
    type Connection = MidiOutputConnection;
    type Handler = ();

    fn list(&mut self) -> Vec<ListedPort> {
        if self.client.is_none() {
            self.client = MidiOutput::new(CLIENT_NAME).ok();
        }
        let client = self.client.as_ref();
        client.map_or(Vec::new(), |client| {
            listed_ports(client, MidiOutputPort::id)
        })
    }

    fn close(&mut self) {
        self.client = None;
    }

    fn open(&mut self, id: &str, (): ()) -> Result<MidiOutputConnection, OpenError> {
        // A connection consumes its client.
        let client = MidiOutput::new(CLIENT_NAME).map_err(|_no_midi| OpenError::Absent)?;
        let port = client.find_port_by_id(id).ok_or(OpenError::Absent)?;
        let connection = client
            .connect(&port, CONNECTION_NAME)
            .map_err(|error| OpenError::Refused(error.to_string()))?;
        if cfg!(feature = "jack") {
            std::thread::sleep(JACK_CONNECT_DELAY);
        }
        Ok(connection)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_absent_port_is_reported_in_one_sentence_with_its_name() {
        let error = MidiOutputs::default()
            .open("No such port", MidiPatch::default())
            .map(|_| ())
            .err();
        assert_eq!(
            error,
            Some(MidiPortError::Absent("No such port".to_owned()))
        );
    }

    #[test]
    fn own_ports_are_known_by_their_client() {
        for own_name in [
            "Tunescape",
            "Tunescape:Tunescape 128:0",
            "Tunescape:out",
            "Tunescape-01:out",
        ] {
            assert!(is_own_port(own_name), "{own_name}");
        }
        for other_name in ["Tunescape Controller:MIDI 1", "Tunes", "Midi Through:0", ""] {
            assert!(!is_own_port(other_name), "{other_name}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn where_there_is_midi_the_virtual_port_is_listed_without_being_chosen() {
        let mut outputs = MidiOutputs::default();
        let has_midi = MidiOutput::new("test").is_ok();
        let names = outputs.names();
        assert_eq!(
            names.contains(&VIRTUAL_PORT.to_owned()),
            has_midi,
            "{names:?}"
        );
    }
}
