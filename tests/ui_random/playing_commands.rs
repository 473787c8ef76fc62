//! A random command on how melodies sound and are recorded, or a message of a MIDI device.

use std::path::PathBuf;

use rand::RngExt as _;
use tunescape::attributes::ATTRIBUTES;
use tunescape::melody::{Feel, Scale, ScaleKind, SwingUnit};
use tunescape::playback::input::{ClockSignal, InputMessage, OscCommand, OscSettings};
use tunescape::playback::{
    AudioFormat, Instrument, LaunchQuantization, MetronomeAndClock, MidiPatch, Preset, SoundChoice,
    SoundDeviceSettings,
};
use tunescape::ui::{
    ChordSettings, Command, ControlTarget, ExportSelection, MidiInputCommand, SoundCommand,
};

use crate::random_window::RandomWindow;

/// Texts that are typed as a progression, also invalid ones.
const PROGRESSIONS: [&str; 7] = [
    "Am F C G",
    "Dm7 G7 | Cmaj7",
    "% NC | Hx",
    "",
    "|",
    "C/G",
    "Größe",
];
/// Number of notices from which a random one is answered.
const MAX_NOTICES: usize = 8;

/// A command on how melodies sound.
pub fn sound(window: &mut RandomWindow) -> Command {
    match window.below(12) {
        0 | 1 => Command::SetFeel(feel(window)),
        2 | 3 => Command::SetChords(ChordSettings {
            on: window.once_in(2),
            text: PROGRESSIONS[window.below(PROGRESSIONS.len())].to_owned(),
            velocity: window.rng.random(),
            channel: window.rng.random(),
        }),
        4 => Command::SetLaunch(LaunchQuantization::ALL[window.below(4)]),
        5 => Command::SetMetronomeAndClock(MetronomeAndClock {
            metronome: window.once_in(2),
            count_in: window.once_in(2),
            clock_out: window.once_in(2),
        }),
        6 => Command::SetLatencyOffset(window.rng.random_range(-100_000..100_000)),
        7 => Command::SetExportRaw(window.once_in(2)),
        8 => Command::SetMidiPatch(MidiPatch {
            channel: window.rng.random(),
            program: Some(window.rng.random()).filter(|_| window.once_in(2)),
            bank: Some(window.rng.random()).filter(|_| window.once_in(2)),
        }),
        _ => Command::Sound(synth(window)),
    }
}

fn scale(window: &mut RandomWindow) -> Scale {
    let kind = ScaleKind::ALL[window.below(ScaleKind::ALL.len())];
    Scale::new(window.below(12) as u8, kind)
}

fn feel(window: &mut RandomWindow) -> Feel {
    let snap = Some(scale(window)).filter(|_| window.once_in(2));
    Feel {
        swing: window.rng.random(),
        swing_unit: [SwingUnit::Eighth, SwingUnit::Sixteenth][window.below(2)],
        note_length: window.rng.random(),
        transpose: window.rng.random(),
        snap,
        velocity: window.rng.random(),
        humanise: window.rng.random(),
        seed: window.rng.random(),
    }
}

fn synth(window: &mut RandomWindow) -> SoundCommand {
    match window.below(7) {
        0 => {
            let instrument = Instrument::ALL[window.below(Instrument::ALL.len())];
            SoundCommand::Choose(SoundChoice::BuiltIn(instrument))
        }
        1 => SoundCommand::Choose(SoundChoice::SoundFont {
            path: PathBuf::from("/nowhere/font.sf2"),
            preset: Preset {
                name: "Größe".to_owned(),
                bank: window.rng.random(),
                program: window.rng.random(),
            },
        }),
        2 => SoundCommand::FindSoundFonts,
        3 => SoundCommand::ChooseSoundFont,
        // No font at all.
        4 => SoundCommand::OpenSoundFont(window.folder().join("song.mid")),
        5 => SoundCommand::SetDevice(SoundDeviceSettings {
            device: Some("A device that is gone".to_owned()).filter(|_| window.once_in(2)),
            sample_rate: Some(window.rng.random()).filter(|_| window.once_in(2)),
            block_frames: Some(window.rng.random()).filter(|_| window.once_in(2)),
        }),
        _ => SoundCommand::ShowSettings(window.once_in(2)),
    }
}

