//! The states of the window that are checked, and how each is reached.

use std::path::{Path, PathBuf};
use std::time::Duration;

use eframe::egui::{self, Key, Modifiers};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;
use tunescape::latent::Interpolation;
use tunescape::melody::Feel;
use tunescape::sweep::{LayoutKind, MelodyId};
use tunescape::ui::{
    App, ChordSettings, Command, ExportShape, ExportWhat, GenerateCommand, ImportCommand,
    PathCommand, SimilarCommand,
};

use crate::tune::tune;
use crate::window::run_until;

/// The name of a state, and the function that brings a window with a finished sweep into it.
pub struct State {
    pub name: &'static str,
    /// Gets the folder that files are exported into.
    pub enter: fn(&mut Harness<'static, App>, &Path),
    /// Whether the window itself asks for files.
    pub asks_in_window: bool,
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

fn click(harness: &mut Harness<'static, App>, label: &str) {
    if let Some(node) = harness.query_by_label(label) {
        node.click();
        harness.run_steps(3);
    }
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
        app.state().path.drawn.is_some()
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

/// Sweeps a second map.
pub fn second_map(harness: &mut Harness<'static, App>) {
    command(harness, Command::NewSweep);
    run_until(harness, "the second sweep is done", |app| {
        app.state().maps().len() == 2 && app.state().sweep.running.is_none()
    });
}

/// Every state, by name.
pub const STATES: &[State] = &[
    State {
        name: "swept",
        asks_in_window: false,
        enter: |_, _| {},
    },
    State {
        name: "selected",
        asks_in_window: false,
        enter: |harness, _| command(harness, Command::Select(CENTRE)),
    },
    State {
        name: "many selected",
        asks_in_window: false,
        enter: |harness, _| {
            let some = (1..9).map(|region| MelodyId::Centre { region }).collect();
            command(harness, Command::SelectMany(some));
        },
    },
    State {
        name: "steered",
        asks_in_window: false,
        enter: |harness, _| {
            command(
                harness,
                Command::SetTarget {
                    attribute: 1,
                    value: 5.0,
                },
            );
            command(harness, Command::Steer(1));
            run_until(harness, "the steer is done", |app| {
                app.state().melodies.added_count() > 0 && app.state().sweep.running.is_none()
            });
        },
    },
    State {
        name: "axes",
        asks_in_window: false,
        enter: |harness, _| {
            command(harness, Command::SetLayout(LayoutKind::AXES));
            run_until(harness, "the axes are there", |app| {
                let quality = app.state().layout.quality.as_ref();
                quality.is_some_and(|quality| quality.kind == LayoutKind::AXES)
                    && !app.map().moving()
            });
        },
    },
    State {
        name: "similar",
        asks_in_window: false,
        enter: |harness, _| {
            command(harness, Command::Select(CENTRE));
            command(harness, Command::Similar(SimilarCommand::Find(CENTRE)));
            harness.run_steps(10);
        },
    },
    State {
        name: "blend waiting",
        asks_in_window: false,
        enter: |harness, _| {
            command(harness, Command::Select(CENTRE));
            command(
                harness,
                Command::Generate(GenerateCommand::BlendFrom(Some(CENTRE))),
            );
        },
    },
    State {
        name: "blended",
        asks_in_window: false,
        enter: |harness, _| {
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
        },
    },
    State {
        name: "explored",
        asks_in_window: false,
        enter: |harness, _| {
            command(harness, Command::Select(CENTRE));
            command(harness, Command::Generate(GenerateCommand::Explore(CENTRE)));
            run_until(harness, "the exploration is done", |app| {
                app.state().melodies.added_count() > 0
            });
        },
    },
    State {
        name: "path tool",
        asks_in_window: false,
        enter: |harness, _| command(harness, Command::Path(PathCommand::SetTool(true))),
    },
    State {
        name: "path",
        asks_in_window: false,
        enter: |harness, _| draw_path(harness),
    },
    State {
        name: "path playing",
        asks_in_window: false,
        enter: |harness, _| {
            draw_path(harness);
            command(harness, Command::Path(PathCommand::PlayStop));
        },
    },
    State {
        name: "filter",
        asks_in_window: false,
        enter: |harness, _| command(harness, Command::SetFilter(1, Some((2.0, 6.0)))),
    },
    State {
        name: "kept",
        asks_in_window: false,
        enter: |harness, _| keep_three(harness),
    },
    State {
        name: "analysis",
        asks_in_window: false,
        enter: |harness, _| {
            command(harness, Command::ShowAnalysis(true));
            run_until(harness, "the study is there", |app| {
                app.state().analysis.finished().is_some()
            });
            harness.run_steps(5);
        },
    },
    State {
        name: "keys",
        asks_in_window: false,
        enter: |harness, _| command(harness, Command::ShowHelp(true)),
    },
    State {
        name: "search",
        asks_in_window: false,
        enter: |harness, _| press(harness, Modifiers::COMMAND, Key::K),
    },
    State {
        name: "layout menu",
        asks_in_window: false,
        enter: |harness, _| click(harness, "Layout: Axes"),
    },
    State {
        name: "output menu",
        asks_in_window: false,
        enter: |harness, _| click(harness, "Output"),
    },
    State {
        name: "feel menu",
        asks_in_window: false,
        enter: |harness, _| {
            let chords = ChordSettings {
                on: true,
                text: "Dm7 G7 | Cmaj7 | Am7 D7/F# | Gmaj9".to_owned(),
                ..ChordSettings::default()
            };
            command(harness, Command::SetChords(chords));
            let feel = Feel {
                snap: "F# minor pentatonic".parse().ok(),
                ..Feel::PLAIN
            };
            command(harness, Command::SetFeel(feel));
            command(harness, Command::Select(CENTRE));
            click(harness, "Feel");
            click(harness, "Octave up");
        },
    },
    State {
        name: "scale menu",
        asks_in_window: false,
        enter: |harness, _| {
            click(harness, "Feel");
            click(harness, "Snap to scale: Off");
        },
    },
    State {
        name: "two maps",
        asks_in_window: false,
        enter: |harness, _| second_map(harness),
    },
    State {
        name: "song",
        asks_in_window: false,
        enter: |harness, folder| {
            let song = folder.join("song.mid");
            std::fs::write(&song, tune("Tune")).unwrap();
            command(harness, Command::Import(ImportCommand::Open(song)));
            run_until(harness, "the song is read", |app| {
                app.state().imported_song.is_some() || app.state().notices.iter().next().is_some()
            });
        },
    },
    State {
        name: "error",
        asks_in_window: false,
        enter: |harness, _| {
            let missing = PathBuf::from("/a/rather/long/path/that/leads/to/no/model.safetensors");
            command(harness, Command::OpenModel(Some(missing)));
            run_until(harness, "the error is told", |app| {
                app.state().notices.iter().next().is_some()
            });
        },
    },
    State {
        name: "export refused",
        asks_in_window: false,
        enter: |harness, _| {
            command(harness, Command::Select(CENTRE));
            for _ in 0..2 {
                command(
                    harness,
                    Command::Export(ExportWhat::Shown, ExportShape::Folder),
                );
                for _ in 0..50 {
                    std::thread::sleep(Duration::from_millis(2));
                    harness.run_steps(1);
                }
            }
        },
    },
    State {
        name: "context menu",
        asks_in_window: false,
        enter: |harness, _| {
            let Some(at) = harness.state().map().position(CENTRE) else {
                return;
            };
            harness.hover_at(at);
            harness.run_steps(1);
            for pressed in [true, false] {
                harness.event(egui::Event::PointerButton {
                    pos: at,
                    button: egui::PointerButton::Secondary,
                    pressed,
                    modifiers: Modifiers::NONE,
                });
                harness.run_steps(2);
            }
        },
    },
];
