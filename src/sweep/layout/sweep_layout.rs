//! A layout of all melodies of a sweep, and placing more melodies on it.

use super::axes::{AttributeAxes, AxisScale};
use super::decoder_sensitivity::DecoderSensitivity;
use super::kind::LayoutKind;
use crate::attributes::{AttributeRow, similarity_features};
use crate::embedding::{
    Features, Placement, TsneOptimiser, TsneSettings, place_by_neighbours, principal_coordinates,
};
use crate::latent::LatentPoint;
use crate::melody::Melody;
use crate::progress::{Phase, PhaseProgress, ProgressFn, par_map};
use crate::sweep::entry::MelodyEntry;
use crate::sweep::error::SweepError;
use crate::sweep::observer::SweepObserver;
use crate::sweep::plan::SweepPlan;

/// Steps between two previews of an unfinished layout.
const STEPS_PER_PREVIEW: usize = 10;
/// Approximate operations for a coordinate of a latent point.
const COORDINATE_COST: usize = 64;
/// Approximate operations for the feature row of a melody.
const ROW_COST: usize = 16_384;

/// A finished map of melodies.
pub struct SweepLayout {
    /// The kind of layout.
    pub kind: LayoutKind,
    /// A position for each melody, in the order they were given in. The unit depends on the layout.
    pub positions: Vec<[f64; 2]>,
    /// Fraction of the melodies' variance that the linear decoder sensitivity explains in regions it was not fitted to; only
    /// in the decoder layout.
    pub explained_variance: Option<f64>,
    pub(super) basis: LayoutBasis,
}

/// What the distance of the layout is measured on.
pub(super) enum LayoutBasis {
    Latent,
    MelodyDistance(Features),
    Decoder(Features, DecoderSensitivity),
    Axes(AttributeAxes),
}

impl SweepLayout {
    /// Lays out melodies of a sweep: `entries` are any of its centres and samples, in any order.
    ///
    /// The observer receives progress, at once and then often, and previews where there are any. The result is the same for any
    /// number of threads.
    ///
    /// # Errors
    /// [`SweepError::Cancelled`].
    pub fn lay_out(
        kind: LayoutKind,
        plan: &SweepPlan,
        entries: &[MelodyEntry],
        observer: &mut dyn SweepObserver,
    ) -> Result<Self, SweepError> {
        let mut phase = PhaseProgress::new(observer, Phase::Layout);
        phase.report(0.0)?;
        let (positions, basis) = match kind {
            LayoutKind::Latent => {
                let positions =
                    plan_positions(plan, entries, &mut |fraction| phase.report(fraction))?;
                (positions, LayoutBasis::Latent)
            }
            LayoutKind::Axes { x, y } => {
                let rows: Vec<&AttributeRow> =
                    entries.iter().map(|entry| &entry.attributes).collect();
                let axes = AttributeAxes::new(x, y, &rows);
                phase.report(0.5)?;
                (axes.spread(&rows), LayoutBasis::Axes(axes))
            }
            LayoutKind::MelodyDistance => {
                phase.begin_range(0.0, 0.05);
                let rows =
                    similarity_feature_rows(entries, &mut |fraction| phase.report(fraction))?;
                let features = Features::new(&rows);
                let positions = embed(&features, &mut phase, 0.05)?;
                (positions, LayoutBasis::MelodyDistance(features))
            }
            LayoutKind::Decoder => lay_out_by_decoder(plan, entries, &mut phase)?,
        };
        phase.begin_range(0.0, 1.0);
        phase.report(1.0)?;
        let explained_variance = match &basis {
            LayoutBasis::Decoder(_, sensitivity) => Some(sensitivity.explained_variance),
            _ => None,
        };
        Ok(Self {
            kind,
            positions,
            explained_variance,
            basis,
        })
    }

    /// The scales of the axes from left to right and upwards, if the layout has axes.
    #[must_use]
    pub fn axes(&self) -> Option<[AxisScale; 2]> {
        match &self.basis {
            LayoutBasis::Axes(axes) => Some(axes.scales()),
            LayoutBasis::Latent | LayoutBasis::MelodyDistance(_) | LayoutBasis::Decoder(..) => None,
        }
    }

    /// Position of a melody that was not laid out, with its error. The map does not change.
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
        let by_neighbours =
            |features: &Features, row: &[f32]| place_by_neighbours(features, &self.positions, row);
        match &self.basis {
            LayoutBasis::MelodyDistance(features) => {
                by_neighbours(features, &similarity_features(melody))
            }
            LayoutBasis::Decoder(features, sensitivity) => {
                by_neighbours(features, &sensitivity.row(latent))
            }
            LayoutBasis::Axes(axes) => Some(Placement {
                position: axes.position(attributes),
                error: 0.0,
                nearest_distance: 0.0,
            }),
            LayoutBasis::Latent => Some(plan.place_with_error(latent)),
        }
    }
}

/// Progress of a layout, which also takes previews.
type LayoutProgress<'a, 'b> = PhaseProgress<'a, dyn SweepObserver + 'b>;

