//! OSC packets to commands, by the specification of Open Sound Control 1.0 (M. Wright, 2002).

use rosc::{OscMessage, OscPacket, OscType};

use super::message::OscCommand;

/// Maximum length of a packet, bytes. It limits how deeply bundles and arrays can be nested.
pub const MAX_OSC_PACKET: usize = 2_048;

/// Prefix of all addresses.
pub(in crate::playback) const ADDRESS_PREFIX: &str = "/tunescape/";

/// Why an OSC packet was dropped.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum OscPacketError {
    /// Longer than [`MAX_OSC_PACKET`].
    #[error("the OSC packet is longer than {MAX_OSC_PACKET} bytes")]
    TooLong,
    /// Not a packet, or one that is followed by other bytes.
    #[error("the OSC packet is damaged: {0}")]
    Damaged(String),
    /// No command has this address.
    #[error("no command has the OSC address {0:?}")]
    Address(String),
    /// The arguments do not fit the command.
    #[error("the OSC command {0:?} has other arguments")]
    Arguments(String),
}

/// Reads the commands of a packet, in their order. The times of bundles are ignored: all commands are executed at once. A packet with
/// any invalid part is refused as a whole.
///
/// # Errors
/// [`OscPacketError`], which says what is invalid.
pub fn parse_osc_packet(bytes: &[u8]) -> Result<Vec<OscCommand>, OscPacketError> {
    if bytes.len() > MAX_OSC_PACKET {
        return Err(OscPacketError::TooLong);
    }
    let damaged = |error: &dyn ToString| OscPacketError::Damaged(error.to_string());
    let (trailing_bytes, packet) =
        rosc::decoder::decode_udp(bytes).map_err(|error| damaged(&error))?;
    if !trailing_bytes.is_empty() {
        return Err(damaged(&"bytes are left behind its end"));
    }
    let mut commands = Vec::new();
    collect_commands(&packet, &mut commands)?;
    Ok(commands)
}

fn collect_commands(
    packet: &OscPacket,
    commands: &mut Vec<OscCommand>,
) -> Result<(), OscPacketError> {
    match packet {
        OscPacket::Message(message) => commands.push(parse_command(message)?),
        OscPacket::Bundle(bundle) => {
            for packet in &bundle.content {
                collect_commands(packet, commands)?;
            }
        }
    }
    Ok(())
}

fn parse_command(message: &OscMessage) -> Result<OscCommand, OscPacketError> {
    let OscMessage { addr, args } = message;
    let unknown = || OscPacketError::Address(addr.clone());
    let name = addr.strip_prefix(ADDRESS_PREFIX).ok_or_else(unknown)?;
    let command = match (name, args.as_slice()) {
        ("select", [OscType::String(id)]) => Some(OscCommand::Select(id.clone())),
        ("puck", [x, y]) => number(x)
            .zip(number(y))
            .map(|(x, y)| OscCommand::PlayPosition([x.clamp(0.0, 1.0), y.clamp(0.0, 1.0)])),
        ("play", []) => Some(OscCommand::Play(true)),
        // A switch of another program sends 1 and 0.
        ("play", [on]) => number(on).map(|on| OscCommand::Play(on != 0.0)),
        ("stop", []) => Some(OscCommand::Play(false)),
        ("keep", []) => Some(OscCommand::Keep),
        ("tempo", [tempo]) => number(tempo).map(OscCommand::Tempo),
        ("steer", [OscType::String(attribute), value]) => {
            number(value).map(|value| OscCommand::Steer {
                attribute: attribute.clone(),
                value,
            })
        }
        ("select" | "puck" | "play" | "stop" | "keep" | "tempo" | "steer", _) => None,
        _ => return Err(unknown()),
    };
    command.ok_or_else(|| OscPacketError::Arguments(addr.clone()))
}

/// A finite number of any numeric type of OSC; `None` for other arguments.
fn number(argument: &OscType) -> Option<f64> {
    let number = match argument {
        OscType::Int(number) => f64::from(*number),
        OscType::Long(number) => *number as f64,
        OscType::Float(number) => f64::from(*number),
        OscType::Double(number) => *number,
        OscType::Bool(on) => f64::from(u8::from(*on)),
        _ => return None,
    };
    number.is_finite().then_some(number)
}

#[cfg(test)]
mod tests;
