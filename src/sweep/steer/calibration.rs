//! The response of an attribute along a direction: an invertible monotone curve of its mean, and the score at which a
//! value is most frequent.

/// Largest score considered, in standard deviations of the prior; the smallest is its negative.
pub(super) const MAX_SCORE: f64 = 6.0;
const BIN_WIDTH: f64 = 0.5;
/// Fewest melodies of a bin whose mean is used.
const MIN_PER_BIN: usize = 4;
/// How many times more frequent a value must be elsewhere to search there instead of at the mean.
const MIN_FREQUENCY_RATIO: f64 = 1.5;

/// A rising, piecewise linear curve from the score along a direction to the mean attribute.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Calibration {
    /// Score and mean value, both strictly rising. Never empty.
    knots: Vec<(f64, f64)>,
}

impl Calibration {
    /// Fits the curve to pairs of score and value: means of bins, cut off where the response reverses at either end, made
    /// monotone by pooling adjacent bins (isotonic regression, Ayer et al. 1955).
    pub(super) fn fit(points: impl IntoIterator<Item = (f64, f64)>) -> Option<Self> {
        let bins = (2.0 * MAX_SCORE / BIN_WIDTH) as usize + 1;
        let mut sums = vec![(0.0, 0.0, 0_usize); bins];
        for (score, value) in points {
            let bin = ((score + MAX_SCORE) / BIN_WIDTH)
                .round()
                .clamp(0.0, (bins - 1) as f64) as usize;
            sums[bin].0 += score;
            sums[bin].1 += value;
            sums[bin].2 += 1;
        }
        let total: usize = sums.iter().map(|sum| sum.2).sum();
        let fewest = MIN_PER_BIN.min(total / 8).max(1);
        let means: Vec<AdjacentBins> = sums
            .iter()
            .filter(|sum| sum.2 >= fewest)
            .map(|(score, value, count)| AdjacentBins {
                score: *score,
                value: *value,
                weight: *count as f64,
            })
            .collect();
        let mut pooled: Vec<AdjacentBins> = Vec::new();
        for block in rising_part(&means) {
            let mut block = *block;
            while let Some(before) = pooled.pop_if(|before| before.mean() >= block.mean()) {
                block = before.merged(block);
            }
            pooled.push(block);
        }
        let knots: Vec<(f64, f64)> = pooled
            .iter()
            .map(|b| (b.score / b.weight, b.mean()))
            .collect();
        (!knots.is_empty()).then_some(Self { knots })
    }

    /// Lowest and highest mean value on the curve.
    pub(super) fn reach(&self) -> (f64, f64) {
        (self.knots[0].1, self.knots[self.knots.len() - 1].1)
    }

    /// The score at which the mean is `value`; the nearest end for a value out of reach, 0 for a curve that does not rise.
    pub(super) fn score_for(&self, value: f64) -> f64 {
        match self.knots.len() {
            1 => 0.0,
            _ => interpolate(&self.knots, value, |knot| (knot.1, knot.0)),
        }
    }

    /// Slope of the curve around `score`; 0 for a curve that does not rise.
    pub(super) fn slope(&self, score: f64) -> f64 {
        let mean = |at: f64| interpolate(&self.knots, at, |knot| *knot);
        let (low, high) = (self.knots[0].0, self.knots[self.knots.len() - 1].0);
        // Over two units of score, to average out the noise of single bins.
        let from = (score - 1.0).min(high - 2.0).max(low);
        let to = (from + 2.0).min(high);
        if to > from {
            (mean(to) - mean(from)) / (to - from)
        } else {
            0.0
        }
    }
}

/// Observations of an attribute along a direction.
#[derive(Clone, Debug)]
pub(super) struct Response {
    /// The curve of its mean.
    pub(super) curve: Calibration,
    /// Score and value of each melody.
    observed: Vec<(f64, f64)>,
}

impl Response {
    /// From pairs of score and value; `None` without any.
    pub(super) fn fit(observed: Vec<(f64, f64)>) -> Option<Self> {
        Calibration::fit(observed.iter().copied()).map(|curve| Self { curve, observed })
    }

    /// The score at which to search for `value`.
    ///
    /// Usually where the mean is `value`. For a rare value or a weak direction, where values within `tolerance` are most
    /// frequent.
    pub(super) fn score_for(&self, value: f64, tolerance: f64) -> f64 {
        let by_mean = self.curve.score_for(value);
        let frequency = |around: f64| {
            let near = self
                .observed
                .iter()
                .filter(|(score, _)| (score - around).abs() <= BIN_WIDTH);
            let (mut hits, mut all) = (0.0, 0.0);
            for (_, found) in near {
                all += 1.0;
                hits += f64::from(u8::from((found - value).abs() <= tolerance));
            }
            // Six extra misses, so that a single hit does not count as frequent.
            hits / (all + 6.0)
        };
        let scores =
            (0..=(2.0 * MAX_SCORE / BIN_WIDTH) as usize).map(|k| k as f64 * BIN_WIDTH - MAX_SCORE);
        let best = scores
            .map(|score| (frequency(score), score))
            .max_by(|a, b| {
                // Of equal ones the one nearer to the centre of the prior.
                a.0.total_cmp(&b.0).then(b.1.abs().total_cmp(&a.1.abs()))
            });
        match best {
            Some((most, score))
                if most > MIN_FREQUENCY_RATIO * frequency(by_mean) && most > 0.0 =>
            {
                score
            }
            _ => by_mean,
        }
    }
}

