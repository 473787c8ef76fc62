//! The report: one HTML page with everything in it, to be read offline and printed.

use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::figures::Figure;
use super::findings::p_in_words;
use super::{AttributeSet, AttributeStudy, Effect, Study, TestRow};

/// What the report says of the run beside the numbers.
#[derive(Clone, Debug, Default)]
pub struct RunFacts {
    /// What it was decoded on; empty if nothing was.
    pub device: String,
    /// Where the melodies come from, if another program made them.
    pub origin: Option<String>,
}

/// The page.
#[must_use]
pub fn report(study: &Study, figures: &[Figure], facts: &RunFacts) -> String {
    let title = "What the latent space knows about melody";
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (title) " – Tunescape study" }
                style { (PreEscaped(STYLE)) }
            }
            body {
                header {
                    h1 { (title) }
                    p.lead {
                        "A study of " (study.samples.melodies) " melodies from " (study.regions) " regions of a latent space of "
                        (study.latent_size) " dimensions."
                    }
                }
                nav {
                    a href="#summary" { "In short" }
                    a href="#between" { "Between attributes" }
                    @for attribute in &study.attributes { a href={ "#" (attribute.id) } { (attribute.attribute().name) } }
                    a href="#methods" { "Methods" }
                }
                main {
                    section #summary {
                        h2 { "In short" }
                        @for finding in &study.findings { p { (finding) } }
                        (overview(study))
                        (run(study, facts))
                    }
                    section #between {
                        h2 { "Between attributes" }
                        p {
                            "Attributes that go together cannot be told apart by what follows: a direction of the latent space that changes one "
                            "of them will change the other."
                        }
                        @for figure in figures.iter().filter(|figure| figure.attribute.is_none()) { (drawn(figure)) }
                    }
                    @for attribute in &study.attributes {
                        section id=(attribute.id) {
                            h2 { (attribute.attribute().name) }
                            p.definition { (attribute.attribute().description) }
                            @for finding in &attribute.findings { p { (finding) } }
                            @for figure in figures.iter().filter(|figure| figure.attribute == Some(attribute.id)) { (drawn(figure)) }
                            (tests(attribute, study.settings.level))
                        }
                    }
                    (methods(study))
                }
            }
        }
    }
    .into_string()
}

fn drawn(figure: &Figure) -> Markup {
    html! {
        figure id={ "figure-" (figure.name) } {
            (PreEscaped(figure.svg()))
            figcaption { b { (figure.title) "." } " " (figure.caption) }
        }
    }
}

/// One row per attribute with the numbers that matter most.
fn overview(study: &Study) -> Markup {
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
                @let scale = attribute.display_scale;
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
                    td.number { (number(found.over_regions.chance.as_ref().map(|c| c.upper_5_percent))) }
                    td.number { (number(found.on_the_map.map(|m| m.moran_i))) }
                    td.number { (number(delta.map(|d| d.value))) }
                }
            } }
        }
    }
}

/// Two digits, with a proper minus.
fn signed(value: f64) -> String {
    let text = format!("{value:.2}");
    match text.strip_prefix('-') {
        Some("0.00") => "0.00".to_owned(),
        Some(digits) => format!("−{digits}"),
        None => text,
    }
}

fn run(study: &Study, facts: &RunFacts) -> Markup {
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
    if let Some(origin) = &facts.origin {
        rows.push(("melodies", format!("read from {origin}")));
    }
    if !study.weights_hash.is_empty() {
        rows.push(("weights", format!("SHA-256 {}…", study.weights_hash)));
    }
    if !facts.device.is_empty() {
        rows.push(("device", facts.device.clone()));
    }
    rows.push(("program", format!("tunescape {}", study.program_version)));
    html! {
        table.facts {
            caption { "The run." }
            tbody { @for (name, value) in &rows { tr { th { (name) } td { (value) } } } }
        }
    }
}

