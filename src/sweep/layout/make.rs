//! Laying out all melodies of a sweep, and placing more on the finished map.

use super::Layout;
use super::axes::Axes;
use super::decoder_sensitivity::DecoderSensitivity;
use crate::attributes::{AttributeRow, similarity_row};
use crate::embedding::{
    EmbeddingSettings, Features, NeighbourEmbedding, Placement, place_by_neighbours, principal_axes,
};
use crate::latent::LatentPoint;
use crate::melody::Melody;
use crate::statistics::{ProgressFn, par_map};
use crate::sweep::observer::Watched;
use crate::sweep::{MelodyEntry, Observer, Phase, SweepError, SweepPlan};

/// Steps between two pictures of an unfinished layout.
const PICTURE_EVERY: usize = 10;
/// About how many operations it takes to draw a latent point's number, or a melody's row.
const DRAW: usize = 64;
const ROW: usize = 16_384;

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
    Decoder(Features, DecoderSensitivity),
    Axes(Axes),
}

impl SweepLayout {
    /// Lays out melodies of a sweep: `entries` are any of its centres and samples, in any order.
    ///
    /// The observer is told of the progress and shown pictures, the first of them at once, and says whether to go on. The result
    /// is the same for any number of threads.
    ///
    /// # Errors
    /// [`SweepError::Cancelled`] if the observer says so.
    pub fn lay_out(
        layout: Layout,
        plan: &SweepPlan,
        entries: &[MelodyEntry],
        observer: &mut dyn Observer,
    ) -> Result<Self, SweepError> {
        let mut watched = Watched::new(observer, Phase::Layout);
        watched.look(0.0)?;
        let (positions, basis) = match layout {
            Layout::Latent => {
                let placed = on_the_plan(plan, entries, &mut |share| watched.look(share))?;
                (placed, Basis::Latent)
            }
            Layout::Axes { x, y } => {
                let rows: Vec<&AttributeRow> =
                    entries.iter().map(|entry| &entry.attributes).collect();
                let axes = Axes::new(x, y, &rows);
                watched.look(0.5)?;
                (axes.spread(&rows), Basis::Axes(axes))
            }
            Layout::Sound => {
                let rows = sound_rows(entries, &mut |share| watched.look(0.05 * share))?;
                let features = Features::new(&rows);
                (
                    embed(&features, &mut watched, 0.05)?,
                    Basis::Sound(features),
                )
            }
            Layout::Decoder => {
                let rows = sound_rows(entries, &mut |share| watched.look(0.03 * share))?;
                let mut drawing = |share| watched.look(0.03 + 0.03 * share);
                let points = latents(plan, entries, &mut drawing)?;
                let regions: Vec<u32> = entries
                    .iter()
                    .map(|entry| entry.id.region().unwrap_or(0))
                    .collect();
                let mut fitting = |share| watched.look(0.06 + 0.09 * share);
                match DecoderSensitivity::fit(&points, &rows, &regions, &mut fitting)? {
                    Some(reaction) => {
                        let cost = reaction.cost();
                        let mut rest = |share| watched.look(0.15 + 0.05 * share);
                        let rows =
                            par_map(points.len(), cost, &mut rest, |i| reaction.row(&points[i]))?;
                        let features = Features::new(&rows);
                        (
                            embed(&features, &mut watched, 0.2)?,
                            Basis::Decoder(features, reaction),
                        )
                    }
                    // Too few melodies to learn from: nothing is known to count more than anything else.
                    None => (
                        on_the_plan(plan, entries, &mut |share| {
                            watched.look(0.15 + 0.85 * share)
                        })?,
                        Basis::Latent,
                    ),
                }
            }
        };
        watched.look(1.0)?;
        let explained = match &basis {
            Basis::Decoder(_, reaction) => Some(reaction.explained),
            _ => None,
        };
        Ok(Self {
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
    ) -> Option<Placement> {
        match &self.basis {
            Basis::Sound(features) => {
                place_by_neighbours(features, &self.positions, &similarity_row(melody))
            }
            Basis::Decoder(features, reaction) => {
                place_by_neighbours(features, &self.positions, &reaction.row(latent))
            }
            Basis::Axes(axes) => Some(Placement {
                position: axes.place(attributes),
                error: 0.0,
                to_nearest: 0.0,
            }),
            Basis::Latent => Some(plan.place_with_error(latent)),
        }
    }
}

/// The row of each melody.
pub(super) fn sound_rows<E>(
    entries: &[MelodyEntry],
    look: &mut ProgressFn<'_, E>,
) -> Result<Vec<Vec<f32>>, E> {
    par_map(entries.len(), ROW, look, |i| {
        similarity_row(&entries[i].melody)
    })
}

/// The latent point of each melody; the origin for one that the plan does not know.
pub(super) fn latents<E>(
    plan: &SweepPlan,
    entries: &[MelodyEntry],
    look: &mut ProgressFn<'_, E>,
) -> Result<Vec<LatentPoint>, E> {
    let width = plan.centroids.first().map_or(0, LatentPoint::len);
    par_map(entries.len(), width * DRAW, look, |i| {
        plan.latent(entries[i].id)
            .unwrap_or_else(|| LatentPoint::new(vec![0.0; width]))
    })
}

/// The place of each melody on the map of the regions.
fn on_the_plan<E>(
    plan: &SweepPlan,
    entries: &[MelodyEntry],
    look: &mut ProgressFn<'_, E>,
) -> Result<Vec<[f64; 2]>, E> {
    par_map(entries.len(), plan.place_cost(), look, |i| {
        let entry = &entries[i];
        plan.position(entry.id).unwrap_or(entry.position)
    })
}

/// Embeds the features; what came before took the share `from` of the whole.
fn embed(
    features: &Features,
    watched: &mut Watched<'_>,
    from: f64,
) -> Result<Vec<[f64; 2]>, SweepError> {
    let share = |share: f64| from + (1.0 - from) * share;
    let mut look = |done| watched.look(share(0.02 * done));
    let axes = principal_axes(features, &mut look)?;
    watched.observer.preview(&axes);
    let share = |done: f64| share(0.02 + 0.98 * done);
    let mut look = |done| watched.look(share(done));
    let mut layout = NeighbourEmbedding::new(features, EmbeddingSettings::default(), &mut look)?;
    let mut steps = 0;
    while layout.step(&mut |done| watched.look(share(done)))? {
        steps += 1;
        if steps % PICTURE_EVERY == 0 {
            watched.observer.preview(layout.positions());
        }
    }
    Ok(layout.positions().to_vec())
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]

    use super::*;
    use crate::sweep::testing::FakeDecoder;
    use crate::sweep::{Progress, RunOptions, Sweep, SweepConfig, Unobserved, run};

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
                    SweepLayout::lay_out(layout, &sweep.plan, &entries, &mut Unobserved)
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

    /// Notes what it is told, and says stop after a number of looks.
    #[derive(Default)]
    struct Listener {
        pictures: Vec<usize>,
        shares: Vec<f64>,
        looks: std::cell::Cell<usize>,
        most: Option<usize>,
    }

    impl Observer for Listener {
        fn progress(&mut self, progress: Progress) {
            assert_eq!(progress.phase, Phase::Layout);
            self.shares.push(progress.share());
        }

        fn preview(&mut self, positions: &[[f64; 2]]) {
            self.pictures.push(positions.len());
        }

        fn cancelled(&self) -> bool {
            self.looks.set(self.looks.get() + 1);
            self.most.is_some_and(|most| self.looks.get() > most)
        }
    }

    #[test]
    fn a_layout_shows_itself_on_the_way_and_stops_at_any_look() {
        let (sweep, entries) = swept();
        for layout in Layout::ALL {
            let lay_out = |listener: &mut Listener| {
                SweepLayout::lay_out(layout, &sweep.plan, &entries, listener)
            };
            let mut heard = Listener::default();
            lay_out(&mut heard).unwrap();
            assert!(heard.shares.windows(2).all(|pair| pair[0] < pair[1]));
            assert_eq!(heard.shares.last(), Some(&1.0), "{layout}");
            if matches!(layout, Layout::Sound | Layout::Decoder) {
                assert!(heard.pictures.len() > 5 && heard.shares.len() > 100);
                assert!(heard.pictures.iter().all(|count| *count == entries.len()));
            }
            let whole = heard.looks.get();
            for most in [0, 1, whole / 7, whole / 2, whole - 1] {
                let mut stopped = Listener {
                    most: Some(most),
                    ..Listener::default()
                };
                assert!(
                    matches!(lay_out(&mut stopped), Err(SweepError::Cancelled)),
                    "{layout}: {most} of {whole}"
                );
                // It does not look again after it was told to stop.
                assert_eq!(stopped.looks.get(), most + 1);
            }
        }
    }

    #[test]
    fn a_melody_of_the_map_is_placed_where_it_is_in_every_layout_by_sound_or_decoder() {
        let (sweep, entries) = swept();
        for layout in [Layout::Sound, Layout::Decoder] {
            let map = SweepLayout::lay_out(layout, &sweep.plan, &entries, &mut Unobserved).unwrap();
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
            SweepLayout::lay_out(Layout::AXES, &sweep.plan, &entries, &mut Unobserved).unwrap();
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