/// A command on the MIDI input.
pub fn midi_input(window: &mut RandomWindow) -> Command {
    let mut targets: Vec<ControlTarget> = ControlTarget::all().collect();
    targets.push(ControlTarget::Attribute("of a later version".to_owned()));
    let target = targets.swap_remove(window.below(ATTRIBUTES.len() + 4));
    Command::MidiInput(match window.below(8) {
        0 => {
            let port = ["Keyboard", "A keyboard that is gone"][window.below(2)];
            let choice = Some(port.to_owned());
            MidiInputCommand::Choose(choice.filter(|_| window.once_in(2)))
        }
        1 => MidiInputCommand::FollowClock(window.once_in(2)),
        2 => MidiInputCommand::FollowTransport(window.once_in(2)),
        3 => MidiInputCommand::Forget(target),
        _ => MidiInputCommand::Learn(Some(target).filter(|_| !window.once_in(4))),
    })
}

/// A command with random OSC settings, also invalid ones.
pub fn osc(window: &mut RandomWindow) -> Command {
    Command::SetOsc(OscSettings {
        receives: window.once_in(2),
        port: window.rng.random(),
        sends: window.once_in(2),
        send_port: window.rng.random(),
    })
}

/// A command by OSC, also with unknown names.
fn osc_command(window: &mut RandomWindow) -> OscCommand {
    match window.below(7) {
        0 => OscCommand::Select(
            ["r003_s01", "r999_centre", "steer0_00", "?"][window.below(4)].to_owned(),
        ),
        1 => OscCommand::PlayPosition([window.rng.random(), window.rng.random()]),
        2 => OscCommand::Play(window.once_in(2)),
        3 => OscCommand::Keep,
        4 => OscCommand::Tempo(window.rng.random_range(-1e9..1e9)),
        _ => OscCommand::Steer {
            attribute: ["note_density", "contour", "of a later version"][window.below(3)]
                .to_owned(),
            value: window.rng.random_range(-1e9..1e9),
        },
    }
}

/// A message of a MIDI device or another program.
pub fn midi_message(window: &mut RandomWindow) -> InputMessage {
    let channel = window.below(2) as u8;
    match window.below(9) {
        6.. => InputMessage::Osc(osc_command(window)),
        0 => InputMessage::NoteOn {
            channel,
            pitch: window.below(128) as u8,
            velocity: 100,
        },
        1 => InputMessage::NoteOff {
            channel,
            pitch: window.below(128) as u8,
        },
        2 => InputMessage::Program {
            channel,
            program: window.below(6) as u8,
        },
        3 => InputMessage::Clock(ClockSignal::Pulse),
        _ => InputMessage::Control {
            channel,
            controller: window.below(3) as u8,
            value: window.below(128) as u8,
        },
    }
}

/// A command to record, or an answer to a notice about files.
pub fn files(window: &mut RandomWindow) -> Command {
    let notices = window.window.harness.state().state().notices.iter();
    let ids: Vec<u64> = notices.map(|notice| notice.id).take(MAX_NOTICES).collect();
    let id = match ids.len() {
        0 => 3,
        count => ids[window.below(count)],
    };
    let selection = [
        ExportSelection::Shown,
        ExportSelection::Selected,
        ExportSelection::Path,
    ][window.below(3)];
    match window.below(8) {
        0 => Command::Record(
            selection,
            [AudioFormat::Wav, AudioFormat::Flac][window.below(2)],
        ),
        1 | 2 => Command::CancelRecording(id),
        3 | 4 => Command::ReplaceFiles(id),
        5 | 6 => Command::KeepBothFiles(id),
        // Does nothing before the analysis is finished.
        _ => Command::ExportFigures,
    }
}
