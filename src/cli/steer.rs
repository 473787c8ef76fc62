//! `tunescape steer`: new melodies with wanted values of any attributes.

use std::sync::Arc;

use super::args::{GoalArg, SteerArgs};
use super::error::CliError;
use super::point_names::PointResolver;
use super::steer_result::{json_text, print_result};
use super::terminal::{TerminalProgress, is_quiet, print_line, print_notice};
use crate::attributes::{ATTRIBUTES, AttributeRow, attribute_index};
use crate::latent::LatentPoint;
use crate::melody::Melody;
use crate::model::{Engine, MelodyModel as _, Sampling};
use crate::session::{SteerRun, check_output_folder, write_steer};
use crate::sweep::{
    self, LayoutKind, MelodyId, SteerBasis, SteerGoal, SteerGoals, SteerOrigin, SteerRequest,
    SteerSource, Sweep, SweepConfig, SweepError,
};

pub(super) fn run(arguments: &SteerArgs) -> Result<(), CliError> {
    let goal_args = goal_args(arguments)?;
    if goal_args.is_empty() && arguments.like.is_none() && arguments.key.is_none() {
        return Err(CliError::Usage(
            "say what to steer to: --density N or another attribute, --key SCALE or --like MELODY"
                .to_owned(),
        ));
    }
    let config = arguments.config.config();
    config.validate()?;
    check_arguments(arguments, &goal_args)?;
    if let Some(folder) = &arguments.out {
        check_output_folder(folder, arguments.overwrite)?;
    }
    let mut engine = arguments.model.open()?;
    // Before the sweep, so that a melody that does not exist is reported at once.
    let like = resolve_like(arguments, &config, &mut engine)?;
    let mut bar = TerminalProgress::new();
    let mut sweep = sweep::run(
        &config,
        &arguments.execution.run_options(),
        &mut engine,
        &mut bar,
    )?;
    let mut basis = SteerBasis::from_sweep(&sweep);
    let origin = search_origin(arguments, like, &sweep, &mut engine)?;
    let request = SteerRequest {
        goals: resolve_goals(&goal_args, &origin, &basis)?,
        origin,
        scale: arguments.key,
        excluded: Vec::new(),
        count: arguments.count,
        seed: config.seed,
        temperature: config.temperature,
        max_candidates_per_melody: arguments.effort,
        number: 0,
    };
    let feasibility = basis.feasibility(&request.goals);
    if feasibility.is_rare() && !request.goals.is_free() {
        print_notice(&format!("Note: {}", feasibility.describe(&request.goals)));
    }
    let mut steered = sweep::steer(&mut basis, &request, &mut engine, &mut bar)?;
    // `sweep::steer` places melodies on the latent map.
    if arguments.out.is_some() && arguments.layout != LayoutKind::Latent {
        let map = sweep.lay_out(arguments.layout, &mut bar)?;
        steered.place_on(&map, &sweep.plan, &mut bar)?;
    }
    bar.finish();
    if let Some(folder) = &arguments.out {
        // The search starts from the sweep, which other devices may have decoded.
        let mut devices = sweep.devices.clone();
        devices.extend(engine.take_devices());
        let mut seen = std::collections::HashSet::new();
        devices.retain(|device| seen.insert(device.clone()));
        let run = SteerRun {
            steered: &steered,
            request: &request,
            plan: &sweep.plan,
            steps: engine.steps(),
            devices: &devices,
            layout: sweep.layout_quality.as_ref(),
            weights_hash: engine.weights_hash(),
        };
        write_steer(&run, folder, arguments.overwrite)?;
    }
    if arguments.json.json {
        print_line(&json_text(&request, &steered)?);
    } else if !is_quiet() {
        print_result(&request, &steered);
        if let Some(folder) = &arguments.out {
            print_line(&format!("written to      {}", folder.display()));
        }
    }
    Ok(())
}

/// The goals of the command line: each an index into the attribute table, and the argument.
fn goal_args(arguments: &SteerArgs) -> Result<Vec<(usize, GoalArg)>, CliError> {
    let mut goal_args = arguments.goals.0.clone();
    if let (Some(id), Some(text)) = (&arguments.attribute, &arguments.value) {
        let index = attribute_index(id).ok_or_else(|| {
            let known: Vec<&str> = ATTRIBUTES.iter().map(|attribute| attribute.id).collect();
            let known = known.join(", ");
            CliError::Usage(format!("there is no attribute {id:?}; there are {known}"))
        })?;
        if goal_args.iter().any(|(other, _)| *other == index) {
            let text = format!("{id} is wanted twice; give it once");
            return Err(CliError::Usage(text));
        }
        let goal = GoalArg::parse(&ATTRIBUTES[index], text)
            .map_err(|advice| CliError::Usage(format!("--value cannot be {text:?}; {advice}")))?;
        goal_args.push((index, goal));
    }
    Ok(goal_args)
}

