//! The devices of this machine and the user's choice among them.

use std::fmt;
use std::str::FromStr;
use std::sync::{Mutex, OnceLock, PoisonError};

use burn::tensor::Device;
use burn_wgpu::graphics::AutoGraphicsApi;
use burn_wgpu::{RuntimeOptions, WgpuBackend, WgpuDevice, try_init_setup, wgpu};
use cubecl::client::Client;
use cubecl::wgpu::WgpuDeviceKind;
use serde::{Deserialize, Serialize};

use super::error::ModelError;
use super::gpu_cache;
use crate::panics::catch_panic;

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

/// Kind of a device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeviceKind {
    /// The processor itself, without a graphics API.
    Cpu,
    /// A graphics card.
    DiscreteGpu,
    /// A GPU on the processor's chip.
    IntegratedGpu,
    /// A GPU of a virtual machine.
    VirtualGpu,
    /// A software implementation of a GPU on the CPU: correct and slow.
    Software,
    /// A kind that the graphics API does not name.
    Other,
}

impl fmt::Display for DeviceKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Cpu => "processor",
            Self::DiscreteGpu => "discrete GPU",
            Self::IntegratedGpu => "integrated GPU",
            Self::VirtualGpu => "virtual GPU",
            Self::Software => "software adapter",
            Self::Other => "unknown adapter",
        })
    }
}

/// One device that could run the model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeviceInfo {
    /// The adapter's own name.
    pub name: String,
    /// Its kind.
    pub kind: DeviceKind,
    /// Graphics API, such as `vulkan`; `flex` for the CPU.
    pub api: String,
    /// Index among the adapters of its kind and API.
    index: usize,
    backend: Option<wgpu::Backend>,
}

impl DeviceInfo {
    fn cpu() -> Self {
        Self {
            name: "CPU".to_owned(),
            kind: DeviceKind::Cpu,
            api: "flex".to_owned(),
            index: 0,
            backend: None,
        }
    }

    /// Opens the device. A graphics adapter is opened once per program run.
    ///
    /// # Errors
    /// [`ModelError::Device`] if the adapter cannot be opened.
    pub fn open(&self) -> Result<Device, ModelError> {
        static OPENED: Mutex<Vec<(DeviceInfo, Device)>> = Mutex::new(Vec::new());
        gpu_cache::configure();
        let Some(backend) = self.backend else {
            return Ok(Device::flex());
        };
        let mut opened = OPENED.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, device)) = opened.iter().find(|(known, _)| known == self) {
            return Ok(device.clone());
        }
        let device_error = |reason| ModelError::Device {
            device: self.name.clone(),
            reason,
        };
        let wgpu_device = self.wgpu_device(backend);
        let options = RuntimeOptions::try_default();
        options
            .and_then(|options| try_init_setup::<AutoGraphicsApi>(&wgpu_device, options))
            .map_err(|error| device_error(error.to_string()))?;
        let device = Device::from(wgpu_device);
        opened.push((self.clone(), device.clone()));
        Ok(device)
    }

    /// What launches kernels on the device, after opening it; `None` for the CPU.
    ///
    /// # Errors
    /// As [`DeviceInfo::open`].
    pub(super) fn client(&self) -> Result<Option<Client>, ModelError> {
        let Some(backend) = self.backend else {
            return Ok(None);
        };
        self.open()?;
        Ok(Some(
            cubecl::Device::Wgpu(self.wgpu_device(backend)).client(),
        ))
    }

    /// The device as the GPU runtime names it.
    fn wgpu_device(&self, backend: wgpu::Backend) -> WgpuDevice {
        let kind = match self.kind {
            DeviceKind::DiscreteGpu => WgpuDeviceKind::DiscreteGpu(self.index),
            DeviceKind::IntegratedGpu => WgpuDeviceKind::IntegratedGpu(self.index),
            DeviceKind::VirtualGpu => WgpuDeviceKind::VirtualGpu(self.index),
            DeviceKind::Software => WgpuDeviceKind::Cpu,
            DeviceKind::Cpu | DeviceKind::Other => WgpuDeviceKind::DefaultDevice,
        };
        let api = APIS
            .iter()
            .find(|(known, _)| *known == backend)
            .map_or(WgpuBackend::Auto, |(_, api)| *api);
        WgpuDevice::new(kind).on(api)
    }

    /// Whether this is GPU hardware.
    fn is_real_gpu(&self) -> bool {
        matches!(
            self.kind,
            DeviceKind::DiscreteGpu | DeviceKind::IntegratedGpu | DeviceKind::VirtualGpu
        )
    }
}

