//! Rendering melodies to sound faster than real time, with the sequencer and synth of live playback.

use std::{sync::Arc, time::Duration};

use super::{
    message::Message,
    sequencer::{Command, Sequencer},
    synth::{Frame, MAX_CHUNK_FRAMES, SoundChoice, SoundFontFile, SoundFontSynth, Synth},
};
use crate::{
    melody::{Backing, Feel, Melody, STEPS_PER_BAR, STEPS_PER_QUARTER},
    progress::{Cancelled, Observer, Phase, PhaseProgress},
};

/// Level below which the end of a rendering is silent: -80 dB.
const SILENCE_LEVEL: f32 = 1e-4;
/// Maximum duration of the reverberation after the last note, seconds.
pub(super) const MAX_TAIL_SECONDS: f64 = 4.0;

/// How melodies are rendered.
#[derive(Clone, Debug)]
pub struct RenderSettings {
    /// Sample rate, Hz.
    pub sample_rate: u32,
    /// Quarter notes per minute, `MIN_TEMPO..=MAX_TEMPO`.
    pub tempo: f64,
    /// How the melodies are played.
    pub feel: Feel,
    /// Chords under the melodies, if any.
    pub chords: Option<Arc<Backing>>,
    /// How often each melody is played; at least once.
    pub loops: u32,
    /// The sound.
    pub sound: SoundChoice,
    /// The file of [`SoundChoice::SoundFont`].
    pub sound_font: Option<SoundFontFile>,
    /// Whether the rendering ends with the last loop, for a sampler that repeats it, instead of with the reverberation.
    pub cut_tail: bool,
}

/// Why a rendering ended early.
#[derive(Debug, thiserror::Error)]
pub enum RenderError {
    /// The observer cancelled it.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
    /// The SoundFont cannot be played at the sample rate.
    #[error(
        "The SoundFont cannot be played at {0} Hz: choose a sample rate from 16000 to 192000 Hz."
    )]
    SampleRate(u32),
    /// The receiver of the frames failed.
    #[error(transparent)]
    Write(#[from] std::io::Error),
}

impl RenderSettings {
    /// Duration of the melodies in seconds, without the reverberation after them.
    pub fn seconds(&self, melodies: &[Arc<Melody>]) -> f64 {
        self.total_steps(melodies) as f64 * self.step_seconds()
    }

    fn total_steps(&self, melodies: &[Arc<Melody>]) -> u64 {
        let steps_per_loop: u64 = melodies.iter().map(|melody| steps(melody)).sum();
        steps_per_loop * self.loops()
    }

    fn step_seconds(&self) -> f64 {
        60.0 / self.tempo / STEPS_PER_QUARTER as f64
    }

    fn loops(&self) -> u64 {
        u64::from(self.loops.max(1))
    }
}

/// Plays melodies one after another, each `loops` times without a gap, and passes all frames to `write` in order.
///
/// # Errors
/// [`RenderError`]; `write` may have received some frames by then.
pub fn render(
    melodies: &[Arc<Melody>],
    settings: &RenderSettings,
    observer: &mut dyn Observer,
    write: &mut dyn FnMut(&[Frame]) -> std::io::Result<()>,
) -> Result<(), RenderError> {
    let mut renderer = OfflineRenderer::new(settings, write)?;
    let mut progress = PhaseProgress::new(observer, Phase::Sound);
    let (step, loops) = (settings.step_seconds(), settings.loops());
    let all_steps = settings.total_steps(melodies);
    renderer.apply(0.0, Command::Tempo(settings.tempo))?;
    renderer.apply(0.0, Command::Feel(settings.feel))?;
    renderer.apply(0.0, Command::Chords(settings.chords.clone()))?;
    renderer.apply(0.0, Command::Looping(true))?;
    let mut played_steps = 0;
    for melody in melodies {
        // The sequencer gets a melody in the last step of the previous one, and starts it at the next boundary.
        let start_seconds = (played_steps as f64 - 0.5).max(0.0) * step;
        let melody_steps = steps(melody);
        renderer.apply(
            start_seconds,
            Command::Play {
                melody: Arc::clone(melody),
                tag: 0,
            },
        )?;
        let end_step = played_steps + loops * melody_steps;
        while played_steps < end_step {
            played_steps = (played_steps + STEPS_PER_BAR as u64).min(end_step);
            renderer.render_until((played_steps as f64 - 0.75) * step)?;
            progress.report(played_steps as f64 / all_steps as f64)?;
        }
    }
    let end = played_steps as f64 * step;
    // Just before the loop would start again.
    renderer.render_until(end - step * 1e-3)?;
    renderer.apply(end - step * 1e-3, Command::Stop)?;
    renderer.render_until(end)?;
    if !settings.cut_tail {
        renderer.render_tail()?;
    }
    Ok(())
}

/// Length of a melody in 16th steps, at least one as in the sequencer.
fn steps(melody: &Melody) -> u64 {
    melody.steps().max(1) as u64
}

