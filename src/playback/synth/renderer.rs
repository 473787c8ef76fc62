//! The audio callback.

use std::{
    sync::{Arc, atomic::Ordering::Relaxed},
    time::Instant,
};

use cpal::{FromSample, SizedSample};

use super::{
    block_clock::BlockClock,
    controls::SynthControls,
    engine::Synth,
    frame::{Frame, MAX_CHUNK_FRAMES},
    queue::StreamState,
    sound_font_player::SoundFontSynth,
};
use crate::playback::{
    message::{Event, Message},
    priority::PriorityCell,
};

/// Pitch and velocity of the click on the first beat of a bar: a high plucked note.
const ACCENTED_CLICK: [u8; 2] = [105, 100];
/// Pitch and velocity of other clicks.
const CLICK: [u8; 2] = [98, 75];

/// The audio callback: renders the synth and plays events on their frames, without allocations or locks.
pub(super) struct Renderer {
    pub epoch: Instant,
    pub synth: Synth,
    pub clock: BlockClock,
    pub events: rtrb::Consumer<Event>,
    /// Fonts to be played.
    pub fonts: rtrb::Consumer<Box<SoundFontSynth>>,
    /// Fonts that are no longer played, to be dropped on another thread.
    pub replaced_sound_fonts: rtrb::Producer<Box<SoundFontSynth>>,
    pub controls: Arc<SynthControls>,
    pub state: Arc<StreamState>,
    /// Priority of the callback's thread; `None` once it was raised.
    pub priority: Option<Arc<PriorityCell>>,
    /// Sample rate, Hz.
    pub sample_rate: u32,
}

impl Renderer {
    /// Renders one block of interleaved samples.
    pub fn fill<T: SizedSample + FromSample<f32>>(&mut self, block: &mut [T], channels: usize) {
        self.state.callback_count.fetch_add(1, Relaxed);
        self.synth
            .set_volume(if self.state.is_fading.load(Relaxed) {
                0.0
            } else {
                self.controls.gain()
            });
        self.synth.set_sound(self.controls.sound());
        self.change_sound_font();
        if self.state.has_overflowed.swap(false, Relaxed) {
            while self.events.pop().is_ok() {}
            self.synth.all_off();
        }
        let block_frames = block.len() / channels;
        if self.clock.begin_block(self.epoch.elapsed(), block_frames) {
            self.state.late_callbacks.fetch_add(1, Relaxed);
        }
        if let Some(priority) = self.priority.take() {
            priority.raise_callback(block_frames, self.sample_rate);
        }
        let mut chunk = [[0.0; 2]; MAX_CHUNK_FRAMES];
        let mut rendered_frames = 0;
        for out in block.chunks_mut(MAX_CHUNK_FRAMES * channels) {
            let frames = &mut chunk[..out.len() / channels];
            self.render(rendered_frames, frames);
            rendered_frames += frames.len();
            for (samples, frame) in out.chunks_exact_mut(channels).zip(frames.iter()) {
                write_frame(samples, *frame);
            }
        }
    }

    /// Fetches a new font, and sends an old one back.
    fn change_sound_font(&mut self) {
        if !self.replaced_sound_fonts.is_full()
            && let Some(old) = self.synth.take_replaced_sound_font()
        {
            // It has space, as checked above.
            let _ = self.replaced_sound_fonts.push(old);
        }
        if self.synth.can_take_sound_font()
            && let Ok(font) = self.fonts.pop()
        {
            self.synth.set_sound_font(font);
        }
    }

    /// Renders frames of the current block from frame `first_frame` on, with their events.
    fn render(&mut self, first_frame: usize, frames: &mut [Frame]) {
        let mut rendered = 0;
        while rendered < frames.len() {
            let due_frame = self.next_due_frame();
            if due_frame <= first_frame + rendered {
                if let Ok(event) = self.events.pop() {
                    self.play(event.message, first_frame + rendered);
                }
                continue;
            }
            let end = (due_frame - first_frame).min(frames.len());
            self.synth.render(&mut frames[rendered..end]);
            rendered = end;
        }
    }

    /// Frame of the current block at which the next event is due.
    fn next_due_frame(&self) -> usize {
        self.events
            .peek()
            .map_or(usize::MAX, |event| self.clock.frame_of(event.time))
    }

    fn play(&mut self, message: Message, frame: usize) {
        match message {
            // After the device has stalled, notes that have ended already are left out.
            Message::NoteOn { pitch, .. } if self.ends_at_once(pitch, frame) => {}
            Message::NoteOn { pitch, velocity } => self.synth.note_on(pitch, velocity),
            Message::NoteOff { pitch } => self.synth.note_off(pitch),
            Message::Panic => self.synth.all_off(),
            Message::ClickOn { accent } => {
                let [pitch, velocity] = if accent { ACCENTED_CLICK } else { CLICK };
                self.synth.click(pitch, velocity);
            }
            Message::ClickOff { accent } => {
                let [pitch, _] = if accent { ACCENTED_CLICK } else { CLICK };
                self.synth.click_off(pitch);
            }
            Message::ChordOn {
                pitch, velocity, ..
            } => self.synth.chord_on(pitch, velocity),
            Message::ChordOff { pitch, .. } => self.synth.chord_off(pitch),
            // Messages that only MIDI ports use.
            _ => {}
        }
    }

