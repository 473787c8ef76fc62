//! Launching the decode kernel, chunk by chunk.
#![expect(
    unsafe_code,
    reason = "the kernel does not check indices; buffers and kernel take every extent from the same sizes"
)]

use std::collections::VecDeque;
use std::pin::Pin;
use std::time::{Duration, Instant};

use cubecl::bytes::Bytes;
use cubecl::client::Client;
use cubecl::prelude::*;
use cubecl::server::{Handle, ServerError};

use super::chunk_size::ChunkSize;
use super::counts::GpuCounts;
use super::kernel;
use super::noise::noise_words;
use super::pack::{DecoderTensors, PackedDecoder};
use super::sizes::{KernelSizes, THREADS};
use crate::latent::LatentPoint;
use crate::melody::Tokens;
use crate::model::config::{MusicVaeConfig, decoder_name, initial_state_name, output_name};
use crate::model::error::{CheckpointError, ModelError};
use crate::model::music_vae::latent_rows;
use crate::model::parameters::Parameters;
use crate::model::sampling::{MIN_TEMPERATURE, Sampling};
use crate::model::weights::Weights;

/// Launches in flight at the same time: while one is read, the adapter works on the next.
const IN_FLIGHT: usize = 2;

/// Decodes on a graphics adapter with one launch and one read-back per chunk.
pub(in crate::model) struct GpuDecoder {
    client: Client,
    device: String,
    config: MusicVaeConfig,
    sizes: KernelSizes,
    /// Weights in the order in which the kernel reads them, see [`super::pack`].
    weights: Buffer,
    /// Biases, and the rows of the first kernel that belong to tokens, see [`super::pack`].
    constants: Buffer,
    /// Factor by which the packed weights have to be multiplied.
    scale: f32,
    chunk_size: ChunkSize,
    counts: GpuCounts,
    /// Whether the greedy and the sampling kernel were launched before: the first launch compiles, so its time is
    /// not measured.
    compiled: [bool; 2],
}

/// A buffer on the adapter and its length in elements.
struct Buffer {
    handle: Handle,
    length: usize,
}

impl Buffer {
    fn as_argument(&self) -> BufferArg {
        // SAFETY: the length is that of the buffer.
        unsafe { BufferArg::from_raw_parts(self.handle.clone(), self.length) }
    }
}

/// A chunk that the adapter works on.
struct PendingChunk<'a> {
    points: usize,
    launched_at: Instant,
    includes_compilation: bool,
    tokens: Pin<Box<dyn Future<Output = Result<Vec<Bytes>, ServerError>> + Send + 'a>>,
}

impl GpuDecoder {
    /// Copies the decoder to the adapter `device`; `None` if the kernel cannot run it there.
    ///
    /// # Errors
    /// [`CheckpointError::MissingTensor`].
    pub fn new(
        client: Client,
        device: &str,
        weights: &Weights,
    ) -> Result<Option<Self>, CheckpointError> {
        let config = weights.config();
        let Some(sizes) = kernel_sizes(&client, config) else {
            return Ok(None);
        };
        let packed = PackedDecoder::new(&decoder_tensors(config, weights.parameters())?, &sizes);
        let weights = Buffer {
            handle: client.create_from_slice(i32::as_bytes(&packed.words)),
            length: packed.words.len() / 2,
        };
        let constants = Buffer {
            handle: client.create_from_slice(f32::as_bytes(&packed.constants)),
            length: packed.constants.len() / 4,
        };
        Ok(Some(Self {
            client,
            device: device.to_owned(),
            config: config.clone(),
            sizes: KernelSizes {
                half: packed.half,
                ..sizes
            },
            weights,
            constants,
            scale: packed.scale,
            chunk_size: ChunkSize::new(sizes.melodies, 16 * sizes.scratch_quad_count()),
            counts: GpuCounts::default(),
            compiled: [false; 2],
        }))
    }

    /// Counts of launches, read-backs and melodies so far.
    pub fn counts(&self) -> GpuCounts {
        self.counts
    }

    /// Sets the time that one launch should take. It changes no result.
    pub fn set_chunk_time(&mut self, time: Duration) {
        self.chunk_size.set_launch_time(time);
    }

    /// Number of points that fill all launches in flight.
    pub fn preferred_batch(&self) -> usize {
        IN_FLIGHT * self.chunk_size.points()
    }

    /// One melody per latent point. A melody does not depend on the other points of the call.
    ///
    /// # Errors
    /// [`ModelError`] if a point does not fit the latent space or the adapter fails.
    pub fn decode(
        &mut self,
        latents: &[LatentPoint],
        sampling: &Sampling,
    ) -> Result<Vec<Tokens>, ModelError> {
        let rows = latent_rows(latents, self.config.latent_size)?;
        let client = self.client.clone();
        let mut melodies = Vec::with_capacity(latents.len());
        let mut pending = VecDeque::new();
        let mut launched_points = 0;
        let mut last_read = Instant::now();
        loop {
            while pending.len() < IN_FLIGHT && launched_points < latents.len() {
                let points = self
                    .chunk_size
                    .points()
                    .min(latents.len() - launched_points);
                let width = self.config.latent_size;
                let rows = &rows[launched_points * width..(launched_points + points) * width];
                pending.push_back(self.launch(
                    &client,
                    rows,
                    points,
                    &sampling.skip_points(launched_points),
                ));
                launched_points += points;
            }
            let Some(chunk) = pending.pop_front() else {
                return Ok(melodies);
            };
            let bytes = pollster::block_on(chunk.tokens)
                .map_err(|error| self.device_error(format!("{error:?}")))?;
            self.counts.read_backs += 1;
            self.counts.melodies += chunk.points as u64;
            // A chunk starts when the previous one is done.
            let started = last_read.max(chunk.launched_at);
            last_read = Instant::now();
            if !chunk.includes_compilation {
                self.chunk_size.record(chunk.points, last_read - started);
            }
            let ids = bytes
                .first()
                .map_or(&[][..], |bytes| u32::from_bytes(bytes));
            self.append_melodies(&mut melodies, ids, chunk.points)?;
        }
    }

