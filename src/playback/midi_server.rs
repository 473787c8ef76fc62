//! Whether the server of the system's MIDI clients runs. Only JACK has one that can end.
//!
//! When a JACK server has ended, its library frees all clients of a program as soon as that opens another one, and the program
//! crashes when it uses or closes the freed ones. So all clients are closed before another one is opened.

/// Checks whether the server runs.
#[derive(Debug, Default)]
pub(super) struct MidiServer {
    #[cfg(feature = "jack")]
    watch: jack_watch::ServerWatch,
}

impl MidiServer {
    /// Whether the server runs, so that clients can be opened; if not, every client has to be closed. To be called about once a
    /// second, before clients are opened. May block for a period of JACK.
    #[cfg(feature = "jack")]
    pub fn is_running(&mut self) -> bool {
        self.watch.is_running()
    }

    /// Always true, as the MIDI service of the system does not end.
    #[cfg(not(feature = "jack"))]
    pub fn is_running(&mut self) -> bool {
        true
    }
}

#[cfg(feature = "jack")]
mod jack_watch {
    use std::time::{Duration, Instant};

    use jack::{Client, ClientOptions};

    /// Name of the client. It has no ports.
    const CLIENT_NAME: &str = "Tunescape watch";
    /// Maximum time between two cycles of a running server. The longest period lasts 0.2 s, but without real-time priority on a
    /// machine under a load of five times its processors, 0.6 s were too short.
    const MAX_CYCLE: Duration = Duration::from_millis(1_500);
    /// Time between two readings of the cycle.
    const CYCLE_POLL_INTERVAL: Duration = Duration::from_millis(2);
    /// Time after the end of the server in which every client is closed and none is opened.
    const CLOSE_TIME: Duration = Duration::from_millis(1_500);

    #[derive(Debug, Default)]
    pub(super) struct ServerWatch {
        client: Option<Client>,
        /// No client is opened before this time.
        closing_until: Option<Instant>,
    }

    impl ServerWatch {
        pub fn is_running(&mut self) -> bool {
            if self.closing_until.is_some_and(|end| Instant::now() < end) {
                return false;
            }
            self.closing_until = None;
            if let Some(client) = &self.client {
                if reaches_next_cycle(client) {
                    return true;
                }
                self.client = None;
                self.closing_until = Some(Instant::now() + CLOSE_TIME);
                return false;
            }
            let opened = Client::new(CLIENT_NAME, ClientOptions::NO_START_SERVER);
            self.client = opened.ok().map(|(client, _)| client);
            self.client.is_some()
        }
    }

    /// Whether the server starts another cycle within [`MAX_CYCLE`].
    fn reaches_next_cycle(client: &Client) -> bool {
        let current_cycle = || client.transport().query().ok()?.pos.usecs();
        let (start, first_cycle) = (Instant::now(), current_cycle());
        while start.elapsed() < MAX_CYCLE {
            if current_cycle() != first_cycle {
                return true;
            }
            std::thread::sleep(CYCLE_POLL_INTERVAL);
        }
        false
    }
}
