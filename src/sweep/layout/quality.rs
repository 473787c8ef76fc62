//! The measured quality of a layout.

use serde::{Deserialize, Serialize};

use super::kind::LayoutKind;
use super::sweep_layout::{LayoutBasis, SweepLayout, latent_points, similarity_feature_rows};
use crate::attributes::ATTRIBUTES;
use crate::embedding::{
    EmbeddingQuality, Features, NEIGHBOURS, NeighbourDistance, Neighbours, measured_sample,
    morans_i,
};
use crate::latent::LatentPoint;
use crate::progress::{Observer, Phase, PhaseProgress, subrange};
use crate::sweep::entry::MelodyEntry;
use crate::sweep::error::SweepError;
use crate::sweep::plan::SweepPlan;

/// How smoothly one attribute changes over the map.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AttributeSmoothness {
    /// The attribute's id.
    pub id: String,
    /// Moran's I over the five nearest neighbours on the map, equally weighted; absent for a constant attribute.
    pub morans_i: Option<f64>,
    /// Expected value for permuted melodies: -1 / (n - 1).
    #[serde(rename = "chance")]
    pub expected: f64,
}

/// The measured quality of a layout, each figure with its value by chance.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LayoutQuality {
    /// The layout.
    #[serde(rename = "layout")]
    pub kind: LayoutKind,
    /// Number of melodies on the map.
    pub points: usize,
    /// Number of melodies that it was measured on: all, or a seeded sample where there are more than
    /// [`crate::embedding::MAX_MEASURED`]. Neighbours are those within the sample.
    pub measured_on: usize,
    /// Against the layout's own distance: latent, melody, or latent weighted by the decoder's sensitivity. Axes have none, and
    /// are measured against the melody distance.
    #[serde(rename = "own")]
    pub by_layout_distance: EmbeddingQuality,
    /// Against the melody distance.
    #[serde(rename = "melody")]
    pub by_melody_distance: EmbeddingQuality,
    /// Melody distance of neighbours on the map, of true neighbours, and of random pairs.
    pub melody_distance: NeighbourDistance,
    /// All attributes, in the order of the table.
    pub smoothness: Vec<AttributeSmoothness>,
    /// Fraction of the melodies' variance that the linear decoder sensitivity explains in regions it was not fitted to; only in
    /// the decoder layout.
    #[serde(rename = "explained", skip_serializing_if = "Option::is_none", default)]
    pub explained_variance: Option<f64>,
}

impl SweepLayout {
    /// Measures the layout on the melodies that it was computed from, in the same order. `positions` are those of the
    /// layout, or the window's where it spreads samples differently.
    ///
    /// # Errors
    /// [`SweepError::Cancelled`].
    pub fn quality_of(
        &self,
        positions: &[[f64; 2]],
        plan: &SweepPlan,
        entries: &[MelodyEntry],
        observer: &mut dyn Observer,
    ) -> Result<LayoutQuality, SweepError> {
        let mut phase = PhaseProgress::new(observer, Phase::Quality);
        let mut progress = |fraction: f64| phase.report(fraction);
        progress(0.0)?;
        let sample = measured_sample(entries.len().min(positions.len()));
        let sample_entries: Vec<MelodyEntry> = sample.iter().map(|i| entries[*i].clone()).collect();
        let sample_positions: Vec<[f64; 2]> = sample.iter().map(|i| positions[*i]).collect();
        let rows =
            similarity_feature_rows(&sample_entries, &mut subrange(&mut progress, (0.0, 0.05)))?;
        let features = Features::new(&rows);
        let (by_melody_distance, melody_distance) = EmbeddingQuality::measure(
            &features,
            &sample_positions,
            &mut subrange(&mut progress, (0.05, 0.5)),
        )?;
        let features = match &self.basis {
            LayoutBasis::MelodyDistance(_) | LayoutBasis::Axes(_) => None,
            LayoutBasis::Decoder(features, _) => Some(features.select(&sample)),
            LayoutBasis::Latent => {
                let points = latent_points(plan, &sample_entries, &mut |_| progress(0.5))?;
                let rows: Vec<&[f32]> = points.iter().map(LatentPoint::as_slice).collect();
                Some(Features::new(&rows))
            }
        };
        let by_layout_distance = match features {
            None => by_melody_distance,
            Some(features) => {
                let measuring = &mut subrange(&mut progress, (0.5, 0.95));
                EmbeddingQuality::measure(&features, &sample_positions, measuring)?.0
            }
        };
        let rows: Vec<[f32; 2]> = sample_positions
            .iter()
            .map(|p| p.map(|x| x as f32))
            .collect();
        let map = Features::new(&rows);
        let map_neighbours =
            Neighbours::find(&map, NEIGHBOURS, &mut subrange(&mut progress, (0.95, 1.0)))?;
        let smoothness = ATTRIBUTES
            .iter()
            .enumerate()
            .map(|(index, attribute)| {
                let values: Vec<Option<f64>> = sample_entries
                    .iter()
                    .map(|entry| entry.attributes.value(index))
                    .collect();
                let value_count = values.iter().flatten().count();
                AttributeSmoothness {
                    id: attribute.id.to_owned(),
                    morans_i: morans_i(&map_neighbours, &values),
                    expected: -1.0 / (value_count.max(2) - 1) as f64,
                }
            })
            .collect();
        progress(1.0)?;
        Ok(LayoutQuality {
            kind: self.kind,
            points: entries.len(),
            measured_on: sample.len(),
            by_layout_distance,
            by_melody_distance,
            melody_distance,
            smoothness,
            explained_variance: self.explained_variance,
        })
    }
}

impl LayoutQuality {
    /// How many times nearer in sound neighbours on the map are than random pairs: the figure in the map's corner.
    #[must_use]
    pub fn neighbour_distance_ratio(&self) -> f64 {
        self.melody_distance.random_pairs
            / self.melody_distance.map_neighbours.max(f64::MIN_POSITIVE)
    }
}
