//! The UDP port on the loopback interface that OSC commands arrive on, and the thread that reads it.

use std::{
    io::{self, ErrorKind},
    net::{Ipv4Addr, SocketAddr, UdpSocket},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    thread::JoinHandle,
    time::Duration,
};

use super::{
    message::InputMessage,
    osc_packet::{MAX_OSC_PACKET, parse_osc_packet},
    status::SharedInputState,
};

/// Time after which the thread checks whether the port was closed, in case the packet that wakes it was lost.
const READ_TIMEOUT: Duration = Duration::from_secs(1);
/// Pause after an error of the system.
const ERROR_PAUSE: Duration = Duration::from_millis(20);

/// An open port. Dropping it ends its thread.
pub(in crate::playback) struct OscPort {
    address: SocketAddr,
    is_closed: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl OscPort {
    /// Opens a port; 0 lets the system choose one. Its commands go to the window through `status`.
    ///
    /// # Errors
    /// The error of the system, if the port is in use or no thread can be started.
    pub fn open(port: u16, status: Arc<SharedInputState>) -> io::Result<Self> {
        let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, port))?;
        socket.set_read_timeout(Some(READ_TIMEOUT))?;
        let address = socket.local_addr()?;
        let is_closed = Arc::new(AtomicBool::new(false));
        let flag = Arc::clone(&is_closed);
        let thread = std::thread::Builder::new()
            .name("tunescape-osc-in".to_owned())
            .spawn(move || receive(&socket, &status, &flag))?;
        Ok(Self {
            address,
            is_closed,
            thread: Some(thread),
        })
    }

    /// The number of the port.
    pub fn port(&self) -> u16 {
        self.address.port()
    }
}

impl Drop for OscPort {
    fn drop(&mut self) {
        self.is_closed.store(true, Relaxed);
        // An empty packet wakes the thread.
        if let Ok(socket) = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)) {
            let _ = socket.send_to(&[], self.address);
        }
        if self
            .thread
            .take()
            .is_some_and(|thread| thread.join().is_err())
        {
            tracing::error!("the thread of the OSC port ended in a panic");
        }
    }
}

fn receive(socket: &UdpSocket, status: &SharedInputState, is_closed: &AtomicBool) {
    // One byte more than allowed, to recognise longer packets.
    let mut buffer = [0; MAX_OSC_PACKET + 1];
    loop {
        let received = socket.recv_from(&mut buffer);
        if is_closed.load(Relaxed) {
            return;
        }
        match received {
            Ok((length, _)) => handle_packet(&buffer[..length], status),
            Err(error) if is_timeout(error.kind()) => {}
            // Windows reports a packet that is too long like this.
            Err(error) => {
                tracing::debug!("OSC: {error}");
                status.osc.count_packet(false);
                std::thread::sleep(ERROR_PAUSE);
            }
        }
    }
}

fn is_timeout(kind: ErrorKind) -> bool {
    matches!(
        kind,
        ErrorKind::WouldBlock | ErrorKind::TimedOut | ErrorKind::Interrupted
    )
}

fn handle_packet(packet: &[u8], status: &SharedInputState) {
    let parsed = parse_osc_packet(packet);
    status.osc.count_packet(parsed.is_ok());
    match parsed {
        Ok(commands) => {
            for command in commands {
                status.push(InputMessage::Osc(command));
            }
        }
        Err(error) => tracing::debug!("{error}"),
    }
}
