//! The chosen input port: opened, watched, and opened again when it is back.

use std::sync::Arc;

use super::super::port_directory::{PortDirectory, PortSource};
use super::{
    port::InputHandler,
    status::{InputState, SharedInputState},
};

/// Makes a handler for each opening of the port.
type MakeHandler = Box<dyn Fn() -> InputHandler + Send>;

/// Opens the chosen input port, and opens it again when it is back after a loss.
pub(in crate::playback) struct WatchedInput<S: PortSource> {
    directory: PortDirectory<S>,
    status: Arc<SharedInputState>,
    make_handler: MakeHandler,
    selected_port: Option<String>,
    /// The open connection, held only to be dropped, and the id of its port.
    open: Option<(S::Connection, Option<String>)>,
    /// True after the chosen port was lost, until it is back.
    was_lost: bool,
    /// See [`InputState::problem`].
    problem: Option<String>,
}

impl<S: PortSource<Handler = InputHandler>> WatchedInput<S> {
    /// No port is chosen.
    pub fn new(status: Arc<SharedInputState>, make_handler: MakeHandler) -> Self
    where
        S: Default,
    {
        Self {
            directory: PortDirectory::default(),
            status,
            make_handler,
            selected_port: None,
            open: None,
            was_lost: false,
            problem: None,
        }
    }

    /// Chooses a port or none, and opens it if the system has MIDI.
    pub fn choose(&mut self, selected_port: Option<String>, has_midi: bool) {
        if selected_port != self.selected_port {
            self.open = None;
            self.was_lost = false;
            self.problem = None;
            self.selected_port = selected_port;
        }
        self.poll(has_midi);
    }

    /// Lists the ports, checks the chosen one, and opens it if it is there; without MIDI closes everything. Returns a notice for the
    /// user.
    pub fn poll(&mut self, has_midi: bool) -> Option<String> {
        let names = if has_midi {
            self.directory.names()
        } else {
            self.directory.close();
            Vec::new()
        };
        self.status.set_ports(names);
        let notice = self
            .selected_port
            .clone()
            .and_then(|name| self.watch(&name, has_midi));
        self.status.set_state(InputState {
            selected_port: self.selected_port.clone(),
            connected: self.open.is_some(),
            problem: self.problem.clone(),
        });
        notice
    }

