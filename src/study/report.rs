//! The report: a self-contained HTML page, for the screen and for print.

use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::figures::Figure;
use super::report_style::STYLE;
use super::report_tables::{overview_table, quality_table, run_table, tests_table};
use super::results::{AttributeResults, StudyResults};
use super::settings::AttributeSet;
use super::study_provenance::StudyProvenance;

/// The HTML page of the report.
#[must_use]
pub fn report(results: &StudyResults, figures: &[Figure], provenance: &StudyProvenance) -> String {
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
                        "A study of " (results.samples.melodies) " melodies from " (results.regions) " regions of a latent space of "
                        (results.latent_size) " dimensions."
                    }
                }
                nav {
                    a href="#summary" { "In short" }
                    a href="#map" { "The map" }
                    a href="#between" { "Between attributes" }
                    @for attribute in &results.attributes { a href={ "#" (attribute.attribute.id) } { (attribute.attribute.name) } }
                    a href="#methods" { "Methods" }
                }
                main {
                    section #summary {
                        h2 { "In short" }
                        @for finding in &results.findings { p { (non_breaking(finding)) } }
                        (overview_table(results))
                        (run_table(results, provenance))
                    }
                    section #map {
                        h2 { "The map" }
                        p {
                            "Every map of this page is the same layout of the regions. What it says of an attribute is worth what it keeps of the "
                            "latent space, and an attribute is smooth on it only where Moran's I is well above chance."
                        }
                        (quality_table(results))
                    }
                    section #between {
                        h2 { "Between attributes" }
                        p {
                            "Attributes that go together cannot be told apart by what follows: a direction of the latent space that changes one "
                            "of them will change the other."
                        }
                        @for figure in figures.iter().filter(|figure| figure.attribute.is_none()) { (figure_element(figure)) }
                    }
                    @for attribute in &results.attributes { (attribute_section(attribute, figures, results)) }
                    (methods(results))
                }
            }
        }
    }
    .into_string()
}

/// The section of one attribute.
fn attribute_section(
    attribute: &AttributeResults,
    figures: &[Figure],
    results: &StudyResults,
) -> Markup {
    let figures_of_attribute = || {
        figures
            .iter()
            .filter(|figure| figure.attribute == Some(attribute.attribute.id))
    };
    // The scatter plot and the map are narrow enough for one row.
    let is_paired = |figure: &&Figure| matches!(figure_kind(figure), "best_direction" | "map");
    html! {
        section.attribute id=(attribute.attribute.id) {
            h2 { (attribute.attribute.name) }
            p.definition { (attribute.attribute.description) }
            @for finding in &attribute.findings { p { (non_breaking(finding)) } }
            @for figure in figures_of_attribute().filter(|figure| !is_paired(figure) && figure_kind(figure) != "groups") { (figure_element(figure)) }
            div.pair { @for figure in figures_of_attribute().filter(is_paired) { (figure_element(figure)) } }
            @for figure in figures_of_attribute().filter(|figure| figure_kind(figure) == "groups") { (figure_element(figure)) }
            (tests_table(attribute, results.settings.level))
        }
    }
}

/// Makes the spaces before `%` and around `=`, `×` and `±` non-breaking, so that no line ends inside a figure.
fn non_breaking(text: &str) -> String {
    let mut text = text.to_owned();
    for (breaking, non_breaking) in [
        (" %", "\u{a0}%"),
        (" = ", "\u{a0}=\u{a0}"),
        (" × ", "\u{a0}×\u{a0}"),
        (" ± ", "\u{a0}±\u{a0}"),
    ] {
        text = text.replace(breaking, non_breaking);
    }
    text
}

/// The kind of a figure: its name without the id of its attribute.
fn figure_kind(figure: &Figure) -> &str {
    let id = figure.attribute.unwrap_or_default();
    figure
        .name
        .strip_prefix(id)
        .map_or(figure.name.as_str(), |rest| rest.trim_start_matches('_'))
}

