//! The result of `tunescape steer` as text and as JSON.

use serde_json::{Value, json};

use super::error::CliError;
use super::terminal::print_line;
use crate::attributes::ATTRIBUTES;
use crate::sweep::{SteerGoal, SteerOutcome, SteerRequest, Steered};

/// Prints wanted and obtained values side by side, and measures of all melodies together. Where no attribute has a goal, as with
/// `--like` or `--key` alone, only the obtained values are printed.
pub(super) fn print_result(request: &SteerRequest, steered: &Steered) {
    let percent = |fraction: f64| format!("{:.0} %", 100.0 * fraction);
    let has_goals = !request.goals.is_free();
    if has_goals {
        print_line(&format!(
            "in the sweep    {} of {} melodies meet all goals",
            steered.feasibility.matching_count, steered.feasibility.melody_count
        ));
        print_line("attribute               asked                     obtained         within");
    } else {
        print_line("attribute               obtained");
    }
    for outcome in &steered.outcomes {
        let Some(attribute) = ATTRIBUTES.get(outcome.attribute) else {
            continue;
        };
        let target = match outcome.goal {
            _ if !has_goals => String::new(),
            SteerGoal::Free => format!("{:<24}  ", "free"),
            SteerGoal::Wanted(value) => format!("{:<24}  ", attribute.display(value)),
            SteerGoal::Held(value) => {
                format!("{:<24}  ", format!("held {}", attribute.display(value)))
            }
        };
        let to_display = attribute.to_display_unit;
        let obtained = if outcome.mean.is_finite() {
            let mean = to_display(outcome.mean);
            let mean_text = attribute.note_name(mean);
            let sd = (to_display(outcome.sd) - to_display(0.0)).abs();
            format!(
                "{:>6} ± {sd:<6.2}",
                mean_text.unwrap_or_else(|| format!("{mean:.2}"))
            )
        } else {
            format!("{:>6}{:9}", "none", "")
        };
        let line = format!(
            "{:<22}  {target}{obtained}  {:>6}",
            attribute.name,
            outcome.fraction_within.map(percent).unwrap_or_default()
        );
        print_line(line.trim_end());
    }
    if has_goals {
        print_line(&format!(
            "together        {} within the tolerances, {} within half of them",
            percent(steered.fraction_within),
            percent(steered.fraction_within_half)
        ));
    }
    print_line(&format!(
        "melodies        {}, {} distinct",
        steered.entries.len(),
        percent(steered.distinct_fraction)
    ));
    if let (Some(changed), Some(source)) = (steered.changed_notes, request.source()) {
        print_line(&format!(
            "changed         {changed:.1} of {} notes",
            source.melody.notes().len()
        ));
    }
    print_line(&format!("decoded         {}", steered.decoded));
}

/// The result as JSON: values as shown to musicians, notes as pitch, first and last step.
pub(super) fn json_text(request: &SteerRequest, steered: &Steered) -> Result<String, CliError> {
    let attributes: Vec<Value> = steered.outcomes.iter().filter_map(attribute_json).collect();
    let melodies: Vec<Value> = steered
        .entries
        .iter()
        .map(|melody| {
            let values = ATTRIBUTES.iter().enumerate().map(|(index, attribute)| {
                let value = melody.attributes.value(index);
                (attribute.id, value.map(attribute.to_display_unit))
            });
            let notes = melody.melody.notes().iter();
            json!({
                "id": melody.id.slug(),
                "in_sweep": melody.in_sweep.map(|id| id.slug()),
                "attributes": values.collect::<std::collections::BTreeMap<_, _>>(),
                "notes": notes.map(|n| (n.pitch, n.start, n.end)).collect::<Vec<_>>(),
            })
        })
        .collect();
    let nearest = steered.feasibility.nearest.as_ref();
    let value = json!({
        "attributes": attributes,
        "sweep": {
            // Numbers of the sweep's melodies: those that meet all goals, and all that are not empty.
            "within": steered.feasibility.matching_count,
            "of": steered.feasibility.melody_count,
            "nearest": nearest.map(|nearest| nearest.id.slug()),
            "rare": steered.feasibility.is_rare(),
            "text": steered.feasibility.describe(&request.goals),
        },
        // Fractions of the steered melodies that meet all goals, within the tolerances and within half of them.
        "within": steered.fraction_within,
        "within_half": steered.fraction_within_half,
        "distinct": steered.distinct_fraction,
        "changed_notes": steered.changed_notes,
        // Mean edit distance between pairs of melodies, in notes.
        "spread_notes": steered.mean_pairwise_distance,
        "scale": request.scale.map(|scale| scale.to_string()),
        "decoded": steered.decoded,
        "seed": request.seed,
        "melodies": melodies,
    });
    Ok(serde_json::to_string_pretty(&value)?)
}

fn attribute_json(outcome: &SteerOutcome) -> Option<Value> {
    let attribute = ATTRIBUTES.get(outcome.attribute)?;
    let to_display = attribute.to_display_unit;
    let goal = match outcome.goal {
        SteerGoal::Free => "free",
        SteerGoal::Wanted(_) => "wanted",
        SteerGoal::Held(_) => "held",
    };
    Some(json!({
        "attribute": attribute.id,
        "unit": attribute.unit,
        "goal": goal,
        "value": outcome.goal.value().map(to_display),
        "obtained_mean": Some(to_display(outcome.mean)).filter(|mean| mean.is_finite()),
        "obtained_sd": (to_display(outcome.sd) - to_display(0.0)).abs(),
        "tolerance": attribute.tolerance,
        "within": outcome.fraction_within,
    }))
}
