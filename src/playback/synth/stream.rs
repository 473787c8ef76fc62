//! The synth behind the system's default sound device.
//!
//! The clock thread pushes events into a wait-free queue; the audio callback takes them out and places each on its frame. The
//! callback neither allocates nor locks.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering::Relaxed},
        mpsc::Sender,
    },
    time::{Duration, Instant},
};

use cpal::{
    BufferSize, ErrorKind, FromSample, SampleFormat, SizedSample, StreamConfig,
    SupportedBufferSize,
    traits::{DeviceTrait as _, HostTrait as _, StreamTrait as _},
};

use super::{CHUNK, Frame, Synth, block_clock::BlockClock, controls::SynthControls};
use crate::playback::{
    devices::DeviceMessage,
    message::{Event, Message},
};

/// Events that fit between two callbacks; a melody brings about twenty per second.
const QUEUE: usize = 512;
/// So long may opening a device take, where the system honours it.
const OPENING: Duration = Duration::from_secs(3);
/// So many underruns between two looks mean that blocks are too small for this machine.
const MANY_UNDERRUNS: u32 = 3;
/// So many looks without a callback mean that the device is gone. A PulseAudio null sink may take two seconds to begin.
const STALLED_LOOKS: u32 = 3;

static STREAMS: AtomicU64 = AtomicU64::new(1);

/// Why no sound can be made.
#[derive(Debug, thiserror::Error)]
pub(in crate::playback) enum SynthStreamError {
    #[error("the system has no default sound device")]
    NoDevice,
    #[error("the sound device uses {0} samples, which the synth cannot write")]
    Format(SampleFormat),
    #[error("the sound device could not be opened ({0})")]
    Device(#[from] cpal::Error),
}

/// What the callback tells the device thread.
#[derive(Debug, Default)]
struct Health {
    callbacks: AtomicU64,
    underruns: AtomicU32,
    failed: AtomicBool,
    /// The stream is about to be closed and should fall silent.
    fading: AtomicBool,
    /// An event found no room: everything has to end, or a note might never.
    overflow: AtomicBool,
}

/// An open sound stream. Stays on the device thread; dropping it closes the device.
pub(in crate::playback) struct SynthStream {
    number: u64,
    block_frames: u32,
    health: Arc<Health>,
    callbacks_seen: u64,
    quiet_looks: u32,
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
    /// Frames per block that are tried first: 21 ms at 48 kHz. Half of it breaks off on a busy machine.
    pub const SMALLEST_BLOCK: u32 = 1024;
    /// BlockPermutation never grow beyond this.
    pub const LARGEST_BLOCK: u32 = 4096;

    /// Opens the default sound device and starts the synth on it. Events carry times since `epoch`; a failure later on is
    /// reported through `reports`.
    pub fn open(
        epoch: Instant,
        block_frames: u32,
        controls: &Arc<SynthControls>,
        reports: &Sender<DeviceMessage>,
    ) -> Result<(Self, SynthQueue), SynthStreamError> {
        let device = cpal::default_host()
            .default_output_device()
            .ok_or(SynthStreamError::NoDevice)?;
        let supported = device.default_output_config()?;
        let format = supported.sample_format();
        let wanted = preferred_block(block_frames, supported.buffer_size());
        let sizes = [wanted, BufferSize::Default];
        // A device that refuses the block size it announced may still do as it likes.
        let attempts = if wanted == BufferSize::Default {
            &sizes[1..]
        } else {
            &sizes[..]
        };
        let mut failure = SynthStreamError::NoDevice;
        for &buffer_size in attempts {
            let config = StreamConfig {
                buffer_size,
                ..supported.config()
            };
            match Self::build(&device, config, format, epoch, controls, reports) {
                Ok(opened) => return Ok(opened),
                Err(error) => failure = error,
            }
        }
        Err(failure)
    }

