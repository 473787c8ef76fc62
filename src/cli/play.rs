//! `tunescape play`: MIDI files on a port, the built-in synth, or in silence.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use super::args::PlayArgs;
use super::error::CliError;
use super::song::{SongMelody, performance_text, read_song_melody};
use super::terminal::{interrupt_flag, is_quiet, print_notice};
use crate::melody::{Melody, STEPS_PER_BAR};
use crate::playback::{
    DEFAULT_TEMPO, MetronomeAndClock, MidiPatch, OutputChoice, Player, Ports, SoundDeviceSettings,
};
use crate::wording::count_with_noun;

/// Time between two checks of the player's state.
const POLL_INTERVAL: Duration = Duration::from_millis(5);
/// Longest time that an output may take to open, and a melody to begin.
const TIMEOUT: Duration = Duration::from_secs(10);
/// Time for the synth to switch to a SoundFont, a few blocks of sound.
const SOUND_FONT_DELAY: Duration = Duration::from_millis(150);
/// Time for the last note of the synth to fade.
const FADE_TIME: Duration = Duration::from_millis(600);

pub(super) fn run(arguments: &PlayArgs) -> Result<(), CliError> {
    let stop = interrupt_flag();
    let songs: Vec<(&Path, SongMelody)> = arguments
        .files
        .iter()
        .map(|path| {
            Ok((
                path.as_path(),
                read_song_melody(path, arguments.tune.track)?,
            ))
        })
        .collect::<Result<_, CliError>>()?;
    if let (0, [_, second, ..]) = (arguments.loops, &arguments.files[..]) {
        return Err(CliError::Usage(format!(
            "--loops 0 never comes to the second file, {}; choose a number of loops",
            second.display()
        )));
    }
    if let (Some(_), Some(_), true) = (
        &arguments.tune.chords,
        &arguments.port,
        arguments.channel == arguments.chord_channel,
    ) {
        return Err(CliError::Usage(format!(
            "--channel and --chord-channel are both {}; choose two channels",
            arguments.channel
        )));
    }
    let output = output_choice(arguments)?;
    let feel = arguments.tune.feel();
    let player = start_player(arguments, output.clone())?;
    for (path, song) in songs {
        let tempo = arguments.tempo.or(song.tempo).unwrap_or(DEFAULT_TEMPO);
        let melody = repeat_melody(&song.melody, arguments.loops);
        if !is_quiet() {
            print_notice(&format!(
                "{}: {} in {} at {tempo:.1} bpm{}",
                path.display(),
                count_with_noun(song.melody.notes().len(), "note"),
                bars_text(&song.melody),
                performance_text(&song.melody, &feel)
            ));
        }
        player.set_tempo(tempo);
        player.set_looping(arguments.loops == 0);
        player.play(Arc::new(melody), 1);
        play_to_end(&player)?;
        if stop.load(Ordering::Relaxed) {
            return Err(CliError::Stopped);
        }
    }
    if output == OutputChoice::Synth {
        std::thread::sleep(FADE_TIME);
    }
    Ok(())
}

/// Starts a player with the sound, feel and clock of the arguments, and waits until its output is open.
fn start_player(arguments: &PlayArgs, output: OutputChoice) -> Result<Player, CliError> {
    let sound = super::sound::open_sound(&arguments.sound)?;
    let player = Player::start_with(output);
    player.set_sound_device(SoundDeviceSettings {
        block_frames: arguments.buffer,
        ..SoundDeviceSettings::default()
    });
    player.set_sound(&sound.choice);
    let waits_for_sound_font = sound.sound_font.is_some();
    if let Some(font) = sound.sound_font {
        player.set_sound_font(font);
    }
    player.set_midi_patch(MidiPatch {
        channel: arguments.channel,
        program: arguments.program,
        bank: arguments.bank,
    });
    player.set_feel(arguments.tune.feel());
    player.set_chords(arguments.tune.backing(arguments.chord_channel));
    player.set_metronome_and_clock(MetronomeAndClock {
        clock_out: arguments.clock,
        ..MetronomeAndClock::default()
    });
    player.set_offset(arguments.offset);
    wait_for_output(&player)?;
    if waits_for_sound_font {
        std::thread::sleep(SOUND_FONT_DELAY);
    }
    Ok(player)
}

fn bars_text(melody: &Melody) -> String {
    if melody.steps() == STEPS_PER_BAR {
        "1 bar".to_owned()
    } else {
        format!("{} bars", melody.bars())
    }
}

/// The output that the arguments name.
fn output_choice(arguments: &PlayArgs) -> Result<OutputChoice, CliError> {
    let Some(name) = &arguments.port else {
        return Ok(if arguments.silent {
            OutputChoice::Silent
        } else {
            OutputChoice::Synth
        });
    };
    let ports = Ports::list();
    match ports.output(name) {
        Ok(name) => Ok(OutputChoice::Port(name.to_owned())),
        Err(matches) if matches.is_empty() => {
            let names: Vec<&str> = ports
                .outputs
                .iter()
                .map(|port| port.name.as_str())
                .collect();
            let available = match names[..] {
                [] => "this system has no MIDI ports".to_owned(),
                _ => format!("there are {}", names.join(", ")),
            };
            Err(CliError::Output(format!(
                "no MIDI port is called {name:?}; {available}"
            )))
        }
        Err(matches) => Err(CliError::Usage(format!(
            "{name:?} may be any of {}; give the whole name",
            matches.join(", ")
        ))),
    }
}

/// Waits until the output is open.
fn wait_for_output(player: &Player) -> Result<(), CliError> {
    let start = Instant::now();
    loop {
        let state = player.output_state();
        if state.connected {
            return Ok(());
        }
        if let Some(message) = state.message {
            return Err(CliError::Output(message));
        }
        if interrupt_flag().load(Ordering::Relaxed) {
            return Err(CliError::Stopped);
        }
        if start.elapsed() > TIMEOUT {
            return Err(CliError::Output(
                "the output did not answer within ten seconds; choose another".to_owned(),
            ));
        }
        std::thread::sleep(POLL_INTERVAL);
    }
}

/// The melody repeated `times` times; once for 0, an endless loop.
fn repeat_melody(melody: &Melody, times: u32) -> Melody {
    Melody::joined(std::iter::repeat_n(melody, times.max(1) as usize))
}

/// Waits until the playing has ended or a signal arrives; a signal ends every note.
fn play_to_end(player: &Player) -> Result<(), CliError> {
    let start = Instant::now();
    while !player.playhead().playing {
        if start.elapsed() > TIMEOUT {
            return Err(CliError::Output(
                "the player did not begin to play; close other programs and try again".to_owned(),
            ));
        }
        std::thread::sleep(Duration::from_millis(1));
    }
    while player.playhead().playing {
        if interrupt_flag().load(Ordering::Relaxed) {
            player.stop();
            return Ok(());
        }
        for notice in player.take_notices() {
            print_notice(&notice);
        }
        std::thread::sleep(POLL_INTERVAL);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]
    use super::*;
    use crate::melody::Note;

    #[test]
    fn a_melody_is_repeated_with_its_silence() {
        let note = Note {
            pitch: 60,
            start: 0,
            end: 4,
        };
        let melody = Melody::from_notes(&[note], 32).unwrap();
        let repeated = repeat_melody(&melody, 3);
        let starts: Vec<u32> = repeated.notes().iter().map(|note| note.start).collect();
        assert_eq!((starts, repeated.steps()), (vec![0, 32, 64], 96));
        assert_eq!(repeat_melody(&melody, 0), melody);
    }
}
