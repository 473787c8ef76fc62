//! Writes melodies as standard MIDI files, into memory.

use midly::num::{u4, u7, u15, u24, u28};
use midly::{Format, Header, MetaMessage, MidiMessage, Timing, TrackEvent, TrackEventKind};

use crate::melody::feel::{Feel, TICKS_PER_QUARTER, TICKS_PER_STEP};
use crate::melody::melody_type::Melody;
use crate::melody::performance::perform;

/// Largest delta time of the format, in ticks.
const MAX_DELTA: u32 = (1 << 28) - 1;
/// Maximum number of melodies of a file, which has up to 65,535 tracks, one of them the conductor track.
pub const MAX_MELODY_TRACKS: usize = 65_534;
/// The drum channel of General MIDI, channel 10 counted from 1.
const DRUM_CHANNEL: u8 = 9;

/// A melody with its texts for the file.
#[derive(Clone, Debug)]
pub struct Track<'a> {
    /// The melody; its length in steps is the length of the track.
    pub melody: &'a Melody,
    /// Track name, shown by music programs.
    pub name: String,
    /// Origin of the melody, written as a text event.
    pub text: String,
}

/// Sound of the melodies in a file.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MidiWriteOptions {
    /// Tempo in quarter notes per minute, limited to what a MIDI file can store.
    pub tempo_bpm: f64,
    /// How the notes are played. The default writes them as they are.
    pub feel: Feel,
    /// General MIDI program, 0 to 127.
    pub program: u8,
    /// Bank of the program, 0 to 16383; `None` writes none.
    pub bank: Option<u16>,
    /// MIDI channel, 0 to 15.
    pub channel: u8,
}

impl Default for MidiWriteOptions {
    fn default() -> Self {
        Self {
            tempo_bpm: 120.0,
            feel: Feel::default(),
            program: 0,
            bank: None,
            channel: 0,
        }
    }
}

/// One melody as a type-0 file: tempo, 4/4, name, text, program and notes, End of Track exactly at the last step.
#[must_use]
pub fn single_track_bytes(track: &Track<'_>, options: &MidiWriteOptions) -> Vec<u8> {
    let mut writer = TrackWriter::default();
    writer.name(&track.name);
    writer.tempo_and_metre(options.tempo_bpm);
    writer.melody(track, options, options.channel.min(15));
    file_bytes(Format::SingleTrack, &[writer.events])
}

