//! Low, mid and high regions of an attribute: their selection, new samples around them, and the tests.

use serde::Serialize;

use super::data::StudyData;
use super::dimensions::correct_present;
use super::settings::StudySettings;
use crate::latent::{LatentPoint, region_sample};
use crate::progress::ProgressFn;
use crate::statistics::{
    MannWhitneyMethod, StatisticsError, TestResult, Variances, benjamini_hochberg,
    bootstrap_interval, cliffs_delta, cliffs_delta_interval, hedges_g, holm, mann_whitney, mean,
    median, standard_deviation, t_test,
};
use crate::sweep::MelodyId;

/// Names of the groups, from low to high.
pub const GROUP_NAMES: [&str; 3] = ["low", "mid", "high"];
/// The pairs of groups that are tested, as indices of [`GROUP_NAMES`].
pub(super) const PAIRS: [(usize, usize); 3] = [(0, 1), (0, 2), (1, 2)];
/// Number of the first new sample, above all sample numbers of the sweep.
const FIRST_NEW_SAMPLE: u32 = 1 << 31;

/// The low, mid and high regions of one attribute.
///
/// The regions are sorted by their mean and divided into thirds of as equal size as possible, with the larger ones first (NumPy's
/// `array_split`). The result is the first region of the low third, the middle region of the mid third (the earlier of two), and the
/// last of the high third. Regions without a mean, whose samples are all empty, are left out; with `empty_is_high` they count as the
/// highest, as in the code of the published study, where NaN sorts after all numbers. `None` with fewer than three regions.
#[must_use]
pub fn select_regions(means: &[Option<f64>], empty_is_high: bool) -> Option<[usize; 3]> {
    let mut sorted_regions: Vec<(f64, usize)> = means
        .iter()
        .enumerate()
        .filter_map(|(region, mean)| match mean {
            None => empty_is_high.then_some((f64::INFINITY, region)),
            Some(mean) => Some((*mean, region)),
        })
        .collect();
    sorted_regions.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    let n = sorted_regions.len();
    if n < 3 {
        return None;
    }
    let low_count = n.div_ceil(3);
    let mid_count = (n - low_count).div_ceil(2);
    Some([0, low_count + (mid_count - 1) / 2, n - 1].map(|index| sorted_regions[index].1))
}

/// The new samples around a region: latent points, and ids for the random numbers of their decoding.
#[must_use]
pub fn new_samples(
    data: &StudyData,
    settings: &StudySettings,
    region: usize,
) -> (Vec<LatentPoint>, Vec<MelodyId>) {
    let Some(centre) = data.region_centres.get(region) else {
        return (Vec::new(), Vec::new());
    };
    let seed = data.config.as_ref().map_or(settings.seed, |c| c.seed);
    let region = region as u32;
    (0..settings.group_samples)
        .map(|k| {
            let sample = FIRST_NEW_SAMPLE + k;
            (
                region_sample(centre, settings.group_sigma, seed, region, sample),
                MelodyId::Sample { region, sample },
            )
        })
        .unzip()
}

/// One group of samples.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SampleGroup {
    /// `low`, `mid` or `high`.
    pub name: &'static str,
    /// The region that it surrounds.
    pub region: usize,
    /// Mean of the attribute over the region's own samples; absent if all are empty.
    pub region_mean: Option<f64>,
    /// Number of samples that have the attribute.
    pub n: usize,
    /// Number of empty samples.
    pub empty: usize,
    /// Mean of the values; absent without any.
    pub mean: Option<f64>,
    /// Standard deviation.
    pub sd: Option<f64>,
    /// Median.
    pub median: Option<f64>,
    /// The values themselves.
    #[serde(skip)]
    pub values: Vec<f64>,
}

/// An effect size with its interval.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Effect {
    /// The effect in the groups: second of the pair against first, positive if the attribute rises.
    pub value: f64,
    /// Lower end of the interval; absent, like the upper end, if no interval can be estimated.
    pub low: Option<f64>,
    /// Upper end.
    pub high: Option<f64>,
}

/// One test of one pair.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TestRow {
    /// `mann_whitney`, `student_t` or `welch_t`.
    pub test: &'static str,
    /// The statistic; absent, like the p-values, if the test is not defined.
    pub statistic: Option<f64>,
    /// Two-sided p-value.
    pub p: Option<f64>,
    /// The p-value after Holm's correction over all attributes and pairs of this test.
    pub p_holm: Option<f64>,
    /// The p-value after Benjamini and Hochberg's correction.
    pub p_bh: Option<f64>,
    /// Why there is no p-value.
    pub reason: Option<String>,
}

