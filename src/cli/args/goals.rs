//! The options of `steer` that set a goal for an attribute: one for each entry of the attribute table.

use clap::{Arg, ArgMatches, Args, Command, FromArgMatches};

use crate::attributes::{ATTRIBUTES, Attribute, ValueFormat};

/// Heading of the options in the help.
const HEADING: &str =
    "Attributes (a value, or hold: the value of the melody of --like, or the sweep's mean)";

/// A goal for an attribute.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum GoalArg {
    /// This value, in the attribute's display unit.
    Value(f64),
    /// The value of the melody that new ones are like, or the sweep's mean.
    Hold,
}

impl GoalArg {
    /// Reads `hold` or a value of an attribute that a melody can have.
    ///
    /// # Errors
    /// What can be given instead.
    pub fn parse(attribute: &Attribute, text: &str) -> Result<Self, String> {
        if text == "hold" {
            return Ok(Self::Hold);
        }
        let advice = match attribute.value_format {
            ValueFormat::Number => "give a number, or hold",
            ValueFormat::NoteName => "give a note such as C4, a MIDI pitch, or hold",
        };
        let value = attribute.parse(text).ok_or_else(|| advice.to_owned())?;
        let (min, max) = attribute.displayed_range();
        if (min..=max).contains(&value) {
            return Ok(Self::Value(value));
        }
        let display = |value| attribute.display((attribute.from_display_unit)(value));
        Err(if max.is_finite() {
            let (min, max) = (display(min), display(max));
            format!("a melody can have {min} to {max}")
        } else {
            format!("a melody has at least {}", display(min))
        })
    }
}

/// Goals with the index of each one's attribute in the attribute table.
#[derive(Clone, Debug, Default)]
pub struct GoalArgs(pub Vec<(usize, GoalArg)>);

impl Args for GoalArgs {
    fn augment_args(command: Command) -> Command {
        command.args(ATTRIBUTES.iter().map(goal_option))
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for GoalArgs {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let goals = ATTRIBUTES
            .iter()
            .enumerate()
            .filter_map(|(index, attribute)| {
                let goal = matches.get_one::<GoalArg>(attribute.option)?;
                Some((index, *goal))
            });
        Ok(Self(goals.collect()))
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

fn goal_option(attribute: &'static Attribute) -> Arg {
    let unit = match attribute.value_format {
        ValueFormat::Number => format!("In {}", attribute.unit),
        ValueFormat::NoteName => format!("As a name, such as E5, or a {}", attribute.unit),
    };
    Arg::new(attribute.option)
        .long(attribute.option)
        .value_name("VALUE|hold")
        .help(format!("{} {unit}", attribute.description))
        .help_heading(HEADING)
        .allow_negative_numbers(true)
        .value_parser(move |text: &str| GoalArg::parse(attribute, text))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]
    use super::*;
    use crate::attributes::attribute_index;

    fn parse(arguments: &[&str]) -> Result<GoalArgs, clap::Error> {
        let command = GoalArgs::augment_args(Command::new("steer"));
        let arguments = std::iter::once(&"steer").chain(arguments);
        GoalArgs::from_arg_matches(&command.try_get_matches_from(arguments)?)
    }

    #[test]
    fn every_attribute_has_an_option_that_takes_a_value_or_hold() {
        for (index, attribute) in ATTRIBUTES.iter().enumerate() {
            let option = format!("--{}", attribute.option);
            let goals = parse(&[&option, "hold"]).unwrap();
            assert_eq!(goals.0, [(index, GoalArg::Hold)]);
            let value = if attribute.option == "density" { 8 } else { 40 };
            let goals = parse(&[&option, &value.to_string()]).unwrap();
            assert_eq!(goals.0, [(index, GoalArg::Value(f64::from(value)))]);
        }
        let goals = parse(&["--highest", "E5", "--rise", "-7", "--rests", "25"]).unwrap();
        let index = |id| attribute_index(id).unwrap();
        assert_eq!(
            goals.0,
            [
                (index("signed_contour"), GoalArg::Value(-7.0)),
                (index("highest_note"), GoalArg::Value(76.0)),
                (index("rests"), GoalArg::Value(25.0)),
            ]
        );
    }

    #[test]
    fn an_invalid_value_is_refused_with_the_valid_ones() {
        let error_text = |arguments: &[&str]| parse(arguments).unwrap_err().to_string();
        assert!(error_text(&["--rests", "E5"]).contains("give a number, or hold"));
        assert!(error_text(&["--lowest", "H2"]).contains("give a note such as C4"));
        for (option, value, range) in [
            (
                "--density",
                "16.5",
                "a melody can have 0.0 notes/bar to 16.0 notes/bar",
            ),
            ("--rests", "101", "a melody can have 0 % to 100 %"),
            (
                "--rise",
                "-89",
                "a melody can have -88.0 semitones to 88.0 semitones",
            ),
            ("--highest", "C9", "a melody can have A0 to C8"),
            (
                "--note-length",
                "0",
                "a melody has at least 1.0 sixteenths/note",
            ),
            ("--contour", "NaN", "give a number, or hold"),
            ("--contour", "inf", "give a number, or hold"),
        ] {
            let message = error_text(&[option, value]);
            assert!(message.contains(range), "{message}");
        }
    }
}