/// Several melodies as a type-1 file: a conductor track with tempo and 4/4, then one named track for each melody.
///
/// All start together and end exactly at their last step. The tracks take successive channels from `options.channel` on,
/// without the drum channel, so that no track cuts another's notes when they are merged.
#[must_use]
pub fn multi_track_bytes(tracks: &[Track<'_>], options: &MidiWriteOptions) -> Vec<u8> {
    let tracks = &tracks[..tracks.len().min(MAX_MELODY_TRACKS)];
    let mut conductor = TrackWriter::default();
    conductor.tempo_and_metre(options.tempo_bpm);
    let ends = tracks.iter().map(|track| end_tick(track.melody));
    conductor.end(ends.max().unwrap_or(0));
    let mut all = vec![conductor.events];
    let mut channels = (0..16_u8)
        .cycle()
        .skip(usize::from(options.channel.min(15)))
        .filter(|&c| c != DRUM_CHANNEL);
    for track in tracks {
        let mut writer = TrackWriter::default();
        writer.name(&track.name);
        writer.melody(track, options, channels.next().unwrap_or(0));
        all.push(writer.events);
    }
    file_bytes(Format::Parallel, &all)
}

fn file_bytes(format: Format, tracks: &[Vec<TrackEvent<'_>>]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let header = Header::new(format, Timing::Metrical(u15::new(TICKS_PER_QUARTER)));
    let written = midly::write(&header, tracks.iter().map(|track| track.iter()), &mut bytes);
    debug_assert!(
        written.is_ok(),
        "only a text of 256 MB, a track of 4 GB or too many tracks can fail"
    );
    bytes
}

fn end_tick(melody: &Melody) -> u32 {
    u32::try_from(melody.steps())
        .unwrap_or(u32::MAX)
        .saturating_mul(TICKS_PER_STEP)
}

/// Collects the events of a track and converts their ticks to delta times.
#[derive(Default)]
struct TrackWriter<'a> {
    events: Vec<TrackEvent<'a>>,
    tick: u32,
}

impl<'a> TrackWriter<'a> {
    fn push(&mut self, tick: u32, kind: TrackEventKind<'a>) {
        let delta = u28::new(tick.saturating_sub(self.tick).min(MAX_DELTA));
        self.events.push(TrackEvent { delta, kind });
        self.tick = tick;
    }

    fn meta(&mut self, tick: u32, message: MetaMessage<'a>) {
        self.push(tick, TrackEventKind::Meta(message));
    }

    fn name(&mut self, name: &'a str) {
        self.meta(0, MetaMessage::TrackName(name.as_bytes()));
    }

    fn tempo_and_metre(&mut self, bpm: f64) {
        let bpm = if bpm.is_finite() && bpm > 0.0 {
            bpm
        } else {
            MidiWriteOptions::default().tempo_bpm
        };
        // The file stores microseconds per quarter note in 24 bits.
        let micros = (60_000_000.0 / bpm)
            .round()
            .clamp(1.0, f64::from((1_u32 << 24) - 1)) as u32;
        self.meta(0, MetaMessage::Tempo(u24::new(micros)));
        // 4 / 2^2, a metronome click each quarter (24 MIDI clocks), 8 thirty-seconds in a quarter.
        self.meta(0, MetaMessage::TimeSignature(4, 2, 24, 8));
    }

    fn melody(&mut self, track: &'a Track<'_>, options: &MidiWriteOptions, channel: u8) {
        self.meta(0, MetaMessage::Text(track.text.as_bytes()));
        let channel = u4::new(channel);
        let midi = |message| TrackEventKind::Midi { channel, message };
        // Controllers 0 and 32, before the program (MIDI 1.0 detailed specification, page 13).
        let bank = options.bank.map(|bank| [(0, bank >> 7), (32, bank)]);
        for (controller, value) in bank.into_iter().flatten() {
            let controller = u7::new(controller);
            let value = u7::new((value & 0x7F) as u8);
            self.push(0, midi(MidiMessage::Controller { controller, value }));
        }
        let program = u7::new(options.program.min(127));
        self.push(0, midi(MidiMessage::ProgramChange { program }));
        // Notes never overlap, so each one's end comes before the next one's start.
        for note in perform(track.melody, &options.feel).notes() {
            let key = u7::new(note.pitch.min(127));
            let vel = u7::new(note.velocity.min(127));
            let on = MidiMessage::NoteOn { key, vel };
            let off = MidiMessage::NoteOff { key, vel: 0.into() };
            self.push(note.start, midi(on));
            self.push(note.end, midi(off));
        }
        self.end(end_tick(track.melody));
    }

    fn end(&mut self, tick: u32) {
        self.meta(tick, MetaMessage::EndOfTrack);
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]
    use super::*;
    use crate::melody::{Tokens, testing};

    /// Two bars whose last note ends early and whose second note follows the first without a gap.
    fn melody() -> Melody {
        testing::melody(&[(60, 0, 4), (60, 4, 6), (67, 8, 20)], 32)
    }

    fn track(melody: &Melody) -> Track<'_> {
        Track {
            melody,
            name: "Région 41".to_owned(),
            text: "seed 99, region 41, sample 12".to_owned(),
        }
    }

    /// Absolute tick and kind of every event of each track, as read by midly.
    fn events(bytes: &[u8]) -> Vec<Vec<(u32, TrackEventKind<'_>)>> {
        let smf = midly::Smf::parse(bytes).unwrap();
        smf.tracks
            .into_iter()
            .map(|track| {
                let mut tick = 0;
                track
                    .into_iter()
                    .map(|event| {
                        tick += event.delta.as_int();
                        (tick, event.kind)
                    })
                    .collect()
            })
            .collect()
    }

    #[test]
    fn a_single_melody_is_written_as_these_bytes() {
        // By hand from the Standard MIDI File 1.0 specification.
        let melody = testing::melody(&[(60, 0, 4)], 32);
        let track = Track {
            melody: &melody,
            name: "A".to_owned(),
            text: "t".to_owned(),
        };
        let options = MidiWriteOptions {
            tempo_bpm: 120.0,
            feel: Feel::default(),
            program: 5,
            bank: None,
            channel: 2,
        };
        let mut expected = b"MThd\0\0\0\x06\0\0\0\x01\x01\xe0MTrk\0\0\0\x2a".to_vec();
        expected.extend(b"\x00\xff\x03\x01A"); // track name
        expected.extend(b"\x00\xff\x51\x03\x07\xa1\x20"); // 500,000 microseconds per quarter
        expected.extend(b"\x00\xff\x58\x04\x04\x02\x18\x08"); // 4/4
        expected.extend(b"\x00\xff\x01\x01t"); // text
        expected.extend(b"\x00\xc2\x05"); // program
        expected.extend(b"\x00\x92\x3c\x50\x83\x60\x82\x3c\x00"); // on, off 480 ticks later
        expected.extend(b"\x9a\x20\xff\x2f\x00"); // 3,360 ticks more: 3,840 in all
        assert_eq!(single_track_bytes(&track, &options), expected);
    }

    fn meta(tick: u32, message: MetaMessage<'_>) -> (u32, TrackEventKind<'_>) {
        (tick, TrackEventKind::Meta(message))
    }

    #[test]
    fn the_track_ends_exactly_at_the_end_of_the_second_bar() {
        let melody = melody();
        for steps in [32, 16, 256] {
            let melody = Melody::from_notes(melody.notes(), steps).unwrap();
            let bytes = single_track_bytes(&track(&melody), &MidiWriteOptions::default());
            let last = *events(&bytes)[0].last().unwrap();
            assert_eq!(last, meta(steps as u32 * 120, MetaMessage::EndOfTrack));
        }
    }

    #[test]
    fn every_note_on_is_audible_even_with_velocity_0() {
        let melody = melody();
        let options = MidiWriteOptions {
            feel: Feel {
                velocity: 0,
                ..Feel::default()
            },
            ..Default::default()
        };
        let bytes = single_track_bytes(&track(&melody), &options);
        let tracks = events(&bytes);
        let velocities: Vec<u8> = tracks[0]
            .iter()
            .filter_map(|(_, kind)| match kind {
                TrackEventKind::Midi {
                    message: MidiMessage::NoteOn { vel, .. },
                    ..
                } => Some(vel.as_int()),
                _ => None,
            })
            .collect();
        assert_eq!(velocities, [1, 1, 1]);
    }

    #[test]
    fn a_repeated_pitch_is_released_before_it_starts_again() {
        let melody = melody();
        let bytes = single_track_bytes(&track(&melody), &MidiWriteOptions::default());
        let tracks = events(&bytes);
        let at_480: Vec<bool> = tracks[0]
            .iter()
            .filter(|(tick, _)| *tick == 480)
            .map(|(_, kind)| {
                matches!(
                    kind,
                    TrackEventKind::Midi {
                        message: MidiMessage::NoteOn { .. },
                        ..
                    }
                )
            })
            .collect();
        assert_eq!(at_480, [false, true]);
    }

    #[test]
    fn several_melodies_get_a_conductor_and_a_named_track_each() {
        let (long, short) = (
            melody(),
            Melody::from_tokens(Tokens::new(vec![41; 16]).unwrap()),
        );
        let mut second = track(&short);
        second.name = "other".to_owned();
        let options = MidiWriteOptions {
            tempo_bpm: 90.0,
            channel: 8,
            ..Default::default()
        };
        let bytes = multi_track_bytes(&[track(&long), second], &options);
        assert_eq!(
            midly::Smf::parse(&bytes).unwrap().header.format,
            Format::Parallel
        );
        let tracks = events(&bytes);
        assert_eq!(tracks.len(), 3);
        for (track, message) in [
            (0, MetaMessage::Tempo(u24::new(666_667))),
            (0, MetaMessage::TimeSignature(4, 2, 24, 8)),
            (1, MetaMessage::TrackName("Région 41".as_bytes())),
            (1, MetaMessage::Text(b"seed 99, region 41, sample 12")),
            (2, MetaMessage::TrackName(b"other")),
        ] {
            assert!(tracks[track].contains(&meta(0, message)), "{message:?}");
        }
        let ends: Vec<u32> = tracks.iter().map(|track| track.last().unwrap().0).collect();
        assert_eq!(ends, [3840, 3840, 1920]);
        let channel = |track: &[(u32, TrackEventKind<'_>)]| {
            track.iter().find_map(|(_, kind)| match kind {
                TrackEventKind::Midi { channel, .. } => Some(channel.as_int()),
                _ => None,
            })
        };
        // 8, then 10: 9 is the drums.
        assert_eq!(
            (channel(&tracks[1]), channel(&tracks[2])),
            (Some(8), Some(10))
        );
    }

    #[test]
    fn the_file_has_the_notes_as_they_are_played() {
        let melody = melody();
        let feel = Feel {
            swing: 67,
            note_length: 50,
            transpose: 5,
            velocity: 99,
            humanise: 50,
            seed: 8,
            ..Feel::default()
        };
        let options = MidiWriteOptions {
            feel,
            ..Default::default()
        };
        let single = single_track_bytes(&track(&melody), &options);
        let several = multi_track_bytes(&[track(&melody), track(&melody)], &options);
        let performance = perform(&melody, &feel);
        let wanted: Vec<(u32, u8, u8)> = performance
            .notes()
            .iter()
            .flat_map(|n| [(n.start, n.pitch, n.velocity), (n.end, n.pitch, 0)])
            .collect();
        let [single, several] = [events(&single), events(&several)];
        for events in [&single[0], &several[1], &several[2]] {
            let notes: Vec<(u32, u8, u8)> = events
                .iter()
                .filter_map(|(tick, kind)| match kind {
                    TrackEventKind::Midi { message, .. } => match message {
                        MidiMessage::NoteOn { key, vel } => {
                            Some((*tick, key.as_int(), vel.as_int()))
                        }
                        MidiMessage::NoteOff { key, .. } => Some((*tick, key.as_int(), 0)),
                        _ => None,
                    },
                    _ => None,
                })
                .collect();
            assert_eq!(notes, wanted);
            assert_eq!(events.last(), Some(&meta(3_840, MetaMessage::EndOfTrack)));
        }
    }

    #[test]
    fn a_bank_comes_before_its_program() {
        let melody = melody();
        let options = MidiWriteOptions {
            bank: Some(129),
            program: 7,
            channel: 3,
            ..Default::default()
        };
        let bytes = single_track_bytes(&track(&melody), &options);
        let wanted = [0, 0xB3, 0, 1, 0, 0xB3, 32, 1, 0, 0xC3, 7];
        // Running status leaves out what repeats.
        let running = [0, 0xB3, 0, 1, 0, 32, 1, 0, 0xC3, 7];
        let has = |part: &[u8]| bytes.windows(part.len()).any(|window| window == part);
        assert!(has(&wanted) || has(&running), "{bytes:?}");
    }

    #[test]
    fn an_impossible_tempo_is_limited_to_what_a_file_can_store() {
        let melody = melody();
        for (bpm, micros) in [
            (f64::NAN, 500_000),
            (0.0, 500_000),
            (-3.0, 500_000),
            (1e-9, 0xff_ffff),
            (1e12, 1),
        ] {
            let options = MidiWriteOptions {
                tempo_bpm: bpm,
                ..Default::default()
            };
            let bytes = single_track_bytes(&track(&melody), &options);
            let tempo = meta(0, MetaMessage::Tempo(u24::new(micros)));
            assert!(events(&bytes)[0].contains(&tempo), "{bpm}");
        }
    }
}
