//! Names of exported files, and the text inside them that says where they come from.

use unicode_general_category::{GeneralCategory, get_general_category};

use crate::attributes::{ATTRIBUTES, AttributeRow, attribute_index};
use crate::sweep::MelodyId;

/// Maximum number of letters of a melody's name in its file name: systems limit the length of file names.
const MAX_NAME_LETTERS: usize = 48;

/// File name of a chosen melody, without its extension: `tunescape_r041_s12_6.5npb_120bpm`.
///
/// The density (notes per bar) is left out if the melody is empty.
#[must_use]
pub fn melody_file_stem(id: MelodyId, attributes: &AttributeRow, tempo_bpm: f64) -> String {
    stem_with_density(&id.slug(), attributes, tempo_bpm)
}

/// File name, without its extension, of a melody that was generated after the sweep or renamed by the user: the name `Blend 4 of 8`
/// gives `tunescape_blend_04_of_08_6.5npb_120bpm`. For a name without a letter or digit it is that of [`melody_file_stem`].
#[must_use]
pub fn named_file_stem(
    name: &str,
    id: MelodyId,
    attributes: &AttributeRow,
    tempo_bpm: f64,
) -> String {
    match file_words(name) {
        words if words.is_empty() => melody_file_stem(id, attributes, tempo_bpm),
        words => stem_with_density(&words, attributes, tempo_bpm),
    }
}

/// File name of block `number` (from 1) of `block_count` in a piece, without its extension: `tunescape_block_004_a_6.5npb_120bpm`.
pub(super) fn block_file_stem(
    (number, block_count): (usize, usize),
    label: &str,
    attributes: &AttributeRow,
    tempo_bpm: f64,
) -> String {
    let width = digits(block_count + 1, 2);
    let words = file_words(&format!("Block {number:0width$} {label}"));
    stem_with_density(&words, attributes, tempo_bpm)
}

/// Whether a character belongs to the letter before it: an accent, a vowel sign or a tone mark.
fn is_combining_mark(letter: char) -> bool {
    // These select the variant of a symbol, such as an emoji in colour.
    let is_variation_selector =
        matches!(letter, '\u{fe00}'..='\u{fe0f}' | '\u{e0100}'..='\u{e01ef}');
    let category = get_general_category(letter);
    let is_mark = matches!(
        category,
        GeneralCategory::NonspacingMark | GeneralCategory::SpacingMark
    );
    is_mark && !is_variation_selector
}

/// The words of a name in lower case, joined by `_`; integers get at least two digits. Letters keep their accents; a word
/// without a letter or digit is left out.
fn file_words(name: &str) -> String {
    let is_word_letter =
        |letter: char| letter.is_alphanumeric() || letter == '.' || is_combining_mark(letter);
    let words = name.split(|letter: char| !is_word_letter(letter));
    let words = words.map(|word| {
        // A mark belongs to a letter before it.
        let word = word.trim_start_matches(|letter: char| !letter.is_alphanumeric());
        word.trim_end_matches('.')
    });
    let words = words.filter(|word| !word.is_empty()).map(|word| {
        let is_digit = word.len() == 1 && word.chars().all(|digit| digit.is_ascii_digit());
        if is_digit {
            format!("0{word}")
        } else {
            word.to_lowercase()
        }
    });
    let words: Vec<String> = words.collect();
    let words: String = words.join("_").chars().take(MAX_NAME_LETTERS).collect();
    words.trim_end_matches(['_', '.']).to_owned()
}

fn stem_with_density(subject: &str, attributes: &AttributeRow, tempo_bpm: f64) -> String {
    let density = attribute_index("note_density")
        .and_then(|index| {
            Some(format!(
                "{:.1}npb",
                (ATTRIBUTES[index].to_display_unit)(attributes.value(index)?)
            ))
        })
        .unwrap_or_else(|| "empty".to_owned());
    file_stem(&format!("{subject}_{density}"), tempo_bpm)
}

/// File name from a subject and the tempo, without its extension: `tunescape_path1_120bpm`.
#[must_use]
pub fn file_stem(subject: &str, tempo_bpm: f64) -> String {
    // At most two decimals, and none where they are zero: 120, 92.5.
    let tempo = (tempo_bpm * 100.0).round() / 100.0;
    format!("tunescape_{subject}_{tempo}bpm")
}

/// The origin of a melody, for a text event: seed, id, weights and program version, with which it can be decoded again.
#[must_use]
pub fn provenance(id: MelodyId, seed: u64, weights_hash: &str) -> String {
    let version = env!("CARGO_PKG_VERSION");
    let origin = match id {
        MelodyId::Centre { region } => format!("region {region}, centre"),
        MelodyId::Sample { region, sample } => format!("region {region}, sample {sample}"),
        MelodyId::Steered { steer, index } => format!("steer {steer}, melody {index}"),
        MelodyId::Generated { .. } => id.to_string(),
    };
    format!("seed {seed}, {origin}, weights {weights_hash}, tunescape {version}")
}

