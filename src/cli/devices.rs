//! `tunescape devices`: lists the devices of this machine and marks the one that would be used.

use super::args::DevicesArgs;
use super::engine::open_engine;
use super::error::CliError;
use super::terminal::{print_json, print_line};
use crate::model::{DeviceInfo, Engine, MelodyModel as _, choose_device, list_devices};

pub(super) fn run(arguments: &DevicesArgs) -> Result<(), CliError> {
    let chosen_device = choose_device(&arguments.device);
    let is_chosen =
        |device: &DeviceInfo| chosen_device.as_ref().is_ok_and(|chosen| chosen == device);
    let devices: Vec<(DeviceInfo, bool)> = list_devices()
        .into_iter()
        .map(|device| {
            let is_chosen = is_chosen(&device);
            (device, is_chosen)
        })
        .collect();
    if !arguments.json.json {
        for (device, is_chosen) in &devices {
            let mark = if *is_chosen { "*" } else { " " };
            print_line(&format!(
                "{mark} {}  ({}, {})",
                device.name, device.kind, device.api
            ));
        }
    }
    let chosen_device = chosen_device?;
    let tested_engine = match arguments.prove {
        true => Some(open_engine(arguments.model.as_deref(), &arguments.device)?),
        false => None,
    };
    if arguments.json.json {
        return Ok(print_json(&devices_json(
            &devices,
            &chosen_device,
            tested_engine.as_ref(),
        ))?);
    }
    print_line(&format!(
        "\n--device {} takes {}.",
        arguments.device, chosen_device.name
    ));
    if let Some(engine) = tested_engine {
        match engine.self_test_result() {
            Some(self_test_result) => print_line(&format!(
                "{}: {} of {} melodies equal to the CPU's.",
                engine.device_name(),
                self_test_result.melodies - self_test_result.differing,
                self_test_result.melodies
            )),
            None => print_line(&format!(
                "{} decodes; there is nothing to compare.",
                engine.device_name()
            )),
        }
    }
    Ok(())
}

/// The devices for scripts. `tested_engine` has run the self-test, if `--prove` asked for it.
fn devices_json(
    devices: &[(DeviceInfo, bool)],
    chosen: &DeviceInfo,
    tested_engine: Option<&Engine>,
) -> serde_json::Value {
    let devices: Vec<serde_json::Value> = devices
        .iter()
        .map(|(device, is_chosen)| {
            serde_json::json!({
                "name": device.name,
                "kind": device.kind.to_string(),
                "api": device.api,
                "chosen": is_chosen,
            })
        })
        .collect();
    let test = tested_engine.and_then(Engine::self_test_result).map(
        |result| serde_json::json!({ "melodies": result.melodies, "differing": result.differing }),
    );
    serde_json::json!({
        "devices": devices,
        "chosen": chosen.name,
        "decodes_on": tested_engine.map(Engine::device_name),
        "self_test": test,
    })
}
