//! Tests that an idle window requests no frames, and that nothing is animated with reduced motion.

use std::time::Duration;

use eframe::egui::{Event, Key, ViewportId};
use tunescape::sweep::{LayoutKind, MelodyId};
use tunescape::ui::{Command, Motion, PathCommand};

use crate::window::Window;
use crate::{open, open_exporting};

impl Window {
    /// Time until the next frame that the window has asked for.
    fn delay_to_next_frame(&self) -> Duration {
        let output = self.harness.output();
        output.viewport_output[&ViewportId::ROOT].repaint_delay
    }

    /// Runs frames until none is asked for, for 30 seconds of the window's clock at most.
    fn assert_comes_to_rest(&mut self, after: &str) {
        for _ in 0..120 {
            self.harness.run_steps(1);
            if self.delay_to_next_frame() == Duration::MAX {
                return;
            }
        }
        let causes = self.harness.ctx.repaint_causes();
        panic!("after {after} the window asks for frames without an end: {causes:?}");
    }
}

#[test]
fn a_window_that_nobody_touches_asks_for_no_frame() {
    let mut window = open();
    window.assert_comes_to_rest("the hint has pulsed");

    let at = window.harness.state().map().rect().unwrap().center();
    window.harness.hover_at(at);
    window.harness.run_steps(2);
    window.harness.event(Event::PointerGone);
    window.assert_comes_to_rest("the pointer has left");

    window.lay_out_by("Layout: Latent", LayoutKind::Latent);
    window.assert_comes_to_rest("the layout has changed");

    window.click_centre_of(3);
    window.harness.run_steps(8);
    assert!(
        window.delay_to_next_frame() < Duration::from_millis(500),
        "the playhead moves"
    );
    window.press(Key::Space);
    window.assert_comes_to_rest("playing has stopped");
}

#[test]
fn a_window_comes_to_rest_after_a_notice_has_gone() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = open_exporting(folder.path().to_path_buf());
    window.click_centre_of(3);
    window.press(Key::Space);
    window.click("Export…");
    window.run_until("the file is written", |app| {
        app.state().notices.iter().next().is_some()
    });
    window.assert_comes_to_rest("the notice has gone");
    assert_eq!(window.state().notices.iter().count(), 0);
}

#[test]
fn with_reduced_motion_points_are_at_once_where_they_go() {
    let mut window = open();
    let moves_after = |window: &mut Window, label: &str, layout| {
        window
            .harness
            .state_mut()
            .command(Command::SetLayout(layout));
        let id = MelodyId::Centre { region: 4 };
        let before = window.harness.state().map().position(id);
        for _ in 0..10_000 {
            window.harness.run_steps(1);
            if window.harness.state().map().position(id) != before {
                return window.harness.state().map().moving();
            }
            std::thread::sleep(Duration::from_millis(2));
        }
        panic!("the points do not move to {label}");
    };
    let motion = |motion| Command::SetMotion(motion);
    window.harness.state_mut().command(motion(Motion::Full));
    assert!(moves_after(
        &mut window,
        "the latent layout",
        LayoutKind::Latent
    ));
    window.assert_comes_to_rest("the points have moved");
    window.harness.state_mut().command(motion(Motion::Reduced));
    window.harness.run_steps(2);
    assert!(!moves_after(
        &mut window,
        "the layout by sound",
        LayoutKind::MelodyDistance
    ));
}

#[test]
fn with_reduced_motion_nothing_pulses() {
    let mut window = open();
    // The hint is shown anew after a tool was used.
    for is_active in [true, false] {
        window.command(Command::Path(PathCommand::SetTool(is_active)));
    }
    window.harness.run_steps(3);
    assert!(
        window.delay_to_next_frame() < Duration::MAX,
        "the hint pulses"
    );
    window.click("Colour: Note density");
    window.click("Reduce motion");
    assert_eq!(window.state().settings.motion, Motion::Reduced);
    window.press(Key::Escape);
    window.harness.run_steps(3);
    assert_eq!(window.delay_to_next_frame(), Duration::MAX);
}
