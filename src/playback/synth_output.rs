//! The built-in synth as an output: its device, its font, and when it is opened again.

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
    /// The stream before, until the clock plays on the new one.
    old_stream: Option<SynthStream>,
    settings: SoundDeviceSettings,
    /// Given to each new stream.
    sound_font: Option<SoundFontFile>,
    /// Frames per block of the next stream; larger after underruns.
    block_frames: u32,
    last_restart: Option<Instant>,
}

impl SynthOutput {
    /// Without a stream.
    pub fn new(links: StreamLinks) -> Self {
        Self {
            links,
            stream: None,
            old_stream: None,
            settings: SoundDeviceSettings::default(),
            sound_font: None,
            block_frames: SynthStream::MIN_BLOCK,
            last_restart: None,
        }
    }

    /// Uses the sound devices like this from the next stream on. False if it did so before.
    pub fn set_device(&mut self, settings: SoundDeviceSettings) -> bool {
        if settings == self.settings {
            return false;
        }
        self.settings = settings;
        self.block_frames = self.first_block();
        true
    }

    /// Frames of the blocks before any underrun.
    fn first_block(&self) -> u32 {
        self.settings.block_frames.unwrap_or(SynthStream::MIN_BLOCK)
    }

    /// Opens a stream instead of the one before. Also returns the notice if it cannot play the font.
    ///
    /// # Errors
    /// Why there is no sound, in one sentence.
    pub fn open(&mut self) -> Result<(SynthQueue, Result<(), String>), String> {
        self.stream = None;
        self.old_stream = None;
        self.open_beside()
    }

    /// Opens a stream while the one before still plays, with blocks twice as large. The old one is left to [`Self::take_stream`].
    ///
    /// # Errors
    /// Why there is none, in one sentence: some devices can be opened only once. The old one is there still.
    pub fn open_larger(&mut self) -> Result<(SynthQueue, Result<(), String>), String> {
        self.last_restart = Some(Instant::now());
        self.block_frames = (self.block_frames * 2).min(SynthStream::MAX_BLOCK);
        let old = self.stream.take();
        let opened = self.open_beside();
        if opened.is_ok() {
            self.old_stream = old;
        } else {
            self.stream = old;
        }
        opened
    }

    fn open_beside(&mut self) -> Result<(SynthQueue, Result<(), String>), String> {
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

    /// Plays this font from now on, on each stream.
    ///
    /// # Errors
    /// The notice if the open stream cannot.
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

    /// Why the open stream has to be opened again, if it has to. To be called about once a second.
    pub fn reason_to_restart(&mut self) -> Option<RestartReason> {
        let recently = self.restarted_recently();
        let stream = self.stream.as_mut()?;
        stream.drop_replaced_sound_fonts();
        if stream.stalled() {
            Some(RestartReason::Stalled)
        } else if stream.overloaded() && !recently {
            Some(RestartReason::Overloaded)
        } else {
            None
        }
    }

    /// Closes the stream at once, without a fade: a failed one repeats its error. True if it may be opened again now.
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

    /// Hands over the stream of this number, to be closed.
    pub fn take_stream(&mut self, number: u64) -> Option<SynthStream> {
        let of_number = |stream: &mut SynthStream| stream.number() == number;
        let old = self.old_stream.take_if(of_number);
        old.or_else(|| self.stream.take_if(of_number))
    }

    /// Time from an event to its sound, beyond what the device itself takes; `None` without a stream.
    pub fn latency(&self) -> Option<Duration> {
        self.stream.as_ref().map(SynthStream::latency)
    }

    /// Frames of the blocks if they are larger than those that were asked for, after underruns.
    pub fn enlarged_block(&self) -> Option<u32> {
        self.stream.as_ref()?;
        (self.block_frames > self.first_block()).then_some(self.block_frames)
    }

    fn restarted_recently(&self) -> bool {
        self.last_restart
            .is_some_and(|last| last.elapsed() < MIN_RESTART_INTERVAL)
    }
}