fn tests(found: &AttributeStudy, level: f64) -> Markup {
    let Some(groups) = &found.groups else {
        return html! { p { "There are fewer than three regions with a melody, so no groups to compare." } };
    };
    let effect = |effect: Option<Effect>| match effect {
        Some(Effect {
            value,
            low: Some(low),
            high: Some(high),
        }) => {
            format!("{} [{}, {}]", signed(value), signed(low), signed(high))
        }
        Some(effect) => signed(effect.value),
        None => "–".to_owned(),
    };
    let name = |row: &TestRow| match row.test {
        "mann_whitney" => "Wilcoxon-Mann-Whitney",
        "student_t" => "Student's t",
        _ => "Welch's t",
    };
    let p = |p: Option<f64>| {
        p.map_or("–".to_owned(), |p| {
            p_in_words(p)
                .trim_start_matches("p = ")
                .trim_start_matches("p ")
                .to_owned()
        })
    };
    html! {
        table {
            caption {
                "Tests between the groups. p-values are two-sided, raw and corrected over all attributes and pairs of the same test; "
                "effects are of the second group against the first, with " (format!("{:.0} %", 100.0 * level)) " bootstrap intervals."
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

fn methods(study: &Study) -> Markup {
    let settings = &study.settings;
    html! {
        section #methods {
            h2 { "Methods" }
            p {
                "Regions are the points of a Latin hypercube; samples are normal draws around them; every random number follows from the seed and "
                "the numbers of region and sample. Melodies without a note have no attributes."
                @if settings.attributes == AttributeSet::AsPublished {
                    " Rhythmic complexity is measured as the code of the published study did, on a grid stretched to the last note and with each "
                    "weight repeated in place; it is not Toussaint's measure."
                }
            }
            dl {
                dt { "Over samples, over region means" }
                dd {
                    "Samples of one region resemble each other, so p-values over samples, which take them as independent, are too small. Region means "
                    "are independent. The chance level deals the regions' attributes out to other regions, whole regions at a time, "
                    (settings.permutations) " times, and looks at the largest of all correlations each time."
                }
                dt { "Best single direction" }
                dd {
                    "Ridge regression on all dimensions, the penalty chosen by cross-validation, judged by a second one around it (five folds that cut no "
                    "region). A negative R² means that the mean of the other regions predicts better. The best axis is chosen anew in each fold."
                }
                dt { "Low, mid, high" }
                dd {
                    "Region means are sorted and cut in three: the first of the low third, the middle of the mid third, the last of the high third. The "
                    "groups compare three regions, picked as extremes among " (study.regions) "; they say that these three differ, not that "
                    "all regions do."
                }
                dt { "Tests" }
                dd {
                    "Wilcoxon-Mann-Whitney (exact for at most eight values without ties, else the normal approximation with tie and continuity "
                    "corrections), Student's and Welch's t. Holm's correction bounds the chance of a single wrong claim, Benjamini and Hochberg's the share "
                    "of wrong ones. Intervals: percentile bootstrap, " (settings.resamples) " resamples."
                }
                dt { "Map" }
                dd {
                    "Metric multidimensional scaling (SMACOF) of the Euclidean distances between centres. Moran's I weighs each region's "
                    (super::SPATIAL_NEIGHBOURS) " nearest neighbours on the map alike; its p-value is by random order."
                }
                @if let Some(active) = &study.active {
                    dt { "Active dimensions" }
                    dd {
                        "Burda et al. (2016): the variance over melodies of the encoder's mean, above " (active.threshold) ". The melodies are the sweep's own, so a "
                        "dimension that the decoder does not show cannot be seen."
                    }
                }
            }
            p { "All numbers are in study.json, the tests in tests.csv, the groups' raw values in groups.csv." }
        }
    }
}

/// How the page looks, on a screen and on paper.
const STYLE: &str = "
:root { color-scheme: light; }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 62rem; padding: 2rem 1.5rem 4rem; background: #fff; color: #222;
  font: 16px/1.55 Georgia, 'DejaVu Serif', 'Times New Roman', serif; }
h1 { font-size: 2rem; line-height: 1.2; margin: 0 0 .4rem; }
h2 { font-size: 1.4rem; margin: 2.6rem 0 .6rem; padding-top: .6rem; border-top: 2px solid #222; }
p { margin: .6rem 0; max-width: 46rem; }
.lead { font-size: 1.1rem; color: #444; }
.definition { font-style: italic; color: #555; }
nav { margin: 1rem 0 0; font: 14px/1.8 'DejaVu Sans', Verdana, Helvetica, Arial, sans-serif; }
nav a { color: #0072b2; margin-right: 1rem; white-space: nowrap; }
figure { margin: 1.6rem 0; break-inside: avoid; }
figure svg { display: block; max-width: 100%; height: auto; }
figcaption { font: 13px/1.5 'DejaVu Sans', Verdana, Helvetica, Arial, sans-serif; color: #444; max-width: 46rem; margin-top: .4rem; }
table { border-collapse: collapse; margin: 1.6rem 0; width: 100%; break-inside: avoid;
  font: 13px/1.45 'DejaVu Sans', Verdana, Helvetica, Arial, sans-serif; }
caption { caption-side: top; text-align: left; color: #444; padding-bottom: .4rem; }
th, td { text-align: left; padding: .25rem .6rem .25rem 0; vertical-align: top; font-weight: normal; }
thead .number { white-space: normal; }
thead th { border-bottom: 1px solid #222; border-top: 1px solid #222; vertical-align: bottom; font-weight: bold; }
tbody { border-bottom: 1px solid #222; }
tr.first > td { border-top: 1px solid #ccc; }
.number { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums; }
.facts th { width: 12rem; color: #555; }
.facts { max-width: 46rem; border-top: 1px solid #222; }
dt { font-weight: bold; margin-top: .8rem; }
dd { margin: 0; max-width: 46rem; }
@media print {
  body { max-width: none; padding: 0; font-size: 10.5pt; }
  nav { display: none; }
  section { break-before: page; }
  section#summary, section#between { break-before: auto; }
  h2 { break-after: avoid; }
  figure { margin: .5cm 0; }
  figure svg { max-height: 8.4cm; width: auto; }
  figcaption { font-size: 8pt; }
  table { font-size: 7pt; margin: .5cm 0; }
  th, td { padding: .08rem .35rem .08rem 0; }
  a { color: inherit; text-decoration: none; }
  @page { margin: 18mm 16mm; }
}
";
