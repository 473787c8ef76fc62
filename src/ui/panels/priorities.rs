//! How the threads run that keep time, in words.

use crate::playback::{OutputChoice, OutputState, Priority};

/// How the sound thread and the clock thread run, as far as it is known.
pub(super) fn priorities_text(output: &OutputState) -> String {
    let sound = &output.priorities.sound;
    let mut threads = vec![("Clock thread", &output.priorities.clock)];
    if output.choice == OutputChoice::Synth {
        threads.insert(0, ("Sound thread", sound));
    }
    let sentences = threads.iter().map(|(name, priority)| match priority {
        Priority::Unknown => format!("{name}: not known yet."),
        Priority::RealTime => format!("{name}: raised to real time."),
        Priority::High => format!("{name}: raised above other programs."),
        Priority::Usual(reason) => format!("{name}: not raised: {reason}."),
    });
    sentences.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::playback::Priorities;

    #[test]
    fn each_thread_has_its_sentence_and_a_midi_port_has_no_sound_thread() {
        let mut output = OutputState {
            priorities: Priorities {
                clock: Priority::RealTime,
                sound: Priority::Usual("it was refused".to_owned()),
            },
            ..OutputState::default()
        };
        assert_eq!(
            priorities_text(&output),
            "Sound thread: not raised: it was refused. Clock thread: raised to real time."
        );
        output.choice = OutputChoice::Silent;
        let text = priorities_text(&output);
        assert_eq!(text, "Clock thread: raised to real time.");
    }
}