    fn ends_at_once(&self, pitch: u8, frame: usize) -> bool {
        let next = self.events.peek().map(|event| event.message);
        next == Ok(Message::NoteOff { pitch }) && self.next_due_frame() <= frame
    }
}

/// Writes left and right to the first two channels, their mean to a single one, and silence to further ones.
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

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::playback::message::NOTE_VELOCITY;
    use crate::playback::synth::queue::{EVENT_CAPACITY, FONT_CAPACITY, SynthQueue};

    const RATE: f64 = 48_000.0;

    fn renderer() -> (Renderer, SynthQueue) {
        let (producer, events) = rtrb::RingBuffer::new(EVENT_CAPACITY);
        let state = Arc::new(StreamState::default());
        let renderer = Renderer {
            epoch: Instant::now(),
            synth: Synth::new(RATE as f32),
            clock: BlockClock::new(RATE, 2_048),
            events,
            fonts: rtrb::RingBuffer::new(FONT_CAPACITY).1,
            replaced_sound_fonts: rtrb::RingBuffer::new(FONT_CAPACITY).0,
            controls: Arc::new(SynthControls::new(1.0)),
            state: Arc::clone(&state),
            priority: None,
            sample_rate: RATE as u32,
        };
        (
            renderer,
            SynthQueue {
                number: 1,
                producer,
                state,
            },
        )
    }

    const PITCH: u8 = 69;

    #[test]
    fn blocks_are_rendered_without_allocating_or_freeing_whatever_sounds() {
        use crate::playback::synth::{Instrument, SynthSound};
        use assert_no_alloc::{assert_no_alloc, violation_count};
        let (mut renderer, mut queue) = renderer();
        let mut block = [0.0_f32; 1_024];
        let before = violation_count();
        assert_no_alloc(|| {
            for (number, instrument) in Instrument::ALL.into_iter().enumerate() {
                renderer.controls.set_sound(SynthSound::BuiltIn(instrument));
                for note in 0..40_u8 {
                    let time = renderer.epoch.elapsed();
                    let pitch = 40 + note;
                    queue.push(Event::note_on(time, pitch, 100));
                    renderer.fill(&mut block, 2);
                    queue.push(Event::note_off(time, pitch));
                    let accent = number % 2 == 0;
                    let message = Message::ClickOn { accent };
                    queue.push(Event { time, message });
                    renderer.fill(&mut block, 2);
                }
                let message = Message::Panic;
                queue.push(Event {
                    time: renderer.epoch.elapsed(),
                    message,
                });
            }
        });
        assert!(block.iter().any(|sample| *sample != 0.0));
        assert_eq!(violation_count() - before, 0);
    }

    #[test]
    fn every_channel_layout_gets_left_and_right() {
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
        renderer.clock.begin_block(Duration::from_secs(1), 1024);
        // One and a half blocks of latency: this moment lies at frame 512 of the block.
        let time = Duration::from_secs(1) - Duration::from_secs_f64(1024.0 / RATE);
        queue.push(Event::note_on(time, PITCH, NOTE_VELOCITY));
        renderer.render(0, &mut frames);
        assert!(frames[..512].iter().all(|frame| *frame == [0.0; 2]));
        assert!(frames[520..].iter().any(|frame| frame[0].abs() > 0.01));
    }

    #[test]
    fn after_a_stall_notes_that_have_ended_are_left_out() {
        let (mut renderer, mut queue) = renderer();
        let mut frames = [[0.0; 2]; 1024];
        for step in 0..10 {
            queue.push(Event::note_on(
                Duration::from_millis(step * 125),
                PITCH,
                NOTE_VELOCITY,
            ));
            queue.push(Event::note_off(
                Duration::from_millis(step * 125 + 125),
                PITCH,
            ));
        }
        renderer.clock.begin_block(Duration::from_secs(10), 1024);
        renderer.render(0, &mut frames);
        assert!(frames.iter().all(|frame| *frame == [0.0; 2]));
        assert!(renderer.events.is_empty());
    }

    #[test]
    fn when_events_are_lost_every_note_ends() {
        let (mut renderer, mut queue) = renderer();
        queue.push(Event::note_on(Duration::ZERO, PITCH, NOTE_VELOCITY));
        let mut block = [0.0_f32; 2048];
        std::thread::sleep(Duration::from_millis(60));
        renderer.fill(&mut block, 2);
        assert!(block.iter().any(|sample| sample.abs() > 0.01));
        for _ in 0..=EVENT_CAPACITY {
            queue.push(Event::note_on(
                Duration::from_secs(1_000),
                PITCH,
                NOTE_VELOCITY,
            ));
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