/// Sums over adjacent bins.
#[derive(Clone, Copy)]
struct AdjacentBins {
    score: f64,
    value: f64,
    weight: f64,
}

impl AdjacentBins {
    fn mean(&self) -> f64 {
        self.value / self.weight
    }

    fn merged(self, other: Self) -> Self {
        Self {
            score: self.score + other.score,
            value: self.value + other.value,
            weight: self.weight + other.weight,
        }
    }
}

/// The bins from the lowest to the highest mean, if the lowest comes first.
///
/// Far from the prior a decoder often falls back to few notes, which would pull the curve's end down.
fn rising_part(means: &[AdjacentBins]) -> &[AdjacentBins] {
    let by_mean =
        |a: &(usize, &AdjacentBins), b: &(usize, &AdjacentBins)| a.1.mean().total_cmp(&b.1.mean());
    let lowest = means.iter().enumerate().min_by(by_mean).map(|(i, _)| i);
    let highest = means.iter().enumerate().max_by(by_mean).map(|(i, _)| i);
    match (lowest, highest) {
        (Some(low), Some(high)) if low < high => &means[low..=high],
        _ => means,
    }
}

/// The piecewise linear curve through `knots` at `at`, constant past its ends; `axes` gives a knot's abscissa and ordinate.
fn interpolate(knots: &[(f64, f64)], at: f64, axes: impl Fn(&(f64, f64)) -> (f64, f64)) -> f64 {
    let after = knots.partition_point(|knot| axes(knot).0 <= at);
    match (
        after.checked_sub(1).and_then(|before| knots.get(before)),
        knots.get(after),
    ) {
        (Some(before), Some(after)) => {
            let ((x0, y0), (x1, y1)) = (axes(before), axes(after));
            y0 + (at - x0) / (x1 - x0) * (y1 - y0)
        }
        (Some(end), None) | (None, Some(end)) => axes(end).1,
        (None, None) => 0.0,
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]

    use super::*;

    fn scores() -> impl Iterator<Item = f64> {
        (0..1_200).map(|k| f64::from(k) / 100.0 - 6.0)
    }

    #[test]
    fn a_curved_response_is_inverted() {
        let response = |score: f64| 10.0 / (1.0 + (-score).exp());
        let curve = Calibration::fit(scores().map(|s| (s, response(s)))).unwrap();
        for value in [1.0, 2.5, 5.0, 8.0] {
            assert!(
                (response(curve.score_for(value)) - value).abs() < 0.1,
                "{value}"
            );
        }
        assert!(
            (curve.slope(0.0) - 2.31).abs() < 0.1,
            "{}",
            curve.slope(0.0)
        );
    }

    #[test]
    fn the_curve_ends_where_the_response_reverses() {
        // Rises to 8 at score 3 and falls back beyond.
        let curve = Calibration::fit(scores().map(|s| (s, 5.0 + s.min(6.0 - s)))).unwrap();
        assert!((curve.reach().1 - 8.0).abs() < 0.3, "{:?}", curve.reach());
        assert!((curve.score_for(100.0) - 3.0).abs() < 0.3);
        assert!((curve.score_for(6.0) - 1.0).abs() < 0.1);
    }

    #[test]
    fn a_response_that_does_not_rise_gives_score_zero() {
        let curve = Calibration::fit(scores().map(|s| (s, -s))).unwrap();
        assert_eq!(curve.score_for(3.0), 0.0);
        assert_eq!(curve.slope(1.0), 0.0);
        assert_eq!(Calibration::fit([]), None);
    }

    #[test]
    fn a_rare_value_of_an_attribute_without_direction_is_searched_where_it_is_frequent() {
        // The mean rises a little; the value 9 only ever comes around score -1.
        let observed = scores().enumerate().map(|(k, s)| match k % 4 {
            0 if (s + 1.0).abs() < 0.4 => (s, 9.0),
            _ => (s, 2.0 + 0.01 * s),
        });
        let response = Response::fit(observed.collect()).unwrap();
        assert!((response.score_for(9.0, 0.5) + 1.0).abs() <= 0.5);
    }

    #[test]
    fn a_frequent_value_is_searched_where_it_is_the_mean() {
        let response = Response::fit(scores().map(|s| (s, 3.0 * s)).collect()).unwrap();
        assert!((response.score_for(4.5, 0.5) - 1.5).abs() < 0.1);
    }

    #[test]
    fn the_curve_is_constant_beyond_its_ends() {
        let curve = Calibration::fit([(0.0, 1.0), (1.0, 2.0), (2.0, 4.0)]).unwrap();
        assert_eq!(curve.reach(), (1.0, 4.0));
        assert_eq!((curve.score_for(0.0), curve.score_for(9.0)), (0.0, 2.0));
        assert!((curve.score_for(3.0) - 1.5).abs() < 1e-12);
    }
}
