//! The MIDI ports of one direction: listed and opened by name.

use super::port_names::{ListedPort, PortNames};

/// Why a port could not be opened, in one sentence that says what to do.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub(super) enum MidiPortError {
    #[error("Waiting for the MIDI port \"{0}\": connect it, or choose another.")]
    Absent(String),
    #[error(
        "The MIDI port \"{port}\" could not be opened ({reason}): close other programs that use it, or choose another."
    )]
    Refused { port: String, reason: String },
}

/// Why a source could not open a port.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum OpenError {
    /// It is not there.
    Absent,
    /// The system refused it, and why.
    Refused(String),
}

/// Where ports come from: the system, or a test.
pub(super) trait PortSource {
    /// An open port.
    type Connection;
    /// Receiver of the messages of an input; `()` for an output.
    type Handler;

    /// All ports. Empty if the system has no MIDI.
    fn list(&mut self) -> Vec<ListedPort>;

    /// Closes the clients that listing has opened.
    fn close(&mut self) {}

    /// Opens the port of this id.
    fn open(&mut self, id: &str, handler: Self::Handler) -> Result<Self::Connection, OpenError>;
}

/// Lists and opens the ports of a source by name.
#[derive(Debug, Default)]
pub(super) struct PortDirectory<S> {
    source: S,
    names: PortNames,
}

impl<S: PortSource> PortDirectory<S> {
    /// The directory of a source.
    #[cfg(test)]
    pub fn new(source: S) -> Self {
        Self {
            source,
            names: PortNames::default(),
        }
    }

    /// Lists the ports and returns their names, each once.
    pub fn names(&mut self) -> Vec<String> {
        self.names.update(&self.source.list())
    }

    /// Closes the clients that listing has opened; there are no ports until they are listed again.
    pub fn close(&mut self) {
        self.source.close();
        self.names.update(&[]);
    }

    /// Opens a port by its name.
    pub fn open(
        &mut self,
        name: &str,
        handler: S::Handler,
    ) -> Result<S::Connection, MidiPortError> {
        self.names();
        let absent = || MidiPortError::Absent(name.to_owned());
        let id = self.names.id_of(name).ok_or_else(absent)?.to_owned();
        self.source
            .open(&id, handler)
            .map_err(|error| port_error(name, error))
    }

    /// Id of a port in the last list.
    pub fn id_of(&self, name: &str) -> Option<&str> {
        self.names.id_of(name)
    }

    /// Remembers the id that a port had when it was last used, to identify it among others of its name.
    pub fn remember(&mut self, name: &str, id: &str) {
        self.names.remember(name, id);
    }
}

/// The error for a port of this name.
pub(super) fn port_error(name: &str, error: OpenError) -> MidiPortError {
    match error {
        OpenError::Absent => MidiPortError::Absent(name.to_owned()),
        OpenError::Refused(reason) => MidiPortError::Refused {
            port: name.to_owned(),
            reason,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Ports that a test plugs and unplugs. The connection of a port is its id.
    #[derive(Default)]
    struct FakePorts(Vec<ListedPort>);

    impl FakePorts {
        fn plug(&mut self, name: &str, id: &str) {
            self.0.push(ListedPort {
                name: format!("{name} {id}"),
                id: id.to_owned(),
            });
        }

        fn unplug(&mut self, id: &str) {
            self.0.retain(|port| port.id != id);
        }
    }

    impl PortSource for FakePorts {
        type Connection = String;
        type Handler = ();

        fn list(&mut self) -> Vec<ListedPort> {
            self.0.clone()
        }

        fn open(&mut self, id: &str, (): ()) -> Result<String, OpenError> {
            if id == "99:0" {
                return Err(OpenError::Refused("in use".to_owned()));
            }
            Ok(id.to_owned())
        }
    }

    #[test]
    fn of_two_ports_of_one_name_the_chosen_one_is_opened_whichever_is_unplugged() {
        let mut directory = PortDirectory::new(FakePorts::default());
        directory.source.plug("Keys", "24:0");
        directory.source.plug("Keys", "28:0");
        assert_eq!(directory.names(), ["Keys", "Keys (2)"]);

        directory.source.unplug("24:0");
        assert_eq!(directory.names(), ["Keys (2)"]);
        assert_eq!(directory.open("Keys (2)", ()), Ok("28:0".to_owned()));
        let absent = MidiPortError::Absent("Keys".to_owned());
        assert_eq!(directory.open("Keys", ()), Err(absent));

        directory.source.plug("Keys", "24:0");
        assert_eq!(directory.open("Keys", ()), Ok("24:0".to_owned()));
        directory.source.unplug("28:0");
        assert_eq!(directory.names(), ["Keys"]);
        assert_eq!(directory.open("Keys", ()), Ok("24:0".to_owned()));
    }

    #[test]
    fn a_port_that_was_plugged_in_again_between_two_polls_has_another_id() {
        let mut directory = PortDirectory::new(FakePorts::default());
        directory.source.plug("Keys", "24:0");
        directory.names();
        assert_eq!(directory.id_of("Keys"), Some("24:0"));
        directory.source.unplug("24:0");
        directory.source.plug("Keys", "32:0");
        assert_eq!(directory.names(), ["Keys"]);
        assert_eq!(directory.id_of("Keys"), Some("32:0"));
    }

    #[test]
    fn errors_are_sentences_with_the_name_of_the_port() {
        let mut directory = PortDirectory::new(FakePorts::default());
        directory.source.plug("Busy", "99:0");
        for (name, expected) in [("Busy", "in use"), ("Nowhere", "connect it")] {
            let error = directory.open(name, ()).err();
            let text = error.map(|error| error.to_string()).unwrap_or_default();
            assert!(
                text.contains(name) && text.contains(expected) && text.ends_with('.'),
                "{text}"
            );
        }
    }
}
