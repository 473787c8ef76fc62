//! The tables of the report.

use maud::{Markup, html};

use super::findings::format_p;
use super::groups::{Effect, TestRow};
use super::results::{AttributeResults, StudyResults};
use super::study_provenance::StudyProvenance;

/// One row per attribute with its main numbers.
pub(super) fn overview_table(results: &StudyResults) -> Markup {
    let number = |value: Option<f64>| value.map_or("–".to_owned(), two_decimals);
    html! {
        table {
            caption { "The attributes side by side." }
            thead { tr {
                th { "attribute" } th.number { "mean ± sd" } th.number { "R², all dimensions" } th.number { "R², best axis" }
                th.number { "largest |r|, region means" } th.number { "chance, 5 % level" } th.number { "Moran's I" } th.number { "Cliff's δ, low to high" }
            } }
            tbody { @for attribute_results in &results.attributes {
                @let attribute = attribute_results.attribute;
                @let to_display_unit = attribute.to_display_unit;
                @let delta = attribute_results.groups.as_ref().and_then(|g| g.pairs.iter().find(|p| p.pair == "low-high")).and_then(|p| p.cliffs_delta);
                tr {
                    td { (attribute.name) " (" (attribute.unit) ")" }
                    td.number {
                        @if let (Some(mean), Some(sd)) = (attribute_results.mean, attribute_results.sd) {
                            (two_decimals(to_display_unit(mean))) " ± " (format!("{:.2}", to_display_unit(sd)))
                        } @else { "–" }
                    }
                    td.number { (number(attribute_results.linear.as_ref().map(|l| l.r2))) }
                    td.number { (number(attribute_results.linear.as_ref().and_then(|l| l.axis_r2))) }
                    td.number { (format!("{:.2}", attribute_results.over_regions.max_abs_r())) }
                    td.number {
                        @match &attribute_results.over_regions.chance {
                            Some(chance) => { (two_decimals(chance.upper_5_percent)) " (n = " (chance.n) ")" }
                            None => { "–" }
                        }
                    }
                    td.number { (number(attribute_results.autocorrelation.map(|m| m.moran_i))) }
                    td.number { (number(delta.map(|d| d.value))) }
                }
            } }
        }
    }
}

/// A number with two decimals and a typographic minus sign.
fn two_decimals(value: f64) -> String {
    let text = format!("{value:.2}");
    match text.strip_prefix('-') {
        Some("0.00") => "0.00".to_owned(),
        Some(digits) => format!("−{digits}"),
        None => text,
    }
}

/// Settings and provenance of the run.
pub(super) fn run_table(results: &StudyResults, provenance: &StudyProvenance) -> Markup {
    let settings = &results.settings;
    let mut rows: Vec<(&str, String)> = Vec::new();
    if let Some(preset) = &settings.preset {
        rows.push(("preset", preset.clone()));
    }
    if let Some(config) = &results.config {
        let scaling = match config.scaling {
            crate::latent::Scaling::Prior => "normal quantiles (as draws of the prior)".to_owned(),
            crate::latent::Scaling::Box { width } => format!("uniform in a box of width {width}"),
        };
        rows.push((
            "regions × samples",
            format!("{} × {}", config.regions, config.samples),
        ));
        rows.push(("hypercube", scaling));
        rows.push(("seed", config.seed.to_string()));
        rows.push(("temperature", config.temperature.to_string()));
    }
    if let Some(sigma) = results.sigma {
        rows.push(("sigma of samples", format!("{sigma:.3} per dimension")));
    }
    rows.push((
        "groups",
        format!(
            "{} new samples around each region, sigma {} per dimension",
            settings.group_samples, settings.group_sigma
        ),
    ));
    if let Some(origin) = &provenance.origin {
        rows.push(("melodies", format!("read from {origin}")));
    }
    if !results.weights_hash.is_empty() {
        rows.push(("weights", format!("SHA-256 {}…", results.weights_hash)));
    }
    if !provenance.devices.is_empty() {
        let name = if provenance.devices.len() == 1 {
            "device"
        } else {
            "devices"
        };
        rows.push((name, provenance.device()));
    }
    rows.push(("program", format!("tunescape {}", results.program_version)));
    html! {
        table.facts {
            caption { "The run." }
            tbody { @for (name, value) in &rows { tr { th { (name) } td { (value) } } } }
        }
    }
}