fn figure_element(figure: &Figure) -> Markup {
    html! {
        figure class=(figure_kind(figure)) id={ "figure-" (figure.name) } {
            (PreEscaped(figure.svg()))
            figcaption { b { (figure.title) "." } " " (figure.caption) }
        }
    }
}

fn methods(results: &StudyResults) -> Markup {
    let settings = &results.settings;
    html! {
        section #methods {
            h2 { "Methods" }
            p {
                "Regions are the points of a Latin hypercube; samples are normal draws around them; every random number follows from the seed and "
                "the numbers of region and sample. Melodies without a note have no attributes."
                @if settings.attributes == AttributeSet::PublishedCode {
                    " Rhythmic complexity is measured as the code of the published study did, on a grid stretched to the last note and with each "
                    "weight repeated in place; it is not Toussaint's measure."
                }
                @if settings.empty_is_high {
                    " A region whose melodies are all empty counts as the highest of every attribute, as in that code."
                }
            }
            dl {
                dt { "Over samples, over region means" }
                dd {
                    "Samples of one region resemble each other, so p-values over samples, which take them as independent, are too small. Region means "
                    "are independent. The chance level deals the regions' attributes out to other regions, whole regions at a time, "
                    (settings.permutations) " times, and looks at the largest of all correlations each time, on the same rows as the correlations "
                    "found (n is given with each level). A region changes places with regions that have about as many melodies."
                }
                dt { "Best single direction" }
                dd {
                    "Ridge regression on all dimensions, the penalty chosen by cross-validation, judged by a second one around it (five folds that cut no "
                    "region). A negative R² means that the mean of the other regions predicts better. The best axis is chosen anew in each fold."
                }
                dt { "Low, mid, high" }
                dd {
                    "Region means are sorted and cut in three: the first of the low third, the middle of the mid third, the last of the high third. The "
                    "groups compare three regions, picked as extremes among " (results.regions) "; they say that these three differ, not that "
                    "all regions do."
                }
                dt { "Tests" }
                dd {
                    "Wilcoxon-Mann-Whitney (exact for at most eight values without ties, else the normal approximation with tie and continuity "
                    "corrections), Student's and Welch's t. Holm's correction bounds the chance of a single wrong claim, Benjamini and Hochberg's the share "
                    "of wrong ones. Intervals of Cliff's delta are the asymmetric ones of Feng and Cliff (2004), which at complete separation reach from "
                    "the border to where the largest possible variance leads; those of Hedges' g are percentile bootstrap, " (settings.resamples)
                    " resamples, and not estimable if all resamples give one value."
                }
                dt { "Map" }
                dd {
                    "Metric multidimensional scaling (SMACOF) of the Euclidean distances between centres. "
                    @if results.map.landmarks < results.map.regions {
                        "Of the " (results.map.regions) " regions the first " (results.map.landmarks) " were scaled together and the others placed among them "
                        "by their distances to these, one by one; stress is measured on " (results.map.landmarks) " regions, evenly taken. "
                    }
                    "Stress-1 is Kruskal's (1964), trustworthiness and continuity are Venna's and Kaski's (2001); their chance levels are those of the same "
                    "places dealt out to the regions at random. Moran's I (1950) weighs each region's " (results.map.neighbours) " nearest neighbours on the map "
                    "alike; its p-value is the share of " (settings.permutations) " random orders of the means that reach it."
                }
                @if let Some(active) = &results.active {
                    dt { "Active dimensions" }
                    dd {
                        "Dimensions in which the posterior's divergence from the prior, averaged over " (active.melodies) " melodies, exceeds "
                        (active.threshold) " nats. The melodies are the sweep's own, so a dimension that the decoder does not show cannot be seen. By the variance "
                        "of the posterior's mean alone (Burda et al. 2016, above " (active.variance_threshold) ") " (active.count_by_variance) " dimensions would count, "
                        "also those where the mean varies a little although the posterior stays as wide as the prior."
                    }
                }
            }
            p { "All numbers are in study.json, the tests in tests.csv, the groups' raw values in groups.csv." }
        }
    }
}
