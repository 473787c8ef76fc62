//! SoundFonts in the synth.

use std::path::{Path, PathBuf};

use tunescape::playback::{
    SoundFontFile,
    synth::{Frame, Instrument, SoundFontSynth, Synth, SynthSound},
    system_sound_fonts,
};

use crate::sound_font::tiny_sound_font;

const RATE: u32 = 48_000;
const SINE: SynthSound = SynthSound::SoundFont {
    bank: 0,
    program: 0,
};

fn tiny_font(folder: &Path) -> SoundFontFile {
    let path = folder.join("tiny.sf2");
    std::fs::write(&path, tiny_sound_font()).unwrap();
    SoundFontFile::open(&path).unwrap()
}

fn synth(font: &SoundFontFile, sound: SynthSound) -> Synth {
    let mut synth = Synth::new(RATE as f32);
    synth.set_sound_font(Box::new(SoundFontSynth::new(font, RATE).unwrap()));
    synth.set_sound(sound);
    synth
}

fn render(synth: &mut Synth, seconds: f32) -> Vec<Frame> {
    let mut frames = vec![[f32::NAN; 2]; (seconds * RATE as f32) as usize];
    frames.chunks_mut(441).for_each(|block| synth.render(block));
    frames
}

fn peak(frames: &[Frame]) -> f32 {
    frames
        .iter()
        .flatten()
        .fold(0.0, |peak, sample| peak.max(sample.abs()))
}

/// Frequency in Hz by the time between the first and the last upward zero crossing, interpolated.
fn frequency(frames: &[Frame]) -> f64 {
    let crossings: Vec<f64> = frames
        .windows(2)
        .enumerate()
        .filter(|(_, pair)| pair[0][0] < 0.0 && pair[1][0] >= 0.0)
        .map(|(index, pair)| index as f64 + f64::from(pair[0][0] / (pair[0][0] - pair[1][0])))
        .collect();
    let span = crossings[crossings.len() - 1] - crossings[0];
    (crossings.len() - 1) as f64 / span * f64::from(RATE)
}

#[test]
fn a_preset_sounds_at_the_pitch_of_the_note() {
    let folder = tempfile::tempdir().unwrap();
    let font = tiny_font(folder.path());
    let names: Vec<_> = font
        .presets()
        .iter()
        .map(|preset| (preset.name.as_str(), preset.bank))
        .collect();
    assert_eq!(names, [("Sine", 0), ("Sine drum", 128)]);
    for pitch in [45, 57, 69, 76, 88] {
        for sound in [
            SINE,
            SynthSound::SoundFont {
                bank: 128,
                program: 0,
            },
        ] {
            let mut synth = synth(&font, sound);
            synth.note_on(pitch, 80);
            render(&mut synth, 0.1);
            let measured = frequency(&render(&mut synth, 0.5));
            let ideal = 440.0 * 2_f64.powf((f64::from(pitch) - 69.0) / 12.0);
            let cents = 1200.0 * (measured / ideal).log2();
            assert!(cents.abs() < 5.0, "pitch {pitch}: {cents} cents off");
        }
    }
}

#[test]
fn notes_end_and_a_change_of_sound_leaves_none_behind() {
    let folder = tempfile::tempdir().unwrap();
    let font = tiny_font(folder.path());
    let mut synth = synth(&font, SINE);
    synth.note_on(69, 100);
    assert!(peak(&render(&mut synth, 0.2)) > 0.05);
    // The note began with the font and ends with the built-in instrument chosen.
    synth.set_sound(SynthSound::BuiltIn(Instrument::Pluck));
    assert!(peak(&render(&mut synth, 0.2)) > 0.05, "it sounds on");
    synth.note_off(69);
    render(&mut synth, 3.0);
    assert_eq!(peak(&render(&mut synth, 0.1)), 0.0);

    synth.set_sound(SINE);
    for pitch in 40..100 {
        synth.note_on(pitch, 127);
    }
    assert!(peak(&render(&mut synth, 0.2)) <= 1.0);
    synth.all_off();
    render(&mut synth, 3.0);
    assert_eq!(peak(&render(&mut synth, 0.1)), 0.0);
}

#[test]
fn another_font_takes_over_without_a_click_and_the_old_one_comes_back() {
    let folder = tempfile::tempdir().unwrap();
    let font = tiny_font(folder.path());
    let mut synth = synth(&font, SINE);
    synth.note_on(69, 80);
    let held = render(&mut synth, 0.3);
    let jump = |frames: &[Frame]| {
        frames
            .windows(2)
            .map(|pair| (pair[1][0] - pair[0][0]).abs())
            .fold(0.0, f32::max)
    };
    assert!(synth.can_take_sound_font());
    synth.set_sound_font(Box::new(SoundFontSynth::new(&font, RATE).unwrap()));
    assert!(!synth.can_take_sound_font(), "one at a time");
    let change = render(&mut synth, 0.1);
    assert!(
        jump(&change) <= jump(&held) * 1.05,
        "{} after {}",
        jump(&change),
        jump(&held)
    );
    assert!(synth.take_replaced_sound_font().is_some());
    assert!(synth.can_take_sound_font());
    synth.note_on(69, 80);
    assert!(peak(&render(&mut synth, 0.2)) > 0.05);
}

#[test]
fn damaged_fonts_are_refused_or_play_and_never_break_the_program() {
    let folder = tempfile::tempdir().unwrap();
    let whole = tiny_sound_font();
    let path = folder.path().join("damaged.sf2");
    let mut refused = 0;
    for cut in (0..whole.len()).step_by(97) {
        std::fs::write(&path, &whole[..cut]).unwrap();
        match SoundFontFile::open(&path) {
            Ok(_) => {}
            Err(error) => {
                refused += 1;
                assert!(error.to_string().contains("damaged.sf2"), "{error}");
            }
        }
    }
    assert!(refused > 20, "{refused}");
}

/// Hidden behind the fonts that the machine has: none is fine.
#[test]
fn the_fonts_of_the_system_can_be_read() {
    let fonts: Vec<PathBuf> = system_sound_fonts();
    for path in &fonts {
        let font = SoundFontFile::open(path).unwrap();
        assert!(!font.presets().is_empty());
    }
    eprintln!("{} SoundFonts on this system", fonts.len());
}
