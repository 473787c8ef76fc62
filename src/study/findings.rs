//! Sentences about the numbers of a study, for the report.

use super::active::ActiveDimensions;
use super::results::{AttributeResults, StudyResults};

/// Level of significance, for corrected p-values where several are compared.
const LEVEL: f64 = 0.05;

/// A p-value as text: two digits, and a power of ten if it is small.
#[must_use]
pub fn format_p(p: f64) -> String {
    match p {
        p if p >= 0.001 => format!("p = {p:.3}"),
        p if p > 0.0 => {
            let text = format!("{p:.1e}");
            let (digits, power) = text.split_once('e').unwrap_or((&text, "0"));
            format!("p = {digits} × 10{}", superscript(power))
        }
        _ => "p below 10⁻³⁰⁷".to_owned(),
    }
}

/// An integer in superscript digits.
pub(super) fn superscript(power: &str) -> String {
    power
        .chars()
        .map(|digit| match digit {
            '-' => '⁻',
            '1' => '¹',
            '2' => '²',
            '3' => '³',
            digit => digit
                .to_digit(10)
                .and_then(|d| char::from_u32(0x2070 + d))
                .unwrap_or(digit),
        })
        .collect()
}

/// Writes the findings of a study into its fields.
pub(super) fn write(results: &mut StudyResults) {
    results.findings = data_findings(results)
        .iter()
        .map(|text| typographic_minus(text))
        .collect();
    let latent_size = results.latent_size;
    let level = results.settings.level;
    for attribute in &mut results.attributes {
        attribute.findings = [
            value_range_finding(attribute),
            axis_finding(attribute, latent_size),
            linear_finding(attribute, latent_size),
            spatial_finding(attribute),
            group_finding(attribute, level),
        ]
        .into_iter()
        .flatten()
        .map(|text| typographic_minus(&text))
        .collect();
    }
}

/// Replaces the hyphen before numbers by a minus sign.
pub(super) fn typographic_minus(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut previous = ' ';
    let mut remaining = text.chars().peekable();
    while let Some(current) = remaining.next() {
        let is_before_digit = remaining.peek().is_some_and(char::is_ascii_digit);
        let starts_word = previous.is_whitespace() || previous == '(';
        out.push(if current == '-' && is_before_digit && starts_word {
            '−'
        } else {
            current
        });
        previous = current;
    }
    out
}

fn percent(fraction: f64) -> String {
    format!("{:.0} %", 100.0 * fraction)
}

fn data_findings(results: &StudyResults) -> Vec<String> {
    let samples = &results.samples;
    let percentage = |part: usize| 100.0 * part as f64 / samples.melodies.max(1) as f64;
    let empty = match samples.empty {
        0 => "none is empty".to_owned(),
        empty => format!(
            "{empty} ({:.2} %) are empty and left out of every mean and test",
            percentage(empty)
        ),
    };
    let mut sentences = vec![format!(
        "{} samples around {} regions were decoded; {empty}, and {:.1} % are different melodies.",
        samples.melodies,
        results.regions,
        percentage(samples.distinct)
    )];
    if let Some(spread) = &results.spread
        && let Some(nearest_other) = spread.to_nearest_other
    {
        let in_own_region = percent(spread.in_own_region);
        let verdict = if spread.in_own_region > 0.95 {
            "so regions do not mix"
        } else if spread.in_own_region > 0.5 {
            "so regions overlap"
        } else {
            "so a sample says little about the region it is counted to"
        };
        sentences.push(format!(
            "The median sample lies {:.1} from its own centre and {nearest_other:.1} from the nearest other one; {in_own_region} are nearest to \
             their own, {verdict}.",
            spread.to_own_centre
        ));
    }
    sentences.push(map_finding(results));
    sentences.extend(
        results
            .active
            .as_ref()
            .map(|active| active_dimensions_finding(active, results)),
    );
    if let Some(reason) = &results.active_error {
        sentences.push(format!(
            "How many of the {} latent dimensions are active was not measured: {reason}.",
            results.latent_size
        ));
    }
    sentences
}

