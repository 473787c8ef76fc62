//! Feasibility of goals: how many of a sweep's melodies have all wanted values, known before the search.

use crate::attributes::{ATTRIBUTES, Attribute, AttributeRow};
use crate::statistics::{mean, pearson, standard_deviation};
use crate::sweep::identity::MelodyId;
use crate::wording::singular_or_plural;

use super::goals::SteerGoals;

/// A fraction of the sweep's melodies below this is called rare.
const RARE_FRACTION: f64 = 0.005;
/// Smallest absolute correlation of two attributes that are related.
const MIN_RELATED_CORRELATION: f64 = 0.5;
/// Largest deviation of a value from the regression on the other one, in standard deviations, of a pair that is not opposed.
const MAX_USUAL_DEVIATIONS: f64 = 2.0;

/// How many melodies of a sweep have all wanted values.
#[derive(Clone, Debug, PartialEq)]
pub struct Feasibility {
    /// Number of the sweep's melodies with every wanted value within its tolerance.
    pub matching_count: usize,
    /// Number of the sweep's melodies that are not empty.
    pub melody_count: usize,
    /// The melody nearest to all values together; `None` without melodies.
    pub nearest: Option<NearestMelody>,
    /// The pair of wanted values that contradicts the correlation of their attributes most, if any does.
    pub opposed: Option<OpposedGoals>,
}

/// The melody of a sweep that is nearest to the goals.
#[derive(Clone, Debug, PartialEq)]
pub struct NearestMelody {
    /// Its id.
    pub id: MelodyId,
    /// Its attributes.
    pub attributes: AttributeRow,
}

/// Two related attributes whose wanted values contradict their correlation in the sweep.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct OpposedGoals {
    /// Indices into the attribute table.
    pub attributes: [usize; 2],
    /// Their correlation in the sweep (Pearson).
    pub correlation: f64,
}

impl OpposedGoals {
    /// The names of the attributes, as in a list of attributes.
    #[must_use]
    pub fn names(&self) -> [&'static str; 2] {
        let name = |index: usize| ATTRIBUTES.get(index).map_or("", |attribute| attribute.name);
        self.attributes.map(name)
    }

    /// Direction of their correlation: "rise together" or "move against each other".
    #[must_use]
    pub fn relation(&self) -> &'static str {
        if self.correlation > 0.0 {
            "rise together"
        } else {
            "move against each other"
        }
    }
}

impl Feasibility {
    /// Measures goals on the melodies of a sweep. Takes well under a millisecond for some thousand melodies.
    #[must_use]
    pub fn measure<'a>(
        goals: &SteerGoals,
        melodies: impl Iterator<Item = (MelodyId, &'a AttributeRow)>,
    ) -> Self {
        let (mut matching_count, mut melody_count) = (0, 0);
        let mut nearest: Option<(f64, MelodyId, &AttributeRow)> = None;
        let target_values: Vec<(usize, f64)> = goals.target_values().collect();
        let mut values: Vec<Vec<f64>> = vec![Vec::new(); target_values.len()];
        for (id, row) in melodies.filter(|(_, row)| !row.is_empty()) {
            melody_count += 1;
            matching_count += usize::from(goals.are_met(row, 1.0));
            let error = goals.error(row);
            if nearest.is_none_or(|(least, ..)| error < least) {
                nearest = Some((error, id, row));
            }
            for ((attribute, _), values) in target_values.iter().zip(&mut values) {
                values.extend(row.value(*attribute));
            }
        }
        Self {
            matching_count,
            melody_count,
            nearest: nearest.map(|(_, id, row)| NearestMelody {
                id,
                attributes: row.clone(),
            }),
            opposed: opposed(&target_values, &values),
        }
    }

    /// Whether fewer than one in two hundred of the sweep's melodies have all values.
    #[must_use]
    pub fn is_rare(&self) -> bool {
        (self.matching_count as f64) < RARE_FRACTION * self.melody_count as f64
    }

    /// The feasibility in words, for the user: one or two sentences without a final full stop.
    #[must_use]
    pub fn describe(&self, goals: &SteerGoals) -> String {
        let target = join_with_and(goals.target_values().filter_map(|(attribute, value)| {
            let attribute = ATTRIBUTES.get(attribute)?;
            Some(named_value(attribute, value))
        }));
        if goals.is_free() {
            return "no value of an attribute is asked for".to_owned();
        }
        let total = with_thousands_commas(self.melody_count);
        let mut text = match self.matching_count {
            0 => format!("{target}: none of the sweep's {total} melodies has it"),
            count => format!(
                "{target}: {}{} of the sweep's {total} melodies {} it",
                if self.is_rare() { "rare, " } else { "" },
                with_thousands_commas(count),
                singular_or_plural(count, "has", "have")
            ),
        };
        if let (0, Some(nearest)) = (self.matching_count, &self.nearest) {
            let values = join_with_and(goals.target_values().filter_map(|(attribute, _)| {
                let value = nearest.attributes.value(attribute)?;
                Some(named_value(ATTRIBUTES.get(attribute)?, value))
            }));
            text.push_str(&format!("; the nearest has {values}"));
        }
        if let (true, Some(opposed)) = (self.is_rare(), &self.opposed) {
            let [one, other] = opposed.names().map(str::to_lowercase);
            text.push_str(&format!(
                ". In this sweep {one} and {other} {} (r = {:.2})",
                opposed.relation(),
                opposed.correlation
            ));
        }
        text
    }
}

