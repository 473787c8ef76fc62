//! How far a layout can be trusted, in numbers.

use serde::{Deserialize, Serialize};

use super::Layout;
use super::make::{Basis, SweepLayout, latents, sound_rows};
use crate::attributes::ATTRIBUTES;
use crate::embedding::{Faithfulness, Features, NEIGHBOURS, Nearness, Neighbours, drawn, morans_i};
use crate::sweep::{MelodyEntry, SweepPlan};

/// How smoothly one attribute changes over the map.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AttributeSmoothness {
    /// The attribute's id.
    pub id: String,
    /// Moran's I over the five nearest on the map, each weighing alike; absent if the attribute is the same everywhere.
    pub morans_i: Option<f64>,
    /// What values dealt out at random would give: -1 / (n - 1).
    pub chance: f64,
}

/// The measured quality of a layout, each figure with what chance would reach.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LayoutQuality {
    /// Which layout.
    pub layout: Layout,
    /// Melodies on the map.
    pub points: usize,
    /// Melodies that it was measured on: all, or a seeded draw where there are more than
    /// [`crate::embedding::LARGEST_EXACT`]. Neighbours are those among the drawn.
    pub measured_on: usize,
    /// Against the layout's own distance: latent, melody, or the latent distance as the decoder reacts. Axes have none, and are
    /// measured against the melody distance.
    pub own: Faithfulness,
    /// Against the melody distance.
    pub melody: Faithfulness,
    /// Melody distance of neighbours on the map, of true neighbours, and of random pairs.
    pub melody_distance: Nearness,
    /// Every attribute, in the order of the table.
    pub smoothness: Vec<AttributeSmoothness>,
    /// Share of the melodies' variance that the decoder's linear reaction explains where it was not learnt; only in the decoder
    /// layout.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub explained: Option<f64>,
}

impl SweepLayout {
    /// Measures the layout on the melodies that it was made of, in the same order. Takes seconds for thousands.
    #[must_use]
    pub fn quality(&self, plan: &SweepPlan, entries: &[MelodyEntry]) -> LayoutQuality {
        self.quality_of(&self.positions, plan, entries)
    }

    /// The same for positions that stand in for the layout's own, as the window's do where it spreads samples differently.
    #[must_use]
    pub fn quality_of(
        &self,
        positions: &[[f64; 2]],
        plan: &SweepPlan,
        entries: &[MelodyEntry],
    ) -> LayoutQuality {
        let part = drawn(entries.len().min(positions.len()));
        let chosen: Vec<MelodyEntry> = part.iter().map(|i| entries[*i].clone()).collect();
        let at: Vec<[f64; 2]> = part.iter().map(|i| positions[*i]).collect();
        let sound = Features::new(&sound_rows(&chosen));
        let (melody, melody_distance) = Faithfulness::measure(&sound, &at);
        let own = match &self.basis {
            Basis::Sound(_) | Basis::Axes(_) => melody,
            Basis::Decoder(features, _) => Faithfulness::measure(&features.select(&part), &at).0,
            Basis::Latent => {
                let points = latents(plan, &chosen);
                let rows: Vec<&[f32]> = points.iter().map(|p| p.as_slice()).collect();
                Faithfulness::measure(&Features::new(&rows), &at).0
            }
        };
        let near = map_neighbours(&at);
        let smoothness = ATTRIBUTES
            .iter()
            .enumerate()
            .map(|(index, attribute)| {
                let values: Vec<Option<f64>> = chosen
                    .iter()
                    .map(|entry| entry.attributes.value(index))
                    .collect();
                let known = values.iter().flatten().count();
                AttributeSmoothness {
                    id: attribute.id.to_owned(),
                    morans_i: morans_i(&near, &values),
                    chance: -1.0 / (known.max(2) - 1) as f64,
                }
            })
            .collect();
        LayoutQuality {
            layout: self.layout,
            points: entries.len(),
            measured_on: part.len(),
            own,
            melody,
            melody_distance,
            smoothness,
            explained: self.explained,
        }
    }
}

impl LayoutQuality {
    /// How many times nearer in sound neighbours on the map are than strangers: the one number for the corner.
    #[must_use]
    pub fn times_nearer(&self) -> f64 {
        self.melody_distance.random_pairs
            / self.melody_distance.map_neighbours.max(f64::MIN_POSITIVE)
    }
}

/// The five nearest on the map of each point.
pub(super) fn map_neighbours(positions: &[[f64; 2]]) -> Neighbours {
    let rows: Vec<[f32; 2]> = positions.iter().map(|p| p.map(|x| x as f32)).collect();
    Neighbours::find(&Features::new(&rows), NEIGHBOURS)
}
