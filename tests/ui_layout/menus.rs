//! The states of the window with a menu, a file dialog or a message.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use eframe::egui::{Event, Modifiers, PointerButton, Pos2, Role, vec2};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use tunescape::melody::Feel;
use tunescape::ui::{
    App, ChordSettings, Command, ExportGrouping, ExportSelection, ImportCommand, Panel,
    SoundCommand, SteerCommand,
};

use crate::states::{
    CENTRE, State, arrange, command, dialog, draw_path, keep_three, menu, second_map, select_eight,
    state,
};
use crate::tune::tune;
use crate::window::run_until;

/// Opens the menu of the first of these buttons that the window has at this size; a label may be given in part.
fn open_menu(harness: &mut Harness<'static, App>, labels: &[&str]) {
    let is_shown = |harness: &Harness<'_, App>, label: &str| {
        harness.query_all_by_label_contains(label).next().is_some()
    };
    let label = labels.iter().find(|label| is_shown(harness, label));
    let label = label.unwrap_or_else(|| panic!("there is no button {labels:?}"));
    // Buttons in a panel may be scrolled out of view.
    let with_first = |harness: &Harness<'static, App>, action: &dyn Fn(&egui_kittest::Node<'_>)| {
        action(&harness.query_all_by_label_contains(label).next().unwrap());
    };
    with_first(harness, &|node| node.scroll_to_me());
    harness.run_steps(3);
    with_first(harness, &|node| node.click());
    harness.run_steps(3);
    assert!(harness.ctx.any_popup_open(), "{labels:?} opens no menu");
}

/// Waits until a file dialog is open.
fn wait_for_dialog(harness: &mut Harness<'static, App>) {
    let deadline = Instant::now() + Duration::from_secs(60);
    while harness.query_by_label("Cancel").is_none() {
        assert!(Instant::now() < deadline, "no dialog appears");
        harness.run_steps(1);
        std::thread::sleep(Duration::from_millis(2));
    }
    harness.run_steps(3);
}

/// Writes more files and folders than the list of a dialog shows, one with a long name.
fn fill_folder(folder: &Path) {
    for number in 0..14 {
        std::fs::create_dir(folder.join(format!("Session {number}"))).unwrap();
        let name = format!("idea {number}, take 2.mid");
        std::fs::write(folder.join(name), tune("Tune")).unwrap();
    }
    let long = "a name that is far longer than the list is wide, and longer still, until it ends after all.mid";
    std::fs::write(folder.join(long), tune("Tune")).unwrap();
    std::fs::write(folder.join("weights of a friend.safetensors"), "x").unwrap();
}

fn click(harness: &mut Harness<'static, App>, label: &str) {
    harness.get_by_label(label).click();
    harness.run_steps(3);
}

/// Opens the tab `tab` of the left panel if the widget is not shown.
fn show_section(harness: &mut Harness<'static, App>, widget: &str, tab: &str) {
    if harness.query_by_label(widget).is_none() {
        click(harness, tab);
    }
}

/// Opens a collapsible part of a panel if its field is not shown, and scrolls to the field.
fn unfold(harness: &mut Harness<'static, App>, part: &str, field: &str) {
    if harness.query_by_label(field).is_none() {
        harness.get_by_label(part).scroll_to_me();
        harness.run_steps(3);
        click(harness, part);
        harness.run_steps(10);
    }
    harness.get_by_label(field).scroll_to_me();
    harness.run_steps(3);
}

