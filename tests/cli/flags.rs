//! The flags of all commands together: one name, one meaning; examples that are understood; old names that still work.

use std::collections::BTreeMap;

use clap::{Arg, Command, CommandFactory as _, Parser as _};
use tunescape::cli::Cli;

/// Flags whose help or value differs between commands, and why they mean the same nevertheless.
const SAME_MEANING: [(&str, &str); 8] = [
    ("out", "where the result goes, a file or a folder"),
    ("overwrite", "of a file or a folder"),
    (
        "model",
        "the help of the program's window mentions the window",
    ),
    (
        "device",
        "the help of the program's window mentions the window",
    ),
    ("track", "the command that lists the tracks says so"),
    ("loops", "a file that is rendered cannot be endless"),
    ("tempo", "a sound file has one tempo for several files"),
    ("through", "the points of a path"),
];

/// Every flag of every command, by its long name.
fn flags() -> BTreeMap<String, Vec<(String, Arg)>> {
    let mut found: BTreeMap<String, Vec<(String, Arg)>> = BTreeMap::new();
    let mut cli = Cli::command();
    cli.build();
    for command in std::iter::once(&cli).chain(cli.get_subcommands()) {
        for flag in command.get_arguments() {
            // clap's own.
            let long = flag
                .get_long()
                .filter(|long| !matches!(*long, "help" | "version"));
            if let Some(long) = long {
                let place = (command.get_name().to_owned(), flag.clone());
                found.entry(long.to_owned()).or_default().push(place);
            }
        }
    }
    found
}

/// What a flag means: whether it takes a value, its choices, and the first clause of its help.
fn meaning(flag: &Arg) -> String {
    let help = flag.get_help().unwrap().to_string();
    let clause = help.split([';', ',', ':', '(']).next().unwrap();
    let choices = flag.get_possible_values();
    let choices: Vec<&str> = choices.iter().map(|choice| choice.get_name()).collect();
    let value = flag
        .get_num_args()
        .is_some_and(|number| number.min_values() > 0);
    format!(
        "{}, {choices:?}, {}",
        if value { "a value" } else { "no value" },
        clause.trim_end_matches('.')
    )
}

#[test]
fn no_flag_has_two_meanings() {
    let mut wrong = Vec::new();
    for (name, places) in flags() {
        let mut meanings: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (command, flag) in &places {
            meanings
                .entry(meaning(flag))
                .or_default()
                .push(command.clone());
        }
        let is_excused = SAME_MEANING.iter().any(|(flag, _)| *flag == name);
        if meanings.len() > 1 && !is_excused {
            wrong.push(format!("--{name}: {meanings:#?}"));
        }
        // Whether it takes a value is the same in all commands, excused ones too.
        let mut values = places.iter().map(|(_, flag)| {
            flag.get_num_args()
                .is_some_and(|number| number.min_values() > 0)
        });
        let first = values.next();
        assert!(values.all(|value| Some(value) == first), "--{name}");
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn every_short_flag_is_of_one_long_one() {
    let mut shorts: BTreeMap<char, String> = BTreeMap::new();
    for (name, places) in flags() {
        for (_, flag) in places {
            if let Some(short) = flag.get_short() {
                assert_eq!(shorts.entry(short).or_insert_with(|| name.clone()), &name);
            }
        }
    }
    assert_eq!(shorts[&'q'], "quiet");
    assert_eq!(shorts[&'v'], "verbose");
}

/// The words of a line, as a shell would split it; only single quotes occur.
fn words(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    for (index, piece) in line.split('\'').enumerate() {
        if index % 2 == 1 {
            words.push(piece.to_owned());
        } else {
            words.extend(piece.split_whitespace().map(str::to_owned));
        }
    }
    words
}

#[test]
fn every_command_has_examples_that_are_understood() {
    let cli = Cli::command();
    let commands: Vec<&Command> = std::iter::once(&cli).chain(cli.get_subcommands()).collect();
    assert!(commands.len() > 15);
    for command in commands.iter().filter(|command| !command.is_hide_set()) {
        let name = command.get_name();
        let Some(help) = command.get_after_help().map(ToString::to_string) else {
            // Commands that print something for the system, not for a person.
            assert!(["completions", "man"].contains(&name), "{name}");
            continue;
        };
        let examples: Vec<&str> = help
            .lines()
            .filter_map(|line| line.strip_prefix("  "))
            .collect();
        assert!(!examples.is_empty(), "{name}");
        for example in examples {
            let parsed = Cli::try_parse_from(words(example));
            assert!(parsed.is_ok(), "{example}: {}", parsed.unwrap_err());
            let has_name = words(example).get(1).is_some_and(|word| word == name);
            assert!(has_name || name == "tunescape", "{example}");
        }
    }
}

#[test]
fn old_names_still_work_and_are_not_shown() {
    for line in [
        "tunescape model",
        "tunescape sweep --tracks t.mid --out x",
        "tunescape decode --latents z.npy --tokens t.npy --logits l.npy",
        "tunescape encode --tokens t.npy --mu m.npy --sigma s.npy",
        "tunescape train --corpus c --split s.csv --batch 64 --out w",
        "tunescape evaluate --corpus c --weights w --json metrics.json",
        "tunescape path --through 1 2 --to-and-fro",
        "tunescape sweep --quiet --out x",
    ] {
        let parsed = Cli::try_parse_from(words(line));
        assert!(parsed.is_ok(), "{line}: {}", parsed.unwrap_err());
    }
    let mut cli = Cli::command();
    for (command, old) in [
        ("sweep", "--tracks "),
        ("decode", "--tokens "),
        ("decode", "--logits "),
        ("encode", "--sigma "),
        ("train", "--split "),
        ("evaluate", "--weights "),
    ] {
        let help = cli.find_subcommand_mut(command).unwrap().render_help();
        assert!(!help.to_string().contains(old), "{command} {old}");
    }
    assert!(
        !Cli::command()
            .render_help()
            .to_string()
            .contains("  model ")
    );
}

#[test]
fn options_of_the_window_are_refused_before_a_command() {
    let check = |line: &str| Cli::try_parse_from(words(line)).unwrap().check();
    let said = check("tunescape --model m inspect")
        .unwrap_err()
        .to_string();
    assert!(said.contains("behind the command"), "{said}");
    assert!(check("tunescape --osc 9000 inspect m").is_err());
    assert!(check("tunescape --model m --device cpu --osc 9000:9001").is_ok());
    assert!(check("tunescape -q sweep --out x").is_ok());
    assert!(Cli::try_parse_from(["tunescape", "-q", "-v"]).is_err());
}

#[test]
fn more_threads_than_a_machine_has_are_refused() {
    for command in ["sweep --out x", "train --corpus c --out w"] {
        let parse = |threads: &str| {
            let line = format!("tunescape {command} --threads {threads}");
            Cli::try_parse_from(words(&line)).map(drop)
        };
        assert!(parse("1024").is_ok());
        for threads in ["1025", "100000", "18446744073709551616", "-1"] {
            let said = parse(threads).unwrap_err().to_string();
            assert!(said.contains("from 1 to 1024") || threads == "-1", "{said}");
        }
    }
}
