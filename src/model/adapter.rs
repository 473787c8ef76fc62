//! Graphics adapters: listing them, opening them for burn and for this crate's own kernels.

use std::collections::HashMap;
use std::sync::{Mutex, OnceLock, PoisonError};

use burn::tensor::Device;
use burn_wgpu::graphics::AutoGraphicsApi;
use burn_wgpu::{RuntimeOptions, WgpuBackend, WgpuDevice, try_init_setup, wgpu};
use cubecl::client::Client;
use cubecl::wgpu::WgpuDeviceKind;

use super::device_kind::DeviceKind;
use super::gpu_cache;
use crate::panics::catch_panic;

/// A graphics adapter of this machine under one graphics API.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Adapter {
    /// Kind of device.
    pub kind: DeviceKind,
    backend: wgpu::Backend,
    /// Index among the adapters of its kind and API.
    index: usize,
}

impl Adapter {
    /// Name of its graphics API, such as `vulkan`.
    pub fn api(&self) -> &'static str {
        self.backend.to_str()
    }

    /// Opens the adapter for burn, once per program run.
    ///
    /// # Errors
    /// The message of the driver or runtime.
    pub fn open(&self) -> Result<Device, String> {
        static OPENED: Mutex<Vec<(Adapter, Device)>> = Mutex::new(Vec::new());
        gpu_cache::configure();
        let mut opened = OPENED.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, device)) = opened.iter().find(|(adapter, _)| adapter == self) {
            return Ok(device.clone());
        }
        let wgpu_device = self.wgpu_device();
        let options = RuntimeOptions::try_default();
        options
            .and_then(|options| try_init_setup::<AutoGraphicsApi>(&wgpu_device, options))
            .map_err(|error| error.to_string())?;
        let device = Device::from(wgpu_device);
        opened.push((self.clone(), device.clone()));
        Ok(device)
    }

    /// The compute client that launches kernels on the adapter; the adapter must be open.
    pub fn client(&self) -> Client {
        cubecl::Device::Wgpu(self.wgpu_device()).client()
    }

    /// The adapter as the GPU runtime names it.
    fn wgpu_device(&self) -> WgpuDevice {
        let kind = match self.kind {
            DeviceKind::DiscreteGpu => WgpuDeviceKind::DiscreteGpu(self.index),
            DeviceKind::IntegratedGpu => WgpuDeviceKind::IntegratedGpu(self.index),
            DeviceKind::VirtualGpu => WgpuDeviceKind::VirtualGpu(self.index),
            DeviceKind::Software => WgpuDeviceKind::Cpu,
            DeviceKind::Cpu | DeviceKind::Other => WgpuDeviceKind::DefaultDevice,
        };
        let api = APIS
            .iter()
            .find(|(backend, _)| *backend == self.backend)
            .map_or(WgpuBackend::Auto, |(_, api)| *api);
        WgpuDevice::new(kind).on(api)
    }
}

/// The graphics APIs that compute runs on, best first.
const APIS: [(wgpu::Backend, WgpuBackend); 3] = [
    (wgpu::Backend::Vulkan, WgpuBackend::Vulkan),
    (wgpu::Backend::Metal, WgpuBackend::Metal),
    (wgpu::Backend::Dx12, WgpuBackend::Dx12),
];

/// The graphics adapters of this machine with their own names, real GPUs first.
///
/// Queries the system once; later calls give the same list.
pub(super) fn list_adapters() -> Vec<(String, Adapter)> {
    static ADAPTERS: OnceLock<Vec<(String, Adapter)>> = OnceLock::new();
    ADAPTERS
        .get_or_init(|| {
            let mut adapters: Vec<(String, Adapter)> = APIS
                .iter()
                .flat_map(|(backend, _)| list_adapters_of_backend(*backend))
                .collect();
            adapters.sort_by_key(|(_, adapter)| match adapter.kind {
                DeviceKind::DiscreteGpu => 0,
                DeviceKind::IntegratedGpu => 1,
                DeviceKind::VirtualGpu => 2,
                DeviceKind::Other => 3,
                DeviceKind::Software => 4,
                DeviceKind::Cpu => 5,
            });
            adapters
        })
        .clone()
}

fn list_adapters_of_backend(backend: wgpu::Backend) -> Vec<(String, Adapter)> {
    // A driver that panics is treated as having no adapters.
    let adapter_infos = catch_panic(|| {
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
    let mut counts_by_type = HashMap::new();
    adapter_infos
        .unwrap_or_default()
        .into_iter()
        .map(|info| {
            let count = counts_by_type.entry(info.device_type as usize).or_insert(0);
            let index = *count;
            *count += 1;
            let kind = match info.device_type {
                wgpu::DeviceType::DiscreteGpu => DeviceKind::DiscreteGpu,
                wgpu::DeviceType::IntegratedGpu => DeviceKind::IntegratedGpu,
                wgpu::DeviceType::VirtualGpu => DeviceKind::VirtualGpu,
                wgpu::DeviceType::Cpu => DeviceKind::Software,
                wgpu::DeviceType::Other => DeviceKind::Other,
            };
            let adapter = Adapter {
                kind,
                backend,
                index,
            };
            (info.name, adapter)
        })
        .collect()
}
