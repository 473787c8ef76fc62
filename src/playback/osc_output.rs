//! Notes and the selection to another program by OSC: a UDP port on the loopback interface.
//!
//! Messages are encoded and sent on a thread of their own, so that the clock thread neither allocates nor waits.

use std::{
    collections::BTreeSet,
    io,
    net::{Ipv4Addr, UdpSocket},
    sync::{
        Arc, Mutex, PoisonError, RwLock,
        mpsc::{Receiver, SyncSender, sync_channel},
    },
    thread::JoinHandle,
};

use rosc::{OscMessage, OscPacket, OscType, encoder::encode};

use super::{
    input::{ADDRESS_PREFIX, lock},
    message::Message,
};

/// Maximum number of messages that wait for the thread, which sends one in some microseconds.
const MAX_WAITING: usize = 1_024;

/// The selected melody, as it is sent to other programs.
#[derive(Clone, Debug, PartialEq)]
pub struct OscSelection {
    /// Its id, such as `r041_s12`.
    pub id: String,
    /// Its position on the map: fractions of its width from the left and of its height from the bottom, 0 to 1 unless it lies
    /// outside of the sweep.
    pub position: [f64; 2],
}

/// A message to the thread.
#[derive(Debug)]
enum OscOutMessage {
    /// A note started, or ended if the velocity is 0.
    Note {
        is_chord: bool,
        pitch: u8,
        velocity: u8,
    },
    /// All notes ended.
    Silence,
    /// The selection; `None`: nothing is selected.
    Selection(Option<OscSelection>),
}

/// Accepts messages to be sent, from any thread. While no port is chosen they are dropped, except that the selection is stored.
#[derive(Debug, Default)]
pub(super) struct OscOutbox {
    /// Set and cleared where the port is chosen; everybody else only reads it, so that the clock thread never finds it locked while notes
    /// matter: before that there is nothing to send, and afterwards the sounding notes are ended.
    sender: RwLock<Option<SyncSender<OscOutMessage>>>,
    selection: Mutex<Option<OscSelection>>,
}

impl OscOutbox {
    /// Sends a message to the output by OSC too, if it is a note. For the clock thread: never blocks, so a note is dropped at
    /// the moment in which another thread chooses the port.
    pub fn send_note(&self, message: Message) {
        let out = match message {
            Message::NoteOn { pitch, velocity } => note_out(false, pitch, velocity),
            Message::NoteOff { pitch } => note_out(false, pitch, 0),
            Message::ChordOn {
                pitch, velocity, ..
            } => note_out(true, pitch, velocity),
            Message::ChordOff { pitch, .. } => note_out(true, pitch, 0),
            Message::Panic => OscOutMessage::Silence,
            _ => return,
        };
        if let Ok(sender) = self.sender.try_read()
            && let Some(sender) = &*sender
        {
            let _ = sender.try_send(out);
        }
    }

    fn set_sender(&self, sender: Option<SyncSender<OscOutMessage>>) {
        *self.sender.write().unwrap_or_else(PoisonError::into_inner) = sender;
    }

    /// Sends the selection, now and whenever sending begins.
    pub fn select(&self, selection: Option<OscSelection>) {
        lock(&self.selection).clone_from(&selection);
        let sender = self.sender.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(sender) = &*sender {
            let _ = sender.try_send(OscOutMessage::Selection(selection));
        }
    }
}

fn note_out(is_chord: bool, pitch: u8, velocity: u8) -> OscOutMessage {
    OscOutMessage::Note {
        is_chord,
        pitch,
        velocity,
    }
}

/// Sends to a port. Dropping it ends the sounding notes and its thread.
pub(super) struct OscOutput {
    outbox: Arc<OscOutbox>,
    port: u16,
    thread: Option<JoinHandle<()>>,
}

impl OscOutput {
    /// Opens a socket and sends the messages of the outbox to `port`.
    ///
    /// # Errors
    /// The error of the system, if there is no socket or no thread can be started.
    pub fn open(port: u16, outbox: Arc<OscOutbox>) -> io::Result<Self> {
        let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?;
        let (sender, inbox) = sync_channel(MAX_WAITING);
        let thread = std::thread::Builder::new()
            .name("tunescape-osc-out".to_owned())
            .spawn(move || send_all(&socket, port, &inbox))?;
        let selection = lock(&outbox.selection).clone();
        let _ = sender.try_send(OscOutMessage::Selection(selection));
        outbox.set_sender(Some(sender));
        Ok(Self {
            outbox,
            port,
            thread: Some(thread),
        })
    }

    /// Number of the port.
    pub fn port(&self) -> u16 {
        self.port
    }
}

impl Drop for OscOutput {
    fn drop(&mut self) {
        self.outbox.set_sender(None);
        if self
            .thread
            .take()
            .is_some_and(|thread| thread.join().is_err())
        {
            tracing::error!("the thread that sends OSC ended in a panic");
        }
    }
}

/// Sends the messages of the inbox until the sender is dropped, then ends the sounding notes.
fn send_all(socket: &UdpSocket, port: u16, inbox: &Receiver<OscOutMessage>) {
    let mut sounding = BTreeSet::new();
    let send = |message: OscMessage| {
        if let Ok(bytes) = encode(&OscPacket::Message(message)) {
            // Nobody may be listening.
            let _ = socket.send_to(&bytes, (Ipv4Addr::LOCALHOST, port));
        }
    };
    for out in inbox {
        match out {
            OscOutMessage::Note {
                is_chord,
                pitch,
                velocity,
            } => {
                if velocity > 0 {
                    sounding.insert((is_chord, pitch));
                } else {
                    sounding.remove(&(is_chord, pitch));
                }
                send(note_message(is_chord, pitch, velocity));
            }
            OscOutMessage::Silence => end_notes(&mut sounding, &send),
            OscOutMessage::Selection(selection) => send(selection_message(selection)),
        }
    }
    end_notes(&mut sounding, &send);
}

fn end_notes(sounding: &mut BTreeSet<(bool, u8)>, send: &impl Fn(OscMessage)) {
    for (is_chord, pitch) in std::mem::take(sounding) {
        send(note_message(is_chord, pitch, 0));
    }
}

fn note_message(is_chord: bool, pitch: u8, velocity: u8) -> OscMessage {
    let name = if is_chord { "chord" } else { "note" };
    OscMessage {
        addr: format!("{ADDRESS_PREFIX}{name}"),
        args: vec![OscType::Int(pitch.into()), OscType::Int(velocity.into())],
    }
}

fn selection_message(selection: Option<OscSelection>) -> OscMessage {
    let (name, args) = match selection {
        None => ("deselected", Vec::new()),
        Some(OscSelection { id, position }) => {
            let [x, y] = position.map(|coordinate| OscType::Float(coordinate as f32));
            ("selected", vec![OscType::String(id), x, y])
        }
    };
    OscMessage {
        addr: format!("{ADDRESS_PREFIX}{name}"),
        args,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_note_that_ends_while_the_selection_is_sent_is_sent_too() {
        let outbox = OscOutbox::default();
        let (sender, inbox) = sync_channel(4);
        outbox.set_sender(Some(sender));
        // As another thread that sends a selection.
        let selecting = outbox.sender.read();
        outbox.send_note(Message::NoteOff { pitch: 60 });
        drop(selecting);
        let sent = inbox.try_recv();
        assert!(
            matches!(
                sent,
                Ok(OscOutMessage::Note {
                    pitch: 60,
                    velocity: 0,
                    ..
                })
            ),
            "{sent:?}"
        );
    }
}
