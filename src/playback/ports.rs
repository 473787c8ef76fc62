//! The MIDI ports of the system, listed once.

use super::{
    alsa_errors::silence_alsa_errors,
    input::SystemInputs,
    midi_port::{SystemOutputs, VIRTUAL_PORT, has_virtual_ports},
    port_directory::PortDirectory,
};

/// A MIDI port of the system.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PortInfo {
    /// The name that it is chosen by.
    pub name: String,
    /// Its id in the system; `None` for the virtual port of this program, which exists while the program runs.
    pub id: Option<String>,
}

/// The MIDI ports of the system.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ports {
    /// Ports that notes can be sent to.
    pub outputs: Vec<PortInfo>,
    /// Ports that notes and controls can come from.
    pub inputs: Vec<PortInfo>,
}

impl Ports {
    /// Lists the ports. Empty if the system has no MIDI.
    pub fn list() -> Self {
        silence_alsa_errors();
        let mut outputs = PortDirectory::<SystemOutputs>::default().port_infos();
        outputs.extend(has_virtual_ports().then(|| PortInfo {
            name: VIRTUAL_PORT.to_owned(),
            id: None,
        }));
        let inputs = PortDirectory::<SystemInputs>::default().port_infos();
        Self { outputs, inputs }
    }

    /// The output of this name: the whole name, or a part that only one has, in any case of letters.
    ///
    /// # Errors
    /// The names of all outputs that contain `name`: none or several.
    pub fn output(&self, name: &str) -> Result<&str, Vec<&str>> {
        let names = || self.outputs.iter().map(|port| port.name.as_str());
        if let Some(exact) = names().find(|other| *other == name) {
            return Ok(exact);
        }
        let lower_name = name.to_lowercase();
        let matches: Vec<&str> = names()
            .filter(|other| other.to_lowercase().contains(&lower_name))
            .collect();
        match matches[..] {
            [only] => Ok(only),
            _ => Err(matches),
        }
    }
}

impl<S: super::port_directory::PortSource> PortDirectory<S> {
    /// Names and ids of the available ports.
    fn port_infos(&mut self) -> Vec<PortInfo> {
        let names = self.names();
        names
            .into_iter()
            .map(|name| PortInfo {
                id: self.id_of(&name).map(str::to_owned),
                name,
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_output_is_found_by_a_part_of_its_name_that_no_other_has() {
        let port = |name: &str| PortInfo {
            name: name.to_owned(),
            id: None,
        };
        let ports = Ports {
            outputs: vec![port("UM-ONE"), port("UM-ONE (2)"), port("Synth A")],
            inputs: Vec::new(),
        };
        assert_eq!(ports.output("UM-ONE"), Ok("UM-ONE"), "the whole name first");
        assert_eq!(ports.output("synth"), Ok("Synth A"));
        assert_eq!(ports.output("um"), Err(vec!["UM-ONE", "UM-ONE (2)"]));
        assert_eq!(ports.output("piano"), Err(Vec::new()));
    }
}
