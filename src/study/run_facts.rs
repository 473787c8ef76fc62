//! Facts about a run that its numbers do not tell.

/// Facts about a run that its numbers do not tell.
#[derive(Clone, Debug, Default)]
pub struct RunFacts {
    /// Devices that decoded; empty if nothing was decoded.
    pub devices: Vec<String>,
    /// Origin of the melodies, if another program made them.
    pub origin: Option<String>,
}

impl RunFacts {
    /// The devices as text.
    #[must_use]
    pub fn device(&self) -> String {
        self.devices.join(", ")
    }
}