/// A sequencer that plays into memory.
struct OfflineRenderer<'a> {
    sample_rate: f64,
    sequencer: Sequencer,
    synth: Synth,
    events: Vec<super::message::Event>,
    rendered_frames: u64,
    write: &'a mut dyn FnMut(&[Frame]) -> std::io::Result<()>,
}

impl<'a> OfflineRenderer<'a> {
    fn new(
        settings: &RenderSettings,
        write: &'a mut dyn FnMut(&[Frame]) -> std::io::Result<()>,
    ) -> Result<Self, RenderError> {
        let mut synth = Synth::new(settings.sample_rate as f32);
        if let Some(file) = &settings.sound_font {
            let font = SoundFontSynth::new(file, settings.sample_rate)
                .ok_or(RenderError::SampleRate(settings.sample_rate))?;
            synth.set_sound_font(Box::new(font));
        }
        synth.set_sound(settings.sound.synth_sound());
        Ok(Self {
            sample_rate: f64::from(settings.sample_rate),
            sequencer: Sequencer::default(),
            synth,
            events: Vec::new(),
            rendered_frames: 0,
            write,
        })
    }

    /// Executes a command at a time in seconds.
    fn apply(&mut self, seconds: f64, command: Command) -> Result<(), RenderError> {
        self.render_until(seconds)?;
        self.sequencer
            .apply(to_duration(seconds), command, &mut self.events);
        self.play_events()
    }

    /// Renders up to a time in seconds, with the notes that are due before it.
    fn render_until(&mut self, seconds: f64) -> Result<(), RenderError> {
        while let Some(deadline) = self
            .sequencer
            .next_deadline()
            .filter(|&deadline| deadline < to_duration(seconds))
        {
            self.sequencer.advance(deadline, &mut self.events);
            self.play_events()?;
        }
        self.render_frames(self.frame_at(seconds))
    }

    fn play_events(&mut self) -> Result<(), RenderError> {
        let mut events = std::mem::take(&mut self.events);
        for event in events.drain(..) {
            self.render_frames(self.frame_at(event.time.as_secs_f64()))?;
            match event.message {
                Message::NoteOn { pitch, velocity } => self.synth.note_on(pitch, velocity),
                Message::NoteOff { pitch } => self.synth.note_off(pitch),
                Message::Panic => self.synth.all_off(),
                Message::ChordOn {
                    pitch, velocity, ..
                } => self.synth.chord_on(pitch, velocity),
                Message::ChordOff { pitch, .. } => self.synth.chord_off(pitch),
                // Messages that only MIDI ports use, and clicks, which are off.
                _ => {}
            }
        }
        self.events = events;
        Ok(())
    }

    /// Number of the frame at a time in seconds.
    fn frame_at(&self, seconds: f64) -> u64 {
        (seconds * self.sample_rate).round().max(0.0) as u64
    }

    fn render_frames(&mut self, end_frame: u64) -> Result<(), RenderError> {
        let mut chunk = [[0.0; 2]; MAX_CHUNK_FRAMES];
        while self.rendered_frames < end_frame {
            let count = usize::try_from(end_frame - self.rendered_frames)
                .unwrap_or(MAX_CHUNK_FRAMES)
                .min(MAX_CHUNK_FRAMES);
            let frames = &mut chunk[..count];
            self.synth.render(frames);
            (self.write)(frames)?;
            self.rendered_frames += count as u64;
        }
        Ok(())
    }

    /// Renders until the sound has died away, at most for [`MAX_TAIL_SECONDS`].
    fn render_tail(&mut self) -> Result<(), RenderError> {
        let mut chunk = [[0.0; 2]; MAX_CHUNK_FRAMES];
        let max_chunks = (MAX_TAIL_SECONDS * self.sample_rate) as usize / MAX_CHUNK_FRAMES;
        // A tenth of a second of silence: the echoes of the reverb come in groups.
        let min_quiet_chunks = (0.1 * self.sample_rate) as usize / MAX_CHUNK_FRAMES + 1;
        let mut quiet_chunks = 0;
        for _ in 0..max_chunks {
            self.synth.render(&mut chunk);
            (self.write)(&chunk)?;
            let silent = chunk
                .iter()
                .flatten()
                .all(|sample| sample.abs() < SILENCE_LEVEL);
            quiet_chunks = if silent { quiet_chunks + 1 } else { 0 };
            if quiet_chunks >= min_quiet_chunks {
                break;
            }
        }
        Ok(())
    }
}