    fn build(
        device: &cpal::Device,
        config: StreamConfig,
        format: SampleFormat,
        epoch: Instant,
        controls: &Arc<SynthControls>,
        reports: &Sender<DeviceMessage>,
    ) -> Result<(Self, SynthQueue), SynthStreamError> {
        let number = STREAMS.fetch_add(1, Relaxed);
        let health = Arc::new(Health::default());
        let (producer, consumer) = rtrb::RingBuffer::new(QUEUE);
        let renderer = Renderer {
            epoch,
            synth: Synth::new(config.sample_rate as f32),
            clock: BlockClock::new(f64::from(config.sample_rate)),
            events: consumer,
            controls: Arc::clone(controls),
            health: Arc::clone(&health),
        };
        let report = ErrorReport {
            number,
            health: Arc::clone(&health),
            reports: reports.clone(),
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
        let stream = open(device, config, renderer, report)?;
        stream.play()?;
        let block_frames = stream.buffer_size().unwrap_or(Self::SMALLEST_BLOCK);
        let queue = SynthQueue {
            number,
            producer,
            health: Arc::clone(&health),
        };
        Ok((
            Self {
                number,
                block_frames,
                health,
                callbacks_seen: 0,
                quiet_looks: 0,
                _stream: stream,
            },
            queue,
        ))
    }

    /// Tells streams of one run apart.
    pub fn number(&self) -> u64 {
        self.number
    }

    pub fn block_frames(&self) -> u32 {
        self.block_frames
    }

    /// Lets the sound fall silent, to be closed without a click.
    pub fn fade_out(&self) {
        self.health.fading.store(true, Relaxed);
    }

    /// True when the device has asked for nothing over the last few looks. To be called about once a second.
    pub fn stalled(&mut self) -> bool {
        let callbacks = self.health.callbacks.load(Relaxed);
        self.quiet_looks = if callbacks == self.callbacks_seen {
            self.quiet_looks + 1
        } else {
            0
        };
        self.callbacks_seen = callbacks;
        self.quiet_looks >= STALLED_LOOKS
    }

    /// True when the sound broke off several times since the last look.
    pub fn overloaded(&mut self) -> bool {
        self.health.underruns.swap(0, Relaxed) >= MANY_UNDERRUNS
    }
}

/// The clock thread's end of the synth's queue.
#[derive(Debug)]
pub(in crate::playback) struct SynthQueue {
    number: u64,
    producer: rtrb::Producer<Event>,
    health: Arc<Health>,
}

impl SynthQueue {
    /// Hands an event to the audio callback. Never blocks; when the queue is full (the device stands still) everything ends.
    pub fn push(&mut self, event: Event) {
        if self.producer.push(event).is_err() {
            self.health.overflow.store(true, Relaxed);
        }
    }

    /// The number of the stream it feeds.
    pub fn stream_number(&self) -> u64 {
        self.number
    }
}

/// What the audio callback owns.
struct Renderer {
    epoch: Instant,
    synth: Synth,
    clock: BlockClock,
    events: rtrb::Consumer<Event>,
    controls: Arc<SynthControls>,
    health: Arc<Health>,
}

impl Renderer {
    /// Fills one block of interleaved samples.
    fn fill<T: SizedSample + FromSample<f32>>(&mut self, block: &mut [T], channels: usize) {
        self.health.callbacks.fetch_add(1, Relaxed);
        self.synth.set_volume(if self.health.fading.load(Relaxed) {
            0.0
        } else {
            self.controls.gain()
        });
        self.synth.set_instrument(self.controls.instrument());
        if self.health.overflow.swap(false, Relaxed) {
            while self.events.pop().is_ok() {}
            self.synth.all_off();
        }
        let total = block.len() / channels;
        self.clock.begin(self.epoch.elapsed(), total);
        let mut chunk = [[0.0; 2]; CHUNK];
        let mut done = 0;
        for out in block.chunks_mut(CHUNK * channels) {
            let frames = &mut chunk[..out.len() / channels];
            self.render(done, frames);
            done += frames.len();
            for (samples, frame) in out.chunks_exact_mut(channels).zip(frames.iter()) {
                write_frame(samples, *frame);
            }
        }
    }

    /// Renders frames of the present block from frame `first` on, with the events that fall on them.
    fn render(&mut self, first: usize, frames: &mut [Frame]) {
        let mut done = 0;
        while done < frames.len() {
            let due = self.next_frame_due();
            if due <= first + done {
                if let Ok(event) = self.events.pop() {
                    self.play(event.message, first + done);
                }
                continue;
            }
            let end = (due - first).min(frames.len());
            self.synth.render(&mut frames[done..end]);
            done = end;
        }
    }

    /// The frame of the present block at which the next event is due.
    fn next_frame_due(&self) -> usize {
        self.events
            .peek()
            .map_or(usize::MAX, |event| self.clock.frame_of(event.at))
    }

    fn play(&mut self, message: Message, frame: usize) {
        match message {
            // After the device stood still, notes that are over already would all sound at once.
            Message::NoteOn { pitch, .. } if self.ends_at_once(pitch, frame) => {}
            Message::NoteOn { pitch, velocity } => self.synth.note_on(pitch, velocity),
            Message::NoteOff { pitch } => self.synth.note_off(pitch),
            Message::Panic => self.synth.all_off(),
        }
    }

