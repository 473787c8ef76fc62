//! OSC over the loopback interface: the player's ports, against packets written byte by byte, and the examples of the manual.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

#[path = "support/wait_until.rs"]
mod wait_until;

use std::{net::UdpSocket, sync::Arc, time::Duration};

use tunescape::{
    attributes::ATTRIBUTES,
    melody::{Melody, Note},
    playback::{
        OscSelection, OutputChoice, Player,
        input::{InputMessage, OscCommand, OscSettings, parse_osc_packet},
    },
};

use wait_until::wait_until;

fn wait_for(what: &str, holds: impl FnMut() -> bool) {
    assert!(wait_until(holds), "did not happen: {what}");
}

const MANUAL: &str = include_str!("../assets/manual/osc.md");
const PATCH: &str = include_str!("../assets/manual/osc.pd");

/// An argument.
enum Arg<'a> {
    Float(f32),
    Text(&'a str),
}

/// Adds a text, ended by a zero and filled up to four bytes (OSC 1.0, "OSC-string").
fn add_text(bytes: &mut Vec<u8>, text: &str) {
    bytes.extend(text.as_bytes());
    bytes.push(0);
    bytes.resize(bytes.len().next_multiple_of(4), 0);
}

/// A message (OSC 1.0, "OSC Messages").
fn message(address: &str, args: &[Arg<'_>]) -> Vec<u8> {
    let mut bytes = Vec::new();
    add_text(&mut bytes, address);
    let tags = args.iter().map(|arg| match arg {
        Arg::Float(_) => 'f',
        Arg::Text(_) => 's',
    });
    add_text(&mut bytes, &format!(",{}", tags.collect::<String>()));
    for arg in args {
        match arg {
            Arg::Float(number) => bytes.extend(number.to_be_bytes()),
            Arg::Text(text) => add_text(&mut bytes, text),
        }
    }
    bytes
}

/// A socket of a test, which waits for packets for some seconds.
fn socket() -> UdpSocket {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    socket
        .set_read_timeout(Some(Duration::from_secs(10)))
        .unwrap();
    socket
}

/// Address and bytes of the arguments of the next packet.
fn receive(socket: &UdpSocket) -> (String, Vec<u8>) {
    let mut buffer = [0; 512];
    let length = socket.recv(&mut buffer).unwrap();
    let end = buffer.iter().position(|byte| *byte == 0).unwrap();
    let tags = (end + 1).next_multiple_of(4);
    let tags_end = tags + buffer[tags..].iter().position(|byte| *byte == 0).unwrap();
    let address = String::from_utf8(buffer[..end].to_vec()).unwrap();
    let rest = (tags_end + 1).next_multiple_of(4);
    (address, buffer[rest..length].to_vec())
}

/// Waits for the port that the system chose.
fn open_port(player: &Player, sends_to: Option<u16>) -> u16 {
    player.set_osc(OscSettings {
        receives: true,
        port: 0,
        sends: sends_to.is_some(),
        send_port: sends_to.unwrap_or(9),
    });
    wait_for("the port is open", || player.osc_state().port.is_some());
    player.osc_state().port.unwrap()
}

#[test]
fn commands_arrive_over_udp_in_order_and_bad_packets_are_counted_and_dropped() {
    let player = Player::start_with(OutputChoice::Silent);
    let port = open_port(&player, None);
    let sender = socket();
    let send = |bytes: &[u8]| sender.send_to(bytes, ("127.0.0.1", port)).unwrap();
    let selected = message("/tunescape/select", &[Arg::Text("r007_centre")]);
    send(&selected);
    send(b"no packet");
    send(&[]);
    send(&[0xff; 4_000]);
    send(&selected[..selected.len() - 4]);
    send(&message("/other/play", &[]));
    send(&message("/tunescape/tempo", &[Arg::Float(96.5)]));
    wait_for("all packets are there", || {
        let state = player.osc_state();
        state.accepted_packets + state.refused_packets == 7
    });
    assert_eq!(
        (
            player.osc_state().accepted_packets,
            player.osc_state().refused_packets
        ),
        (2, 5)
    );
    let commands = [
        OscCommand::Select("r007_centre".to_owned()),
        OscCommand::Tempo(96.5),
    ];
    assert_eq!(player.take_input(), commands.map(InputMessage::Osc));
}

#[test]
fn a_program_that_floods_the_port_fills_a_bounded_queue_and_a_moving_puck_one_place() {
    let player = Player::start_with(OutputChoice::Silent);
    let port = open_port(&player, None);
    let sender = socket();
    let mut sent = 0_u64;
    for (name, args) in [
        ("keep", vec![]),
        ("puck", vec![Arg::Float(0.5), Arg::Float(0.25)]),
    ] {
        let packet = message(&format!("/tunescape/{name}"), &args);
        for _ in 0..2_000 {
            sender.send_to(&packet, ("127.0.0.1", port)).unwrap();
            sent += 1;
            // The system drops what its own queue has no space for.
            if sent.is_multiple_of(50) {
                wait_for("the packets are read", || {
                    player.osc_state().accepted_packets == sent
                });
            }
        }
    }
    let waiting = player.take_input();
    assert!(waiting.len() <= 256, "{}", waiting.len());
    let puck = InputMessage::Osc(OscCommand::PlayPosition([0.5, 0.25]));
    assert_eq!(
        waiting.iter().filter(|message| **message == puck).count(),
        1
    );
}

#[test]
fn played_notes_and_the_selection_are_sent_and_every_note_ends() {
    let listener = socket();
    let player = Player::start_with(OutputChoice::Silent);
    player.send_selection(Some(OscSelection {
        id: "r001_s02".to_owned(),
        position: [0.25, 1.0],
    }));
    open_port(&player, Some(listener.local_addr().unwrap().port()));
    let (address, arguments) = receive(&listener);
    assert_eq!(address, "/tunescape/selected");
    let mut expected = Vec::new();
    add_text(&mut expected, "r001_s02");
    expected.extend(0.25_f32.to_be_bytes());
    expected.extend(1.0_f32.to_be_bytes());
    assert_eq!(arguments, expected);

    player.set_tempo(300.0);
    player.set_looping(false);
    let notes = [(60, 0, 2), (67, 2, 3)].map(|(pitch, start, end)| Note { pitch, start, end });
    player.play(Arc::new(Melody::from_notes(&notes, 32).unwrap()), 1);
    let notes: Vec<(i32, bool)> = (0..4)
        .map(|_| {
            let (address, bytes) = receive(&listener);
            assert_eq!((address.as_str(), bytes.len()), ("/tunescape/note", 8));
            let number = |at: usize| i32::from_be_bytes(bytes[at..at + 4].try_into().unwrap());
            (number(0), number(4) > 0)
        })
        .collect();
    assert_eq!(notes, [(60, true), (60, false), (67, true), (67, false)]);
    player.send_selection(None);
    assert_eq!(receive(&listener).0, "/tunescape/deselected");

    // A note that sounds ends when the port is closed.
    let long = [Note {
        pitch: 50,
        start: 0,
        end: 32,
    }];
    player.stop();
    player.set_tempo(20.0);
    player.play(Arc::new(Melody::from_notes(&long, 32).unwrap()), 2);
    assert_eq!(receive(&listener).1[..4], 50_i32.to_be_bytes());
    player.set_osc(OscSettings::default());
    let (_, ended) = receive(&listener);
    assert_eq!(ended, [50_i32.to_be_bytes(), 0_i32.to_be_bytes()].concat());
}

#[test]
fn a_port_in_use_is_said_and_opened_once_it_is_free() {
    let other = socket();
    let port = other.local_addr().unwrap().port();
    let player = Player::start_with(OutputChoice::Silent);
    player.set_osc(OscSettings {
        receives: true,
        port,
        ..OscSettings::default()
    });
    wait_for("the problem is said", || {
        player.osc_state().problem.is_some()
    });
    let message = player.osc_state().problem.unwrap();
    assert!(message.contains(&format!("UDP port {port}")), "{message}");
    drop(other);
    wait_for("the port is open", || player.osc_state().port == Some(port));
    assert_eq!(player.osc_state().problem, None);
    // Only programs of this machine reach it.
    player.set_osc(OscSettings::default());
    wait_for("the port is closed", || player.osc_state().port.is_none());
    UdpSocket::bind(("127.0.0.1", port)).unwrap();
}

#[test]
fn closing_a_player_frees_its_ports_although_no_packet_comes() {
    let player = Player::start_with(OutputChoice::Silent);
    let port = open_port(&player, Some(9));
    drop(player);
    UdpSocket::bind(("127.0.0.1", port)).unwrap();
}

/// The rows of a table of the manual that begin with an address.
fn rows(manual: &str) -> impl Iterator<Item = (&str, &str)> {
    manual.lines().filter_map(|line| {
        let (address, rest) = line.strip_prefix("| `/tunescape/")?.split_once("` | ")?;
        Some((address, rest.split_once(" |")?.0))
    })
}

#[test]
fn every_command_of_the_manual_and_of_its_patch_is_understood() {
    let (commands, _) = MANUAL.split_once("## What it sends").unwrap();
    let rows: Vec<(&str, &str)> = rows(commands).collect();
    assert!(rows.len() >= 7, "{rows:?}");
    for (name, arguments) in &rows {
        let args: Vec<Arg<'_>> = arguments
            .split(", ")
            .filter(|argument| *argument != "none")
            .map(|argument| match argument.split_once(' ').unwrap().0 {
                "number" => Arg::Float(1.0),
                _ => Arg::Text("note_density"),
            })
            .collect();
        let packet = message(&format!("/tunescape/{name}"), &args);
        assert!(parse_osc_packet(&packet).is_ok(), "{name} {arguments}");
    }
    // What the patch sends: "#X obj X Y oscformat tunescape NAME".
    let formats = PATCH.lines().filter_map(|line| {
        let (_, path) = line.split_once("oscformat ")?;
        let words = path.trim_end_matches(';').split_whitespace();
        Some(words.filter(|word| *word != "-f").collect::<Vec<_>>())
    });
    let formats: Vec<Vec<&str>> = formats.collect();
    assert!(formats.len() >= 5, "{formats:?}");
    for words in formats {
        let [first, .., name] = words.as_slice() else {
            panic!("{words:?}");
        };
        assert_eq!(*first, "tunescape");
        assert!(rows.iter().any(|(row, _)| row == name), "{name}");
    }
    for word in PATCH.split_whitespace().filter(|word| word.contains('_')) {
        let word = word.trim_end_matches([';', ',']);
        let is_melody = word.starts_with('r') && word.contains("_s");
        let is_attribute = ATTRIBUTES.iter().any(|attribute| attribute.id == word);
        assert!(is_melody || is_attribute, "{word}");
    }
}