/// The comparison of two groups.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PairComparison {
    /// `low-mid`, `low-high` or `mid-high`.
    pub pair: String,
    /// Number of values in the first group.
    pub n1: usize,
    /// Number of values in the second group.
    pub n2: usize,
    /// Cliff's delta.
    pub cliffs_delta: Option<Effect>,
    /// Hedges' g.
    pub hedges_g: Option<Effect>,
    /// The tests.
    pub tests: Vec<TestRow>,
}

/// The groups of one attribute and their tests.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct GroupComparison {
    /// Whether new samples were decoded; if not, the groups are the regions' own samples.
    pub new_samples: bool,
    /// The low, mid and high groups.
    pub groups: Vec<SampleGroup>,
    /// The three pairs.
    pub pairs: Vec<PairComparison>,
}

impl Effect {
    /// The ends of the interval as text, with two to six decimals: the fewest with which the ends differ. `None` if there is no
    /// interval.
    #[must_use]
    pub fn interval_text(&self) -> Option<[String; 2]> {
        let (low, high) = (self.low?, self.high?);
        let format_ends = |digits: usize| [low, high].map(|end| format!("{end:.digits$}"));
        let distinct = (2..6).map(format_ends).find(|[low, high]| low != high);
        Some(distinct.unwrap_or_else(|| format_ends(6)))
    }
}

impl GroupComparison {
    /// Compares groups of values, given with their region and their number of empty melodies.
    ///
    /// # Errors
    /// The error that `progress` stops with.
    pub(super) fn compute<E>(
        groups: [(usize, Vec<f64>, usize); 3],
        means: &[Option<f64>],
        new_samples: bool,
        settings: &StudySettings,
        progress: &mut ProgressFn<'_, E>,
    ) -> Result<Self, E> {
        let groups: Vec<SampleGroup> = GROUP_NAMES
            .into_iter()
            .zip(groups)
            .map(|(name, (region, values, empty))| SampleGroup {
                name,
                region,
                region_mean: means.get(region).copied().flatten(),
                n: values.len(),
                empty,
                mean: mean(&values),
                sd: standard_deviation(&values),
                median: median(&values),
                values,
            })
            .collect();
        let pairs = PAIRS
            .into_iter()
            .map(|(a, b)| compare_pair(&groups[a], &groups[b], settings, progress))
            .collect::<Result<_, E>>()?;
        Ok(Self {
            new_samples,
            groups,
            pairs,
        })
    }
}

/// Compares two groups: effect sizes and tests.
fn compare_pair<E>(
    first: &SampleGroup,
    second: &SampleGroup,
    settings: &StudySettings,
    progress: &mut ProgressFn<'_, E>,
) -> Result<PairComparison, E> {
    let (x, y) = (&first.values, &second.values);
    // Second against first: a rise from low to high is a positive effect.
    let effect = |value: Result<f64, StatisticsError>, interval: Option<(f64, f64)>| {
        Some(Effect {
            value: value.ok()?,
            low: interval.map(|ends| ends.0),
            high: interval.map(|ends| ends.1),
        })
    };
    let plan = (settings.resamples, settings.level, settings.seed);
    let effect_size = |x: &[f64], y: &[f64]| hedges_g(y, x).ok();
    let bootstrapped_interval = bootstrap_interval(x, y, effect_size, plan, progress)?;
    let row = |test, result: Result<TestResult, StatisticsError>| TestRow {
        test,
        statistic: result.as_ref().ok().map(|result| result.statistic),
        p: result.as_ref().ok().map(|result| result.p),
        p_holm: None,
        p_bh: None,
        reason: result.err().map(|error| error.to_string()),
    };
    Ok(PairComparison {
        pair: format!("{}-{}", first.name, second.name),
        n1: x.len(),
        n2: y.len(),
        cliffs_delta: effect(
            cliffs_delta(y, x),
            cliffs_delta_interval(y, x, settings.level),
        ),
        hedges_g: effect(hedges_g(y, x), bootstrapped_interval),
        tests: vec![
            row("mann_whitney", mann_whitney(x, y, MannWhitneyMethod::Auto)),
            row("student_t", t_test(x, y, Variances::Equal)),
            row("welch_t", t_test(x, y, Variances::Unequal)),
        ],
    })
}