    fn ends_at_once(&self, pitch: u8, frame: usize) -> bool {
        let next = self.events.peek().map(|event| event.message);
        next == Ok(Message::NoteOff { pitch }) && self.next_frame_due() <= frame
    }
}

/// Left and right to the first two channels, both to a single one, silence to the others.
fn write_frame<T: SizedSample + FromSample<f32>>(samples: &mut [T], [left, right]: Frame) {
    match samples {
        [mono] => *mono = T::from_sample((left + right) * 0.5),
        [first, second, others @ ..] => {
            *first = T::from_sample(left);
            *second = T::from_sample(right);
            others.fill(T::EQUILIBRIUM);
        }
        [] => {}
    }
}

/// What the stream's error callback owns.
struct ErrorReport {
    number: u64,
    health: Arc<Health>,
    reports: Sender<DeviceMessage>,
}

impl ErrorReport {
    fn take(&self, error: &cpal::Error) {
        match error.kind() {
            ErrorKind::Xrun => {
                self.health.underruns.fetch_add(1, Relaxed);
            }
            ErrorKind::DeviceNotAvailable
            | ErrorKind::HostUnavailable
            | ErrorKind::StreamInvalidated => {
                if !self.health.failed.swap(true, Relaxed) {
                    let reason = error.to_string().trim_end_matches('.').to_owned();
                    let _ = self
                        .reports
                        .send(DeviceMessage::StreamFailed(self.number, reason));
                }
            }
            // These pass: ALSA's PulseAudio plugin reports an I/O error whenever it has no timing yet. An error that does not
            // pass stops the callbacks, which [`SynthStream::stalled`] sees.
            _ => tracing::trace!("sound device: {error}"),
        }
    }
}

fn open_as<T: SizedSample + FromSample<f32>>(
    device: &cpal::Device,
    config: StreamConfig,
    mut renderer: Renderer,
    report: ErrorReport,
) -> Result<cpal::Stream, cpal::Error> {
    let channels = usize::from(config.channels.max(1));
    device.build_output_stream(
        config,
        move |block: &mut [T], _| renderer.fill(block, channels),
        move |error| report.take(&error),
        Some(OPENING),
    )
}

/// Small blocks where the system would choose large ones (ALSA's plugins do); elsewhere the system knows best.
fn preferred_block(frames: u32, supported: &SupportedBufferSize) -> BufferSize {
    match *supported {
        SupportedBufferSize::Range { min, max } if cfg!(target_os = "linux") && min <= max => {
            BufferSize::Fixed(frames.clamp(min, max))
        }
        SupportedBufferSize::Range { .. } | SupportedBufferSize::Unknown => BufferSize::Default,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE: f64 = 48_000.0;

    fn renderer() -> (Renderer, SynthQueue) {
        let (producer, events) = rtrb::RingBuffer::new(QUEUE);
        let health = Arc::new(Health::default());
        let renderer = Renderer {
            epoch: Instant::now(),
            synth: Synth::new(RATE as f32),
            clock: BlockClock::new(RATE),
            events,
            controls: Arc::new(SynthControls::new(1.0)),
            health: Arc::clone(&health),
        };
        (
            renderer,
            SynthQueue {
                number: 1,
                producer,
                health,
            },
        )
    }

    fn note_on(at: Duration) -> Event {
        Event {
            at,
            message: Message::NoteOn {
                pitch: 69,
                velocity: 100,
            },
        }
    }

    fn note_off(at: Duration) -> Event {
        Event {
            at,
            message: Message::NoteOff { pitch: 69 },
        }
    }

    #[test]
    fn every_channel_layout_gets_both_sides_of_the_sound() {
        let frame = [0.5, -0.25];
        let mut mono = [0_i16; 1];
        write_frame(&mut mono, frame);
        assert_eq!(mono, [4096]);
        let mut stereo = [0.0_f32; 2];
        write_frame(&mut stereo, frame);
        assert_eq!(stereo, [0.5, -0.25]);
        let mut surround = [7_u16; 6];
        write_frame(&mut surround, frame);
        assert_eq!(surround, [49_152, 24_576, 32_768, 32_768, 32_768, 32_768]);
    }

    #[test]
    fn a_note_begins_on_its_own_frame_within_the_block() {
        let (mut renderer, mut queue) = renderer();
        let mut frames = [[0.0; 2]; 1024];
        renderer.clock.begin(Duration::from_secs(1), 1024);
        // One and a half blocks of latency: this moment lies at frame 512 of the block.
        let at = Duration::from_secs(1) - Duration::from_secs_f64(1024.0 / RATE);
        queue.push(note_on(at));
        renderer.render(0, &mut frames);
        assert!(frames[..512].iter().all(|frame| *frame == [0.0; 2]));
        assert!(frames[520..].iter().any(|frame| frame[0].abs() > 0.01));
    }

    #[test]
    fn after_a_standstill_notes_that_are_over_are_left_out() {
        let (mut renderer, mut queue) = renderer();
        let mut frames = [[0.0; 2]; 1024];
        for step in 0..10 {
            queue.push(note_on(Duration::from_millis(step * 125)));
            queue.push(note_off(Duration::from_millis(step * 125 + 125)));
        }
        renderer.clock.begin(Duration::from_secs(10), 1024);
        renderer.render(0, &mut frames);
        assert!(frames.iter().all(|frame| *frame == [0.0; 2]));
        assert!(renderer.events.is_empty());
    }

    #[test]
    fn when_events_are_lost_every_note_ends() {
        let (mut renderer, mut queue) = renderer();
        queue.push(note_on(Duration::ZERO));
        let mut block = [0.0_f32; 2048];
        std::thread::sleep(Duration::from_millis(60));
        renderer.fill(&mut block, 2);
        assert!(block.iter().any(|sample| sample.abs() > 0.01));
        for _ in 0..=QUEUE {
            queue.push(note_on(Duration::from_secs(1_000)));
        }
        for _ in 0..100 {
            renderer.fill(&mut block, 2);
        }
        assert!(
            block.iter().all(|sample| *sample == 0.0),
            "two seconds later nothing is left"
        );
        assert!(renderer.events.pop().is_err());
    }
}