/// Every menu, dialog and kind of message, by name.
pub const MENUS: &[State] = &[
    menu(
        "model menu",
        |_, _| {},
        |harness| open_menu(harness, &["Toy model"]),
    ),
    menu(
        "device menu",
        |_, _| {},
        |harness| open_menu(harness, &["Runs on"]),
    ),
    menu(
        "play menu",
        |_, _| {},
        |harness| open_menu(harness, &["How the map plays"]),
    ),
    menu(
        "layout menu",
        |_, _| {},
        |harness| open_menu(harness, &["Layout: Axes", "Layouts of the map"]),
    ),
    menu(
        "timeline export menu",
        |harness, _| arrange(harness),
        |harness| open_menu(harness, &["Export timeline…"]),
    ),
    menu(
        "block menu",
        |harness, _| arrange(harness),
        |harness| {
            let block = harness.query_all_by_label_contains("Block 1: ").next();
            block.unwrap().click_secondary();
            harness.run_steps(3);
            assert!(harness.ctx.any_popup_open());
        },
    ),
    menu(
        "filter menu",
        |harness, _| {
            command(harness, Command::SetFilter(1, Some((2.0, 6.0))));
            let scale = "F# minor pentatonic".parse().unwrap();
            command(harness, Command::SetScaleFilter(Some(scale)));
        },
        |harness| open_menu(harness, &["Filter the map"]),
    ),
    menu(
        "colour menu",
        |_, _| {},
        |harness| open_menu(harness, &["Colour: "]),
    ),
    menu(
        "quality figures",
        |_, _| {},
        |harness| open_menu(harness, &["Map quality"]),
    ),
    menu(
        "output menu",
        |_, _| {},
        |harness| open_menu(harness, &["Output"]),
    ),
    menu(
        "feel menu",
        |harness, _| {
            let chords = ChordSettings {
                on: true,
                text: "Dm7 G7 | Cmaj7 | Am7 D7/F# | Gmaj9".to_owned(),
                ..ChordSettings::default()
            };
            command(harness, Command::SetChords(chords));
            let feel = Feel {
                transpose: 12,
                snap: "F# minor pentatonic".parse().ok(),
                ..Feel::PLAIN
            };
            command(harness, Command::SetFeel(feel));
            command(harness, Command::Select(CENTRE));
        },
        |harness| open_menu(harness, &["Feel"]),
    ),
    menu(
        "export menu of the selection",
        |harness, _| select_eight(harness),
        |harness| open_menu(harness, &["Export all…", "8 selected"]),
    ),
    menu(
        "export menu of the library",
        |harness, _| keep_three(harness),
        |harness| open_menu(harness, &["Export library…"]),
    ),
    menu(
        "sorting of the kept melodies",
        |harness, _| keep_three(harness),
        |harness| open_menu(harness, &["Sort and filter the kept melodies"]),
    ),
    menu(
        "menu of a kept melody",
        |harness, _| keep_three(harness),
        |harness| {
            let at = harness
                .get_by_label("Kept 1: Region 3, centre")
                .rect()
                .left_center();
            assert!(opens_context_menu(harness, at + vec2(20.0, 0.0)));
        },
    ),
    menu(
        "export menu of the path",
        |harness, _| draw_path(harness),
        |harness| open_menu(harness, &["Export the path"]),
    ),
    menu(
        "time per melody menu",
        |harness, _| draw_path(harness),
        |harness| open_menu(harness, &["Time per melody"]),
    ),
    menu(
        "interpolation menu",
        |harness, _| command(harness, Command::Select(CENTRE)),
        |harness| open_menu(harness, &["Arc"]),
    ),
    menu(
        "maps menu",
        |harness, _| second_map(harness),
        |harness| {
            show_section(harness, "New sweep", "Sweep");
            open_menu(harness, &["Maps of this session"]);
        },
    ),
    menu(
        "more of the sweep",
        |harness, _| {
            show_section(harness, "New sweep", "Sweep");
            unfold(harness, "More", "Temperature");
        },
        |harness| {
            show_section(harness, "New sweep", "Sweep");
            unfold(harness, "More", "Temperature");
        },
    ),
    menu(
        "options of steering",
        |harness, _| {
            show_section(harness, "Options", "Steer");
            unfold(harness, "Options", "Temperature of new melodies");
        },
        |harness| {
            show_section(harness, "Options", "Steer");
            unfold(harness, "Options", "Temperature of new melodies");
        },
    ),
    menu(
        "key menu",
        |harness, _| {
            let scale = "F# minor pentatonic".parse().ok();
            command(harness, Command::Steer(SteerCommand::SetScale(scale)));
        },
        |harness| open_menu(harness, &["Key of new melodies"]),
    ),
    menu(
        "attribute menu of the analysis",
        |harness, _| {
            command(harness, Command::ShowAnalysis(true));
            run_until(harness, "the study is there", |app| {
                app.state().analysis.finished().is_some()
            });
        },
        |harness| {
            let boxes = harness.query_all_by_role(Role::ComboBox);
            // The last one: the side panel is drawn first.
            let last = boxes.last().unwrap();
            assert!(
                last.accesskit_node().value().is_some(),
                "its value is the attribute"
            );
            last.click();
            harness.run_steps(3);
            assert!(harness.ctx.any_popup_open());
        },
    ),
    menu(
        "context menu",
        |_, _| {},
        |harness| {
            // In a small window a card may cover a melody.
            let map = harness.state().map();
            let centre = map.position(CENTRE).unwrap();
            let others: Vec<Pos2> = map.points().iter().map(|point| point.position).collect();
            let mut positions = std::iter::once(centre).chain(others);
            assert!(
                positions.any(|at| opens_context_menu(harness, at)),
                "no menu in {:?}",
                harness.ctx.content_rect()
            );
        },
    ),
    menu(
        "card of a point",
        |_, _| {},
        |harness| {
            let at = harness.state().map().position(CENTRE).unwrap();
            harness.hover_at(at);
            harness.run_steps(3);
        },
    ),
    state("what plays is named on the map", |harness, _| {
        command(harness, Command::TogglePanel(Panel::Bottom));
        command(harness, Command::TogglePanel(Panel::Right));
        command(harness, Command::Select(CENTRE));
        select_eight(harness);
        assert!(harness.query_by_label("Keep what plays").is_some());
    }),
    state("settings", |harness, _| {
        command(harness, Command::Sound(SoundCommand::ShowSettings(true)));
    }),
    state("three errors", |harness, _| {
        for name in ["first", "second", "third"] {
            let missing = format!("/a/rather/long/path/that/leads/to/no/{name}.safetensors");
            command(harness, Command::OpenModel(Some(PathBuf::from(missing))));
            run_until(harness, "the error is told", |app| {
                let mut notices = app.state().notices.iter();
                notices.any(|notice| notice.text.contains(name))
            });
        }
    }),
    dialog("dialog that opens a song", |harness, folder| {
        fill_folder(folder);
        command(harness, Command::Import(ImportCommand::ChooseFile));
        wait_for_dialog(harness);
    }),
    dialog("dialog that opens a model", |harness, folder| {
        fill_folder(folder);
        command(harness, Command::ChooseModel);
        wait_for_dialog(harness);
        click(harness, "Open");
    }),
    dialog("dialog that saves", |harness, folder| {
        fill_folder(folder);
        command(harness, Command::Select(CENTRE));
        command(
            harness,
            Command::Export(ExportSelection::Shown, ExportGrouping::Folder),
        );
        wait_for_dialog(harness);
    }),
    dialog("dialog that chooses a folder", |harness, folder| {
        fill_folder(folder);
        select_eight(harness);
        command(
            harness,
            Command::Export(ExportSelection::Selected, ExportGrouping::Folder),
        );
        wait_for_dialog(harness);
        click(harness, "New folder");
        click(harness, "Make");
    }),
    dialog("overwrite question", |harness, folder| {
        command(harness, Command::Select(CENTRE));
        for _ in 0..2 {
            command(
                harness,
                Command::Export(ExportSelection::Shown, ExportGrouping::Folder),
            );
            wait_for_dialog(harness);
            click(harness, "Save");
            let before = Instant::now();
            while harness.query_by_label("Replace").is_none() && before.elapsed().as_millis() < 300
            {
                std::thread::sleep(Duration::from_millis(2));
                harness.run_steps(1);
            }
        }
        assert!(folder.read_dir().unwrap().next().is_some());
        assert!(harness.query_by_label("Keep both").is_some());
    }),
];

/// Whether a right click at a position opens a menu.
fn opens_context_menu(harness: &mut Harness<'_, App>, at: Pos2) -> bool {
    harness.hover_at(at);
    harness.run_steps(1);
    for pressed in [true, false] {
        harness.event(Event::PointerButton {
            pos: at,
            button: PointerButton::Secondary,
            pressed,
            modifiers: Modifiers::NONE,
        });
        harness.run_steps(2);
    }
    harness.ctx.any_popup_open()
}
