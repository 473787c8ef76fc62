//! `tunescape steer`: new melodies with a wanted attribute value.

use super::args::SteerArgs;
use super::error::CliError;
use super::terminal::{TerminalProgress, print_line};
use crate::attributes::{ATTRIBUTES, Attribute, attribute_index};
use crate::model::MelodyModel as _;
use crate::session::{SteerRun, check_output_folder, write_steer};
use crate::sweep::{self, LayoutKind, SteerRequest, Steered, SteeringFit};

pub(super) fn run(arguments: &SteerArgs) -> Result<(), CliError> {
    let index = attribute_index(&arguments.attribute).ok_or_else(|| {
        let known: Vec<&str> = ATTRIBUTES.iter().map(|attribute| attribute.id).collect();
        CliError::Usage(format!(
            "there is no attribute {:?}; there are {}",
            arguments.attribute,
            known.join(", ")
        ))
    })?;
    let attribute = &ATTRIBUTES[index];
    let shown = arguments.density.or(arguments.value).ok_or_else(|| {
        CliError::Usage("say what to steer to: --density N, or --attribute ID --value N".to_owned())
    })?;
    let config = arguments.config.config()?;
    config.validate()?;
    let request = SteerRequest {
        attribute: index,
        target: (attribute.from_display_unit)(shown),
        count: arguments.count,
        seed: config.seed,
        ..SteerRequest::default()
    };
    // Checked before the sweep, which may take minutes.
    request.validate()?;
    if let Some(folder) = &arguments.out {
        check_output_folder(folder, arguments.overwrite)?;
    }
    let mut engine = arguments.model.open()?;
    let mut bar = TerminalProgress::new(arguments.execution.quiet);
    let mut sweep = sweep::run(
        &config,
        &arguments.execution.run_options(),
        &mut engine,
        &mut bar,
    )?;
    let fit = SteeringFit::from_sweep(index, &sweep)?;
    let mut steered = sweep::steer(&fit, &request, &sweep.plan, &mut engine, &mut bar)?;
    // `sweep::steer` places melodies on the latent map.
    if arguments.out.is_some() && arguments.layout != LayoutKind::Latent {
        let map = sweep.lay_out(arguments.layout, &mut bar)?;
        steered.place_on(&map, &sweep.plan, &mut bar)?;
    }
    bar.finish();
    if let Some(folder) = &arguments.out {
        // The direction is fitted to the sweep, which other devices may have decoded.
        let mut devices = sweep.devices.clone();
        devices.extend(engine.take_devices());
        let mut seen = std::collections::HashSet::new();
        devices.retain(|device| seen.insert(device.clone()));
        let run = SteerRun {
            steered: &steered,
            request: &request,
            fit: &fit,
            plan: &sweep.plan,
            steps: engine.steps(),
            devices: &devices,
            layout: sweep.layout_quality.as_ref(),
            weights_hash: engine.weights_hash(),
        };
        write_steer(&run, folder, arguments.overwrite)?;
    }
    if !arguments.execution.quiet {
        print_result(attribute, &steered, &fit);
        if let Some(folder) = &arguments.out {
            print_line(&format!("written to      {}", folder.display()));
        }
    }
    Ok(())
}

/// Prints the wanted and obtained values, and the quality of the fit.
fn print_result(attribute: &Attribute, steered: &Steered, fit: &SteeringFit) {
    let percent = |fraction: f64| format!("{:.0} %", 100.0 * fraction);
    let in_unit = |value: f64| attribute.display(value);
    print_line(attribute.name);
    print_line(&format!("wanted          {}", in_unit(steered.target)));
    print_line(&format!(
        "obtained        {} ± {:.2}, {} within 1",
        in_unit(steered.obtained_mean),
        (attribute.to_display_unit)(steered.obtained_sd),
        percent(steered.within_one)
    ));
    print_line(&format!(
        "mean            {:.2}",
        (attribute.to_display_unit)(steered.obtained_mean)
    ));
    print_line(&format!("distinct        {}", percent(steered.distinct)));
    print_line(&format!("empty           {}", steered.empty));
    print_line(&format!(
        "fit             R2 {:.2} (cross-validated over regions, {} melodies)",
        fit.cross_validated_r2, fit.melodies
    ));
    print_line(&format!(
        "reach           {} to {}",
        in_unit(steered.reach.0),
        in_unit(steered.reach.1)
    ));
}
