//! Valid packets of other programs, and a hundred thousand random ones.

use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use rosc::{OscArray, OscBundle, OscMessage, OscPacket, OscTime, OscType, encoder::encode};

use super::*;

fn message(name: &str, args: Vec<OscType>) -> OscPacket {
    OscPacket::Message(OscMessage {
        addr: format!("{ADDRESS_PREFIX}{name}"),
        args,
    })
}

fn bundle(content: Vec<OscPacket>) -> OscPacket {
    let timetag = OscTime::from((0, 1));
    OscPacket::Bundle(OscBundle { timetag, content })
}

fn parse(packet: &OscPacket) -> Result<Vec<OscCommand>, OscPacketError> {
    parse_osc_packet(&encode(packet).unwrap_or_default())
}

fn text(text: &str) -> OscType {
    OscType::String(text.to_owned())
}

#[test]
fn packets_encoded_as_in_the_specification_are_parsed() {
    // Address, type tags and argument, each filled up with zeros to four bytes; 120 as a big-endian float.
    let bytes = b"/tunescape/tempo\0\0\0\0,f\0\0\x42\xf0\0\0";
    assert_eq!(parse_osc_packet(bytes), Ok(vec![OscCommand::Tempo(120.0)]));
    let bytes = b"/tunescape/select\0\0\0,s\0\0r041_s12\0\0\0\0";
    let select = OscCommand::Select("r041_s12".to_owned());
    assert_eq!(parse_osc_packet(bytes), Ok(vec![select]));
    // Without type tags, as old programs send them.
    let bytes = b"/tunescape/stop\0,\0\0\0";
    assert_eq!(parse_osc_packet(bytes), Ok(vec![OscCommand::Play(false)]));
}

#[test]
fn packets_that_pure_data_0_53_sends_from_the_patch_of_the_manual_are_parsed() {
    let puck = b"/tunescape/puck\0,ff\0\x3e\x80\0\0\x3f\x40\0\0";
    let steer = b"/tunescape/steer\0\0\0\0,sf\0note_density\0\0\0\0\x40\xc0\0\0";
    let density = OscCommand::Steer {
        attribute: "note_density".to_owned(),
        value: 6.0,
    };
    assert_eq!(
        parse_osc_packet(puck),
        Ok(vec![OscCommand::PlayPosition([0.25, 0.75])])
    );
    assert_eq!(parse_osc_packet(steer), Ok(vec![density]));
}

#[test]
fn numbers_may_have_any_numeric_type_and_the_commands_of_a_bundle_keep_their_order() {
    let steer = |value| message("steer", vec![text("contour"), value]);
    let command = OscCommand::Steer {
        attribute: "contour".to_owned(),
        value: 3.0,
    };
    for value in [
        OscType::Int(3),
        OscType::Long(3),
        OscType::Float(3.0),
        OscType::Double(3.0),
    ] {
        assert_eq!(parse(&steer(value)), Ok(vec![command.clone()]));
    }
    let nested = bundle(vec![
        bundle(vec![message("play", vec![OscType::Int(1)])]),
        message("puck", vec![OscType::Float(0.25), OscType::Float(7.0)]),
    ]);
    let commands = vec![
        OscCommand::Play(true),
        OscCommand::PlayPosition([0.25, 1.0]),
    ];
    assert_eq!(parse(&nested), Ok(commands));
}

#[test]
fn a_packet_with_an_invalid_part_is_refused_as_a_whole_with_the_reason() {
    let play = || message("play", Vec::new());
    let address = |name: &str| Err(OscPacketError::Address(format!("{ADDRESS_PREFIX}{name}")));
    let arguments = |name: &str| Err(OscPacketError::Arguments(format!("{ADDRESS_PREFIX}{name}")));
    let unknown = bundle(vec![play(), message("volume", Vec::new())]);
    assert_eq!(parse(&unknown), address("volume"));
    let invalid = [
        message("tempo", Vec::new()),
        message("tempo", vec![text("fast")]),
        message("tempo", vec![OscType::Float(f32::NAN)]),
        message("tempo", vec![OscType::Double(f64::INFINITY)]),
    ];
    for packet in invalid {
        assert_eq!(parse(&packet), arguments("tempo"), "{packet:?}");
    }
    let mut with_trailing_bytes = encode(&play()).unwrap_or_default();
    with_trailing_bytes.extend([0; 4]);
    assert!(matches!(
        parse_osc_packet(&with_trailing_bytes),
        Err(OscPacketError::Damaged(_))
    ));
    let too_long = vec![b'/'; MAX_OSC_PACKET + 1];
    assert_eq!(parse_osc_packet(&too_long), Err(OscPacketError::TooLong));
}

/// A valid packet of a random command, seldom of bundles or arrays nested as deep as a packet can hold.
fn random_packet(rng: &mut ChaCha8Rng) -> OscPacket {
    let number = OscType::Float(rng.random_range(-2.0..300.0));
    let mut packet = match rng.random_range(0..8) {
        0 => message("select", vec![text("r003_s01")]),
        1 => message("puck", vec![number.clone(), number]),
        2 => message("play", Vec::new()),
        3 => message("steer", vec![text("note_density"), number]),
        4 => message("tempo", vec![number]),
        5 => message("keep", Vec::new()),
        6 => message("anything", vec![OscType::Blob(vec![1, 2, 3]), OscType::Nil]),
        _ => {
            let mut array = number;
            for _ in 0..rng.random_range(0..900) {
                array = OscType::Array(OscArray {
                    content: vec![array],
                });
            }
            message("tempo", vec![array])
        }
    };
    if rng.random_ratio(1, 8) {
        for _ in 0..rng.random_range(1..90) {
            packet = bundle(vec![packet]);
        }
    }
    packet
}

#[test]
fn a_hundred_thousand_random_packets_are_parsed_or_refused() {
    let mut rng = ChaCha8Rng::seed_from_u64(22);
    let (mut understood, mut refused) = (0, 0);
    for round in 0..100_000 {
        let mut bytes = match round % 4 {
            0 => (0..rng.random_range(0..MAX_OSC_PACKET + 9))
                .map(|_| rng.random())
                .collect(),
            _ => encode(&random_packet(&mut rng)).unwrap_or_default(),
        };
        let is_whole = round % 4 == 1;
        match round % 4 {
            2 => bytes.truncate(rng.random_range(0..=bytes.len())),
            3 if !bytes.is_empty() => {
                for _ in 0..rng.random_range(1..5) {
                    let index = rng.random_range(0..bytes.len());
                    bytes[index] = rng.random();
                }
            }
            _ => {}
        }
        match parse_osc_packet(&bytes) {
            Ok(commands) => {
                understood += 1;
                assert!(!is_whole || commands.len() == 1);
                for command in commands {
                    if let OscCommand::PlayPosition(position) = command {
                        assert!(position.iter().all(|x| (0.0..=1.0).contains(x)));
                    }
                }
            }
            Err(error) => {
                refused += 1;
                assert!(!error.to_string().is_empty());
            }
        }
    }
    eprintln!("{understood} packets understood, {refused} refused");
    assert_eq!(understood + refused, 100_000);
    // Of the whole ones six kinds in eight are commands, of the random bytes none.
    assert!(understood > 17_000 && refused > 25_000);
}
