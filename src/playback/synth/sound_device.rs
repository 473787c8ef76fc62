//! Sound devices of the system, and the choice of one.

use std::str::FromStr as _;

use cpal::{
    DeviceId, SampleFormat, SupportedStreamConfig,
    traits::{DeviceTrait as _, HostTrait as _},
};
use serde::{Deserialize, Serialize};

/// Why a stream could not be opened.
#[derive(Debug, thiserror::Error)]
pub(in crate::playback) enum SynthStreamError {
    #[error("the system has no default sound device")]
    NoDevice,
    #[error("the sound device uses {0} samples, which the synth cannot write")]
    Format(SampleFormat),
    #[error("the sound device could not be opened ({0})")]
    Device(#[from] cpal::Error),
}

/// A sound device of the system.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SoundDevice {
    /// Id of the device; stable between runs where the system has such ids.
    pub id: String,
    /// Name for a menu.
    pub name: String,
}

/// How the built-in synth uses the sound devices, as it is stored.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(default)]
pub struct SoundDeviceSettings {
    /// [`SoundDevice::id`]; the system's default device if `None`, or while the device is absent.
    pub device: Option<String>,
    /// Sample rate, Hz; the device's default if `None`, or if it does not support this one.
    pub sample_rate: Option<u32>,
    /// Frames per block; `None` starts small and grows when the machine is too busy. Linux only: other systems choose.
    pub block_frames: Option<u32>,
}

/// The output devices, in the system's order. Takes up to a second, as each device is queried.
pub(in crate::playback) fn sound_devices() -> Vec<SoundDevice> {
    let Ok(devices) = cpal::default_host().output_devices() else {
        return Vec::new();
    };
    devices
        .filter_map(|device| {
            Some(SoundDevice {
                id: device.id().ok()?.to_string(),
                name: device.description().ok()?.name().to_owned(),
            })
        })
        .collect()
}

/// The device of the settings, else the default one, and its configuration.
pub(super) fn find_device(
    settings: &SoundDeviceSettings,
) -> Result<(cpal::Device, SupportedStreamConfig), SynthStreamError> {
    let host = cpal::default_host();
    let chosen_id = settings
        .device
        .as_deref()
        .and_then(|id| DeviceId::from_str(id).ok());
    let device = chosen_id
        .and_then(|id| host.device_by_id(&id))
        .or_else(|| host.default_output_device())
        .ok_or(SynthStreamError::NoDevice)?;
    let default = device.default_output_config()?;
    let config = settings
        .sample_rate
        .and_then(|rate| with_sample_rate(&device, &default, rate))
        .unwrap_or(default);
    Ok((device, config))
}

/// The configuration at another sample rate, with the same number of channels and the same sample format.
fn with_sample_rate(
    device: &cpal::Device,
    default: &SupportedStreamConfig,
    rate: u32,
) -> Option<SupportedStreamConfig> {
    device
        .supported_output_configs()
        .ok()?
        .filter(|range| {
            range.channels() == default.channels()
                && range.sample_format() == default.sample_format()
        })
        .find_map(|range| range.try_with_sample_rate(rate))
}
