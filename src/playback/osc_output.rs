//! Notes and the selection to another program by OSC: a UDP port on the loopback interface.
//!
//! Messages are encoded and sent on a thread of their own, so that the clock thread neither allocates nor waits.

use std::{
    collections::BTreeSet,
    io,
    net::{Ipv4Addr, UdpSocket},
    sync::{
        Arc, Mutex,
        mpsc::{Receiver, SyncSender, sync_channel},
    },
    thread::JoinHandle,
};

use rosc::{OscMessage, OscPacket, OscType, encoder::encode};

use super::{
    input::{ADDRESS_PREFIX, lock},
    message::Message,
};

/// Messages that may wait for the thread, which takes one in some microseconds.
const MAX_WAITING: usize = 1_024;

/// The selected melody, as other programs are told of it.
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
enum OscOut {
    /// A note began; velocity 0: it ended.
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

/// Takes what is to be sent, from any thread; what comes while nothing is sent is dropped, but for the selection.
#[derive(Debug, Default)]
pub(super) struct OscOutbox {
    sender: Mutex<Option<SyncSender<OscOut>>>,
    selection: Mutex<Option<OscSelection>>,
}

impl OscOutbox {
    /// Tells of a message that left for the output, if it is a note. For the clock thread: waits for nothing, so that a note may be
    /// dropped in the moment in which the port is chosen.
    pub fn note(&self, message: Message) {
        let out = match message {
            Message::NoteOn { pitch, velocity } => note(false, pitch, velocity),
            Message::NoteOff { pitch } => note(false, pitch, 0),
            Message::ChordOn {
                pitch, velocity, ..
            } => note(true, pitch, velocity),
            Message::ChordOff { pitch, .. } => note(true, pitch, 0),
            Message::Panic => OscOut::Silence,
            _ => return,
        };
        if let Ok(sender) = self.sender.try_lock()
            && let Some(sender) = &*sender
        {
            let _ = sender.try_send(out);
        }
    }

    /// Tells of the selection, now and whenever sending begins.
    pub fn select(&self, selection: Option<OscSelection>) {
        lock(&self.selection).clone_from(&selection);
        if let Some(sender) = &*lock(&self.sender) {
            let _ = sender.try_send(OscOut::Selection(selection));
        }
    }
}

fn note(is_chord: bool, pitch: u8, velocity: u8) -> OscOut {
    OscOut::Note {
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
    /// Begins to send what the outbox takes.
    ///
    /// # Errors
    /// Of the system, if there is no socket or no thread can be started.
    pub fn open(port: u16, outbox: Arc<OscOutbox>) -> io::Result<Self> {
        let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?;
        let (sender, inbox) = sync_channel(MAX_WAITING);
        let thread = std::thread::Builder::new()
            .name("tunescape-osc-out".to_owned())
            .spawn(move || send_all(&socket, port, &inbox))?;
        let selection = lock(&outbox.selection).clone();
        let _ = sender.try_send(OscOut::Selection(selection));
        *lock(&outbox.sender) = Some(sender);
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
        *lock(&self.outbox.sender) = None;
        if self
            .thread
            .take()
            .is_some_and(|thread| thread.join().is_err())
        {
            tracing::error!("the thread that sends OSC ended in a panic");
        }
    }
}

/// Sends until the sender is dropped.
fn send_all(socket: &UdpSocket, port: u16, inbox: &Receiver<OscOut>) {
    let mut sounding = BTreeSet::new();
    let send = |message: OscMessage| {
        if let Ok(bytes) = encode(&OscPacket::Message(message)) {
            // Nobody may be listening.
            let _ = socket.send_to(&bytes, (Ipv4Addr::LOCALHOST, port));
        }
    };
    for out in inbox {
        match out {
            OscOut::Note {
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
            OscOut::Silence => end_notes(&mut sounding, &send),
            OscOut::Selection(selection) => send(selection_message(selection)),
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
            let [x, y] = position.map(|at| OscType::Float(at as f32));
            ("selected", vec![OscType::String(id), x, y])
        }
    };
    OscMessage {
        addr: format!("{ADDRESS_PREFIX}{name}"),
        args,
    }
}