/// The decoder layout; falls back to the latent map where there are too few melodies to fit the decoder's sensitivity.
fn lay_out_by_decoder(
    plan: &SweepPlan,
    entries: &[MelodyEntry],
    phase: &mut LayoutProgress<'_, '_>,
) -> Result<(Vec<[f64; 2]>, LayoutBasis), SweepError> {
    phase.begin_range(0.0, 0.03);
    let rows = similarity_feature_rows(entries, &mut |fraction| phase.report(fraction))?;
    phase.begin_range(0.03, 0.06);
    let points = latent_points(plan, entries, &mut |fraction| phase.report(fraction))?;
    let region = |entry: &MelodyEntry| entry.id.region().unwrap_or(0);
    let regions: Vec<u32> = entries.iter().map(region).collect();
    phase.begin_range(0.06, 0.15);
    let fitting = &mut |fraction| phase.report(fraction);
    let Some(sensitivity) = DecoderSensitivity::fit(&points, &rows, &regions, fitting)? else {
        phase.begin_range(0.15, 1.0);
        let positions = plan_positions(plan, entries, &mut |fraction| phase.report(fraction))?;
        return Ok((positions, LayoutBasis::Latent));
    };
    phase.begin_range(0.15, 0.2);
    let predicting = &mut |fraction| phase.report(fraction);
    let rows = par_map(points.len(), sensitivity.cost(), predicting, |i| {
        sensitivity.row(&points[i])
    })?;
    let features = Features::new(&rows);
    let positions = embed(&features, phase, 0.2)?;
    Ok((positions, LayoutBasis::Decoder(features, sensitivity)))
}

/// The feature row of each melody.
pub(super) fn similarity_feature_rows<E>(
    entries: &[MelodyEntry],
    progress: &mut ProgressFn<'_, E>,
) -> Result<Vec<Vec<f32>>, E> {
    par_map(entries.len(), ROW_COST, progress, |i| {
        similarity_features(&entries[i].melody)
    })
}

/// The latent point of each melody; the origin for one that is not in the plan.
pub(super) fn latent_points<E>(
    plan: &SweepPlan,
    entries: &[MelodyEntry],
    progress: &mut ProgressFn<'_, E>,
) -> Result<Vec<LatentPoint>, E> {
    let width = plan.latent_size();
    par_map(entries.len(), width * COORDINATE_COST, progress, |i| {
        plan.latent(entries[i].id)
            .unwrap_or_else(|| LatentPoint::new(vec![0.0; width]))
    })
}

/// Position of each melody on the map of the regions.
fn plan_positions<E>(
    plan: &SweepPlan,
    entries: &[MelodyEntry],
    progress: &mut ProgressFn<'_, E>,
) -> Result<Vec<[f64; 2]>, E> {
    par_map(entries.len(), plan.place_cost(), progress, |i| {
        let entry = &entries[i];
        plan.position(entry.id).unwrap_or(entry.position)
    })
}

