//! The synth on a sound device.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::{Duration, Instant},
};

use cpal::{
    BufferSize, ErrorKind, FromSample, SampleFormat, SizedSample, StreamConfig,
    SupportedBufferSize,
    traits::{DeviceTrait as _, StreamTrait as _},
};

use super::{
    block_clock::{BlockClock, LATENCY_BLOCKS},
    controls::SynthControls,
    engine::Synth,
    overload::OverloadDetector,
    queue::{EVENT_CAPACITY, FONT_CAPACITY, StreamState, SynthQueue},
    renderer::Renderer,
    sound_device::{SoundDeviceSettings, SynthStreamError, find_device},
    sound_font::SoundFontFile,
    sound_font_player::SoundFontSynth,
};
use crate::playback::priority::PriorityCell;

/// Maximum time to open a device, where the system supports it.
const OPEN_TIMEOUT: Duration = Duration::from_secs(3);
/// Number of checks without a callback after which the device counts as lost. A PulseAudio null sink may take two seconds to
/// start.
const STALLED_CHECKS: u32 = 3;

/// Number of the next stream.
static NEXT_STREAM_NUMBER: AtomicU64 = AtomicU64::new(1);

/// Reports the failure of a stream: its number, and why.
pub(in crate::playback) type FailureReporter = Arc<dyn Fn(u64, String) + Send + Sync>;

/// State that a stream shares with the rest of the player.
pub(in crate::playback) struct StreamLinks {
    /// Time zero of events.
    pub epoch: Instant,
    pub controls: Arc<SynthControls>,
    /// Priority of the thread that fills the device.
    pub priority: Arc<PriorityCell>,
    /// Called if the stream fails later.
    pub on_failure: FailureReporter,
}

/// An open sound stream. Stays on the device thread; dropping it closes the device.
pub(in crate::playback) struct SynthStream {
    number: u64,
    block_frames: u32,
    /// Whether the program chose the block size, and so can choose a larger one.
    has_fixed_block: bool,
    overload: OverloadDetector,
    state: Arc<StreamState>,
    last_callback_count: u64,
    idle_checks: u32,
    sample_rate: u32,
    fonts: rtrb::Producer<Box<SoundFontSynth>>,
    replaced_sound_fonts: rtrb::Consumer<Box<SoundFontSynth>>,
    _stream: cpal::Stream,
}

impl std::fmt::Debug for SynthStream {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "SynthStream({}, blocks of {} frames)",
            self.number, self.block_frames
        )
    }
}

impl SynthStream {
    /// Frames of the first blocks: 11 ms at 48 kHz. After underruns they are doubled.
    pub const MIN_BLOCK_FRAMES: u32 = 512;
    /// Maximum frames per block.
    pub const MAX_BLOCK_FRAMES: u32 = 4096;

    /// Opens the sound device of the settings, in blocks of about `block_frames`, and starts the synth on it.
    pub fn open(
        settings: &SoundDeviceSettings,
        block_frames: u32,
        links: &StreamLinks,
    ) -> Result<(Self, SynthQueue), SynthStreamError> {
        let (device, supported) = find_device(settings)?;
        let format = supported.sample_format();
        let preferred = preferred_block(block_frames, supported.buffer_size());
        let sizes = [preferred, BufferSize::Default];
        // Some devices refuse a block size that they announced.
        let attempts = if preferred == BufferSize::Default {
            &sizes[1..]
        } else {
            &sizes[..]
        };
        let mut last_error = SynthStreamError::NoDevice;
        for &buffer_size in attempts {
            let config = StreamConfig {
                buffer_size,
                ..supported.config()
            };
            match Self::build(&device, config, format, links) {
                Ok(opened) => return Ok(opened),
                Err(error) => last_error = error,
            }
        }
        Err(last_error)
    }

    fn build(
        device: &cpal::Device,
        config: StreamConfig,
        format: SampleFormat,
        links: &StreamLinks,
    ) -> Result<(Self, SynthQueue), SynthStreamError> {
        let number = NEXT_STREAM_NUMBER.fetch_add(1, Relaxed);
        let state = Arc::new(StreamState::default());
        let (producer, events) = rtrb::RingBuffer::new(EVENT_CAPACITY);
        let (fonts, new_sound_fonts) = rtrb::RingBuffer::new(FONT_CAPACITY);
        let (replaced_producer, replaced_sound_fonts) = rtrb::RingBuffer::new(FONT_CAPACITY);
        // cpal requests a buffer of two blocks. Without a fixed block size the count of late callbacks is not used.
        let (has_fixed_block, buffer_frames) = match config.buffer_size {
            BufferSize::Fixed(frames) => (true, 2 * frames),
            BufferSize::Default => (false, 2 * Self::MAX_BLOCK_FRAMES),
        };
        let renderer = Renderer {
            epoch: links.epoch,
            synth: Synth::new(config.sample_rate as f32),
            clock: BlockClock::new(f64::from(config.sample_rate), buffer_frames),
            events,
            fonts: new_sound_fonts,
            replaced_sound_fonts: replaced_producer,
            controls: Arc::clone(&links.controls),
            state: Arc::clone(&state),
            priority: Some(Arc::clone(&links.priority)),
            sample_rate: config.sample_rate,
        };
        let errors = ErrorCallback {
            number,
            state: Arc::clone(&state),
            on_failure: Arc::clone(&links.on_failure),
        };
        let open = match format {
            SampleFormat::F32 => open_as::<f32>,
            SampleFormat::F64 => open_as::<f64>,
            SampleFormat::I8 => open_as::<i8>,
            SampleFormat::I16 => open_as::<i16>,
            SampleFormat::I24 => open_as::<cpal::I24>,
            SampleFormat::I32 => open_as::<i32>,
            SampleFormat::I64 => open_as::<i64>,
            SampleFormat::U8 => open_as::<u8>,
            SampleFormat::U16 => open_as::<u16>,
            SampleFormat::U24 => open_as::<cpal::U24>,
            SampleFormat::U32 => open_as::<u32>,
            SampleFormat::U64 => open_as::<u64>,
            other => return Err(SynthStreamError::Format(other)),
        };
        let sample_rate = config.sample_rate;
        let stream = open(device, config, renderer, errors)?;
        stream.play()?;
        let block_frames = stream.buffer_size().unwrap_or(Self::MIN_BLOCK_FRAMES);
        let queue = SynthQueue {
            number,
            producer,
            state: Arc::clone(&state),
        };
        Ok((
            Self {
                number,
                block_frames,
                has_fixed_block,
                overload: OverloadDetector::default(),
                state,
                last_callback_count: 0,
                idle_checks: 0,
                sample_rate,
                fonts,
                replaced_sound_fonts,
                _stream: stream,
            },
            queue,
        ))
    }