/// A value with its unit and, where the unit does not tell, its attribute: `6.0 notes/bar`, `contour 12.0 semitones`.
fn named_value(attribute: &Attribute, value: f64) -> String {
    let value_text = attribute.display(value);
    let same_unit = ATTRIBUTES
        .iter()
        .filter(|other| other.unit == attribute.unit);
    if same_unit.count() > 1 {
        format!("{} {value_text}", attribute.name.to_lowercase())
    } else {
        value_text
    }
}

/// Items as in a sentence: `a`, `a and b`, `a, b and c`.
fn join_with_and(items: impl Iterator<Item = String>) -> String {
    let items: Vec<String> = items.collect();
    match items.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, rest)) => format!("{} and {last}", rest.join(", ")),
        None => String::new(),
    }
}

/// A number with a comma between thousands.
fn with_thousands_commas(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (place, digit) in digits.char_indices() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// The pair of wanted values that is farthest from its regression line, of attributes that are related.
fn opposed(target_values: &[(usize, f64)], values: &[Vec<f64>]) -> Option<OpposedGoals> {
    let standard_score = |index: usize| {
        let (centre, deviation) = (mean(&values[index])?, standard_deviation(&values[index])?);
        (deviation > 0.0).then(|| (target_values[index].1 - centre) / deviation)
    };
    let mut farthest: Option<(f64, OpposedGoals)> = None;
    for i in 0..target_values.len() {
        for j in 0..i {
            let Some(r) = pearson(&values[i], &values[j]) else {
                continue;
            };
            let Some((score_i, score_j)) = standard_score(i).zip(standard_score(j)) else {
                continue;
            };
            let residual = (score_i - r * score_j).abs() / (1.0 - r * r).max(1e-6).sqrt();
            let is_farthest = farthest.as_ref().is_none_or(|(most, _)| residual > *most);
            if r.abs() >= MIN_RELATED_CORRELATION && residual > MAX_USUAL_DEVIATIONS && is_farthest
            {
                let attributes = [target_values[j].0, target_values[i].0];
                let correlation = r;
                farthest = Some((
                    residual,
                    OpposedGoals {
                        attributes,
                        correlation,
                    },
                ));
            }
        }
    }
    farthest.map(|(_, pair)| pair)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]

    use super::*;
    use crate::attributes::attribute_index;
    use crate::melody::testing::melody;
    use crate::sweep::steer::goals::SteerGoal;

    /// Melodies of 1 to 8 notes whose contour grows with them: each step is a tone.
    fn rows() -> Vec<(MelodyId, AttributeRow)> {
        (0..400_u32)
            .map(|k| {
                let notes: Vec<(u8, u32, u32)> = (0..1 + k % 8)
                    .map(|n| (60 + 2 * (n % 2) as u8, 4 * n, 4 * n + 2))
                    .collect();
                let id = MelodyId::Sample {
                    region: 0,
                    sample: k,
                };
                (id, AttributeRow::measure(&melody(&notes, 32)))
            })
            .collect()
    }

    fn measure(notes_per_bar: f64, contour: f64) -> (Feasibility, SteerGoals) {
        let index = |id| attribute_index(id).unwrap();
        let goals = SteerGoals::wanted(index("note_density"), notes_per_bar / 16.0)
            .with_goal(index("contour"), SteerGoal::Wanted(contour / 88.0));
        let rows = rows();
        let rows = rows.iter().map(|(id, row)| (*id, row));
        (Feasibility::measure(&goals, rows), goals)
    }

    #[test]
    fn melodies_of_the_sweep_that_meet_the_goals_are_counted() {
        // Four notes in two bars travel 6 semitones; 1.5 and 2.5 notes per bar are within half a note, 4 and 8 within 5.
        let (feasibility, goals) = measure(2.0, 6.0);
        assert_eq!(
            (feasibility.matching_count, feasibility.melody_count),
            (150, 400)
        );
        assert!(!feasibility.is_rare() && feasibility.opposed.is_none());
        assert_eq!(
            feasibility.describe(&goals),
            "2.0 notes/bar and contour 6.0 semitones: 150 of the sweep's 400 melodies have it"
        );
    }

    #[test]
    fn infeasible_goals_are_described_with_the_nearest_melody_and_the_reason() {
        let (feasibility, goals) = measure(4.0, 0.0);
        assert_eq!(feasibility.matching_count, 0);
        let text = feasibility.describe(&goals);
        let nearest = feasibility.nearest.unwrap().attributes;
        // Seven notes are one tolerance too few and travel 12 semitones, 2.4 tolerances too far: less than all others together.
        assert_eq!(nearest.value(0).unwrap() * 32.0, 7.0);
        assert!(
            text.contains("none of the sweep's 400 melodies has it; the nearest has"),
            "{text}"
        );
        assert!(
            text.ends_with("In this sweep note density and contour rise together (r = 1.00)"),
            "{text}"
        );
    }

    #[test]
    fn pitches_are_described_as_notes_and_fractions_in_percent_with_their_names() {
        let index = |id| attribute_index(id).unwrap();
        let goals = SteerGoals::wanted(index("highest_note"), 62.0)
            .with_goal(index("rests"), SteerGoal::Wanted(0.5));
        let rows = rows();
        let rows = rows.iter().map(|(id, row)| (*id, row));
        // Eight notes of an eighth leave half of 32 steps silent; seven leave 56 %.
        assert_eq!(
            Feasibility::measure(&goals, rows).describe(&goals),
            "highest note D4 and rests 50 %: 50 of the sweep's 400 melodies have it"
        );
    }

    #[test]
    fn thousands_are_set_apart() {
        assert_eq!(
            [0, 999, 6_400, 1_234_567].map(with_thousands_commas),
            ["0", "999", "6,400", "1,234,567"]
        );
    }
}