fn map_finding(results: &StudyResults) -> String {
    let map = &results.map;
    let ratio = map.neighbours_kept / map.neighbours_chance;
    let verdict = if map.neighbours_kept < 0.25 {
        "Near on the map says little of near in the latent space."
    } else {
        "Near on the map tends to mean near in the latent space."
    };
    format!(
        "The map has stress {:.2} (dealt out at random: {:.2}) and keeps {:.1} % of each region's five nearest neighbours, {ratio:.1} \
         times what chance keeps; trustworthiness is {:.2} and continuity {:.2} (chance: {:.2}). {verdict}",
        map.stress,
        map.stress_chance,
        100.0 * map.neighbours_kept,
        map.trustworthiness,
        map.continuity,
        map.trustworthiness_chance,
    )
}

fn active_dimensions_finding(active: &ActiveDimensions, results: &StudyResults) -> String {
    let active_fraction = if active.count < results.latent_size {
        format!(
            " Together they hold {} of what the encoder says of these melodies; the others hold the rest, none of them as much as that \
             threshold.",
            percent(active.kl_fraction)
        )
    } else {
        String::new()
    };
    format!(
        "{} of {} latent dimensions are active: over {} of the sweep's own melodies, encoded again, the posterior's divergence from \
         the prior exceeds {} nats there on average ({:.0} nats over all dimensions).{active_fraction}",
        active.count, results.latent_size, active.melodies, active.threshold, active.kl_nats
    )
}

fn value_range_finding(results: &AttributeResults) -> Option<String> {
    let attribute = results.attribute;
    let to_display_unit = attribute.to_display_unit;
    let (mean, sd) = (results.mean?, results.sd?);
    // Display units differ from attribute units by a factor only, so that a standard deviation is converted like a value.
    Some(format!(
        "{} is {:.2} ± {:.2} {} (mean and standard deviation) over {} melodies.",
        attribute.name,
        to_display_unit(mean),
        to_display_unit(sd),
        attribute.unit,
        results.n
    ))
}

fn axis_finding(results: &AttributeResults, latent_size: usize) -> Option<String> {
    let correlations = &results.over_regions;
    let strongest = correlations.strongest.first()?;
    let chance = correlations.chance.as_ref()?;
    let verdict = if chance.p <= LEVEL {
        format!(
            "That is more than chance: the largest of {latent_size} correlations reaches it in {} of random orders (n = {}).",
            percent_of_orders(chance.p),
            chance.n
        )
    } else {
        format!(
            "Chance does as well: the largest of {latent_size} correlations reaches it in {} of random orders (n = {}), so no axis can \
             be said to be the attribute's.",
            percent_of_orders(chance.p),
            chance.n
        )
    };
    let samples = results
        .over_samples
        .strongest
        .first()
        .map_or(String::new(), |strong| {
            let chance = results.over_samples.chance.as_ref();
            let level = chance.map_or(String::new(), |chance| {
                format!(
                    ", where random orders of the regions give {:.2} on average and exceed {:.2} in one of twenty (n = {})",
                    chance.mean, chance.upper_5_percent, chance.n
                )
            });
            format!(
                " Over single samples the largest is {:.2}, with dimension {}{level}.",
                strong.r, strong.dimension
            )
        });
    Some(format!(
        "Over the {} region means, the axis that goes with it most is latent dimension {} (r = {:.2}); {} of {latent_size} dimensions \
         {} out after Holm's correction. {verdict}{samples}",
        correlations.n,
        strongest.dimension,
        strongest.r,
        correlations.significant_holm,
        if correlations.significant_holm == 1 {
            "stands"
        } else {
            "stand"
        }
    ))
}

fn percent_of_orders(p: f64) -> String {
    if p < 0.01 {
        format!("{:.1} %", 100.0 * p)
    } else {
        percent(p)
    }
}

