//! Kinds of devices.

use std::fmt;

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

impl DeviceKind {
    /// Whether this is GPU hardware.
    pub(super) fn is_real_gpu(self) -> bool {
        matches!(
            self,
            Self::DiscreteGpu | Self::IntegratedGpu | Self::VirtualGpu
        )
    }
}
