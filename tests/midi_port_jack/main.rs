//! A real MIDI port: the player against `jack_midi_dump` on a JACK server.
//!
//! Needs the feature `jack` and the programs `jackd` and `jack_midi_dump`. Where no JACK server answers, one without
//! devices is started for the time of the tests.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

#[expect(
    dead_code,
    reason = "shared with the window test, which needs all of it"
)]
#[path = "../end_to_end/display.rs"]
mod display;
#[path = "../support/harness.rs"]
mod harness;
mod monitor;
#[path = "../end_to_end/tools.rs"]
mod tools;
mod transport_tool;
#[path = "../support/wait_until.rs"]
mod wait_until;

use std::{
    path::Path,
    process::{Command, ExitCode},
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use tunescape::{
    melody::{Melody, MidiWriteOptions, Note, Track, single_track_bytes},
    playback::{MidiPatch, NOTE_VELOCITY, OutputChoice, Player},
};

use harness::{Missing, tests};
use monitor::{MONITOR, Monitor, ReceivedMessage};
use transport_tool::{TransportTool, transport_step};
use wait_until::wait_until;

tests![
    notes_arrive_on_the_beat_and_none_is_left_when_the_player_goes,
    panic_reaches_all_sixteen_channels,
    sigterm_while_a_note_sounds_leaves_none_sounding,
    a_port_that_goes_away_is_waited_for_and_found_again,
    channel_and_program_are_sent_on_connecting_and_on_every_change,
    the_virtual_port_stays_whatever_output_is_chosen,
    a_file_plays_from_the_command_line_and_ctrl_c_ends_its_notes,
    the_loop_follows_the_transport_of_jack_in_tempo_and_position,
];

fn main() -> ExitCode {
    let _server = start_server();
    harness::run(&[TESTS])
}

/// A JACK server without devices, unless one answers already or none is installed.
fn start_server() -> Option<tools::Running> {
    tools::need(&TOOLS).ok()?;
    if let Some(monitor) = Monitor::start() {
        monitor.stop();
        return None;
    }
    let folder = tools::output_folder("jack-server");
    let server = tools::Running::start(Path::new("jackd"), &folder, |command| {
        command.args(["-r", "-d", "dummy", "-r", "48000", "-p", "256"]);
    });
    tools::wait_for("the JACK server to answer", Duration::from_secs(60), || {
        Monitor::start().map(Monitor::stop)
    });
    Some(server)
}

const TOOLS: [&str; 2] = ["jackd", "jack_midi_dump"];

/// The tests share one server and one monitor name.
static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

/// Frames per second of the server.
const RATE: f64 = 48_000.0;

/// Runs a test with a monitor and a player that is connected to it.
fn with_monitor(test: impl FnOnce(Monitor, Player)) -> Result<(), Missing> {
    tools::need(&TOOLS)?;
    let _guard = ONE_AT_A_TIME
        .lock()
        .unwrap_or_else(|poisoned| poisoned.into_inner());
    let monitor = Monitor::start().unwrap();
    let player = Player::start_with(OutputChoice::Port(MONITOR.to_owned()));
    assert!(
        wait_until(|| player.output_state().connected),
        "{:?}",
        player.output_state()
    );
    assert!(
        player.ports().iter().any(|port| port == MONITOR),
        "{:?}",
        player.ports()
    );
    test(monitor, player);
    Ok(())
}

fn every_step() -> Arc<Melody> {
    let notes: Vec<_> = (0..32_u32)
        .map(|step| Note {
            pitch: 60 + (step % 12) as u8,
            start: step,
            end: step + 1,
        })
        .collect();
    Arc::new(Melody::from_notes(&notes, 32).unwrap())
}

fn active_pitches(received: &[ReceivedMessage]) -> Vec<u8> {
    let mut active = Vec::new();
    for message in received {
        match message.bytes[..] {
            [0x90, pitch, _] => active.push(pitch),
            [0x80, pitch, _] => active.retain(|&other| other != pitch),
            _ => {}
        }
    }
    active
}

fn notes_arrive_on_the_beat_and_none_is_left_when_the_player_goes() -> Result<(), Missing> {
    with_monitor(|monitor, player| {
        let began = Instant::now();
        player.play(every_step(), 1);
        std::thread::sleep(Duration::from_secs(10));
        drop(player);
        let due = (8.0 * began.elapsed().as_secs_f64()) as usize;
        std::thread::sleep(Duration::from_millis(300));
        let received = monitor.received();
        monitor.stop();

        let onsets: Vec<_> = received
            .iter()
            .filter(|message| message.bytes[0] == 0x90)
            .map(|message| message.frame as f64 / RATE)
            .collect();
        assert!(
            (60..=due + 2).contains(&onsets.len()),
            "{} notes where {due} were due at eight per second",
            onsets.len()
        );
        assert!(
            received
                .iter()
                .filter(|message| message.bytes[0] == 0x90)
                .all(|message| message.bytes[2] == NOTE_VELOCITY)
        );
        assert_eq!(active_pitches(&received), Vec::<u8>::new());

        let spacings: Vec<_> = onsets
            .windows(2)
            .map(|pair| (pair[1] - pair[0] - 0.125).abs())
            .collect();
        let worst = spacings.iter().copied().fold(0.0, f64::max);
        eprintln!(
            "deviation from 125 ms: median {:.2} ms, largest {:.2} ms",
            median(spacings.clone()) * 1e3,
            worst * 1e3
        );
        // JACK hands notes over once per block (5.3 ms here); a busy machine makes its clock stand still now and then, so a
        // single spacing says nothing.
        assert!(median(spacings) < 0.05, "{onsets:?}");
    })
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

fn panic_reaches_all_sixteen_channels() -> Result<(), Missing> {
    with_monitor(|monitor, player| {
        player.play(every_step(), 1);
        std::thread::sleep(Duration::from_millis(500));
        player.panic();
        std::thread::sleep(Duration::from_millis(500));
        let received = monitor.received();
        monitor.stop();
        for channel in 0..16 {
            for controller in [64, 120, 123] {
                assert!(
                    received
                        .iter()
                        .any(|message| message.bytes == [0xB0 | channel, controller, 0]),
                    "{channel} {controller}"
                );
            }
        }
        assert_eq!(active_pitches(&received), Vec::<u8>::new());
    })
}

/// The window, not the player alone: what a logout or `kill` does while a note sounds.
fn sigterm_while_a_note_sounds_leaves_none_sounding() -> Result<(), Missing> {
    let test = "jack-sigterm";
    tools::need(&[&display::TOOLS[..], &TOOLS].concat())?;
    let _guard = ONE_AT_A_TIME
        .lock()
        .unwrap_or_else(|poisoned| poisoned.into_inner());
    let monitor = Monitor::start().unwrap();
    let folder = tools::output_folder(test);
    let screen = display::Display::start(&folder);
    let home = tempfile::tempdir().unwrap();
    let state_file = folder.join("state.json");
    let program = std::path::Path::new(env!("CARGO_BIN_EXE_tunescape"));
    let mut window = tools::Running::start(program, &folder, |command| {
        screen.set_env(command);
        tools::as_a_new_user(command, home.path(), &state_file);
        command.env("TUNESCAPE_SWEEP", "12x2");
    });
    let wait = Duration::from_secs(90);
    screen.window("Tunescape", wait);
    let says =
        |part: &str| std::fs::read_to_string(&state_file).is_ok_and(|text| text.contains(part));
    tools::wait_for("the sweep to be done", wait, || {
        (says("\"done\":36") || says("\"done\": 36")).then_some(())
    });
    screen.key("ctrl+k");
    std::thread::sleep(Duration::from_secs(1));
    screen.type_text(&format!("Output: {MONITOR}"));
    std::thread::sleep(Duration::from_secs(1));
    screen.key("Return");
    std::thread::sleep(Duration::from_secs(2));
    screen.key("space");
    tools::wait_for("a note to sound", wait, || {
        window.assert_running();
        (!active_pitches(&monitor.received()).is_empty()).then_some(())
    });
    window.signal("TERM");
    let status = window.wait_for_end(wait);
    assert!(status.success(), "{status}: {}", window.words());
    std::thread::sleep(Duration::from_millis(300));
    let received = monitor.received();
    monitor.stop();
    assert_eq!(active_pitches(&received), Vec::<u8>::new());
    Ok(())
}

fn a_port_that_goes_away_is_waited_for_and_found_again() -> Result<(), Missing> {
    with_monitor(|monitor, player| {
        player.play(every_step(), 1);
        std::thread::sleep(Duration::from_millis(300));
        monitor.stop();
        assert!(wait_until(|| !player.output_state().connected));
        let message = player.output_state().message.unwrap();
        assert!(message.contains(MONITOR), "{message}");
        assert!(player.playhead().playing, "the music goes on");

        let monitor = Monitor::start().unwrap();
        assert!(wait_until(|| player.output_state().connected));
        assert!(wait_until(|| monitor
            .received()
            .iter()
            .any(|message| message.bytes[0] == 0x90)));
        let notices = player.take_notices();
        assert_eq!(notices.len(), 2, "{notices:?}");
        drop(player);
        std::thread::sleep(Duration::from_millis(300));
        let received = monitor.received();
        monitor.stop();
        assert_eq!(active_pitches(&received), Vec::<u8>::new());
    })
}

fn channel_and_program_are_sent_on_connecting_and_on_every_change() -> Result<(), Missing> {
    with_monitor(|monitor, player| {
        player.play(every_step(), 1);
        let patch = MidiPatch {
            channel: 5,
            program: Some(3),
            bank: Some(130),
        };
        player.set_midi_patch(patch);
        let received = |bytes: &[u8]| {
            let all = monitor.received();
            all.iter().any(|message| message.bytes == bytes)
        };
        for bytes in [&[0xB4, 0, 1][..], &[0xB4, 32, 2], &[0xC4, 2]] {
            assert!(wait_until(|| received(bytes)), "{bytes:x?}");
        }
        assert!(wait_until(|| monitor
            .received()
            .iter()
            .any(|message| message.bytes[0] == 0x94)));
        player.set_output(OutputChoice::Silent);
        let silent = || player.output_state().choice == OutputChoice::Silent;
        assert!(wait_until(silent));
        let before = monitor.received().len();
        player.set_output(OutputChoice::Port(MONITOR.to_owned()));
        assert!(wait_until(|| monitor.received()[before..]
            .iter()
            .any(|message| message.bytes == [0xC4, 2])));
        drop(player);
        std::thread::sleep(Duration::from_millis(300));
        let mut active = Vec::new();
        for message in monitor.received() {
            match message.bytes[..] {
                [on @ 0x90..=0x9F, pitch, _] => active.push((on & 0x0F, pitch)),
                [off @ 0x80..=0x8F, pitch, _] => {
                    active.retain(|note| *note != (off & 0x0F, pitch));
                }
                _ => {}
            }
        }
        assert_eq!(active, [], "each note ends on the channel where it began");
        monitor.stop();
    })
}

/// Ports of the JACK server, and what each is connected to.
fn jack_ports() -> String {
    let listed = Command::new("jack_lsp").arg("-c").output().unwrap();
    String::from_utf8(listed.stdout).unwrap()
}

fn the_virtual_port_stays_whatever_output_is_chosen() -> Result<(), Missing> {
    const VIRTUAL: &str = "Tunescape:Tunescape";
    tools::need(&["jack_lsp", "jack_connect"])?;
    with_monitor(|monitor, player| {
        let is_listed = wait_until(|| jack_ports().contains(VIRTUAL));
        assert!(is_listed, "{}", jack_ports());
        let routed = Command::new("jack_connect")
            .args([VIRTUAL, MONITOR])
            .status();
        assert!(routed.unwrap().success());
        let is_routed = || jack_ports().contains(&format!("{VIRTUAL}\n   {MONITOR}"));
        assert!(is_routed(), "{}", jack_ports());
        player.set_output(OutputChoice::Silent);
        let silent = || player.output_state().choice == OutputChoice::Silent;
        assert!(wait_until(silent));
        std::thread::sleep(Duration::from_millis(2_500));
        assert!(is_routed(), "{}", jack_ports());

        let before = monitor.received().len();
        player.set_output(OutputChoice::Port("Tunescape (virtual)".to_owned()));
        assert!(wait_until(|| player.output_state().connected));
        player.play(every_step(), 1);
        assert!(wait_until(|| monitor.received().len() > before + 8));
        player.set_output(OutputChoice::Silent);
        std::thread::sleep(Duration::from_millis(1_500));
        assert!(is_routed(), "the routing outlives the choice");
        assert_eq!(active_pitches(&monitor.received()), Vec::<u8>::new());
        drop(player);
        monitor.stop();
    })
}

fn a_file_plays_from_the_command_line_and_ctrl_c_ends_its_notes() -> Result<(), Missing> {
    tools::need(&TOOLS)?;
    let _guard = ONE_AT_A_TIME
        .lock()
        .unwrap_or_else(|poisoned| poisoned.into_inner());
    let monitor = Monitor::start().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("tune.mid");
    let track = Track {
        melody: &every_step(),
        name: "Tune".to_owned(),
        text: String::new(),
    };
    std::fs::write(
        &file,
        single_track_bytes(&track, &MidiWriteOptions::default()),
    )
    .unwrap();
    let mut program = Command::new(env!("CARGO_BIN_EXE_tunescape"))
        .arg("play")
        .arg(&file)
        .args(["--port", "midi-monitor", "--loops", "0"])
        .spawn()
        .unwrap();
    assert!(wait_until(|| monitor.received().len() > 20));
    let id = program.id().to_string();
    Command::new("kill").args(["-INT", &id]).status().unwrap();
    let status = program.wait().unwrap();
    std::thread::sleep(Duration::from_millis(300));
    let received = monitor.received();
    monitor.stop();
    assert_eq!(status.code(), Some(130));
    assert_eq!(active_pitches(&received), Vec::<u8>::new());
    Ok(())
}

fn the_loop_follows_the_transport_of_jack_in_tempo_and_position() -> Result<(), Missing> {
    const TEMPO: f64 = 150.0;
    tools::need(&["jack_transport"])?;
    with_monitor(|monitor, player| {
        let options = jack::ClientOptions::NO_START_SERVER;
        let (client, _) = jack::Client::new("observer", options).unwrap();
        player.set_follow_transport(true);
        assert!(wait_until(|| player.transport_state().connected));
        player.play(every_step(), 1);
        player.stop();
        assert!(wait_until(|| !player.playhead().playing));

        let mut transport = TransportTool::start();
        for line in ["stop", "locate 0", "tempo 150", "master", "play"] {
            transport.tell(line);
            std::thread::sleep(Duration::from_millis(200));
        }
        let follows = |tempo: f64| (tempo - TEMPO).abs() < 0.1;
        assert!(wait_until(|| player.followed_tempo().is_some_and(follows)));
        assert!(
            wait_until(|| player.playhead().playing),
            "it starts what was played last"
        );
        let is_there = || {
            let song = transport_step(&client);
            let distance = (player.playhead().step - song).rem_euclid(32.0);
            eprintln!("{:.2} steps apart", distance.min(32.0 - distance));
            distance.min(32.0 - distance) < 0.3
        };
        std::thread::sleep(Duration::from_secs(2));
        assert!(wait_until(is_there));

        let before = monitor.received().len();
        std::thread::sleep(Duration::from_secs(3));
        let onsets: Vec<_> = monitor.received()[before..]
            .iter()
            .filter(|message| message.bytes[0] == 0x90)
            .map(|message| message.frame as f64 / RATE)
            .collect();
        let spacings: Vec<_> = onsets.windows(2).map(|pair| pair[1] - pair[0]).collect();
        let spacing = median(spacings);
        assert!((spacing - 0.1).abs() < 0.02, "{spacing}");

        transport.tell("stop");
        assert!(wait_until(|| !player.playhead().playing));
        assert_eq!(player.followed_tempo(), None);
        transport.tell("release");
        drop(player);
        monitor.stop();
    })
}
