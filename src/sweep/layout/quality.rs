//! How far a layout can be trusted, in numbers.

use serde::{Deserialize, Serialize};

use super::Layout;
use super::make::{Basis, SweepLayout, latents, sound_rows};
use crate::attributes::ATTRIBUTES;
use crate::embedding::{
    EmbeddingQuality, Features, NEIGHBOURS, NeighbourDistance, Neighbours, measured_sample,
    morans_i,
};
use crate::statistics::{ProgressFn, subrange};
use crate::sweep::observer::Watched;
use crate::sweep::{MelodyEntry, Observer, Phase, SweepError, SweepPlan, Unobserved};

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
    /// [`crate::embedding::MAX_MEASURED`]. Neighbours are those among the drawn.
    pub measured_on: usize,
    /// Against the layout's own distance: latent, melody, or the latent distance as the decoder reacts. Axes have none, and are
    /// measured against the melody distance.
    pub own: EmbeddingQuality,
    /// Against the melody distance.
    pub melody: EmbeddingQuality,
    /// Melody distance of neighbours on the map, of true neighbours, and of random pairs.
    pub melody_distance: NeighbourDistance,
    /// Every attribute, in the order of the table.
    pub smoothness: Vec<AttributeSmoothness>,
    /// Share of the melodies' variance that the decoder's linear reaction explains where it was not learnt; only in the decoder
    /// layout.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub explained: Option<f64>,
}

impl SweepLayout {
    /// Measures the layout on the melodies that it was made of, in the same order. Takes seconds for thousands.
    ///
    /// # Errors
    /// None: nobody is there to cancel it.
    pub fn quality(
        &self,
        plan: &SweepPlan,
        entries: &[MelodyEntry],
    ) -> Result<LayoutQuality, SweepError> {
        self.quality_of(&self.positions, plan, entries, &mut Unobserved)
    }

    /// The same, watched, for positions that may stand in for the layout's own, as the window's do where it spreads samples
    /// differently.
    ///
    /// # Errors
    /// [`SweepError::Cancelled`] if the observer says so.
    pub fn quality_of(
        &self,
        positions: &[[f64; 2]],
        plan: &SweepPlan,
        entries: &[MelodyEntry],
        observer: &mut dyn Observer,
    ) -> Result<LayoutQuality, SweepError> {
        let mut watched = Watched::new(observer, Phase::Quality);
        let mut look = |share: f64| watched.look(share);
        look(0.0)?;
        let drawn = measured_sample(entries.len().min(positions.len()));
        let chosen: Vec<MelodyEntry> = drawn.iter().map(|i| entries[*i].clone()).collect();
        let at: Vec<[f64; 2]> = drawn.iter().map(|i| positions[*i]).collect();
        let sound = Features::new(&sound_rows(&chosen, &mut subrange(&mut look, (0.0, 0.05)))?);
        let (melody, melody_distance) =
            EmbeddingQuality::measure(&sound, &at, &mut subrange(&mut look, (0.05, 0.5)))?;
        let second = (0.5, 0.95);
        let own = match &self.basis {
            Basis::Sound(_) | Basis::Axes(_) => melody,
            Basis::Decoder(features, _) => {
                EmbeddingQuality::measure(
                    &features.select(&drawn),
                    &at,
                    &mut subrange(&mut look, second),
                )?
                .0
            }
            Basis::Latent => {
                let points = latents(plan, &chosen, &mut |_| look(second.0))?;
                let rows: Vec<&[f32]> = points.iter().map(|p| p.as_slice()).collect();
                EmbeddingQuality::measure(
                    &Features::new(&rows),
                    &at,
                    &mut subrange(&mut look, second),
                )?
                .0
            }
        };
        let near = map_neighbours(&at, &mut subrange(&mut look, (0.95, 1.0)))?;
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
        look(1.0)?;
        Ok(LayoutQuality {
            layout: self.layout,
            points: entries.len(),
            measured_on: drawn.len(),
            own,
            melody,
            melody_distance,
            smoothness,
            explained: self.explained,
        })
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
fn map_neighbours(
    positions: &[[f64; 2]],
    look: &mut ProgressFn<'_, SweepError>,
) -> Result<Neighbours, SweepError> {
    let rows: Vec<[f32; 2]> = positions.iter().map(|p| p.map(|x| x as f32)).collect();
    Neighbours::find(&Features::new(&rows), NEIGHBOURS, look)
}
