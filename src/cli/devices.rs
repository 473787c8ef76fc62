//! `tunescape devices`: lists the devices of this machine and marks the one that would be used.

use super::args::DevicesArgs;
use super::engine::open_engine;
use super::error::CliError;
use super::terminal::print_line;
use crate::model::{MelodyModel as _, choose_device, list_devices};

pub(super) fn run(arguments: &DevicesArgs) -> Result<(), CliError> {
    let chosen = choose_device(&arguments.device);
    for device in list_devices() {
        let mark = if chosen.as_ref().is_ok_and(|chosen| *chosen == device) {
            "*"
        } else {
            " "
        };
        print_line(&format!(
            "{mark} {}  ({}, {})",
            device.name, device.kind, device.api
        ));
    }
    let chosen = chosen?;
    print_line(&format!(
        "\n--device {} takes {}.",
        arguments.device, chosen.name
    ));
    if arguments.prove {
        let engine = open_engine(arguments.model.as_deref(), &arguments.device)?;
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