/// Embeds the features in the plane; the steps before took the fraction `start_fraction` of the phase.
fn embed(
    features: &Features,
    phase: &mut LayoutProgress<'_, '_>,
    start_fraction: f64,
) -> Result<Vec<[f64; 2]>, SweepError> {
    let coordinates_end = start_fraction + (1.0 - start_fraction) * 0.02;
    phase.begin_range(start_fraction, coordinates_end);
    let coordinates = principal_coordinates(features, &mut |fraction| phase.report(fraction))?;
    phase.observer().preview(&coordinates);
    phase.begin_range(coordinates_end, 1.0);
    let mut embedding = TsneOptimiser::new(features, TsneSettings::default(), &mut |fraction| {
        phase.report(fraction)
    })?;
    let mut steps = 0;
    while embedding.step(&mut |fraction| phase.report(fraction))? {
        steps += 1;
        if steps % STEPS_PER_PREVIEW == 0 {
            phase.observer().preview(embedding.positions());
        }
    }
    Ok(embedding.positions().to_vec())
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]

    use super::*;
    use crate::progress::{Observer, Progress, Unobserved};
    use crate::sweep::Sweep;
    use crate::sweep::testing::sweep_of;

    fn sweep_and_entries() -> (Sweep, Vec<MelodyEntry>) {
        let sweep = sweep_of(30, 20).0;
        let entries = sweep.entries();
        (sweep, entries)
    }

    #[test]
    fn every_layout_has_finite_positions_that_do_not_depend_on_the_number_of_threads() {
        let (sweep, entries) = sweep_and_entries();
        for kind in LayoutKind::ALL {
            let lay_out_with = |threads: usize| {
                let pool = rayon::ThreadPoolBuilder::new()
                    .num_threads(threads)
                    .build()
                    .unwrap();
                pool.install(|| {
                    SweepLayout::lay_out(kind, &sweep.plan, &entries, &mut Unobserved)
                        .unwrap()
                        .positions
                })
            };
            let positions = lay_out_with(1);
            assert_eq!(positions.len(), entries.len());
            assert!(positions.iter().flatten().all(|x| x.is_finite()), "{kind}");
            assert_eq!(positions, lay_out_with(3), "{kind}");
        }
    }

    /// Records reports, and cancels after a number of checks.
    #[derive(Default)]
    struct Recorder {
        previews: Vec<usize>,
        fractions: Vec<f64>,
        checks: std::cell::Cell<usize>,
        max_checks: Option<usize>,
    }

    impl SweepObserver for Recorder {
        fn preview(&mut self, positions: &[[f64; 2]]) {
            self.previews.push(positions.len());
        }
    }

    impl Observer for Recorder {
        fn progress(&mut self, progress: Progress) {
            assert_eq!(progress.phase, Phase::Layout);
            self.fractions.push(progress.fraction());
        }

        fn cancelled(&self) -> bool {
            self.checks.set(self.checks.get() + 1);
            self.max_checks
                .is_some_and(|max_checks| self.checks.get() > max_checks)
        }
    }

    #[test]
    fn a_layout_sends_previews_and_can_be_cancelled_at_any_check() {
        let (sweep, entries) = sweep_and_entries();
        for kind in LayoutKind::ALL {
            let lay_out = |recorder: &mut Recorder| {
                SweepLayout::lay_out(kind, &sweep.plan, &entries, recorder)
            };
            let mut recorder = Recorder::default();
            lay_out(&mut recorder).unwrap();
            assert!(recorder.fractions.windows(2).all(|pair| pair[0] < pair[1]));
            assert_eq!(recorder.fractions.last(), Some(&1.0), "{kind}");
            if matches!(kind, LayoutKind::MelodyDistance | LayoutKind::Decoder) {
                assert!(recorder.previews.len() > 5 && recorder.fractions.len() > 100);
                assert!(
                    recorder
                        .previews
                        .iter()
                        .all(|count| *count == entries.len())
                );
            }
            let total_checks = recorder.checks.get();
            for max_checks in [0, 1, total_checks / 7, total_checks / 2, total_checks - 1] {
                let mut cancelling = Recorder {
                    max_checks: Some(max_checks),
                    ..Recorder::default()
                };
                assert!(
                    matches!(lay_out(&mut cancelling), Err(SweepError::Cancelled)),
                    "{kind}: {max_checks} of {total_checks}"
                );
                // Nothing is checked after the cancellation.
                assert_eq!(cancelling.checks.get(), max_checks + 1);
            }
        }
    }

    #[test]
    fn a_melody_of_the_map_is_placed_at_its_position_in_the_sound_and_decoder_layouts() {
        let (sweep, entries) = sweep_and_entries();
        for kind in [LayoutKind::MelodyDistance, LayoutKind::Decoder] {
            let layout =
                SweepLayout::lay_out(kind, &sweep.plan, &entries, &mut Unobserved).unwrap();
            let known_entry = &entries[77];
            let latent = sweep.plan.latent(known_entry.id).unwrap();
            let placed = layout
                .place(
                    &sweep.plan,
                    &latent,
                    &known_entry.melody,
                    &known_entry.attributes,
                )
                .unwrap();
            // Melodies that sound the same may lie elsewhere.
            let is_same_position =
                entries
                    .iter()
                    .zip(&layout.positions)
                    .any(|(entry, position)| {
                        entry.melody.tokens() == known_entry.melody.tokens()
                            && *position == placed.position
                    });
            assert!(is_same_position, "{kind}: {placed:?}");
            assert_eq!(placed.nearest_distance, 0.0);
        }
    }

    #[test]
    fn on_axes_positions_rise_with_the_attribute_and_equal_ones_do_not_overlap() {
        let (sweep, entries) = sweep_and_entries();
        let layout = SweepLayout::lay_out(
            LayoutKind::DEFAULT_AXES,
            &sweep.plan,
            &entries,
            &mut Unobserved,
        )
        .unwrap();
        for (a, p) in entries.iter().zip(&layout.positions).step_by(7) {
            for (b, q) in entries.iter().zip(&layout.positions) {
                if let (Some(a), Some(b)) = (a.attributes.value(0), b.attributes.value(0))
                    && a < b
                {
                    assert!(p[0] < q[0]);
                }
            }
        }
        let axes = layout.axes().unwrap();
        for (entry, position) in entries.iter().zip(&layout.positions) {
            for (axis, scale) in axes.iter().enumerate() {
                if let Some(value) = entry.attributes.value(scale.attribute) {
                    // Equal ones are spread over less than half the distance to the next value.
                    assert!((scale.position(value) - position[axis]).abs() < 0.25);
                    assert!((scale.value(scale.position(value)) - value).abs() < 1e-9);
                }
            }
        }
        let mut distinct: Vec<[u64; 2]> = layout
            .positions
            .iter()
            .map(|p| p.map(f64::to_bits))
            .collect();
        distinct.sort_unstable();
        distinct.dedup();
        assert_eq!(distinct.len(), entries.len());
    }
}