fn to_duration(seconds: f64) -> Duration {
    Duration::from_secs_f64(seconds.max(0.0))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]

    use super::*;
    use crate::{melody::testing, playback::synth::Instrument, progress::Unobserved};

    const RATE: u32 = 48_000;

    fn settings() -> RenderSettings {
        RenderSettings {
            sample_rate: RATE,
            tempo: 120.0,
            feel: Feel::PLAIN,
            chords: None,
            loops: 1,
            sound: SoundChoice::BuiltIn(Instrument::Bell),
            sound_font: None,
            cut_tail: false,
        }
    }

    fn melody(notes: &[(u8, u32, u32)]) -> Arc<Melody> {
        Arc::new(testing::melody(notes, 32))
    }

    fn frames(melodies: &[Arc<Melody>], settings: &RenderSettings) -> Vec<Frame> {
        let mut all_frames = Vec::new();
        render(melodies, settings, &mut Unobserved, &mut |frames| {
            all_frames.extend_from_slice(frames);
            Ok(())
        })
        .unwrap();
        all_frames
    }

    /// Frames at which sound begins after at least 50 ms of near silence.
    fn onsets(frames: &[Frame]) -> Vec<usize> {
        let (mut onsets, mut quiet_frames) = (Vec::new(), usize::MAX);
        for (index, frame) in frames.iter().enumerate() {
            if frame.iter().any(|sample| sample.abs() > 0.004) {
                if quiet_frames > 2_400 {
                    onsets.push(index);
                }
                quiet_frames = 0;
            } else {
                quiet_frames = quiet_frames.saturating_add(1);
            }
        }
        onsets
    }

    #[test]
    fn onsets_are_where_the_melody_has_them_and_loops_have_no_gap() {
        // Short low-reverb notes, one bar apart: a 16th is 6000 frames at 120 quarter notes per minute.
        let melody = melody(&[(72, 0, 1), (74, 16, 17)]);
        let sound = SoundChoice::BuiltIn(Instrument::SquareLead);
        let settings = RenderSettings {
            loops: 3,
            cut_tail: true,
            sound,
            ..settings()
        };
        let frames = frames(&[melody], &settings);
        assert_eq!(frames.len(), 3 * 32 * 6_000);
        let onsets = onsets(&frames);
        assert_eq!(onsets.len(), 6, "{onsets:?}");
        for (k, &onset) in onsets.iter().enumerate() {
            // The attack takes 6 ms.
            assert!(
                (k * 96_000..k * 96_000 + 300).contains(&onset),
                "{onsets:?}"
            );
        }
    }

    #[test]
    fn a_recording_swings_as_live_playback_does() {
        let feel = Feel {
            swing: 100,
            ..Feel::PLAIN
        };
        let settings = RenderSettings {
            cut_tail: true,
            sound: SoundChoice::BuiltIn(Instrument::SquareLead),
            feel,
            ..settings()
        };
        let frames = frames(&[melody(&[(72, 1, 2), (74, 17, 18)])], &settings);
        assert_eq!(frames.len(), 32 * 6_000);
        // Half a 16th after their step.
        for (onset, wanted) in onsets(&frames).into_iter().zip([9_000, 105_000]) {
            assert!((wanted..wanted + 300).contains(&onset), "{onset}");
        }
    }

    #[test]
    fn melodies_follow_each_other_and_the_last_rings_out() {
        let melodies = [melody(&[(60, 0, 32)]), melody(&[(72, 0, 2)])];
        let rendered = frames(&melodies, &settings());
        let melody_frames = 2 * 32 * 6_000;
        assert!(
            rendered.len() > melody_frames && rendered.len() < melody_frames + 5 * RATE as usize,
            "{}",
            rendered.len()
        );
        assert!(
            rendered[32 * 6_000 + 600..][..2_000]
                .iter()
                .any(|frame| frame[0].abs() > 0.05)
        );
        assert!(
            rendered[rendered.len() - 100..]
                .iter()
                .flatten()
                .all(|sample| sample.abs() < SILENCE_LEVEL)
        );
        let without_tail = frames(
            &melodies,
            &RenderSettings {
                cut_tail: true,
                ..settings()
            },
        );
        assert!(
            without_tail[..] == rendered[..melody_frames],
            "the same sound without the tail"
        );
    }

    #[test]
    fn the_same_settings_give_the_same_samples() {
        let melody = melody(&[(60, 0, 4), (67, 4, 8), (64, 20, 30)]);
        let render = || frames(std::slice::from_ref(&melody), &settings());
        assert!(render() == render());
    }

    #[test]
    fn progress_is_reported_after_each_bar() {
        struct ReportCounter(usize);
        impl Observer for ReportCounter {
            fn progress(&mut self, progress: crate::progress::Progress) {
                assert_eq!(progress.phase, Phase::Sound);
                self.0 += 1;
            }
        }
        let mut counter = ReportCounter(0);
        let settings = RenderSettings {
            loops: 3,
            ..settings()
        };
        let melodies = [melody(&[(60, 0, 4)])];
        render(&melodies, &settings, &mut counter, &mut |_| Ok(())).unwrap();
        assert_eq!(counter.0, 6);
    }

    #[test]
    fn a_cancelled_rendering_stops() {
        struct AlwaysCancelled;
        impl Observer for AlwaysCancelled {
            fn cancelled(&self) -> bool {
                true
            }
        }
        let result = render(
            &[melody(&[(60, 0, 4)])],
            &settings(),
            &mut AlwaysCancelled,
            &mut |_| Ok(()),
        );
        assert!(matches!(result, Err(RenderError::Cancelled(_))));
    }
}