    fn watch(&mut self, name: &str, has_midi: bool) -> Option<String> {
        let id = self.directory.id_of(name);
        // A port that was plugged in again between two polls has another id.
        if self
            .open
            .as_ref()
            .is_some_and(|(_, open)| open.as_deref() != id)
        {
            self.open = None;
            self.was_lost = true;
            let text = format!(
                "The MIDI input \"{name}\" was disconnected: it is used again when it is back."
            );
            self.problem = Some(text.clone());
            return Some(text);
        }
        if self.open.is_some() || !has_midi {
            return None;
        }
        match self.directory.open(name, (self.make_handler)()) {
            Ok(connection) => {
                let id = self.directory.id_of(name).map(str::to_owned);
                self.open = Some((connection, id));
                self.problem = None;
                std::mem::take(&mut self.was_lost)
                    .then(|| format!("The MIDI input \"{name}\" is back."))
            }
            Err(error) => {
                self.problem = Some(error.to_string());
                None
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::super::super::{port_directory::OpenError, port_names::ListedPort};
    use super::super::message::InputMessage;
    use super::super::parser::MidiParser;
    use super::*;

    /// Ports that a test plugs and unplugs, and the handlers of the open ones.
    #[derive(Clone, Default)]
    struct FakePorts(Arc<Mutex<(Vec<ListedPort>, Vec<InputHandler>)>>);

    impl FakePorts {
        fn plug(&self, ids: &[&str]) {
            let port = |id: &&str| ListedPort {
                name: format!("Keys {id}"),
                id: (*id).to_owned(),
            };
            if let Ok(mut inner) = self.0.lock() {
                inner.0 = ids.iter().map(port).collect();
            }
        }

        /// Sends bytes to the handler of the port that was opened last.
        fn receive(&self, bytes: &[u8]) {
            if let Ok(mut inner) = self.0.lock()
                && let Some(handler) = inner.1.last_mut()
            {
                handler(bytes);
            }
        }
    }

    impl PortSource for FakePorts {
        type Connection = String;
        type Handler = InputHandler;

        fn list(&mut self) -> Vec<ListedPort> {
            self.0.lock().map_or(Vec::new(), |inner| inner.0.clone())
        }

        fn open(&mut self, id: &str, handler: InputHandler) -> Result<String, OpenError> {
            if let Ok(mut inner) = self.0.lock() {
                inner.1.push(handler);
            }
            Ok(id.to_owned())
        }
    }

    fn watched_input(source: &FakePorts) -> (WatchedInput<FakePorts>, Arc<SharedInputState>) {
        let status = Arc::new(SharedInputState::default());
        let sink = Arc::clone(&status);
        let make_handler = move || {
            let (sink, mut parser) = (Arc::clone(&sink), MidiParser::default());
            let handler: InputHandler =
                Box::new(move |bytes| parser.read(bytes, |message| sink.push(message)));
            handler
        };
        let mut input = WatchedInput::new(Arc::clone(&status), Box::new(make_handler));
        input.directory = PortDirectory::new(source.clone());
        (input, status)
    }

    #[test]
    fn a_chosen_port_is_opened_when_it_appears_and_again_when_it_is_back() {
        let source = FakePorts::default();
        let (mut input, status) = watched_input(&source);
        input.choose(Some("Keys".to_owned()), true);
        assert!(!status.state().connected);
        assert!(
            status
                .state()
                .problem
                .is_some_and(|text| text.contains("Keys"))
        );

        source.plug(&["20:0"]);
        assert_eq!(input.poll(true), None);
        assert!(status.state().connected);
        source.receive(&[0x90, 60, 1]);
        let note = InputMessage::NoteOn {
            channel: 0,
            pitch: 60,
            velocity: 1,
        };
        assert_eq!(status.take_messages(), [note]);

        source.plug(&[]);
        assert!(
            input
                .poll(true)
                .is_some_and(|text| text.contains("disconnected"))
        );
        assert_eq!(input.poll(true), None, "reported once");
        source.plug(&["24:0"]);
        assert!(input.poll(true).is_some_and(|text| text.contains("back")));
        assert!(status.state().connected);

        // Without MIDI, as when the server of JACK has ended, nothing stays open or is opened.
        assert!(
            input
                .poll(false)
                .is_some_and(|text| text.contains("disconnected"))
        );
        assert_eq!(input.poll(false), None);
        assert!(!status.state().connected && status.ports().is_empty());
        assert!(input.poll(true).is_some_and(|text| text.contains("back")));
    }

    #[test]
    fn of_two_inputs_of_one_name_the_chosen_one_stays_open_when_the_other_is_unplugged() {
        let source = FakePorts::default();
        source.plug(&["20:0", "24:0"]);
        let (mut input, status) = watched_input(&source);
        input.choose(Some("Keys (2)".to_owned()), true);
        assert_eq!(status.ports(), ["Keys", "Keys (2)"]);
        source.plug(&["24:0"]);
        assert_eq!(input.poll(true), None);
        assert!(status.state().connected);
        assert_eq!(status.ports(), ["Keys (2)"]);
    }

    #[test]
    fn without_a_choice_nothing_is_opened_or_reported() {
        let source = FakePorts::default();
        source.plug(&["20:0"]);
        let (mut input, status) = watched_input(&source);
        assert_eq!(input.poll(true), None);
        assert_eq!(status.state(), InputState::default());
        input.choose(Some("Keys".to_owned()), true);
        assert!(status.state().connected);
        input.choose(None, true);
        assert_eq!(status.state(), InputState::default());
    }

    #[test]
    fn of_a_moving_control_only_the_last_position_is_kept() {
        let status = SharedInputState::default();
        for value in 0..100 {
            status.push(InputMessage::Control {
                channel: 0,
                controller: 7,
                value,
            });
        }
        let last = InputMessage::Control {
            channel: 0,
            controller: 7,
            value: 99,
        };
        assert_eq!(status.take_messages(), [last]);
    }
}
