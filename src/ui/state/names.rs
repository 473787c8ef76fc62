//! The names of melodies: what each is, short enough for a row.

use super::app_state::AppState;
use crate::attributes::Attribute;
use crate::sweep::{GenerateMethod, MelodyId};
use crate::ui::widgets::numbers::trimmed;

/// What a steer asked for, as "Density 6.2": the common name of its melodies. `target` is in shown units.
pub fn steer_name(attribute: &Attribute, target: f64) -> String {
    let noun = attribute.name.rsplit(' ').next().unwrap_or_default();
    let mut letters = noun.chars();
    let capital = letters.next().into_iter().flat_map(char::to_uppercase);
    let noun: String = capital.chain(letters).collect();
    format!("{noun} {}", trimmed(target, attribute.decimals))
}

impl AppState {
    /// The name of a melody: the one that it was given, or what it is: "Region 41, sample 12", "Density 6.2 · 3", "Blend 4 of 8".
    /// No two melodies of a set have the same.
    pub fn title(&self, id: MelodyId) -> String {
        if let Some(name) = self.melodies.name(id) {
            return name.to_owned();
        }
        let of = self
            .melodies
            .generated_set(id)
            .map_or(0, |set| set.entries.len());
        match id {
            MelodyId::Steered { steer, index } => match self.melodies.steer_name(steer) {
                Some(name) => format!("{name} · {}", index + 1),
                None => id.to_string(),
            },
            MelodyId::Generated { by, index, .. } if of > 0 => match by {
                GenerateMethod::Explored => format!("Explored {}", index + 1),
                GenerateMethod::Blended => format!("Blend {} of {of}", index + 1),
                GenerateMethod::Path => format!("On path {} of {of}", index + 1),
                GenerateMethod::Imported | GenerateMethod::Probe => id.to_string(),
            },
            _ => id.to_string(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attributes::ATTRIBUTES;

    #[test]
    fn a_steer_is_named_by_what_it_asked_for() {
        let names: Vec<String> = ATTRIBUTES
            .iter()
            .map(|attribute| steer_name(attribute, 6.25))
            .collect();
        let wanted = ["Density", "Complexity", "Range", "Contour", "Rise"];
        assert_eq!(names, wanted.map(|noun| format!("{noun} 6.2")));
        assert_eq!(steer_name(&ATTRIBUTES[0], 6.0), "Density 6");
    }
}
