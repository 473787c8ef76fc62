//! `tunescape devices`: lists the devices of this machine and marks the one that would be used.

use super::args::DevicesArgs;
use super::engine::open_engine;
use super::error::CliError;
use super::terminal::{print_json, print_line};
use crate::model::{DeviceInfo, Engine, MelodyModel as _, choose_device, list_devices};

pub(super) fn run(arguments: &DevicesArgs) -> Result<(), CliError> {
    let chosen = choose_device(&arguments.device);
    let is_chosen = |device: &DeviceInfo| chosen.as_ref().is_ok_and(|chosen| *chosen == *device);
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
    let chosen = chosen?;
    let proved = match arguments.prove {
        true => Some(open_engine(arguments.model.as_deref(), &arguments.device)?),
        false => None,
    };
    if arguments.json.json {
        return Ok(print_json(&json(&devices, &chosen, proved.as_ref()))?);
    }
    print_line(&format!(
        "\n--device {} takes {}.",
        arguments.device, chosen.name
    ));
    if let Some(engine) = proved {
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

/// The devices for scripts. `proved` decoded the self-test, if one was asked for.
fn json(
    devices: &[(DeviceInfo, bool)],
    chosen: &DeviceInfo,
    proved: Option<&Engine>,
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
    let test = proved.and_then(Engine::self_test_result).map(
        |result| serde_json::json!({ "melodies": result.melodies, "differing": result.differing }),
    );
    serde_json::json!({
        "devices": devices,
        "chosen": chosen.name,
        "decodes_on": proved.map(Engine::device_name),
        "self_test": test,
    })
}
