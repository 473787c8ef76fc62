//! The transport of a JACK server.

use std::time::{Duration, Instant};

use jack::{Client, ClientOptions, TransportBBT, TransportState};

use super::transport::{SongPosition, Transport, TransportReading};

/// Name of the client among those of the server. It has no ports.
const CLIENT_NAME: &str = "Tunescape transport";
/// Time without a cycle of the server after which it counts as lost. A client without ports is not notified.
const LOSS_TIMEOUT: Duration = Duration::from_millis(500);
const STEPS_PER_QUARTER: f64 = 4.0;

/// A client that only reads the transport.
pub(super) struct JackTransport {
    client: Client,
    epoch: Instant,
    /// JACK's time zero on our clock, seconds. Both clocks run at the same speed; of all measured differences the largest has the
    /// least delay in it.
    jack_epoch_seconds: f64,
    /// JACK's time of the last cycle, microseconds, and when it was seen first.
    last_cycle: (u64, Duration),
}

impl std::fmt::Debug for JackTransport {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("JackTransport").finish_non_exhaustive()
    }
}

impl JackTransport {
    /// Opens a client on the running server.
    ///
    /// # Errors
    /// Why there is none, in one sentence that says what to do.
    pub fn open(epoch: Instant) -> Result<Self, String> {
        let opened = Client::new(CLIENT_NAME, ClientOptions::NO_START_SERVER);
        let (client, _) = opened.map_err(|error| {
            tracing::debug!("no JACK transport: {error}");
            "Waiting for JACK: start its server to follow the transport.".to_owned()
        })?;
        Ok(Self {
            client,
            epoch,
            jack_epoch_seconds: f64::NEG_INFINITY,
            last_cycle: (0, epoch.elapsed()),
        })
    }
}

impl Transport for JackTransport {
    fn read(&mut self) -> Option<TransportReading> {
        let now = self.epoch.elapsed();
        let jack_now = self.client.time();
        self.jack_epoch_seconds = self
            .jack_epoch_seconds
            .max(now.as_secs_f64() - jack_now as f64 * 1e-6);
        let transport = self.client.transport().query().ok()?;
        let cycle = transport.pos.usecs()?;
        if cycle != self.last_cycle.0 {
            self.last_cycle = (cycle, now);
        } else if now.saturating_sub(self.last_cycle.1) > LOSS_TIMEOUT {
            return None;
        }
        let rate = f64::from(transport.pos.frame_rate()?);
        // Bar and beat may be given for a frame before that of the cycle.
        let bbt_offset_seconds = f64::from(transport.pos.bbt_offset().unwrap_or(0)) / rate;
        let seconds = (self.jack_epoch_seconds + cycle as f64 * 1e-6).max(0.0);
        Some(TransportReading {
            time: Duration::from_secs_f64(seconds),
            rolling: transport.state == TransportState::Rolling,
            seconds: f64::from(transport.pos.frame()) / rate,
            song: transport
                .pos
                .bbt()
                .and_then(|bbt| song_position(&bbt, bbt_offset_seconds)),
        })
    }
}

/// The position `offset_seconds` after the given bar, beat and tick (BBT). A beat is a note of the denominator; bars before a
/// change of signature are counted as if they were like this one.
fn song_position(bbt: &TransportBBT, offset_seconds: f64) -> Option<SongPosition> {
    let quarters_per_beat = 4.0 / f64::from(bbt.sig_denom);
    let tempo = bbt.bpm * quarters_per_beat;
    let bars = bbt.bar.saturating_sub(1) as f64;
    let beats = bars * f64::from(bbt.sig_num)
        + bbt.beat.saturating_sub(1) as f64
        + bbt.tick as f64 / bbt.ticks_per_beat;
    let quarters = beats * quarters_per_beat + offset_seconds * tempo / 60.0;
    (tempo > 0.0).then_some(SongPosition {
        step: quarters * STEPS_PER_QUARTER,
        tempo,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bbt(bar: usize, beat: usize, tick: usize, signature: [f32; 2]) -> TransportBBT {
        TransportBBT {
            bar,
            beat,
            tick,
            sig_num: signature[0],
            sig_denom: signature[1],
            ticks_per_beat: 1920.0,
            bpm: 120.0,
            bar_start_tick: 0.0,
        }
    }

    #[test]
    fn bars_beats_and_ticks_are_steps_and_eighths_count_half() {
        let position = |bbt: TransportBBT, offset: f64| {
            song_position(&bbt, offset).map(|song| (song.step, song.tempo))
        };
        assert_eq!(position(bbt(1, 1, 0, [4.0, 4.0]), 0.0), Some((0.0, 120.0)));
        // The second bar, its third beat and a half: 16 + 8 + 2 steps.
        assert_eq!(
            position(bbt(2, 3, 960, [4.0, 4.0]), 0.0),
            Some((26.0, 120.0))
        );
        // Six eighths are three quarters, and 120 eighths in a minute 60 quarters.
        assert_eq!(position(bbt(3, 2, 0, [6.0, 8.0]), 0.0), Some((26.0, 60.0)));
        // A quarter of a second is half a beat.
        assert_eq!(position(bbt(1, 1, 0, [4.0, 4.0]), 0.25), Some((2.0, 120.0)));
        let stopped = TransportBBT {
            bpm: 0.0,
            ..bbt(1, 1, 0, [4.0, 4.0])
        };
        assert_eq!(position(stopped, 0.0), None);
    }
}
