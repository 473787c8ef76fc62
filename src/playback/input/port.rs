//! MIDI input ports of the system.

use midir::{MidiInput, MidiInputConnection, MidiInputPort};

use super::super::{
    midi_port::{CLIENT_NAME, listed_ports},
    port_directory::{OpenError, PortSource},
    port_names::ListedPort,
};

/// Name of a connection, seen by other programs on some systems.
const CONNECTION_NAME: &str = "in";

/// Callback that receives the bytes of each message, called on a thread of the system.
pub(in crate::playback) type InputHandler = Box<dyn FnMut(&[u8]) + Send>;

/// The input ports that midir lists, without those of this program, which would receive its own messages.
#[derive(Default)]
pub(in crate::playback) struct SystemInputs {
    /// Kept open where the system allows it, as opening one is announced to all other MIDI programs.
    client: Option<MidiInput>,
}

impl PortSource for SystemInputs {
    type Connection = MidiInputConnection<()>;
    type Handler = InputHandler;

    fn list(&mut self) -> Vec<ListedPort> {
        if self.client.is_none() {
            self.client = MidiInput::new(CLIENT_NAME).ok();
        }
        let client = self.client.as_ref();
        client.map_or(Vec::new(), |client| listed_ports(client, MidiInputPort::id))
    }

    fn close(&mut self) {
        self.client = None;
    }

    fn open(
        &mut self,
        id: &str,
        mut handler: InputHandler,
    ) -> Result<MidiInputConnection<()>, OpenError> {
        // A connection consumes its client.
        let client = MidiInput::new(CLIENT_NAME).map_err(|_no_midi| OpenError::Absent)?;
        let port = client.find_port_by_id(id).ok_or(OpenError::Absent)?;
        client
            .connect(
                &port,
                CONNECTION_NAME,
                move |_time, bytes, ()| handler(bytes),
                (),
            )
            .map_err(|error| OpenError::Refused(error.to_string()))
    }
}
