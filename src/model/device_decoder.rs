//! The decoder on a graphics adapter: this crate's own kernel where it can run the model, else burn.

use std::time::Duration;

use super::batches::{BURN_BATCH_SIZE, decode_with_burn};
use super::device::DeviceInfo;
use super::error::ModelError;
use super::gpu::GpuCounts;
#[cfg(feature = "gpu")]
use super::gpu::GpuDecoder;
use super::music_vae::{Decoded, MusicVae};
use super::sampling::Sampling;
use super::weights::Weights;
use crate::latent::LatentPoint;
use crate::panics::catch_panic;

/// A decoder on a graphics adapter.
pub(super) enum DeviceDecoder {
    /// All steps in one launch.
    #[cfg(feature = "gpu")]
    Kernel(Box<GpuDecoder>),
    /// burn's operations, for wide and hierarchical models.
    Burn(Box<MusicVae>),
}

impl DeviceDecoder {
    /// Opens the adapter and copies the decoder to it.
    ///
    /// # Errors
    /// [`ModelError`] if the adapter fails or a tensor is missing.
    pub fn open(weights: &Weights, info: &DeviceInfo) -> Result<Self, ModelError> {
        catch_driver_panic(&info.name, || {
            #[cfg(feature = "gpu")]
            if let Some(client) = info.client()?
                && let Some(decoder) = GpuDecoder::new(client, &info.name, weights)?
            {
                return Ok(Self::Kernel(Box::new(decoder)));
            }
            let model = MusicVae::new(weights, &info.open()?);
            Ok(Self::Burn(Box::new(model)))
        })
    }

    /// Whether it can return logits as well as tokens.
    pub fn has_logits(&self) -> bool {
        matches!(self, Self::Burn(_))
    }

    /// One melody per latent point; with the logits if `keep_logits` and [`DeviceDecoder::has_logits`].
    ///
    /// # Errors
    /// [`ModelError`] if a point does not fit the latent space or the adapter, called `name`, fails.
    pub fn decode(
        &mut self,
        name: &str,
        latents: &[LatentPoint],
        sampling: &Sampling,
        keep_logits: bool,
    ) -> Result<Decoded, ModelError> {
        catch_driver_panic(name, || match self {
            #[cfg(feature = "gpu")]
            Self::Kernel(decoder) => Ok(Decoded {
                tokens: decoder.decode(latents, sampling)?,
                logits: Vec::new(),
            }),
            Self::Burn(model) => decode_with_burn(model, latents, sampling, keep_logits),
        })
    }

    /// Counts of launches, read-backs and melodies so far; `None` on burn, which does not count.
    pub fn counts(&self) -> Option<GpuCounts> {
        match self {
            #[cfg(feature = "gpu")]
            Self::Kernel(decoder) => Some(decoder.counts()),
            Self::Burn(_) => None,
        }
    }

    /// Minimum number of points per call at which the adapter works at full speed.
    pub fn preferred_batch(&self) -> usize {
        match self {
            #[cfg(feature = "gpu")]
            Self::Kernel(decoder) => decoder.preferred_batch(),
            Self::Burn(_) => BURN_BATCH_SIZE,
        }
    }

    /// Sets the time that one launch of the kernel should take. It changes no result.
    #[cfg_attr(
        not(feature = "gpu"),
        expect(unused_variables, reason = "burn has no such setting")
    )]
    pub fn set_chunk_time(&mut self, time: Duration) {
        match self {
            #[cfg(feature = "gpu")]
            Self::Kernel(decoder) => decoder.set_chunk_time(time),
            Self::Burn(_) => {}
        }
    }
}

/// Runs `operation` and turns a panic of the graphics driver into [`ModelError::Device`].
fn catch_driver_panic<T>(
    device: &str,
    operation: impl FnOnce() -> Result<T, ModelError>,
) -> Result<T, ModelError> {
    catch_panic(operation).unwrap_or_else(|reason| {
        Err(ModelError::Device {
            device: device.to_owned(),
            reason,
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_driver_that_panics_is_a_device_that_failed() {
        let error = catch_driver_panic::<()>("Test card", || panic!("lost the device"))
            .expect_err("a panic");
        assert!(
            error
                .to_string()
                .contains("Test card failed: lost the device"),
            "{error}"
        );
    }
}