    /// Launches the kernel for `points` latent points, row after row, and asks for its tokens.
    fn launch<'a>(
        &mut self,
        client: &'a Client,
        rows: &[f32],
        points: usize,
        sampling: &Sampling,
    ) -> PendingChunk<'a> {
        let sizes = self.sizes;
        let groups = points.div_ceil(sizes.melodies);
        let padded_points = groups * sizes.melodies;
        let mut latents = vec![0.0; padded_points * sizes.latent];
        let width = self.config.latent_size;
        for (padded, row) in latents
            .chunks_exact_mut(sizes.latent)
            .zip(rows.chunks_exact(width))
        {
            padded[..width].copy_from_slice(row);
        }
        let (noise, temperature, sampled) = match sampling {
            Sampling::Greedy => (vec![0], 1.0, false),
            Sampling::Temperature {
                temperature,
                seed,
                streams,
            } => {
                let words = noise_words(*seed, streams, padded_points);
                (words, temperature.max(MIN_TEMPERATURE), true)
            }
        };
        let latents = Buffer {
            handle: client.create_from_slice(f32::as_bytes(&latents)),
            length: latents.len(),
        };
        let noise = Buffer {
            handle: client.create_from_slice(u32::as_bytes(&noise)),
            length: noise.len(),
        };
        let scratch_quads = padded_points * sizes.scratch_quad_count();
        let scratch = Buffer {
            handle: client.empty(16 * scratch_quads),
            length: scratch_quads,
        };
        let tokens = Buffer {
            handle: client.empty(4 * padded_points * sizes.steps),
            length: padded_points * sizes.steps,
        };
        // SAFETY: the kernel indexes its buffers by `sizes`, which their lengths come from, and by tokens that it chose.
        unsafe {
            kernel::decode::launch_unchecked(
                client,
                CubeCount::Static(groups as u32, 1, 1),
                CubeDim::new_1d(THREADS as u32),
                latents.as_argument(),
                self.weights.as_argument(),
                self.constants.as_argument(),
                noise.as_argument(),
                scratch.as_argument(),
                tokens.as_argument(),
                self.scale,
                temperature,
                KernelSizes { sampled, ..sizes },
            );
        }
        self.counts.dispatches += 1;
        PendingChunk {
            points,
            launched_at: Instant::now(),
            includes_compilation: !std::mem::replace(
                &mut self.compiled[usize::from(sampled)],
                true,
            ),
            // The copy is queued here, not when the future is polled.
            tokens: Box::pin(client.read_async(vec![tokens.handle])),
        }
    }

    /// Appends the melodies of `points` rows of token ids.
    fn append_melodies(
        &self,
        melodies: &mut Vec<Tokens>,
        ids: &[u32],
        points: usize,
    ) -> Result<(), ModelError> {
        let previous_count = melodies.len();
        for row in ids.chunks_exact(self.sizes.steps).take(points) {
            let row = row.iter().map(|id| u8::try_from(*id).unwrap_or(u8::MAX));
            let melody = Tokens::new(row.collect());
            melodies.push(melody.map_err(|error| self.device_error(error.to_string()))?);
        }
        if melodies.len() - previous_count < points {
            return Err(self.device_error("it returned too few melodies".to_owned()));
        }
        Ok(())
    }

    fn device_error(&self, reason: String) -> ModelError {
        ModelError::Device {
            device: self.device.clone(),
            reason,
        }
    }
}

/// The kernel's sizes for a model on an adapter; `None` if it cannot run there.
fn kernel_sizes(client: &Client, config: &MusicVaeConfig) -> Option<KernelSizes> {
    let hardware = &client.properties().hardware;
    let threads = hardware.max_units_per_cube.min(hardware.max_cube_dim.0) as usize;
    let is_supported = config.hierarchy.is_none() && threads >= THREADS;
    let sizes = KernelSizes::new(
        config.latent_size,
        &config.decoder_layers,
        config.vocab_size,
        config.steps,
        hardware.max_shared_memory_size,
    );
    sizes.filter(|_| is_supported)
}

/// The tensors of a flat decoder.
fn decoder_tensors<'a>(
    config: &'a MusicVaeConfig,
    parameters: &'a Parameters,
) -> Result<DecoderTensors<'a>, CheckpointError> {
    let decoder = config.decoder();
    let values = |name: &str| Ok(&parameters.require(name)?.values[..]);
    let dense = |prefix: &str| {
        Ok::<_, CheckpointError>([
            values(&format!("{prefix}/kernel"))?,
            values(&format!("{prefix}/bias"))?,
        ])
    };
    let layer = |layer| {
        Ok([
            values(&decoder_name(decoder, layer, "kernel"))?,
            values(&decoder_name(decoder, layer, "bias"))?,
        ])
    };
    Ok(DecoderTensors {
        units: &config.decoder_layers,
        latent: config.latent_size,
        vocab: config.vocab_size,
        initial_state: dense(&initial_state_name(decoder))?,
        layers: (0..config.decoder_layers.len())
            .map(layer)
            .collect::<Result<_, CheckpointError>>()?,
        output: dense(&output_name(decoder))?,
    })
}