/// Corrects the p-values of each test over all attributes and pairs.
pub(super) fn correct_groups(groups: &mut [&mut GroupComparison]) {
    let test_count = groups
        .iter()
        .flat_map(|group| group.pairs.first())
        .map(|pair| pair.tests.len())
        .max()
        .unwrap_or(0);
    for test in 0..test_count {
        let mut rows: Vec<&mut TestRow> = groups
            .iter_mut()
            .flat_map(|group| group.pairs.iter_mut())
            .filter_map(|pair| pair.tests.get_mut(test))
            .collect();
        let p: Vec<Option<f64>> = rows.iter().map(|row| row.p).collect();
        let (holm, bh) = (
            correct_present(&p, holm),
            correct_present(&p, benjamini_hochberg),
        );
        for ((row, holm), bh) in rows.iter_mut().zip(holm).zip(bh) {
            (row.p_holm, row.p_bh) = (holm, bh);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::progress::no_progress;

    #[test]
    fn the_regions_are_the_first_the_middle_and_the_last_of_their_thirds() {
        // Sorted: 1 (region 3), 2, 3, 4, 5, 6, 7, 8, 9 (region 0); the mid third is 4, 5, 6.
        let means = [9.0, 5.0, 3.0, 1.0, 7.0, 2.0, 8.0, 4.0, 6.0].map(Some);
        assert_eq!(select_regions(&means, false), Some([3, 1, 0]));
        let some_empty = [None, Some(2.0), Some(1.0), None, Some(3.0)];
        assert_eq!(select_regions(&some_empty, false), Some([2, 1, 4]));
        assert_eq!(select_regions(&[Some(1.0), None, Some(2.0)], false), None);
    }

    #[test]
    fn the_ends_of_an_interval_are_written_with_enough_digits_to_differ() {
        let interval_text = |low, high| {
            let effect = Effect {
                value: 1.0,
                low: Some(low),
                high: Some(high),
            };
            effect.interval_text().unwrap_or_default()
        };
        assert_eq!(interval_text(0.887, 1.0), ["0.89", "1.00"]);
        assert_eq!(interval_text(0.998_77, 1.0), ["0.999", "1.000"]);
        assert_eq!(interval_text(-1.0, -0.999_96), ["-1.00000", "-0.99996"]);
    }

    #[test]
    fn groups_that_do_not_overlap_have_an_interval_or_none() {
        let (low, high) = (vec![1.0; 12], vec![2.0; 12]);
        let mid = (0..12).map(|k| 1.5 + 0.01 * f64::from(k)).collect();
        let means = [Some(1.0), Some(1.5), Some(2.0)];
        let groups = [(0, low, 0), (1, mid, 0), (2, high, 0)];
        let settings = StudySettings::default();
        let Ok(comparison) =
            GroupComparison::compute(groups, &means, true, &settings, &mut no_progress);
        for pair in &comparison.pairs {
            let delta = pair.cliffs_delta.unwrap_or_else(|| panic!("{pair:?}"));
            let t = 2.073_873_067_904_015_f64; // 22 degrees of freedom
            let expected = (12.0 - t * t) / (12.0 + t * t);
            assert_eq!((delta.value, delta.high), (1.0, Some(1.0)));
            assert!(delta.low.is_some_and(|low| (low - expected).abs() < 1e-9));
        }
        // Neither group of the outer pair has any spread: g is not defined.
        assert_eq!(comparison.pairs[1].hedges_g, None);
    }

    #[test]
    fn thirds_are_those_of_numpy() {
        // By NumPy 2.4.6: [p[0][0], p[1][(len(p[1]) - 1) // 2], p[2][-1]] for p = np.array_split(np.arange(n), 3).
        for (n, expected) in [
            (3, [0, 1, 2]),
            (4, [0, 2, 3]),
            (5, [0, 2, 4]),
            (9, [0, 4, 8]),
            (100, [0, 50, 99]),
            (101, [0, 50, 100]),
        ] {
            let means: Vec<Option<f64>> = (0..n).map(|k| Some(f64::from(k))).collect();
            assert_eq!(select_regions(&means, false), Some(expected), "{n}");
        }
    }

    #[test]
    fn a_region_of_empty_melodies_is_the_highest_in_the_published_code() {
        // np.argsort([2, nan, 1, 3]) is [2, 0, 3, 1].
        let means = [Some(2.0), None, Some(1.0), Some(3.0)];
        assert_eq!(select_regions(&means, true), Some([2, 3, 1]));
        assert_eq!(select_regions(&means, false), Some([2, 0, 3]));
    }
}