    /// Number of the stream, unique in this run.
    pub fn number(&self) -> u64 {
        self.number
    }

    /// Gives the synth a font. False if the font cannot be played at the device's sample rate, or too many wait.
    pub fn set_sound_font(&mut self, file: &SoundFontFile) -> bool {
        self.drop_replaced_sound_fonts();
        SoundFontSynth::new(file, self.sample_rate)
            .is_some_and(|font| self.fonts.push(Box::new(font)).is_ok())
    }

    /// Frees fonts that are no longer played. To be called about once a second.
    pub fn drop_replaced_sound_fonts(&mut self) {
        while self.replaced_sound_fonts.pop().is_ok() {}
    }

    /// Time from an event to its sound, beyond what the device itself takes.
    pub fn latency(&self) -> Duration {
        let blocks = LATENCY_BLOCKS * f64::from(self.block_frames);
        Duration::from_secs_f64(blocks / f64::from(self.sample_rate.max(1)))
    }

    /// Fades out, to be closed without a click.
    pub fn fade_out(&self) {
        self.state.is_fading.store(true, Relaxed);
    }

    /// Whether the device has requested no block over the last checks. To be called about once a second.
    pub fn check_stalled(&mut self) -> bool {
        let callback_count = self.state.callback_count.load(Relaxed);
        self.idle_checks = if callback_count == self.last_callback_count {
            self.idle_checks + 1
        } else {
            0
        };
        self.last_callback_count = callback_count;
        self.idle_checks >= STALLED_CHECKS
    }

    /// Whether there were several underruns recently that larger blocks can prevent. To be called about once a second.
    pub fn check_overloaded(&mut self) -> bool {
        let reported_underruns = self.state.reported_underruns.swap(0, Relaxed);
        let underruns = reported_underruns.max(self.state.late_callbacks.swap(0, Relaxed));
        self.overload.check(underruns)
            && self.has_fixed_block
            && self.block_frames < Self::MAX_BLOCK_FRAMES
    }
}

/// The error callback.
struct ErrorCallback {
    number: u64,
    state: Arc<StreamState>,
    on_failure: FailureReporter,
}

impl ErrorCallback {
    fn handle(&self, error: &cpal::Error) {
        match error.kind() {
            ErrorKind::Xrun => {
                self.state.reported_underruns.fetch_add(1, Relaxed);
            }
            ErrorKind::DeviceNotAvailable
            | ErrorKind::HostUnavailable
            | ErrorKind::StreamInvalidated => {
                if !self.state.has_failed.swap(true, Relaxed) {
                    let reason = error.to_string().trim_end_matches('.').to_owned();
                    (self.on_failure)(self.number, reason);
                }
            }
            // Temporary, such as the I/O errors of ALSA's PulseAudio plugin before it has timing information. A permanent error
            // stops the callbacks, which `SynthStream::check_stalled` detects.
            _ => tracing::trace!("sound device: {error}"),
        }
    }
}

fn open_as<T: SizedSample + FromSample<f32>>(
    device: &cpal::Device,
    config: StreamConfig,
    mut renderer: Renderer,
    errors: ErrorCallback,
) -> Result<cpal::Stream, cpal::Error> {
    let channels = usize::from(config.channels.max(1));
    device.build_output_stream(
        config,
        move |block: &mut [T], _| renderer.fill(block, channels),
        move |error| errors.handle(&error),
        Some(OPEN_TIMEOUT),
    )
}

/// A fixed block size on Linux, where ALSA's plugins would choose large blocks; elsewhere the system's default.
fn preferred_block(frames: u32, supported: &SupportedBufferSize) -> BufferSize {
    match *supported {
        SupportedBufferSize::Range { min, max } if cfg!(target_os = "linux") && min <= max => {
            BufferSize::Fixed(frames.clamp(min, max))
        }
        SupportedBufferSize::Range { .. } | SupportedBufferSize::Unknown => BufferSize::Default,
    }
}
