//! The names of melodies: what each is, short enough for a row.

use super::app_state::AppState;
use super::kept_entry::KeptEntry;
use crate::attributes::{ATTRIBUTES, Attribute};
use crate::melody::Scale;
use crate::sweep::{GenerateMethod, KeptAspect, MelodyId, SteerGoal, SteerGoals};
use crate::ui::widgets::numbers::{short_unit, without_unit};
use crate::wording::sentence_case;

/// The common name of the melodies of a steer, as "Density 6.2", "Density 6, range held, D dorian" or, if nothing was asked for,
/// "Like Region 4, centre".
pub fn steer_name(goals: &SteerGoals, scale: Option<Scale>, like: Option<&str>) -> String {
    let mut parts: Vec<String> = wanted_attributes(goals)
        .map(|(attribute, shown)| {
            format!(
                "{} {}",
                short_noun(attribute),
                without_unit(attribute, shown)
            )
        })
        .collect();
    let held: Vec<String> = held_attributes(goals).map(short_noun).collect();
    match held.as_slice() {
        [] => {}
        [one] => parts.push(format!("{one} held")),
        several => parts.push(format!("{} held", several.len())),
    }
    parts.extend(scale.map(|scale| scale.to_string()));
    if parts.is_empty() {
        parts.extend(like.map(|title| format!("like {title}")));
    }
    sentence_case(&parts.join(", "))
}

/// What the melodies of a steer are, after their number: "with 6 notes per bar and range 12 st, contour held, in D dorian, like
/// Region 4, centre".
pub fn steer_description(
    goals: &SteerGoals,
    scale: Option<Scale>,
    like: Option<&str>,
    keep: KeptAspect,
) -> String {
    let wanted: Vec<String> = wanted_attributes(goals)
        .map(|(attribute, shown)| wanted_text(attribute, shown))
        .collect();
    let held: Vec<String> = held_attributes(goals).map(short_noun).collect();
    let mut parts = Vec::new();
    match (wanted.is_empty(), held.is_empty()) {
        (false, _) => parts.push(format!("with {}", join_with_and(&wanted))),
        (true, false) => parts.push(format!("with {} held", join_with_and(&held))),
        (true, true) => {}
    }
    if !wanted.is_empty() && !held.is_empty() {
        parts.push(format!("{} held", join_with_and(&held)));
    }
    parts.extend(scale.map(|scale| format!("in {scale}")));
    if let Some(title) = like {
        parts.push(format!("like {title}"));
        parts.extend(match keep {
            KeptAspect::Nothing => None,
            KeptAspect::Rhythm => Some("with its rhythm".to_owned()),
            KeptAspect::Pitches => Some("with its pitches".to_owned()),
            KeptAspect::FirstBar => Some("with its first bar".to_owned()),
        });
    }
    parts.join(", ")
}

fn wanted_text(attribute: &Attribute, shown: f64) -> String {
    let number = without_unit(attribute, shown);
    match attribute.unit {
        // Notes say what is counted.
        "notes/bar" => format!("{number} notes per bar"),
        _ => format!(
            "{} {number} {}",
            short_noun(attribute),
            short_unit(attribute)
        )
        .trim_end()
        .to_owned(),
    }
}

/// The wanted attributes with their shown values.
fn wanted_attributes(goals: &SteerGoals) -> impl Iterator<Item = (&'static Attribute, f64)> {
    ATTRIBUTES.iter().enumerate().filter_map(|(index, entry)| {
        let SteerGoal::Wanted(value) = goals.get(index) else {
            return None;
        };
        Some((entry, (entry.to_display_unit)(value)))
    })
}

fn held_attributes(goals: &SteerGoals) -> impl Iterator<Item = &'static Attribute> {
    let all = ATTRIBUTES.iter().enumerate();
    all.filter(|(index, _)| matches!(goals.get(*index), SteerGoal::Held(_)))
        .map(|(_, attribute)| attribute)
}

/// The last word of an attribute's name, in small letters: "density"; the whole name if others end with the same word.
pub fn short_noun(attribute: &Attribute) -> String {
    let last_word = |attribute: &Attribute| attribute.name.rsplit(' ').next().unwrap_or_default();
    let word = last_word(attribute);
    let same = ATTRIBUTES.iter().filter(|other| last_word(other) == word);
    if same.count() > 1 {
        attribute.name.to_lowercase()
    } else {
        word.to_lowercase()
    }
}

/// Items as in a sentence: `a`, `a and b`, `a, b and c`.
fn join_with_and(items: &[String]) -> String {
    match items.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, rest)) => format!("{} and {last}", rest.join(", ")),
        None => String::new(),
    }
}

