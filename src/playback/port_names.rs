//! Names of MIDI ports that stay with their device.
//!
//! Ports are stored and chosen by name. ALSA ends its names with numbers that change whenever a device is plugged in again
//! (` 24:0`); these are removed, so that a stored port is found again. Two devices of one name are distinguished by the id
//! that the system gives them: each keeps its name, numbered where two are equal, as long as it keeps its id, whichever
//! other device is unplugged.

/// A port as the system lists it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ListedPort {
    /// Its name, as the system has it.
    pub name: String,
    /// Its id in the system: client and port (ALSA), a number (CoreMIDI), an interface (Windows).
    pub id: String,
}

/// A name assigned to the id of a port.
#[derive(Clone, Debug)]
struct AssignedName {
    name: String,
    id: String,
    is_present: bool,
}

/// The names assigned to ports, unplugged ones included.
#[derive(Debug, Default)]
pub(super) struct PortNames {
    assigned: Vec<AssignedName>,
}

impl PortNames {
    /// The names of listed ports, in their order.
    ///
    /// A known id keeps its name. A new one gets the first free name, which may be that of an unplugged port: most likely it is
    /// the same device, plugged in again.
    pub fn update(&mut self, listed: &[ListedPort]) -> Vec<String> {
        for assigned in &mut self.assigned {
            assigned.is_present = listed.iter().any(|port| assigned.belongs_to(port));
        }
        let mut names = Vec::with_capacity(listed.len());
        for port in listed {
            let known = self
                .assigned
                .iter()
                .find(|assigned| assigned.belongs_to(port));
            let name = match known {
                Some(assigned) => assigned.name.clone(),
                None => self.assign_name(port),
            };
            names.push(name);
        }
        names
    }

    /// Remembers the id that a port had when it was last used, unless the name or the id is taken.
    pub fn remember(&mut self, name: &str, id: &str) {
        if self
            .assigned
            .iter()
            .all(|assigned| assigned.name != name && assigned.id != id)
        {
            self.assigned.push(AssignedName {
                name: name.to_owned(),
                id: id.to_owned(),
                is_present: false,
            });
        }
    }

    /// Id of the present port of this name.
    pub fn id_of(&self, name: &str) -> Option<&str> {
        let mut present = self.assigned.iter().filter(|assigned| assigned.is_present);
        present
            .find(|assigned| assigned.name == name)
            .map(|assigned| assigned.id.as_str())
    }

    /// Assigns the first free name to a port that has none.
    fn assign_name(&mut self, port: &ListedPort) -> String {
        let stable = stable_name(&port.name);
        let is_taken = |name: &String| {
            let mut present = self.assigned.iter().filter(|assigned| assigned.is_present);
            present.any(|assigned| assigned.name == *name)
        };
        let name = numbered_names(stable)
            .find(|name| !is_taken(name))
            .unwrap_or_else(|| stable.to_owned());
        self.assigned
            .retain(|assigned| assigned.name != name && assigned.id != port.id);
        self.assigned.push(AssignedName {
            name: name.clone(),
            id: port.id.clone(),
            is_present: true,
        });
        name
    }
}

impl AssignedName {
    /// Whether this name is assigned to a listed port. An equal id is not enough: ALSA reuses the ids of unplugged devices.
    fn belongs_to(&self, port: &ListedPort) -> bool {
        self.id == port.id && is_numbered(&self.name, stable_name(&port.name))
    }
}

/// The name itself, then the name with the numbers 2, 3, ... after it.
fn numbered_names(stable: &str) -> impl Iterator<Item = String> {
    let with_numbers = (2_u32..).map(move |number| format!("{stable} ({number})"));
    std::iter::once(stable.to_owned()).chain(with_numbers)
}

/// Whether `name` is one of [`numbered_names`].
fn is_numbered(name: &str, stable: &str) -> bool {
    name.strip_prefix(stable).is_some_and(|tail| {
        let number = tail
            .strip_prefix(" (")
            .and_then(|tail| tail.strip_suffix(')'));
        tail.is_empty() || number.is_some_and(|number| number.parse::<u32>().is_ok_and(|n| n >= 2))
    })
}

