//! The states of the window that are tested, and how each is entered.

use std::path::{Path, PathBuf};
use std::time::Duration;

use eframe::egui::{Key, Modifiers};
use egui_kittest::Harness;
use tunescape::latent::Interpolation;
use tunescape::melody::{Note, NoteEdit};
use tunescape::sweep::{LayoutKind, MelodyId};
use tunescape::ui::{
    App, Command, ExportGrouping, ExportSelection, GenerateCommand, ImportCommand, ModelState,
    NotesCommand, PathCommand, SearchScope, SimilarCommand, SteerCommand, TimelineCommand,
    TimelineSource, TrayCommand,
};

use crate::tune::tune;
use crate::window::run_until;

/// What a window shows before a state is entered.
#[derive(Clone, Copy, PartialEq)]
pub enum Start {
    /// A finished sweep.
    Swept,
    /// A sweep that has just begun.
    Sweeping,
    /// No model, and so no map.
    NoModel,
}

/// A state of the window by name, and how it is entered.
pub struct State {
    pub name: &'static str,
    pub start: Start,
    /// Enters the state; the path is the folder that files are exported into.
    pub enter: fn(&mut Harness<'static, App>, &Path),
    /// Opens again what a change of the window's size closes, or scrolls to what it moves out of view.
    pub open: fn(&mut Harness<'static, App>),
    /// Whether the window draws its file dialogs itself.
    pub asks_in_window: bool,
}

fn wait_for_steer(harness: &mut Harness<'static, App>) {
    run_until(harness, "the steer is done", |app| {
        !app.state().steer.finished.is_empty() && app.state().steer.running.is_none()
    });
}

pub const fn state(name: &'static str, enter: fn(&mut Harness<'static, App>, &Path)) -> State {
    State {
        name,
        start: Start::Swept,
        enter,
        open: |_| {},
        asks_in_window: false,
    }
}

/// A state whose menu is opened by `open` once it is entered.
pub const fn menu(
    name: &'static str,
    enter: fn(&mut Harness<'static, App>, &Path),
    open: fn(&mut Harness<'static, App>),
) -> State {
    State {
        open,
        ..state(name, enter)
    }
}

/// A state in which the window draws its file dialogs itself.
pub const fn dialog(name: &'static str, enter: fn(&mut Harness<'static, App>, &Path)) -> State {
    State {
        asks_in_window: true,
        ..state(name, enter)
    }
}

pub const CENTRE: MelodyId = MelodyId::Centre { region: 5 };
const OTHER: MelodyId = MelodyId::Centre { region: 11 };

pub fn command(harness: &mut Harness<'static, App>, command: Command) {
    harness.state_mut().command(command);
    harness.run_steps(3);
}

fn press(harness: &mut Harness<'static, App>, modifiers: Modifiers, key: Key) {
    harness.key_press_modifiers(modifiers, key);
    harness.run_steps(3);
}

pub fn draw_path(harness: &mut Harness<'static, App>) {
    command(harness, Command::Path(PathCommand::SetTool(true)));
    let points = vec![[-0.5, -0.4], [0.0, 0.4], [0.5, -0.2]];
    command(
        harness,
        Command::Path(PathCommand::Draw {
            points,
            closed: false,
        }),
    );
    run_until(harness, "the path has its melodies", |app| {
        app.state().path.stops().is_some()
    });
}

/// Keeps three melodies.
pub fn keep_three(harness: &mut Harness<'static, App>) {
    for region in [3, 4, 5] {
        command(harness, Command::Select(MelodyId::Centre { region }));
        command(harness, Command::ToggleKept);
    }
    run_until(harness, "three are kept", |app| {
        app.state().kept_melodies.len() == 3
    });
}

/// Arranges two blocks, as many as the smallest window shows, with a label, a transposition and a loop, and selects one.
pub fn arrange(harness: &mut Harness<'static, App>) {
    let add = |region| TimelineCommand::Add(TimelineSource::Melody(MelodyId::Centre { region }));
    for timeline in [
        TimelineCommand::Show(true),
        add(3),
        add(4),
        TimelineCommand::Transpose(1, -12),
        TimelineCommand::Rename(0, Some("introduction".to_owned())),
        TimelineCommand::SetLoop(Some((1, 1))),
        TimelineCommand::SelectBlock(Some(0)),
    ] {
        command(harness, Command::Timeline(timeline));
    }
    harness.run_steps(5);
}

/// Arranges more blocks than there is space for.
pub fn arrange_many(harness: &mut Harness<'static, App>) {
    arrange(harness);
    let add = |region| TimelineCommand::Add(TimelineSource::Melody(MelodyId::Centre { region }));
    for timeline in [
        TimelineCommand::SetRepeats(0, 2),
        TimelineCommand::SelectBlock(Some(1)),
        add(3),
        TimelineCommand::SetRepeats(2, 4),
        TimelineCommand::Transpose(2, 5),
        add(5),
        add(4),
        TimelineCommand::SetRepeats(4, 16),
        TimelineCommand::PlayFrom(2),
    ] {
        command(harness, Command::Timeline(timeline));
    }
    harness.run_steps(5);
}

/// Holds the key of the slice over the middle of the map until its melodies are there.
fn hold_slice(harness: &mut Harness<'static, App>) {
    let Some(map) = harness.state().map().rect() else {
        return;
    };
    harness.hover_at(map.center());
    harness.run_steps(2);
    harness.key_down(Key::G);
    run_until(harness, "the slice is decoded", |app| {
        let open = app.state().slice.open.as_ref();
        open.is_some_and(|open| open.slice.is_some())
    });
}

/// Writes a song and opens it.
fn open_song(harness: &mut Harness<'static, App>, song: &Path) {
    std::fs::write(song, tune("Tune")).unwrap();
    command(
        harness,
        Command::Import(ImportCommand::Open(song.to_owned())),
    );
    run_until(harness, "the song is read", |app| {
        app.state().imported_song.is_some() || app.state().notices.iter().next().is_some()
    });
}

/// Selects eight regions.
pub fn select_eight(harness: &mut Harness<'static, App>) {
    let eight = (1..9).map(|region| MelodyId::Centre { region }).collect();
    command(harness, Command::SelectMany(eight));
}

/// Sweeps a second map.
pub fn second_map(harness: &mut Harness<'static, App>) {
    command(harness, Command::NewSweep);
    run_until(harness, "the second sweep is done", |app| {
        app.state().maps().len() == 2 && app.state().sweep.running.is_none()
    });
}

/// A timeline that is longer than the tray is wide, and plays. Its row is scrolled, so its last block is cut in most windows.
pub const LONG_TIMELINE: State = state("long timeline", |harness, _| arrange_many(harness));

/// Every state of the map, the panels and the messages, by name.
pub const STATES: &[State] = &[
    State {
        start: Start::NoModel,
        ..state("no model", |harness, _| {
            run_until(harness, "the error is told", |app| {
                matches!(app.state().model, ModelState::Failed(_))
            });
        })
    },
    State {
        start: Start::Sweeping,
        ..state("sweeping", |harness, _| {
            run_until(harness, "some melodies are there", |app| {
                app.state().melodies.decoded_count() > 0
            });
        })
    },
    state("swept", |_, _| {}),
    state("selected", |harness, _| {
        command(harness, Command::Select(CENTRE))
    }),
    state("editing notes", |harness, _| {
        command(harness, Command::Select(CENTRE));
        let draw_note = NoteEdit::Draw(Note {
            pitch: 67,
            start: 3,
            end: 6,
        });
        for notes in [NotesCommand::SetTool(true), NotesCommand::Edit(draw_note)] {
            command(harness, Command::Notes(notes));
        }
        harness.run_steps(3);
    }),
    state("many selected", |harness, _| select_eight(harness)),
    state("steered", |harness, _| {
        let want = SteerCommand::Want {
            attribute: 1,
            value: 5.0,
        };
        for steer in [want, SteerCommand::Start] {
            command(harness, Command::Steer(steer));
        }
        wait_for_steer(harness);
    }),
    state("steered like the selected", |harness, _| {
        command(harness, Command::Select(CENTRE));
        let want = SteerCommand::Want {
            attribute: 0,
            value: 9.0,
        };
        let scope = SteerCommand::SetScope(SearchScope::LikeSelected);
        for steer in [scope, want, SteerCommand::HoldRest, SteerCommand::Start] {
            command(harness, Command::Steer(steer));
        }
        wait_for_steer(harness);
    }),
    state("steered in a key", |harness, _| {
        command(harness, Command::Select(CENTRE));
        let want = |attribute, value| SteerCommand::Want { attribute, value };
        for steer in [
            want(0, 4.0),
            want(2, 14.0),
            SteerCommand::Hold(3),
            SteerCommand::SetScale("F# minor pentatonic".parse().ok()),
            SteerCommand::Start,
        ] {
            command(harness, Command::Steer(steer));
        }
        wait_for_steer(harness);
    }),
    state("impossible values", |harness, _| {
        for (attribute, value) in [(0, 16.0), (2, 0.0), (3, 40.0)] {
            let want = SteerCommand::Want { attribute, value };
            command(harness, Command::Steer(want));
        }
        command(harness, Command::Steer(SteerCommand::Start));
        wait_for_steer(harness);
    }),
    state("every slider held", |harness, _| {
        let all = [SteerCommand::ShowMore(true), SteerCommand::HoldRest];
        for steer in all {
            command(harness, Command::Steer(steer));
        }
        harness.run_steps(10);
    }),
    menu(
        "like this",
        |_, _| {},
        |harness| {
            let steer = Command::Steer(SteerCommand::LikeThis(CENTRE));
            command(harness, steer);
            harness.run_steps(10);
        },
    ),
    state("held", |harness, _| {
        let want = SteerCommand::Want {
            attribute: 3,
            value: 1.0,
        };
        for steer in [SteerCommand::HoldRest, want] {
            command(harness, Command::Steer(steer));
        }
    }),
    state("axes", |harness, _| {
        command(harness, Command::SetLayout(LayoutKind::DEFAULT_AXES));
        run_until(harness, "the axes are there", |app| {
            let quality = app.state().layout.quality.as_ref();
            quality.is_some_and(|quality| quality.kind == LayoutKind::DEFAULT_AXES)
                && !app.map().moving()
        });
    }),
    state("similar", |harness, _| {
        command(harness, Command::Select(CENTRE));
        command(harness, Command::Similar(SimilarCommand::Find(CENTRE)));
        harness.run_steps(10);
    }),
    state("blend waiting", |harness, _| {
        command(harness, Command::Select(CENTRE));
        command(
            harness,
            Command::Generate(GenerateCommand::BlendFrom(Some(CENTRE))),
        );
    }),
    state("blended", |harness, _| {
        command(
            harness,
            Command::Generate(GenerateCommand::SetInterpolation(Interpolation::Spherical)),
        );
        command(
            harness,
            Command::Generate(GenerateCommand::Blend(CENTRE, OTHER)),
        );
        run_until(harness, "the blend is done", |app| {
            app.state().melodies.added_count() > 0
        });
    }),
    state("explored", |harness, _| {
        command(harness, Command::Select(CENTRE));
        command(harness, Command::Generate(GenerateCommand::Explore(CENTRE)));
        run_until(harness, "the exploration is done", |app| {
            app.state().melodies.added_count() > 0
        });
    }),
    menu("slice", |_, _| {}, hold_slice),
    state("path tool", |harness, _| {
        command(harness, Command::Path(PathCommand::SetTool(true)))
    }),
    state("path", |harness, _| draw_path(harness)),
    state("path playing", |harness, _| {
        draw_path(harness);
        command(harness, Command::Path(PathCommand::PlayStop));
    }),
    state("filter", |harness, _| {
        command(harness, Command::SetFilter(1, Some((2.0, 6.0))))
    }),
    state("kept", |harness, _| keep_three(harness)),
    state("empty timeline", |harness, _| {
        command(harness, Command::Timeline(TimelineCommand::Show(true)));
    }),
    state("timeline", |harness, _| arrange(harness)),
    state("timeline playing", |harness, _| {
        arrange(harness);
        command(harness, Command::Timeline(TimelineCommand::PlayFrom(1)));
    }),
    state("kept with names, stars and marks", |harness, _| {
        keep_three(harness);
        for tray in [
            TrayCommand::Rename(
                1,
                "A name that is far longer than its card is wide".to_owned(),
            ),
            TrayCommand::SetStars(1, 5),
            TrayCommand::SetStars(2, 1),
            TrayCommand::MarkShown,
        ] {
            command(harness, Command::Tray(tray));
        }
        run_until(harness, "three are marked", |app| {
            app.state().kept_melodies.marked().len() == 3
        });
    }),
    state("name of a kept melody", |harness, _| {
        keep_three(harness);
        command(harness, Command::Tray(TrayCommand::EditName(Some(1))));
    }),
    state("analysis", |harness, _| {
        command(harness, Command::ShowAnalysis(true));
        run_until(harness, "the study is there", |app| {
            app.state().analysis.finished().is_some()
        });
        harness.run_steps(5);
    }),
    state("keys", |harness, _| {
        command(harness, Command::ShowHelp(true))
    }),
    state("search", |harness, _| {
        press(harness, Modifiers::COMMAND, Key::K)
    }),
    state("two maps", |harness, _| second_map(harness)),
    state("song", |harness, folder| {
        open_song(harness, &folder.join("song.mid"))
    }),
    state("song with a long name", |harness, folder| {
        let song = folder.join(format!("{} Größe.mid", "x".repeat(200)));
        open_song(harness, &song);
    }),
    state("error", |harness, _| {
        let missing = PathBuf::from("/a/rather/long/path/that/leads/to/no/model.safetensors");
        command(harness, Command::OpenModel(Some(missing)));
        run_until(harness, "the error is told", |app| {
            app.state().notices.iter().next().is_some()
        });
    }),
    state("export refused", |harness, _| {
        command(harness, Command::Select(CENTRE));
        for _ in 0..2 {
            command(
                harness,
                Command::Export(ExportSelection::Shown, ExportGrouping::Folder),
            );
            for _ in 0..50 {
                std::thread::sleep(Duration::from_millis(2));
                harness.run_steps(1);
            }
        }
    }),
];
