//! `tunescape ports`: the MIDI ports of the system.

use serde_json::{Value, json};

use super::args::PortsArgs;
use super::error::CliError;
use super::terminal::print_line;
use crate::playback::{PortInfo, Ports};

pub(super) fn run(arguments: &PortsArgs) -> Result<(), CliError> {
    let ports = Ports::list();
    if arguments.json.json {
        print_line(&json_text(&ports)?);
        return Ok(());
    }
    for (title, list) in [("outputs", &ports.outputs), ("inputs", &ports.inputs)] {
        print_line(&format!("{title}:"));
        for port in list {
            let id = port.id.as_deref().unwrap_or("while Tunescape runs");
            print_line(&format!("  {}  ({id})", port.name));
        }
        if list.is_empty() {
            print_line("  none");
        }
    }
    Ok(())
}

fn json_text(ports: &Ports) -> Result<String, CliError> {
    let list = |ports: &[PortInfo]| -> Vec<Value> {
        ports
            .iter()
            .map(|port| json!({ "name": port.name, "id": port.id }))
            .collect()
    };
    let value = json!({ "outputs": list(&ports.outputs), "inputs": list(&ports.inputs) });
    Ok(serde_json::to_string_pretty(&value)?)
}
