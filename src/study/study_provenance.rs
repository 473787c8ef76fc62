//! Provenance of a study: devices and origin of its melodies.

/// Provenance of a study: devices and origin of its melodies.
#[derive(Clone, Debug, Default)]
pub struct StudyProvenance {
    /// Devices that decoded; empty if nothing was decoded.
    pub devices: Vec<String>,
    /// Origin of the melodies, if another program made them.
    pub origin: Option<String>,
}

impl StudyProvenance {
    /// The devices, separated by commas.
    #[must_use]
    pub fn device(&self) -> String {
        self.devices.join(", ")
    }
}
