//! Whether the server of the system's MIDI clients runs. Only JACK has one that can end.
//!
//! When a JACK server has ended, its library frees all clients of a program as soon as that opens another one, and the program
//! crashes when it uses or closes the freed ones. So they are closed before, and no other is opened meanwhile.

/// Watches the server.
#[derive(Debug, Default)]
pub(super) struct MidiServer {
    #[cfg(feature = "jack")]
    watch: jack_watch::Watch,
}

impl MidiServer {
    /// Whether it runs, so that clients can be opened; if not, every client has to be closed. To be called about once a second,
    /// before clients are opened. May take a period of JACK.
    #[cfg(feature = "jack")]
    pub fn runs(&mut self) -> bool {
        self.watch.runs()
    }

    /// Always, as MIDI that belongs to the system does not end.
    #[cfg(not(feature = "jack"))]
    pub fn runs(&mut self) -> bool {
        true
    }
}

#[cfg(feature = "jack")]
mod jack_watch {
    use std::time::{Duration, Instant};

    use jack::{Client, ClientOptions};

    /// Name of the client. It has no ports.
    const CLIENT_NAME: &str = "Tunescape watch";
    /// Longest time between two cycles of a server, also of one without real time on a machine with five times more to do than it
    /// has processors, where 0.6 s were too short: the longest period lasts 0.2 s.
    const MAX_CYCLE: Duration = Duration::from_millis(1_500);
    /// Time between two looks at the cycle.
    const LOOK: Duration = Duration::from_millis(2);
    /// Time in which every client is closed after the server has ended.
    const CLOSING: Duration = Duration::from_millis(1_500);

    #[derive(Debug, Default)]
    pub(super) struct Watch {
        client: Option<Client>,
        /// Until when no client is opened.
        closing: Option<Instant>,
    }

    impl Watch {
        pub fn runs(&mut self) -> bool {
            if self.closing.is_some_and(|end| Instant::now() < end) {
                return false;
            }
            self.closing = None;
            if let Some(client) = &self.client {
                if cycles(client) {
                    return true;
                }
                self.client = None;
                self.closing = Some(Instant::now() + CLOSING);
                return false;
            }
            let opened = Client::new(CLIENT_NAME, ClientOptions::NO_START_SERVER);
            self.client = opened.ok().map(|(client, _)| client);
            self.client.is_some()
        }
    }

    /// Whether the server goes on to its next cycle.
    fn cycles(client: &Client) -> bool {
        let cycle = || client.transport().query().ok()?.pos.usecs();
        let (begin, first) = (Instant::now(), cycle());
        while begin.elapsed() < MAX_CYCLE {
            if cycle() != first {
                return true;
            }
            std::thread::sleep(LOOK);
        }
        false
    }
}