fn linear_finding(results: &AttributeResults, latent_size: usize) -> Option<String> {
    let linear = results.linear.as_ref()?;
    let rank_correlation = match linear.direction_spearman {
        Some(rank) => format!(" (rank correlation {rank:.2})"),
        None => String::new(),
    };
    let axis = linear.axis_r2.map_or(String::new(), |r2| {
        format!(
            " The best single axis explains {}.",
            if r2 > 0.0 {
                percent(r2)
            } else {
                "nothing".to_owned()
            }
        )
    });
    Some(if linear.r2 <= 0.01 {
        format!(
            "A straight line through all {latent_size} dimensions explains nothing of it in regions that it was not fitted to \
             (R² = {:.2}); that does not exclude a bent relation, nor that more regions would show one.{axis}",
            linear.r2
        )
    } else {
        format!(
            "Along the best single direction, a line explains {} of its variance in regions that the line was not fitted \
             to{rank_correlation}.{axis} Nine tenths of the direction's squared length lie in {} of {latent_size} dimensions{}.",
            percent(linear.r2),
            linear.dimensions_for_90_percent,
            if linear.dimensions_for_90_percent * 4 > latent_size {
                ", so it is spread over many of them and belongs to no axis"
            } else {
                ""
            }
        )
    })
}

fn spatial_finding(results: &AttributeResults) -> Option<String> {
    let map = results.autocorrelation.as_ref()?;
    let verdict = if map.p_holm <= LEVEL {
        "neighbours on the map are more alike than chance makes them"
    } else {
        "neighbours on the map cannot be said to be more alike than chance makes them"
    };
    Some(format!(
        "On the map Moran's I is {:.2} (chance {:.2}, p = {:.3}, {:.3} after Holm's correction over the attributes): {verdict}.",
        map.moran_i, map.expected, map.p, map.p_holm
    ))
}

fn group_finding(results: &AttributeResults, level: f64) -> Option<String> {
    let groups = results.groups.as_ref()?;
    let attribute = results.attribute;
    let mean_text = |value: Option<f64>| {
        value.map_or("none".to_owned(), |value| {
            format!("{:.2}", (attribute.to_display_unit)(value))
        })
    };
    let values: Vec<String> = groups
        .groups
        .iter()
        .map(|group| mean_text(group.mean))
        .collect();
    let low_high = groups.pairs.iter().find(|pair| pair.pair == "low-high")?;
    let test = low_high.tests.first()?;
    let comparison = match (test.p_holm, low_high.cliffs_delta) {
        (Some(p), Some(delta)) => {
            let interval = match delta.interval_text() {
                Some([low, high]) => format!(", {} interval {low} to {high}", percent(level)),
                None => ", interval not estimable".to_owned(),
            };
            let verdict = if p < LEVEL && delta.value > 0.0 {
                "they keep the order they were chosen for"
            } else if p < LEVEL {
                "the order they were chosen for is reversed"
            } else {
                "they cannot be told apart"
            };
            format!(
                "between low and high Cliff's delta is {:.2}{interval} (Wilcoxon-Mann-Whitney {} after Holm's correction): {verdict}",
                delta.value,
                format_p(p)
            )
        }
        _ => "they cannot be tested".to_owned(),
    };
    let differing_count = groups
        .pairs
        .iter()
        .filter(|pair| {
            let test = pair.tests.first();
            test.and_then(|test| test.p_holm).is_some_and(|p| p < LEVEL)
        })
        .count();
    let differing_pairs = match differing_count {
        0 => "No two groups differ",
        1 => "One of the three pairs of groups differs",
        2 => "Two of the three pairs of groups differ",
        _ => "All three pairs of groups differ",
    };
    Some(format!(
        "{} around the low, mid and high regions ({}) have means {} {}; {comparison}. {differing_pairs} after correction.{}",
        if groups.new_samples {
            "New samples"
        } else {
            "The samples"
        },
        groups
            .groups
            .iter()
            .map(|group| group.region.to_string())
            .collect::<Vec<_>>()
            .join(", "),
        values.join(", "),
        attribute.unit,
        if groups.new_samples {
            ""
        } else {
            " The regions were chosen by these very samples, so a difference was to be expected."
        }
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_hyphen_of_a_number_becomes_a_minus() {
        assert_eq!(
            typographic_minus("r = -0.3 (-1), low-high, 1-2"),
            "r = −0.3 (−1), low-high, 1-2"
        );
    }

    #[test]
    fn p_values_are_written_with_powers_of_ten() {
        assert_eq!(format_p(0.0371), "p = 0.037");
        assert_eq!(format_p(1.26e-12), "p = 1.3 × 10⁻¹²");
        assert_eq!(format_p(3.4e-305), "p = 3.4 × 10⁻³⁰⁵");
        assert_eq!(format_p(0.0), "p below 10⁻³⁰⁷");
    }
}
