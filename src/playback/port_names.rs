//! Names of MIDI ports that stay with their device.
//!
//! Ports are stored and chosen by name. ALSA ends its names with numbers that change whenever a device is plugged in again
//! (` 24:0`); these are removed, so that a stored port is found again. Two devices of one name are told apart by the id
//! that the system gives them: each keeps its name, numbered where two are equal, for as long as it has its id, whichever
//! of the others is unplugged.

/// A port as the system lists it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ListedPort {
    /// Its name, as the system has it.
    pub name: String,
    /// Its id in the system: client and port (ALSA), a number (CoreMIDI), an interface (Windows).
    pub id: String,
}

/// A name that was given to an id.
#[derive(Clone, Debug)]
struct AssignedName {
    name: String,
    id: String,
    present: bool,
}

/// The names that were given to ports, also to those that are unplugged.
#[derive(Debug, Default)]
pub(super) struct PortNames {
    given: Vec<AssignedName>,
}

impl PortNames {
    /// The names of listed ports, in their order.
    ///
    /// A known id keeps its name. A new one gets the first free name, which may be that of a port that is gone: most likely
    /// the same device, plugged in again.
    pub fn update(&mut self, listed: &[ListedPort]) -> Vec<String> {
        for given in &mut self.given {
            given.present = listed.iter().any(|port| given.belongs_to(port));
        }
        let mut names = Vec::with_capacity(listed.len());
        for port in listed {
            let known = self.given.iter().find(|given| given.belongs_to(port));
            let name = match known {
                Some(given) => given.name.clone(),
                None => self.assign_name(port),
            };
            names.push(name);
        }
        names
    }

    /// Remembers the id that a port had when it was last used, unless the name or the id is taken.
    pub fn remember(&mut self, name: &str, id: &str) {
        if self
            .given
            .iter()
            .all(|given| given.name != name && given.id != id)
        {
            self.given.push(AssignedName {
                name: name.to_owned(),
                id: id.to_owned(),
                present: false,
            });
        }
    }

    /// Id of the present port of this name.
    pub fn id_of(&self, name: &str) -> Option<&str> {
        let mut present = self.given.iter().filter(|given| given.present);
        present
            .find(|given| given.name == name)
            .map(|given| given.id.as_str())
    }

    /// Gives a port without a name the first free one.
    fn assign_name(&mut self, port: &ListedPort) -> String {
        let stable = stable_name(&port.name);
        let taken = |name: &String| {
            let mut present = self.given.iter().filter(|given| given.present);
            present.any(|given| given.name == *name)
        };
        let name = numbered(stable)
            .find(|name| !taken(name))
            .unwrap_or_else(|| stable.to_owned());
        self.given
            .retain(|given| given.name != name && given.id != port.id);
        self.given.push(AssignedName {
            name: name.clone(),
            id: port.id.clone(),
            present: true,
        });
        name
    }
}

impl AssignedName {
    /// Whether this is the name of a listed port. An id alone says nothing: ALSA gives it to the next device.
    fn belongs_to(&self, port: &ListedPort) -> bool {
        self.id == port.id && is_numbered(&self.name, stable_name(&port.name))
    }
}

/// A name, and the same with the numbers 2, 3, ... after it.
fn numbered(stable: &str) -> impl Iterator<Item = String> {
    let more = (2_u32..).map(move |number| format!("{stable} ({number})"));
    std::iter::once(stable.to_owned()).chain(more)
}

/// Whether `name` is one of [`numbered`].
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
    fn an_id_that_another_device_has_now_says_nothing() {
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
