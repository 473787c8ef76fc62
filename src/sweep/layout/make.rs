//! Laying out all melodies of a sweep, and placing more on the finished map.

use rayon::prelude::*;

use super::Layout;
use super::axes::Axes;
use super::reaction::Reaction;
use crate::attributes::{AttributeRow, similarity_row};
use crate::embedding::{
    EmbeddingSettings, Features, NeighbourEmbedding, Placed, among, principal_axes,
};
use crate::latent::LatentPoint;
use crate::melody::Melody;
use crate::sweep::{MelodyEntry, SweepPlan};

/// Steps between two looks at an unfinished layout.
const LOOK_EVERY: usize = 10;

/// A finished map of melodies, in one layout.
pub struct SweepLayout {
    /// What near means on it.
    pub layout: Layout,
    /// A position for each melody, in the order they were given in. The unit is the layout's own.
    pub positions: Vec<[f64; 2]>,
    /// Share of the melodies' variance that the decoder's linear reaction explains in regions it was not learnt from; only
    /// in the decoder layout.
    pub explained: Option<f64>,
    pub(super) basis: Basis,
}

/// What the layout's distance is measured on.
pub(super) enum Basis {
    Latent,
    Sound(Features),
    Decoder(Features, Reaction),
    Axes(Axes),
}

impl SweepLayout {
    /// Lays out melodies of a sweep: `entries` are any of its centres and samples, in any order.
    ///
    /// `watch` gets the share done and positions that can be shown, the first of them at once; it says whether to go on. `None` if it
    /// said no. The result is the same for any number of threads.
    #[must_use]
    pub fn lay_out(
        layout: Layout,
        plan: &SweepPlan,
        entries: &[MelodyEntry],
        watch: &mut dyn FnMut(f64, &[[f64; 2]]) -> bool,
    ) -> Option<Self> {
        let (positions, basis) = match layout {
            Layout::Latent => {
                let placed = entries
                    .par_iter()
                    .map(|entry| plan.position(entry.id).unwrap_or(entry.position));
                (placed.collect(), Basis::Latent)
            }
            Layout::Axes { x, y } => {
                let rows: Vec<&AttributeRow> =
                    entries.iter().map(|entry| &entry.attributes).collect();
                let axes = Axes::new(x, y, &rows);
                (axes.spread(&rows), Basis::Axes(axes))
            }
            Layout::Sound => {
                let features = Features::new(&sound_rows(entries));
                (embed(&features, watch)?, Basis::Sound(features))
            }
            Layout::Decoder => {
                let rows = sound_rows(entries);
                let points = latents(plan, entries);
                let regions: Vec<u32> = entries
                    .iter()
                    .map(|entry| entry.id.region().unwrap_or(0))
                    .collect();
                match Reaction::fit(&points, &rows, &regions) {
                    Some(reaction) => {
                        let rows: Vec<Vec<f32>> =
                            points.par_iter().map(|p| reaction.row(p)).collect();
                        let features = Features::new(&rows);
                        (embed(&features, watch)?, Basis::Decoder(features, reaction))
                    }
                    // Too few melodies to learn from: nothing is known to count more than anything else.
                    None => {
                        let placed = entries
                            .iter()
                            .map(|entry| plan.position(entry.id).unwrap_or(entry.position));
                        (placed.collect(), Basis::Latent)
                    }
                }
            }
        };
        let explained = match &basis {
            Basis::Decoder(_, reaction) => Some(reaction.explained),
            _ => None,
        };
        Some(Self {
            layout,
            positions,
            explained,
            basis,
        })
    }

    /// The place of a melody that was not laid out, and how far it can be believed. Nothing moves for it.
    ///
    /// `None` on an empty map.
    #[must_use]
    pub fn place(
        &self,
        plan: &SweepPlan,
        latent: &LatentPoint,
        melody: &Melody,
        attributes: &AttributeRow,
    ) -> Option<Placed> {
        match &self.basis {
            Basis::Sound(features) => among(features, &self.positions, &similarity_row(melody)),
            Basis::Decoder(features, reaction) => {
                among(features, &self.positions, &reaction.row(latent))
            }
            Basis::Axes(axes) => Some(Placed {
                position: axes.place(attributes),
                error: 0.0,
                to_nearest: 0.0,
            }),
            Basis::Latent => Some(plan.place_with_error(latent)),
        }
    }
}

/// The row of each melody.
pub(super) fn sound_rows(entries: &[MelodyEntry]) -> Vec<Vec<f32>> {
    entries
        .par_iter()
        .map(|entry| similarity_row(&entry.melody))
        .collect()
}

