//! The devices of this machine and the user's choice among them.

use std::fmt;
use std::str::FromStr;

use burn::tensor::Device;
#[cfg(feature = "gpu")]
use cubecl::client::Client;
use serde::{Deserialize, Serialize};

#[cfg(feature = "gpu")]
use super::adapter::{Adapter, list_adapters};
use super::device_kind::DeviceKind;
use super::error::ModelError;

/// The user's choice of a device.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DeviceChoice {
    /// A real GPU if there is one and it passes the self-test, else the CPU.
    #[default]
    Auto,
    /// A real GPU; without one, the CPU and a notice.
    Gpu,
    /// The CPU.
    Cpu,
    /// The first adapter with this text in its name, software adapters included.
    Named(String),
}

impl FromStr for DeviceChoice {
    type Err = std::convert::Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(match text.to_ascii_lowercase().as_str() {
            "auto" => Self::Auto,
            "gpu" => Self::Gpu,
            "cpu" => Self::Cpu,
            _ => Self::Named(text.to_owned()),
        })
    }
}

impl fmt::Display for DeviceChoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Auto => f.write_str("auto"),
            Self::Gpu => f.write_str("gpu"),
            Self::Cpu => f.write_str("cpu"),
            Self::Named(name) => f.write_str(name),
        }
    }
}

/// One device that could run the model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeviceInfo {
    /// The adapter's own name.
    pub name: String,
    /// Kind of device.
    pub kind: DeviceKind,
    /// Graphics API, such as `vulkan`; `flex` for the CPU.
    pub api: String,
    /// The graphics adapter; `None` for the CPU.
    #[cfg(feature = "gpu")]
    adapter: Option<Adapter>,
}

impl DeviceInfo {
    fn cpu() -> Self {
        Self {
            name: "CPU".to_owned(),
            kind: DeviceKind::Cpu,
            api: "flex".to_owned(),
            #[cfg(feature = "gpu")]
            adapter: None,
        }
    }

    /// Opens the device. A graphics adapter is opened once per program run.
    ///
    /// # Errors
    /// [`ModelError::Device`] if the adapter cannot be opened.
    pub fn open(&self) -> Result<Device, ModelError> {
        #[cfg(feature = "gpu")]
        if let Some(adapter) = &self.adapter {
            return adapter.open().map_err(|reason| ModelError::Device {
                device: self.name.clone(),
                reason,
            });
        }
        Ok(Device::flex())
    }

    /// The compute client that launches kernels on the device, which is opened first; `None` for the CPU.
    ///
    /// # Errors
    /// As [`DeviceInfo::open`].
    #[cfg(feature = "gpu")]
    pub(super) fn client(&self) -> Result<Option<Client>, ModelError> {
        self.open()?;
        Ok(self.adapter.as_ref().map(Adapter::client))
    }
}

/// Every device of this machine: graphics adapters, real GPUs first, then the CPU. Without the feature `gpu`, the CPU
/// alone.
///
/// Queries the system once; later calls give the same list.
#[must_use]
pub fn list_devices() -> Vec<DeviceInfo> {
    #[cfg(feature = "gpu")]
    let adapters = list_adapters()
        .into_iter()
        .map(|(name, adapter)| DeviceInfo {
            name,
            kind: adapter.kind,
            api: adapter.api().to_owned(),
            adapter: Some(adapter),
        });
    #[cfg(not(feature = "gpu"))]
    let adapters = std::iter::empty();
    adapters.chain([DeviceInfo::cpu()]).collect()
}

/// The device of this machine that matches a choice.
///
/// # Errors
/// [`ModelError::NoDevice`] if there is no GPU, or no device of that name; [`ModelError::WithoutGpu`] where the program cannot
/// use one.
pub fn choose_device(choice: &DeviceChoice) -> Result<DeviceInfo, ModelError> {
    let no_device = || {
        let requested = choice.to_string();
        match cfg!(feature = "gpu") {
            true => ModelError::NoDevice { requested },
            false => ModelError::WithoutGpu { requested },
        }
    };
    match choice {
        DeviceChoice::Cpu => Ok(DeviceInfo::cpu()),
        DeviceChoice::Auto => {
            let gpu = list_devices()
                .into_iter()
                .find(|device| device.kind.is_real_gpu());
            Ok(gpu.unwrap_or_else(DeviceInfo::cpu))
        }
        DeviceChoice::Gpu => list_devices()
            .into_iter()
            .find(|device| device.kind.is_real_gpu())
            .ok_or_else(no_device),
        DeviceChoice::Named(name) => {
            let wanted_name = name.to_lowercase();
            let mut devices = list_devices().into_iter();
            devices
                .find(|device| device.name.to_lowercase().contains(&wanted_name))
                .ok_or_else(no_device)
        }
    }
}
