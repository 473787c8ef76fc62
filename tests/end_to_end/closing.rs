//! End-to-end test of closing the program while it is busy: the sound ends at once, and the program soon after.

use std::time::Duration;

use crate::harness::{Missing, tests};
use crate::pitch;
use crate::pulse_audio::RATE;
use crate::tools::output_folder;
use crate::window::{Tunescape, most_isolated, need_window};

tests![closing_while_a_large_map_is_laid_out_ends_the_sound_and_the_program_at_once,];

/// Samples quieter than this are silence.
const SILENT: f32 = 0.001;

fn closing_while_a_large_map_is_laid_out_ends_the_sound_and_the_program_at_once()
-> Result<(), Missing> {
    let test = "closing";
    need_window()?;
    let folder = output_folder(test);
    let mut program = Tunescape::start(&folder, |command| {
        // 30,300 melodies, far above the default.
        command.env("TUNESCAPE_SWEEP", "300x100");
    });
    let melody = program.wait("a melody to play", |state| {
        most_isolated(state, &[]).map(|point| point.id.clone())
    });
    program.click_melody(&melody);
    program.wait(
        "the layout of the finished sweep to be under way",
        |state| {
            let done = !state.sweep.running && state.sweep.done == state.sweep.total;
            (done && state.sweep.total > 0 && !state.layout.measured).then_some(())
        },
    );
    let before = pitch::loudness(&program.recorder.next(Duration::from_millis(500)));
    assert!(before > -60.0, "nothing sounded before: {before:.1} dB");
    let (took, recorded) = program.terminate();
    let last = recorded.iter().rposition(|sample| sample.abs() > SILENT);
    let sounded = last.map_or(0.0, |last| (last + 1) as f64 / f64::from(RATE));
    eprintln!(
        "closing: the sound ended {sounded:.2} s and the program {:.2} s after SIGTERM",
        took.as_secs_f64()
    );
    // Promised are 0.2 s and 1 s on an idle machine. The reverberation alone would last for more than half a second.
    assert!(sounded < 0.45, "the sound went on for {sounded:.2} s");
    assert!(took < Duration::from_secs(5), "closing took {took:?}");
    Ok(())
}