/// The latent point of each melody; the origin for one that the plan does not know.
pub(super) fn latents(plan: &SweepPlan, entries: &[MelodyEntry]) -> Vec<LatentPoint> {
    let width = plan.centroids.first().map_or(0, LatentPoint::len);
    entries
        .par_iter()
        .map(|entry| {
            plan.latent(entry.id)
                .unwrap_or_else(|| LatentPoint::new(vec![0.0; width]))
        })
        .collect()
}

fn embed(
    features: &Features,
    watch: &mut dyn FnMut(f64, &[[f64; 2]]) -> bool,
) -> Option<Vec<[f64; 2]>> {
    if !watch(0.0, &principal_axes(features)) {
        return None;
    }
    let mut layout = NeighbourEmbedding::new(features, EmbeddingSettings::default());
    let mut steps = 0;
    while layout.step() {
        steps += 1;
        if steps % LOOK_EVERY == 0 && !watch(layout.progress(), layout.positions()) {
            return None;
        }
    }
    Some(layout.positions().to_vec())
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]

    use super::*;
    use crate::sweep::testing::FakeDecoder;
    use crate::sweep::{RunOptions, Sweep, SweepConfig, Unobserved, run};

    fn swept() -> (Sweep, Vec<MelodyEntry>) {
        let config = SweepConfig {
            regions: 30,
            samples: 20,
            ..SweepConfig::default()
        };
        let sweep = run(
            &config,
            &RunOptions::default(),
            &mut FakeDecoder::new(24),
            &mut Unobserved,
        )
        .unwrap();
        let entries = sweep
            .centres
            .iter()
            .chain(&sweep.samples)
            .cloned()
            .collect();
        (sweep, entries)
    }

    #[test]
    fn every_layout_has_a_finite_place_for_every_melody_and_the_same_on_any_number_of_threads() {
        let (sweep, entries) = swept();
        for layout in Layout::ALL {
            let made = |threads: usize| {
                let pool = rayon::ThreadPoolBuilder::new()
                    .num_threads(threads)
                    .build()
                    .unwrap();
                pool.install(|| {
                    SweepLayout::lay_out(layout, &sweep.plan, &entries, &mut |_, _| true)
                        .unwrap()
                        .positions
                })
            };
            let positions = made(1);
            assert_eq!(positions.len(), entries.len());
            assert!(
                positions.iter().flatten().all(|x| x.is_finite()),
                "{layout}"
            );
            assert_eq!(positions, made(3), "{layout}");
        }
    }

    #[test]
    fn a_layout_shows_itself_on_the_way_and_stops_when_told() {
        let (sweep, entries) = swept();
        let mut seen = Vec::new();
        let whole = SweepLayout::lay_out(Layout::Sound, &sweep.plan, &entries, &mut |done, at| {
            seen.push((done, at.len()));
            true
        });
        assert!(whole.is_some() && seen.len() > 5 && seen[0] == (0.0, entries.len()));
        assert!(seen.windows(2).all(|pair| pair[0].0 < pair[1].0));
        let mut looks = 0;
        let stopped = SweepLayout::lay_out(Layout::Sound, &sweep.plan, &entries, &mut |_, _| {
            looks += 1;
            looks < 3
        });
        assert!(stopped.is_none() && looks == 3);
    }

    #[test]
    fn a_melody_of_the_map_is_placed_where_it_is_in_every_layout_by_sound_or_decoder() {
        let (sweep, entries) = swept();
        for layout in [Layout::Sound, Layout::Decoder] {
            let map =
                SweepLayout::lay_out(layout, &sweep.plan, &entries, &mut |_, _| true).unwrap();
            let known = &entries[77];
            let latent = sweep.plan.latent(known.id).unwrap();
            let placed = map
                .place(&sweep.plan, &latent, &known.melody, &known.attributes)
                .unwrap();
            // Others may sound the same; one of them is as good a place.
            let same = entries.iter().zip(&map.positions).any(|(entry, at)| {
                entry.melody.tokens() == known.melody.tokens() && *at == placed.position
            });
            assert!(same, "{layout}: {placed:?}");
            assert_eq!(placed.to_nearest, 0.0);
        }
    }

    #[test]
    fn on_axes_more_of_an_attribute_lies_farther_along_and_equal_ones_do_not_hide_each_other() {
        let (sweep, entries) = swept();
        let map =
            SweepLayout::lay_out(Layout::AXES, &sweep.plan, &entries, &mut |_, _| true).unwrap();
        for (a, p) in entries.iter().zip(&map.positions).step_by(7) {
            for (b, q) in entries.iter().zip(&map.positions) {
                if let (Some(a), Some(b)) = (a.attributes.value(0), b.attributes.value(0))
                    && a < b
                {
                    assert!(p[0] < q[0]);
                }
            }
        }
        let mut places: Vec<[u64; 2]> = map.positions.iter().map(|p| p.map(f64::to_bits)).collect();
        places.sort_unstable();
        places.dedup();
        assert_eq!(places.len(), entries.len());
    }
}
