//! The chosen input port: opened, watched, and opened again when it is back.

use std::sync::Arc;

use super::super::port_directory::{PortDirectory, PortSource};
use super::{
    port::InputHandler,
    status::{InputState, SharedInputState},
};

/// Makes a handler for each opening of the port.
type MakeHandler = Box<dyn Fn() -> InputHandler + Send>;

/// The chosen input port of a source of ports.
pub(in crate::playback) struct WatchedInput<S: PortSource> {
    directory: PortDirectory<S>,
    status: Arc<SharedInputState>,
    make_handler: MakeHandler,
    selected_port: Option<String>,
    /// The open connection, held only to be dropped, and the id of its port.
    open: Option<(S::Connection, Option<String>)>,
    /// True after the chosen port was lost, until it is back.
    lost: bool,
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
            lost: false,
            problem: None,
        }
    }

    /// Chooses a port, or none, which is opened if there is MIDI.
    pub fn choose(&mut self, selected_port: Option<String>, has_midi: bool) {
        if selected_port != self.selected_port {
            self.open = None;
            self.lost = false;
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
            self.lost = true;
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
                std::mem::take(&mut self.lost)
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
    struct Fake(Arc<Mutex<(Vec<ListedPort>, Vec<InputHandler>)>>);

    impl Fake {
        fn plug(&self, ids: &[&str]) {
            let port = |id: &&str| ListedPort {
                name: format!("Keys {id}"),
                id: (*id).to_owned(),
            };
            if let Ok(mut inner) = self.0.lock() {
                inner.0 = ids.iter().map(port).collect();
            }
        }

        /// Plays bytes into the port that was opened last.
        fn play(&self, bytes: &[u8]) {
            if let Ok(mut inner) = self.0.lock()
                && let Some(handler) = inner.1.last_mut()
            {
                handler(bytes);
            }
        }
    }

    impl PortSource for Fake {
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

    fn watched(source: &Fake) -> (WatchedInput<Fake>, Arc<SharedInputState>) {
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
    fn a_chosen_port_is_waited_for_opened_and_opened_again_when_it_is_back() {
        let source = Fake::default();
        let (mut input, status) = watched(&source);
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
        source.play(&[0x90, 60, 1]);
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
        assert_eq!(input.poll(true), None, "told once");
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
    fn of_two_inputs_of_one_name_the_chosen_one_stays_when_the_other_goes() {
        let source = Fake::default();
        source.plug(&["20:0", "24:0"]);
        let (mut input, status) = watched(&source);
        input.choose(Some("Keys (2)".to_owned()), true);
        assert_eq!(status.ports(), ["Keys", "Keys (2)"]);
        source.plug(&["24:0"]);
        assert_eq!(input.poll(true), None);
        assert!(status.state().connected);
        assert_eq!(status.ports(), ["Keys (2)"]);
    }

    #[test]
    fn without_a_choice_nothing_is_opened_and_nothing_said() {
        let source = Fake::default();
        source.plug(&["20:0"]);
        let (mut input, status) = watched(&source);
        assert_eq!(input.poll(true), None);
        assert_eq!(status.state(), InputState::default());
        input.choose(Some("Keys".to_owned()), true);
        assert!(status.state().connected);
        input.choose(None, true);
        assert_eq!(status.state(), InputState::default());
    }

    #[test]
    fn of_a_moving_control_only_the_last_position_waits() {
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
