//! The built-in synth as an output: its stream, its SoundFont, and restarts.

use std::{
    fmt,
    time::{Duration, Instant},
};

use super::synth::{
    SoundDeviceSettings, SoundFontFile,
    queue::SynthQueue,
    stream::{StreamLinks, SynthStream},
};

/// Minimum time between two restarts of a stream.
const MIN_RESTART_INTERVAL: Duration = Duration::from_secs(10);

const NO_SOUND_DEVICE: &str = "No sound device was found. Choose a MIDI port, or connect one and pick the built-in synth again.";

/// Why a stream is opened again.
#[derive(Debug)]
pub(super) enum RestartReason {
    /// It stands still.
    Stalled,
    /// Its blocks are too small for how busy the machine is.
    Overloaded,
    /// It failed, and why.
    Failed(String),
}

impl fmt::Display for RestartReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Stalled => "it no longer requested sound",
            Self::Overloaded => "the machine was too busy",
            Self::Failed(reason) => reason,
        })
    }
}

/// The synth's stream and how it is opened. Stays on the device thread.
pub(super) struct SynthOutput {
    links: StreamLinks,
    stream: Option<SynthStream>,
    /// The previous stream, until the clock thread plays on the new one.
    old_stream: Option<SynthStream>,
    settings: SoundDeviceSettings,
    /// The SoundFont that each new stream gets.
    sound_font: Option<SoundFontFile>,
    /// Frames per block of the next stream; larger after underruns.
    block_frames: u32,
    last_restart: Option<Instant>,
}

impl SynthOutput {
    /// An output without a stream.
    pub fn new(links: StreamLinks) -> Self {
        Self {
            links,
            stream: None,
            old_stream: None,
            settings: SoundDeviceSettings::default(),
            sound_font: None,
            block_frames: SynthStream::MIN_BLOCK_FRAMES,
            last_restart: None,
        }
    }

    /// Changes the settings for the next stream. False if they are the same as before.
    pub fn set_device(&mut self, settings: SoundDeviceSettings) -> bool {
        if settings == self.settings {
            return false;
        }
        self.settings = settings;
        self.block_frames = self.initial_block_frames();
        true
    }

    /// Frames of the blocks before any underrun.
    fn initial_block_frames(&self) -> u32 {
        self.settings
            .block_frames
            .unwrap_or(SynthStream::MIN_BLOCK_FRAMES)
    }

    /// Opens a stream in place of the previous one. Also returns a notice if it cannot play the font.
    ///
    /// # Errors
    /// Why there is no sound, in one sentence.
    pub fn open(&mut self) -> Result<(SynthQueue, Result<(), String>), String> {
        self.stream = None;
        self.old_stream = None;
        self.open_stream()
    }

    /// Opens a stream with blocks twice as large while the old one still plays, which [`Self::take_stream`] returns later.
    ///
    /// # Errors
    /// Why there is none, in one sentence: some devices can be opened only once. The old stream then stays open.
    pub fn open_larger(&mut self) -> Result<(SynthQueue, Result<(), String>), String> {
        self.last_restart = Some(Instant::now());
        self.block_frames = (self.block_frames * 2).min(SynthStream::MAX_BLOCK_FRAMES);
        let old = self.stream.take();
        let opened = self.open_stream();
        if opened.is_ok() {
            self.old_stream = old;
        } else {
            self.stream = old;
        }
        opened
    }

    fn open_stream(&mut self) -> Result<(SynthQueue, Result<(), String>), String> {
        self.links.priority.reset();
        let opened = SynthStream::open(&self.settings, self.block_frames, &self.links);
        let (stream, queue) = opened.map_err(|error| {
            tracing::debug!("no sound: {error}");
            NO_SOUND_DEVICE.to_owned()
        })?;
        tracing::debug!("sound on {stream:?}");
        self.stream = Some(stream);
        Ok((queue, self.send_sound_font()))
    }

    /// Sets the font for the open stream and each later one.
    ///
    /// # Errors
    /// A notice if the open stream cannot play it.
    pub fn set_sound_font(&mut self, font: SoundFontFile) -> Result<(), String> {
        self.sound_font = Some(font);
        self.send_sound_font()
    }

    fn send_sound_font(&mut self) -> Result<(), String> {
        if let (Some(stream), Some(font)) = (&mut self.stream, &self.sound_font)
            && !stream.set_sound_font(font)
        {
            return Err(format!(
                "The SoundFont {} cannot be played on this sound device: the built-in electric piano sounds instead.",
                font.path().display()
            ));
        }
        Ok(())
    }

    /// The reason to open the stream again, if there is one. To be called about once a second.
    pub fn reason_to_restart(&mut self) -> Option<RestartReason> {
        let restarted_recently = self.restarted_recently();
        let stream = self.stream.as_mut()?;
        stream.drop_replaced_sound_fonts();
        if stream.check_stalled() {
            Some(RestartReason::Stalled)
        } else if stream.check_overloaded() && !restarted_recently {
            Some(RestartReason::Overloaded)
        } else {
            None
        }
    }

    /// Closes the stream at once, without a fade, as a failed one would repeat its error. True if it may be opened again now.
    pub fn end_stream(&mut self) -> bool {
        let may_restart = !self.restarted_recently();
        self.stream = None;
        self.last_restart = Some(Instant::now());
        may_restart
    }

    /// Whether the open stream has this number.
    pub fn is_stream(&self, number: u64) -> bool {
        let stream = self.stream.as_ref();
        stream.is_some_and(|stream| stream.number() == number)
    }

    /// Removes and returns the stream with this number, to be closed.
    pub fn take_stream(&mut self, number: u64) -> Option<SynthStream> {
        let has_number = |stream: &mut SynthStream| stream.number() == number;
        let old = self.old_stream.take_if(has_number);
        old.or_else(|| self.stream.take_if(has_number))
    }

    /// Time from an event to its sound, beyond what the device itself takes; `None` without a stream.
    pub fn latency(&self) -> Option<Duration> {
        self.stream.as_ref().map(SynthStream::latency)
    }

    /// Frames per block, if blocks were enlarged after underruns.
    pub fn enlarged_block(&self) -> Option<u32> {
        self.stream.as_ref()?;
        (self.block_frames > self.initial_block_frames()).then_some(self.block_frames)
    }

    fn restarted_recently(&self) -> bool {
        self.last_restart
            .is_some_and(|last| last.elapsed() < MIN_RESTART_INTERVAL)
    }
}
