//! The menus, the file dialog and the messages of the window.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use tunescape::sweep::MelodyId;
use tunescape::ui::{App, Command, ExportShape, ExportWhat, ImportCommand, SoundCommand};

use crate::states::{CENTRE, State, command, draw_path, keep_three, second_map};
use crate::tune::tune;
use crate::window::run_until;

/// Opens the menu of the first of these buttons that the window has at this size. The text may be a part of the label.
fn open_menu(harness: &mut Harness<'static, App>, labels: &[&str]) {
    let is_there = |harness: &Harness<'_, App>, label: &str| {
        harness.query_all_by_label_contains(label).next().is_some()
    };
    let label = labels.iter().find(|label| is_there(harness, label));
    let label = label.unwrap_or_else(|| panic!("there is no button {labels:?}"));
    // Buttons in a panel may be scrolled out of view.
    let first = |harness: &Harness<'static, App>, act: &dyn Fn(&egui_kittest::Node<'_>)| {
        act(&harness.query_all_by_label_contains(label).next().unwrap());
    };
    first(harness, &|node| node.scroll_to_me());
    harness.run_steps(3);
    first(harness, &|node| node.click());
    harness.run_steps(3);
    assert!(harness.ctx.any_popup_open(), "{labels:?} opens no menu");
}

/// Waits until a dialog asks.
fn until_asked(harness: &mut Harness<'static, App>) {
    let patience = Instant::now() + Duration::from_secs(60);
    while harness.query_by_label("Cancel").is_none() {
        assert!(Instant::now() < patience, "no dialog appears");
        harness.run_steps(1);
        std::thread::sleep(Duration::from_millis(2));
    }
    harness.run_steps(3);
}

/// More files and folders than the list shows, one with a long name.
fn fill(folder: &Path) {
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

const fn state(name: &'static str, enter: fn(&mut Harness<'static, App>, &Path)) -> State {
    State {
        name,
        enter,
        asks_in_window: false,
    }
}

const fn dialog(name: &'static str, enter: fn(&mut Harness<'static, App>, &Path)) -> State {
    State {
        asks_in_window: true,
        ..state(name, enter)
    }
}

/// Every menu, dialog and kind of message, by name.
pub const MENUS: &[State] = &[
    state("model menu", |harness, _| {
        open_menu(harness, &["Toy model"])
    }),
    state("device menu", |harness, _| open_menu(harness, &["Runs on"])),
    state("play menu", |harness, _| {
        open_menu(harness, &["How the map plays"])
    }),
    state("axes menu", |harness, _| {
        open_menu(harness, &["Layout: Axes", "Layouts of the map"]);
    }),
    state("filter menu", |harness, _| {
        command(harness, Command::SetFilter(1, Some((2.0, 6.0))));
        let scale = "F# minor pentatonic".parse().unwrap();
        command(harness, Command::SetScaleFilter(Some(scale)));
        open_menu(harness, &["Filter the map"]);
    }),
    state("colour menu", |harness, _| {
        open_menu(harness, &["Colour: "])
    }),
    state("quality figures", |harness, _| {
        open_menu(harness, &["Map quality"])
    }),
    state("export menu of the selection", |harness, _| {
        let some = (1..9).map(|region| MelodyId::Centre { region }).collect();
        command(harness, Command::SelectMany(some));
        open_menu(harness, &["Export all…"]);
    }),
    state("export menu of the library", |harness, _| {
        keep_three(harness);
        open_menu(harness, &["Export library…"]);
    }),
    state("export menu of the path", |harness, _| {
        draw_path(harness);
        open_menu(harness, &["Export the path"]);
    }),
    state("time per melody menu", |harness, _| {
        draw_path(harness);
        open_menu(harness, &["Time per melody"]);
    }),
    state("interpolation menu", |harness, _| {
        command(harness, Command::Select(CENTRE));
        open_menu(harness, &["Arc"]);
    }),
    state("maps menu", |harness, _| {
        second_map(harness);
        open_menu(harness, &["Maps of this session"]);
    }),
    state("more of the sweep", |harness, _| {
        let more = harness.get_by_label("More");
        more.scroll_to_me();
        harness.run_steps(3);
        click(harness, "More");
        harness.run_steps(10);
        harness.get_by_label("Temperature").scroll_to_me();
        harness.run_steps(3);
    }),
    state("attribute menu of the analysis", |harness, _| {
        command(harness, Command::ShowAnalysis(true));
        run_until(harness, "the study is there", |app| {
            app.state().analysis.finished().is_some()
        });
        harness.run_steps(5);
        let boxes = harness.query_all_by_role(eframe::egui::Role::ComboBox);
        // The last one: the side panel is drawn first.
        let last = boxes.last().unwrap();
        assert!(
            last.accesskit_node().value().is_some(),
            "its value is the attribute"
        );
        last.click();
        harness.run_steps(3);
        assert!(harness.ctx.any_popup_open());
    }),
    state("what plays is named on the map", |harness, _| {
        command(harness, Command::TogglePanel(tunescape::ui::Panel::Bottom));
        command(harness, Command::TogglePanel(tunescape::ui::Panel::Right));
        let some = (1..9).map(|region| MelodyId::Centre { region }).collect();
        command(harness, Command::Select(CENTRE));
        command(harness, Command::SelectMany(some));
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
        fill(folder);
        command(harness, Command::Import(ImportCommand::ChooseFile));
        until_asked(harness);
    }),
    dialog("dialog that opens a model", |harness, folder| {
        fill(folder);
        command(harness, Command::ChooseModel);
        until_asked(harness);
        click(harness, "Open");
    }),
    dialog("dialog that saves", |harness, folder| {
        fill(folder);
        command(harness, Command::Select(CENTRE));
        command(
            harness,
            Command::Export(ExportWhat::Shown, ExportShape::Folder),
        );
        until_asked(harness);
    }),
    dialog("dialog that chooses a folder", |harness, folder| {
        fill(folder);
        let some = (1..9).map(|region| MelodyId::Centre { region }).collect();
        command(harness, Command::SelectMany(some));
        command(
            harness,
            Command::Export(ExportWhat::Selected, ExportShape::Folder),
        );
        until_asked(harness);
        click(harness, "New folder");
        click(harness, "Make");
    }),
    dialog("overwrite question", |harness, folder| {
        command(harness, Command::Select(CENTRE));
        for _ in 0..2 {
            command(
                harness,
                Command::Export(ExportWhat::Shown, ExportShape::Folder),
            );
            until_asked(harness);
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
