//! The sound that the arguments name: an instrument of the synth, or a preset of a SoundFont.

use super::args::SoundArgs;
use super::error::CliError;
use crate::playback::{Preset, SoundChoice, SoundFontFile};

/// A sound, and the SoundFont file that it needs, if any.
#[derive(Default)]
pub(super) struct OpenedSound {
    pub choice: SoundChoice,
    pub sound_font: Option<SoundFontFile>,
}

/// Reads the SoundFont, if one is named.
pub(super) fn open_sound(arguments: &SoundArgs) -> Result<OpenedSound, CliError> {
    let Some(path) = &arguments.soundfont else {
        return Ok(OpenedSound {
            choice: SoundChoice::BuiltIn(arguments.instrument.unwrap_or_default()),
            sound_font: None,
        });
    };
    let font = SoundFontFile::open(path)?;
    let preset = match &arguments.preset {
        Some(query) => find_preset(font.presets(), query)?.clone(),
        // A font has at least one preset.
        None => font.presets()[0].clone(),
    };
    Ok(OpenedSound {
        choice: SoundChoice::SoundFont {
            path: path.clone(),
            preset,
        },
        sound_font: Some(font),
    })
}

/// The preset with this name, with the only name that contains this text, or with this program, counted from 1, in the first bank.
fn find_preset<'a>(presets: &'a [Preset], query: &str) -> Result<&'a Preset, CliError> {
    let lower_query = query.to_lowercase();
    let number: Option<u8> = query.parse().ok();
    let by_number = || {
        let program = number?.checked_sub(1)?;
        presets.iter().find(|preset| preset.program == program)
    };
    let exact = presets
        .iter()
        .find(|preset| preset.name.to_lowercase() == lower_query);
    if let Some(preset) = exact.or_else(by_number) {
        return Ok(preset);
    }
    let matches: Vec<&Preset> = presets
        .iter()
        .filter(|preset| number.is_none() && preset.name.to_lowercase().contains(&lower_query))
        .collect();
    let names = |presets: &[&Preset]| {
        let names: Vec<&str> = presets.iter().map(|preset| preset.name.as_str()).collect();
        names.join(", ")
    };
    match matches[..] {
        [preset] => Ok(preset),
        [] => Err(CliError::Usage(format!(
            "the SoundFont has no preset {query:?}; it has {}",
            names(&presets.iter().collect::<Vec<_>>())
        ))),
        _ => Err(CliError::Usage(format!(
            "{query:?} may be any of {}; give the whole name",
            names(&matches)
        ))),
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]
    use super::*;

    #[test]
    fn a_preset_is_found_by_name_part_or_number() {
        let preset = |name: &str, bank, program| Preset {
            name: name.to_owned(),
            bank,
            program,
        };
        let presets = [
            preset("Piano 1", 0, 0),
            preset("Piano 10", 0, 1),
            preset("Strings", 0, 48),
            preset("Kit", 128, 0),
        ];
        let name = |query: &str| find_preset(&presets, query).unwrap().name.clone();
        assert_eq!(name("piano 1"), "Piano 1");
        assert_eq!(name("49"), "Strings");
        assert_eq!(name("string"), "Strings");
        assert_eq!(name("kit"), "Kit");
        let text = find_preset(&presets, "piano").unwrap_err().to_string();
        assert!(text.contains("Piano 1, Piano 10"), "{text}");
        for query in ["flute", "0", "128", ""] {
            assert!(find_preset(&presets, query).is_err(), "{query}");
        }
    }
}