impl AppState {
    /// The name of a melody: the one under which it is kept, the one it was imported under, or what it is: "Region 41, sample 12",
    /// "Density 6.2 · 3", "Blend 4 of 8". No two melodies of a set have the same unless the user named them so.
    pub fn title(&self, id: MelodyId) -> String {
        let kept = self.melodies.get(id).and_then(|entry| self.kept(entry));
        kept.and_then(KeptEntry::trimmed_name)
            .map_or_else(|| self.unkept_title(id), str::to_owned)
    }

    /// The name of a melody that is not kept.
    fn unkept_title(&self, id: MelodyId) -> String {
        if let Some(name) = self.melodies.name(id) {
            return name.to_owned();
        }
        let set_size = self
            .melodies
            .generated_set(id)
            .map_or(0, |set| set.entries.len());
        match id {
            MelodyId::Steered { steer, index } => match self.melodies.steer_name(steer) {
                Some(name) => format!("{name} · {}", index + 1),
                None => id.to_string(),
            },
            MelodyId::Generated { method, index, .. } if set_size > 0 => match method {
                GenerateMethod::Explored => format!("Explored {}", index + 1),
                GenerateMethod::Blended => format!("Blend {} of {set_size}", index + 1),
                GenerateMethod::Path => format!("On path {} of {set_size}", index + 1),
                GenerateMethod::Imported | GenerateMethod::Probe => id.to_string(),
            },
            _ => id.to_string(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An attribute, the kind of its goal, and its value in display units.
    type Goal = (usize, fn(f64) -> SteerGoal, f64);

    /// Goals of density and of other attributes.
    fn goals(density: f64, others: &[Goal]) -> SteerGoals {
        let from = |index: usize, shown: f64| (ATTRIBUTES[index].from_display_unit)(shown);
        let density = SteerGoals::wanted(0, from(0, density));
        others.iter().fold(density, |goals, (index, goal, shown)| {
            goals.with_goal(*index, goal(from(*index, *shown)))
        })
    }

    #[test]
    fn a_steer_is_named_by_what_it_asked_for() {
        let name = |index: usize| {
            let value = (ATTRIBUTES[index].from_display_unit)(6.2);
            steer_name(&SteerGoals::wanted(index, value), None, None)
        };
        let wanted = ["Density", "Complexity", "Range", "Contour", "Rise"];
        for (index, noun) in wanted.into_iter().enumerate() {
            assert_eq!(name(index), format!("{noun} 6.2"));
        }
        assert_eq!(steer_name(&goals(6.0, &[]), None, None), "Density 6");
        let one = goals(6.0, &[(2, SteerGoal::Held, 12.0)]);
        assert_eq!(
            steer_name(&one, None, Some("Region 4")),
            "Density 6, range held"
        );
        let two = one.with_goal(3, SteerGoal::Held(0.2));
        let dorian = "D dorian".parse().ok();
        assert_eq!(steer_name(&two, None, None), "Density 6, 2 held");
        assert_eq!(
            steer_name(&two, dorian, None),
            "Density 6, 2 held, D dorian"
        );
        let free = SteerGoals::free();
        assert_eq!(steer_name(&free, dorian, Some("Region 4")), "D dorian");
        assert_eq!(steer_name(&free, None, Some("Region 4")), "Like Region 4");
    }

    #[test]
    fn a_steer_is_described_as_a_musician_would() {
        let describe =
            |goals: &SteerGoals| steer_description(goals, None, None, KeptAspect::Nothing);
        let one = goals(6.0, &[(2, SteerGoal::Held, 12.0)]);
        assert_eq!(describe(&one), "with 6 notes per bar, range held");
        let three = goals(
            6.5,
            &[(2, SteerGoal::Wanted, 12.0), (3, SteerGoal::Held, 20.0)],
        );
        assert_eq!(
            describe(&three),
            "with 6.5 notes per bar and range 12 st, contour held"
        );
        let held = SteerGoals::free()
            .with_goal(2, SteerGoal::Held(0.1))
            .with_goal(3, SteerGoal::Held(0.2));
        assert_eq!(describe(&held), "with range and contour held");
        let free = SteerGoals::free();
        let dorian = "D dorian".parse().ok();
        assert_eq!(
            steer_description(&free, None, Some("Region 4, centre"), KeptAspect::Rhythm),
            "like Region 4, centre, with its rhythm"
        );
        assert_eq!(
            steer_description(&one, dorian, None, KeptAspect::Nothing),
            "with 6 notes per bar, range held, in D dorian"
        );
        assert_eq!(
            steer_description(&free, dorian, None, KeptAspect::Nothing),
            "in D dorian"
        );
    }
}