/// The part of a port's name that does not change when it is plugged in again.
fn stable_name(raw: &str) -> &str {
    let is_address = |tail: &str| {
        tail.split_once(':').is_some_and(|(client, port)| {
            [client, port].iter().all(|number| {
                !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit())
            })
        })
    };
    match raw.rsplit_once(' ') {
        Some((name, tail)) if is_address(tail) && !name.is_empty() => name,
        _ => raw,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two keyboards of one name as ALSA lists them, by client.
    fn keyboards(clients: &[u32]) -> Vec<ListedPort> {
        let port = |client: &u32| ListedPort {
            name: format!("Keys:Keys MIDI 1 {client}:0"),
            id: format!("{client}:0"),
        };
        clients.iter().map(port).collect()
    }

    const FIRST: &str = "Keys:Keys MIDI 1";
    const SECOND: &str = "Keys:Keys MIDI 1 (2)";

    #[test]
    fn a_port_keeps_its_name_when_alsa_gives_it_another_number() {
        let mut names = PortNames::default();
        assert_eq!(names.update(&keyboards(&[24])), [FIRST]);
        assert_eq!(names.update(&[]), [""; 0]);
        assert_eq!(names.update(&keyboards(&[28])), [FIRST]);
        assert_eq!(names.id_of(FIRST), Some("28:0"));
    }

    #[test]
    fn of_two_devices_of_one_name_each_keeps_its_own_when_the_other_is_unplugged() {
        let mut names = PortNames::default();
        assert_eq!(names.update(&keyboards(&[24, 28])), [FIRST, SECOND]);
        assert_eq!(
            names.update(&keyboards(&[28])),
            [SECOND],
            "the first is gone"
        );
        assert_eq!(names.id_of(FIRST), None);
        assert_eq!(names.id_of(SECOND), Some("28:0"));
        assert_eq!(
            names.update(&keyboards(&[28, 32])),
            [SECOND, FIRST],
            "it is back under another number"
        );
        assert_eq!(names.update(&keyboards(&[32])), [FIRST], "now the second");
        assert_eq!(names.update(&keyboards(&[24, 32])), [SECOND, FIRST]);
    }

    #[test]
    fn the_order_of_the_list_changes_no_name() {
        let mut names = PortNames::default();
        names.update(&keyboards(&[24, 28]));
        assert_eq!(names.update(&keyboards(&[28, 24])), [SECOND, FIRST]);
    }

    #[test]
    fn an_id_that_another_device_has_now_is_not_enough() {
        let mut names = PortNames::default();
        names.update(&keyboards(&[24]));
        let other = ListedPort {
            name: "Drums:Drums MIDI 1 24:0".to_owned(),
            id: "24:0".to_owned(),
        };
        assert_eq!(names.update(&[other]), ["Drums:Drums MIDI 1"]);
        assert_eq!(names.id_of(FIRST), None);
    }

    #[test]
    fn the_second_device_is_known_when_the_program_starts_without_the_first() {
        let mut names = PortNames::default();
        names.remember(SECOND, "28:0");
        assert_eq!(names.update(&keyboards(&[28])), [SECOND]);

        let mut names = PortNames::default();
        names.remember(SECOND, "28:0");
        assert_eq!(names.update(&keyboards(&[24])), [FIRST]);
        assert_eq!(names.id_of(SECOND), None, "the chosen one is not there");
    }

    #[test]
    fn names_without_an_alsa_number_stay_as_they_are() {
        for name in [
            "IAC Driver Bus 1",
            "loopMIDI Port",
            "midi-monitor:input",
            "system:midi_playback_1",
            "",
            "24:0",
            "Synth 12:",
            "Take :3",
        ] {
            assert_eq!(stable_name(name), name);
        }
    }
}