/// Tests and effect sizes of the pairs of groups of an attribute.
pub(super) fn tests_table(attribute_results: &AttributeResults, level: f64) -> Markup {
    let Some(groups) = &attribute_results.groups else {
        return html! { p { "There are fewer than three regions with a melody, so no groups to compare." } };
    };
    let effect_text = |effect: Option<Effect>| match effect
        .map(|effect| (effect.value, effect.interval_text()))
    {
        Some((value, Some(ends))) => {
            let [low, high] = ends.map(|end| end.replace('-', "−"));
            format!("{} [{low}, {high}]", two_decimals(value))
        }
        Some((value, None)) => format!("{} [not estimable]", two_decimals(value)),
        None => "–".to_owned(),
    };
    let test_name = |row: &TestRow| match row.test {
        "mann_whitney" => "Wilcoxon-Mann-Whitney",
        "student_t" => "Student's t",
        _ => "Welch's t",
    };
    let p_text = |p: Option<f64>| {
        p.map_or("–".to_owned(), |p| {
            format_p(p)
                .trim_start_matches("p = ")
                .trim_start_matches("p ")
                .to_owned()
        })
    };
    html! {
        table {
            caption {
                "Tests between the groups. p-values are two-sided, raw and corrected over all attributes and pairs of the same test; "
                "effects are of the second group against the first, with " (format!("{:.0} %", 100.0 * level)) " intervals (see Methods)."
            }
            thead { tr {
                th { "pair" } th.number { "n" } th { "test" } th.number { "statistic" } th.number { "p" } th.number { "Holm" }
                th.number { "Benjamini-Hochberg" } th.number { "Cliff's δ" } th.number { "Hedges' g" }
            } }
            tbody { @for pair in &groups.pairs { @for (k, row) in pair.tests.iter().enumerate() {
                tr.first[k == 0] {
                    @if k == 0 {
                        td rowspan=(pair.tests.len()) { (pair.pair.replace('-', "–")) }
                        td.number rowspan=(pair.tests.len()) { (pair.n1) ", " (pair.n2) }
                    }
                    td { (test_name(row)) }
                    @if let Some(reason) = &row.reason {
                        td colspan="4" { "not defined: " (reason) }
                    } @else {
                        td.number { (row.statistic.map_or("–".to_owned(), two_decimals)) }
                        td.number { (p_text(row.p)) } td.number { (p_text(row.p_holm)) } td.number { (p_text(row.p_bh)) }
                    }
                    @if k == 0 {
                        td.number rowspan=(pair.tests.len()) { (effect_text(pair.cliffs_delta)) }
                        td.number rowspan=(pair.tests.len()) { (effect_text(pair.hedges_g)) }
                    }
                }
            } } }
        }
    }
}

/// Quality of the map, and Moran's I of each attribute.
pub(super) fn quality_table(results: &StudyResults) -> Markup {
    let map = &results.map;
    let three_decimals = |value: f64| format!("{value:.3}").replace('-', "−");
    let names = [
        ("Stress-1".to_owned(), "0 is exact"),
        (
            format!("Trustworthiness, {} nearest", map.trust_neighbours),
            "1: all neighbours on the map are true ones",
        ),
        (
            format!("Continuity, {} nearest", map.trust_neighbours),
            "1: all true neighbours are neighbours on the map",
        ),
        (
            format!("Nearest neighbours kept, of {}", map.neighbours),
            "1: all of them",
        ),
    ];
    html! {
        table.quality {
            caption { "The quality of the map of " (map.regions) " regions." }
            thead { tr { th { "measure" } th.number { "found" } th.number { "by chance" } th.number { "n" } th.number { "p" } th.number { "Holm" } th { "at best" } } }
            tbody {
                @for ((name, best), (_, value, chance, n)) in names.iter().zip(map.rows()) {
                    tr { td { (name) } td.number { (three_decimals(value)) } td.number { (three_decimals(chance)) } td.number { (n) } td.number { "–" } td.number { "–" } td { (best) } }
                }
                @for attribute_results in &results.attributes {
                    tr {
                        td { "Moran's I of " (attribute_results.attribute.name.to_lowercase()) }
                        @if let Some(map) = &attribute_results.autocorrelation {
                            td.number { (three_decimals(map.moran_i)) } td.number { (three_decimals(map.expected)) } td.number { (map.n) } td.number { (three_decimals(map.p)) }
                            td.number { (three_decimals(map.p_holm)) }
                        } @else { td.number { "–" } td.number { "–" } td.number { "–" } td.number { "–" } td.number { "–" } }
                        td { "near 1: neighbours are alike" }
                    }
                }
            }
        }
    }
}