/// Checks the arguments as far as possible before the sweep, which may take minutes.
fn check_arguments(arguments: &SteerArgs, goal_args: &[(usize, GoalArg)]) -> Result<(), CliError> {
    let mut goals = SteerGoals::free();
    for (attribute, goal) in goal_args {
        let value = match goal {
            GoalArg::Value(display_value) => {
                (ATTRIBUTES[*attribute].from_display_unit)(*display_value)
            }
            GoalArg::Hold => 0.0,
        };
        goals.set(*attribute, SteerGoal::Wanted(value));
    }
    if goals.is_free() {
        // This request leaves out --like and --key, and is valid only with a goal.
        goals.set(0, SteerGoal::Wanted(0.0));
    }
    let request = SteerRequest {
        goals,
        count: arguments.count,
        max_candidates_per_melody: arguments.effort,
        ..SteerRequest::default()
    };
    request.validate()?;
    if !(0.0..=1.0).contains(&arguments.closeness) {
        let closeness = arguments.closeness;
        let text = format!("--closeness takes a number from 0 to 1, not {closeness}");
        return Err(CliError::Usage(text));
    }
    Ok(())
}

/// The point of `--like`, and its melody if it is a window of a MIDI file.
fn resolve_like(
    arguments: &SteerArgs,
    config: &SweepConfig,
    engine: &mut Engine,
) -> Result<Option<(LatentPoint, Option<Melody>)>, CliError> {
    let Some(name) = &arguments.like else {
        return Ok(None);
    };
    let mut resolver = PointResolver::new(config.clone());
    resolver.point_and_melody(engine, name).map(Some)
}

/// Where to search: near the melody of `--like`, or anywhere.
fn search_origin(
    arguments: &SteerArgs,
    like: Option<(LatentPoint, Option<Melody>)>,
    sweep: &Sweep,
    engine: &mut Engine,
) -> Result<SteerOrigin, CliError> {
    let Some((latent, imported_melody)) = like else {
        return Ok(SteerOrigin::Anywhere);
    };
    let id = arguments.like.as_deref().and_then(MelodyId::from_slug);
    let entries = sweep.centres.iter().chain(&sweep.samples);
    let sweep_entry = entries.into_iter().find(|entry| Some(entry.id) == id);
    let melody = match (sweep_entry, imported_melody) {
        (Some(entry), _) => Arc::clone(&entry.melody),
        (None, Some(melody)) => Arc::new(melody),
        (None, None) => {
            let mut decoded = engine
                .decode(std::slice::from_ref(&latent), &Sampling::Greedy)
                .map_err(SweepError::from)?;
            let tokens = decoded.pop().ok_or(SweepError::MelodyCount {
                expected: 1,
                found: 0,
            })?;
            Arc::new(Melody::from_tokens(tokens))
        }
    };
    Ok(SteerOrigin::Like(SteerSource {
        latent,
        melody,
        closeness: arguments.closeness,
        keep: arguments.keep,
    }))
}

/// The goals in attribute units; held attributes at their value in the source, or at the sweep's mean.
fn resolve_goals(
    goal_args: &[(usize, GoalArg)],
    origin: &SteerOrigin,
    basis: &SteerBasis,
) -> Result<SteerGoals, CliError> {
    let mut goals = SteerGoals::free();
    for (attribute, goal) in goal_args {
        let entry = &ATTRIBUTES[*attribute];
        let goal = match goal {
            GoalArg::Value(display_value) => {
                SteerGoal::Wanted((entry.from_display_unit)(*display_value))
            }
            GoalArg::Hold => {
                let held_value = match origin {
                    SteerOrigin::Like(source) => {
                        AttributeRow::measure(&source.melody).value(*attribute)
                    }
                    SteerOrigin::Anywhere => basis.mean(*attribute),
                };
                SteerGoal::Held(held_value.ok_or(SweepError::NoSteeringDirection {
                    attribute: entry.name,
                    reason: "no melody has it",
                })?)
            }
        };
        goals.set(*attribute, goal);
    }
    Ok(goals)
}