/// `text` followed by the origin of an edited melody, if there is one.
#[must_use]
pub fn text_with_origin(text: String, origin: Option<&str>) -> String {
    match origin {
        Some(origin) => format!("{text}; {origin}"),
        None => text,
    }
}

/// File names of the samples of a sweep.
pub(super) struct SampleNames {
    region_digits: usize,
    sample_digits: usize,
}

impl SampleNames {
    /// Creates the names for a sweep of `regions` regions with `samples` samples each.
    pub(super) fn new(regions: usize, samples: usize) -> Self {
        Self {
            region_digits: digits(regions, 3),
            sample_digits: digits(samples, 2),
        }
    }

    /// Name of a region: `region_041`.
    pub(super) fn region(&self, region: u32) -> String {
        let width = self.region_digits;
        format!("region_{region:0width$}")
    }

    /// Path of a sample's file in the folder of a run.
    pub(super) fn sample(&self, region: u32, sample: u32) -> String {
        let (name, width) = (self.region(region), self.sample_digits);
        format!("melodies/{name}_sample_{sample:0width$}.mid")
    }
}

/// Digits that numbers below `count` need, but at least `min_digits`: padded with zeros to this width, names sort by number.
pub(super) fn digits(count: usize, min_digits: usize) -> usize {
    count.saturating_sub(1).to_string().len().max(min_digits)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]

    use super::*;
    use crate::melody::{Melody, Note};

    #[test]
    fn a_file_name_states_source_density_and_tempo() {
        let notes: Vec<Note> = (0..13)
            .map(|k| Note {
                pitch: 60,
                start: 2 * k,
                end: 2 * k + 1,
            })
            .collect();
        let melody = Melody::from_notes(&notes, 32).unwrap();
        let id = MelodyId::Sample {
            region: 41,
            sample: 12,
        };
        let row = AttributeRow::measure(&melody);
        assert_eq!(
            melody_file_stem(id, &row, 120.0),
            "tunescape_r041_s12_6.5npb_120bpm"
        );
        assert_eq!(
            melody_file_stem(id, &row, 92.5),
            "tunescape_r041_s12_6.5npb_92.5bpm"
        );
        let silent = Melody::from_notes(&[], 32).unwrap();
        let name = melody_file_stem(
            MelodyId::Centre { region: 3 },
            &AttributeRow::measure(&silent),
            90.0,
        );
        assert_eq!(name, "tunescape_r003_centre_empty_90bpm");
    }

    #[test]
    fn a_name_becomes_a_file_name_that_every_system_takes_and_that_sorts() {
        for (name, words) in [
            ("Density 6.2 · 3", "density_6.2_03"),
            ("Blend 4 of 12", "blend_04_of_12"),
            ("On path 16 of 16", "on_path_16_of_16"),
            ("Ütliberg/„A\\B: c?“, bars 1–2", "ütliberg_a_b_c_bars_01_02"),
            ("...", ""),
            // A combining accent, Thai and Hindi vowel and tone marks.
            ("Cafe\u{301} 1", "cafe\u{301}_01"),
            ("น้ำ", "น้ำ"),
            ("हिन्दी", "हिन्दी"),
            ("🎵 Song 🎵\u{fe0f}", "song"),
        ] {
            assert_eq!(file_words(name), words);
        }
        assert_eq!(
            file_words(&"long ".repeat(99)).chars().count(),
            MAX_NAME_LETTERS
        );
        let silent = AttributeRow::measure(&Melody::from_notes(&[], 32).unwrap());
        let id = MelodyId::Steered { steer: 2, index: 7 };
        assert_eq!(
            named_file_stem("Explored 2", id, &silent, 90.0),
            "tunescape_explored_02_empty_90bpm"
        );
        // A name without a letter or digit is replaced by the id.
        for name in ["", ".", "..", "🎵", "🎵\u{fe0f} …", "\u{301}"] {
            assert_eq!(
                named_file_stem(name, id, &silent, 90.0),
                "tunescape_steer2_07_empty_90bpm",
                "{name}"
            );
        }
    }

    #[test]
    fn the_text_holds_all_that_is_needed_to_find_the_melody_again() {
        let text = provenance(
            MelodyId::Sample {
                region: 41,
                sample: 12,
            },
            99,
            "0123456789ab",
        );
        assert!(
            text.starts_with("seed 99, region 41, sample 12, weights 0123456789ab, tunescape ")
        );
    }

    #[test]
    fn digits_are_enough_for_names_to_sort_by_number() {
        assert_eq!(
            (
                digits(100, 3),
                digits(1_000, 3),
                digits(1_001, 3),
                digits(64, 2),
                digits(101, 2)
            ),
            (3, 3, 4, 2, 3)
        );
    }
}
