//! The priorities of the sound and clock threads, as text.

use crate::playback::{OutputChoice, OutputState, Priority};

/// Says with what priority the sound thread and the clock thread run; `None` while that is unknown.
pub(super) fn priorities_text(output: &OutputState) -> Option<String> {
    let sound = &output.priorities.sound;
    let mut threads = vec![("Clock thread", &output.priorities.clock)];
    if output.choice == OutputChoice::Synth {
        threads.insert(0, ("Sound thread", sound));
    }
    let sentences = threads
        .iter()
        .filter_map(|(name, priority)| match priority {
            Priority::Unknown => None,
            Priority::RealTime => Some(format!("{name}: raised to real time.")),
            Priority::High => Some(format!("{name}: raised above other programs.")),
            Priority::Normal(reason) => Some(format!("{name}: not raised: {reason}.")),
        });
    let sentences: Vec<String> = sentences.collect();
    (!sentences.is_empty()).then(|| sentences.join(" "))
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
                sound: Priority::Normal("it was refused".to_owned()),
            },
            ..OutputState::default()
        };
        assert_eq!(
            priorities_text(&output).as_deref(),
            Some("Sound thread: not raised: it was refused. Clock thread: raised to real time.")
        );
        output.choice = OutputChoice::Silent;
        let text = priorities_text(&output);
        assert_eq!(text.as_deref(), Some("Clock thread: raised to real time."));
        assert_eq!(priorities_text(&OutputState::default()), None);
    }
}