/// The graphics APIs that compute runs on, best first.
const APIS: [(wgpu::Backend, WgpuBackend); 3] = [
    (wgpu::Backend::Vulkan, WgpuBackend::Vulkan),
    (wgpu::Backend::Metal, WgpuBackend::Metal),
    (wgpu::Backend::Dx12, WgpuBackend::Dx12),
];

/// Every device of this machine: graphics adapters, real GPUs first, then the CPU.
///
/// Queries the system once; later calls give the same list.
#[must_use]
pub fn list_devices() -> Vec<DeviceInfo> {
    static DEVICES: OnceLock<Vec<DeviceInfo>> = OnceLock::new();
    DEVICES
        .get_or_init(|| {
            let mut devices: Vec<DeviceInfo> = APIS
                .iter()
                .flat_map(|(backend, _)| adapters(*backend))
                .collect();
            devices.sort_by_key(|device| match device.kind {
                DeviceKind::DiscreteGpu => 0,
                DeviceKind::IntegratedGpu => 1,
                DeviceKind::VirtualGpu => 2,
                DeviceKind::Other => 3,
                DeviceKind::Software => 4,
                DeviceKind::Cpu => 5,
            });
            devices.push(DeviceInfo::cpu());
            devices
        })
        .clone()
}

fn adapters(backend: wgpu::Backend) -> Vec<DeviceInfo> {
    // A driver that panics is treated as having no adapters.
    let found = catch_panic(|| {
        let instance = wgpu::Instance::new(wgpu::InstanceDescriptor {
            backends: backend.into(),
            ..wgpu::InstanceDescriptor::new_without_display_handle()
        });
        let adapters = pollster::block_on(instance.enumerate_adapters(backend.into()));
        adapters
            .iter()
            .map(wgpu::Adapter::get_info)
            .collect::<Vec<_>>()
    });
    let mut counts = std::collections::HashMap::new();
    found
        .unwrap_or_default()
        .into_iter()
        .map(|info| {
            let count = counts.entry(info.device_type as usize).or_insert(0);
            let index = *count;
            *count += 1;
            DeviceInfo {
                name: info.name,
                kind: match info.device_type {
                    wgpu::DeviceType::DiscreteGpu => DeviceKind::DiscreteGpu,
                    wgpu::DeviceType::IntegratedGpu => DeviceKind::IntegratedGpu,
                    wgpu::DeviceType::VirtualGpu => DeviceKind::VirtualGpu,
                    wgpu::DeviceType::Cpu => DeviceKind::Software,
                    wgpu::DeviceType::Other => DeviceKind::Other,
                },
                api: backend.to_str().to_owned(),
                index,
                backend: Some(backend),
            }
        })
        .collect()
}

/// The device of this machine that matches a choice.
///
/// # Errors
/// [`ModelError::NoDevice`] if there is no GPU, or no device of that name.
pub fn choose_device(choice: &DeviceChoice) -> Result<DeviceInfo, ModelError> {
    let no_device = || ModelError::NoDevice {
        expected: choice.to_string(),
    };
    match choice {
        DeviceChoice::Cpu => Ok(DeviceInfo::cpu()),
        DeviceChoice::Auto => {
            let gpu = list_devices().into_iter().find(DeviceInfo::is_real_gpu);
            Ok(gpu.unwrap_or_else(DeviceInfo::cpu))
        }
        DeviceChoice::Gpu => list_devices()
            .into_iter()
            .find(DeviceInfo::is_real_gpu)
            .ok_or_else(no_device),
        DeviceChoice::Named(name) => {
            let expected = name.to_lowercase();
            let mut devices = list_devices().into_iter();
            devices
                .find(|device| device.name.to_lowercase().contains(&expected))
                .ok_or_else(no_device)
        }
    }
}
