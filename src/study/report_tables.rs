//! The tables of the report.

use maud::{Markup, html};

use super::findings::format_p;
use super::groups::{Effect, TestRow};
use super::results::{AttributeStudy, Study};
use super::study_provenance::StudyProvenance;

/// One row per attribute with its main numbers.
pub(super) fn overview_table(study: &Study) -> Markup {
    let number = |value: Option<f64>| value.map_or("–".to_owned(), signed);
    html! {
        table {
            caption { "The attributes side by side." }
            thead { tr {
                th { "attribute" } th.number { "mean ± sd" } th.number { "R², all dimensions" } th.number { "R², best axis" }
                th.number { "largest |r|, region means" } th.number { "chance, 5 % level" } th.number { "Moran's I" } th.number { "Cliff's δ, low to high" }
            } }
            tbody { @for found in &study.attributes {
                @let attribute = found.attribute();
                @let scale = attribute.to_display_unit;
                @let delta = found.groups.as_ref().and_then(|g| g.pairs.iter().find(|p| p.pair == "low-high")).and_then(|p| p.cliffs_delta);
                tr {
                    td { (attribute.name) " (" (attribute.unit) ")" }
                    td.number {
                        @if let (Some(mean), Some(sd)) = (found.mean, found.sd) {
                            (signed(scale(mean))) " ± " (format!("{:.2}", scale(sd)))
                        } @else { "–" }
                    }
                    td.number { (number(found.linear.as_ref().map(|l| l.r2))) }
                    td.number { (number(found.linear.as_ref().and_then(|l| l.axis_r2))) }
                    td.number { (format!("{:.2}", found.over_regions.largest())) }
                    td.number {
                        @match &found.over_regions.chance {
                            Some(chance) => { (signed(chance.upper_5_percent)) " (n = " (chance.n) ")" }
                            None => { "–" }
                        }
                    }
                    td.number { (number(found.on_the_map.map(|m| m.moran_i))) }
                    td.number { (number(delta.map(|d| d.value))) }
                }
            } }
        }
    }
}

/// Two digits, with a minus sign.
fn signed(value: f64) -> String {
    let text = format!("{value:.2}");
    match text.strip_prefix('-') {
        Some("0.00") => "0.00".to_owned(),
        Some(digits) => format!("−{digits}"),
        None => text,
    }
}

pub(super) fn run_table(study: &Study, provenance: &StudyProvenance) -> Markup {
    let settings = &study.settings;
    let mut rows: Vec<(&str, String)> = Vec::new();
    if let Some(preset) = &settings.preset {
        rows.push(("preset", preset.clone()));
    }
    if let Some(config) = &study.config {
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
    if let Some(sigma) = study.sigma {
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
    if !study.weights_hash.is_empty() {
        rows.push(("weights", format!("SHA-256 {}…", study.weights_hash)));
    }
    if !provenance.devices.is_empty() {
        let name = if provenance.devices.len() == 1 {
            "device"
        } else {
            "devices"
        };
        rows.push((name, provenance.device()));
    }
    rows.push(("program", format!("tunescape {}", study.program_version)));
    html! {
        table.facts {
            caption { "The run." }
            tbody { @for (name, value) in &rows { tr { th { (name) } td { (value) } } } }
        }
    }
}

pub(super) fn tests_table(found: &AttributeStudy, level: f64) -> Markup {
    let Some(groups) = &found.groups else {
        return html! { p { "There are fewer than three regions with a melody, so no groups to compare." } };
    };
    let effect = |effect: Option<Effect>| match effect.map(|effect| (effect.value, effect.ends())) {
        Some((value, Some(ends))) => {
            let [low, high] = ends.map(|end| end.replace('-', "−"));
            format!("{} [{low}, {high}]", signed(value))
        }
        Some((value, None)) => format!("{} [not estimable]", signed(value)),
        None => "–".to_owned(),
    };
    let name = |row: &TestRow| match row.test {
        "mann_whitney" => "Wilcoxon-Mann-Whitney",
        "student_t" => "Student's t",
        _ => "Welch's t",
    };
    let p = |p: Option<f64>| {
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
                    td { (name(row)) }
                    @if let Some(reason) = &row.reason {
                        td colspan="4" { "not defined: " (reason) }
                    } @else {
                        td.number { (row.statistic.map_or("–".to_owned(), signed)) }
                        td.number { (p(row.p)) } td.number { (p(row.p_holm)) } td.number { (p(row.p_bh)) }
                    }
                    @if k == 0 {
                        td.number rowspan=(pair.tests.len()) { (effect(pair.cliffs_delta)) }
                        td.number rowspan=(pair.tests.len()) { (effect(pair.hedges_g)) }
                    }
                }
            } } }
        }
    }
}

/// Quality of the map, and Moran's I of each attribute.
pub(super) fn quality_table(study: &Study) -> Markup {
    let map = &study.map;
    let three = |value: f64| format!("{value:.3}").replace('-', "−");
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
                @for ((name, best), (_, found, chance, n)) in names.iter().zip(map.rows()) {
                    tr { td { (name) } td.number { (three(found)) } td.number { (three(chance)) } td.number { (n) } td.number { "–" } td.number { "–" } td { (best) } }
                }
                @for found in &study.attributes {
                    tr {
                        td { "Moran's I of " (found.attribute().name.to_lowercase()) }
                        @if let Some(map) = &found.on_the_map {
                            td.number { (three(map.moran_i)) } td.number { (three(map.expected)) } td.number { (map.n) } td.number { (three(map.p)) }
                            td.number { (three(map.p_holm)) }
                        } @else { td.number { "–" } td.number { "–" } td.number { "–" } td.number { "–" } td.number { "–" } }
                        td { "near 1: neighbours are alike" }
                    }
                }
            }
        }
    }
}
