//! The order of steered and explored melodies by the user's taste, and its reasons.

use super::app_state::AppState;
use super::filter::is_in_scale;
use super::kept_entry::KeptEntry;
use super::taste::{RankedPlace, RankedSet, Ranking};
use crate::attributes::AttributeRow;
use crate::melody::{Melody, Scale};
use crate::sweep::{GenerateMethod, MelodyId, PreferenceExample, SteerGoals, SteeredMelody};

impl AppState {
    /// Orders the finished steers and the explorations of the shown map that have no order yet.
    pub(in crate::ui) fn rank_new_sets(&mut self) {
        let Some(learnt) = &self.taste.learnt else {
            return;
        };
        let generation = self.melodies.generation();
        let is_new = |set: RankedSet| !self.taste.rankings.contains_key(&(generation, set));
        let mut rankings = Vec::new();
        for steer in &self.steer.finished {
            let set = RankedSet::Steer(steer.number);
            let mut sets = self.melodies.steered_sets();
            if let Some((_, melodies)) = sets.find(|(number, _)| *number == steer.number)
                && is_new(set)
            {
                let melodies = melodies.iter().map(|added| {
                    let entry = &added.entry;
                    let request = (&steer.goals, steer.scale);
                    let is_match = is_match(request, &entry.melody, &entry.attributes);
                    (is_match, entry, &added.latent)
                });
                rankings.push((set, learnt.rank(melodies)));
            }
        }
        for (number, generated) in self.melodies.generated_sets() {
            let set = RankedSet::Explored(number);
            if generated.method == GenerateMethod::Explored && is_new(set) {
                let melodies = generated.entries.iter().zip(&generated.latents);
                let melodies = melodies.map(|(entry, latent)| (true, entry, latent));
                rankings.push((set, learnt.rank(melodies)));
            }
        }
        let rankings = rankings.into_iter();
        self.taste
            .rankings
            .extend(rankings.map(|(set, ranking)| ((generation, set), ranking)));
    }

    fn ranking(&self, set: RankedSet) -> Option<&Ranking> {
        let rankings = &self.taste.rankings;
        rankings.get(&(self.melodies.generation(), set))
    }

    /// The place of a steered or explored melody in the order of its set; `None` if that is not ordered by taste.
    pub fn ranked_place(&self, id: MelodyId) -> Option<RankedPlace<'_>> {
        let (set, index) = RankedSet::of(id)?;
        let ranking = self.ranking(set)?;
        let place = ranking.order.iter().position(|other| *other == index)?;
        let alike = ranking.alike.get(index as usize)?.as_ref();
        Some(RankedPlace {
            place: place + 1,
            of: ranking.order.len(),
            alike: alike.and_then(|identity| self.kept_melodies.find_identity(identity)),
        })
    }

    /// The first melody of the set of this one, in the order by taste.
    pub(in crate::ui) fn ranked_first(&self, id: MelodyId) -> Option<MelodyId> {
        let (set, _) = RankedSet::of(id)?;
        let first = self.ranking(set)?.order.first()?;
        Some(set.id(*first))
    }

    /// The melody that is so many places after this one in the order by taste, wrapping around at the ends.
    pub(in crate::ui) fn ranked_neighbour(&self, id: MelodyId, by: i32) -> Option<MelodyId> {
        let (set, _) = RankedSet::of(id)?;
        let place = self.ranked_place(id)?;
        let next = (place.place as i64 - 1 + i64::from(by)).rem_euclid(place.of as i64);
        let next = self.ranking(set)?.order.get(usize::try_from(next).ok()?)?;
        Some(set.id(*next))
    }

    /// Of the first melodies of a running search, the one to play: the first by taste of those that have what is asked for; `None` if
    /// none has it or nothing is learnt.
    pub(in crate::ui) fn preferred_of(
        &self,
        goals: &SteerGoals,
        melodies: &[SteeredMelody],
    ) -> Option<MelodyId> {
        let learnt = self.taste.learnt.as_ref()?;
        let scale = self.steer.running.as_ref().and_then(|steer| steer.scale);
        let examples: Vec<(bool, PreferenceExample<'_>)> = melodies
            .iter()
            .map(|melody| {
                let is_match = is_match((goals, scale), &melody.melody, &melody.attributes);
                let example = PreferenceExample {
                    latent: &melody.latent,
                    attributes: &melody.attributes,
                };
                (is_match, example)
            })
            .collect();
        // If none matches, the nearest one plays.
        let any_matches = examples.iter().any(|(is_match, _)| *is_match);
        let order = any_matches.then(|| learnt.model.order(&examples))?;
        Some(melodies.get(*order.first()?)?.id)
    }

    /// Why a steered or explored melody has its place: "Ranked first because it is like bridge idea, which you kept".
    pub fn taste_reason(&self, id: MelodyId) -> Option<String> {
        let RankedPlace { place, of, alike } = self.ranked_place(id)?;
        Some(match (place, alike.map(KeptEntry::name)) {
            (1, Some(name)) => {
                format!("Ranked first because it is like {name}, which you kept")
            }
            (1, None) => "Ranked first; none of them is like what you kept".to_owned(),
            (_, Some(name)) => {
                format!("Ranked {place} of {of}; of what you kept, most like {name}")
            }
            (_, None) => format!("Ranked {place} of {of}; not like what you kept"),
        })
    }
}

/// Whether a melody has the wanted values within the tolerances, and the scale if there is one.
fn is_match(
    (goals, scale): (&SteerGoals, Option<Scale>),
    melody: &Melody,
    attributes: &AttributeRow,
) -> bool {
    goals.are_met(attributes, 1.0) && scale.is_none_or(|scale| is_in_scale(melody, scale))
}
