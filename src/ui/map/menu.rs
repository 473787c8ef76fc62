//! The context menu of the map: what can be done with a melody, and with the point of the path over it.

use eframe::egui::{Button, Key, Popup, Response, RichText, Ui};

use super::gesture::MenuTarget;
use super::path::path_view::PathView;
use super::pointer::PointerTargets;
use crate::sweep::MelodyId;
use crate::ui::actions::input_text_of;
use crate::ui::command::{
    Command, ExportGrouping, ExportSelection, GenerateCommand, PathCommand, ShareCommand,
    SimilarCommand, SteerCommand, TimelineCommand, TimelineSource,
};
use crate::ui::state::AppState;
use crate::ui::theme::CAPTION;
use crate::ui::widget_rects::record_rect;
use crate::ui::widgets::controls::theme_colours;

/// Distance within which a right click selects a point or probe, points.
const HIT_DISTANCE: f32 = 24.0;

/// Opens the menu on a right click and draws it while it is open. `target` is what it belongs to.
pub(super) fn show(
    response: &Response,
    state: &AppState,
    targets: &PointerTargets<'_>,
    path: &PathView,
    target: &mut MenuTarget,
    out: &mut Vec<Command>,
) {
    if response.secondary_clicked() {
        let on_path = path.stop_under_pointer(state);
        let at = response.interact_pointer_pos();
        *target = MenuTarget {
            melody: at.and_then(|at| {
                targets
                    .point_under(at)
                    .or(on_path)
                    .or_else(|| targets.melody_at(at))
                    .or_else(|| targets.probe_at(state, response.rect, at, HIT_DISTANCE))
                    .or_else(|| targets.nearest(at, HIT_DISTANCE))
            }),
            path_point: path.point_under_pointer(),
            on_path: on_path.is_some(),
        };
    }
    let menu = Popup::context_menu(response);
    let id = menu.get_id();
    let shown = menu.show(|ui| {
        record_rect(ui.ctx(), "menu", ui.max_rect());
        items(ui, state, *target, out);
    });
    // A press elsewhere may begin a drag, which is no click and would leave the menu open.
    let pressed_at = response.ctx.input(|input| {
        let pressed = input.pointer.any_pressed();
        input.pointer.interact_pos().filter(|_| pressed)
    });
    if let (Some(menu), Some(at)) = (shown, pressed_at)
        && !menu.response.rect.contains(at)
    {
        Popup::close_id(&response.ctx, id);
    }
}

fn items(ui: &mut Ui, state: &AppState, target: MenuTarget, out: &mut Vec<Command>) {
    let MenuTarget {
        melody,
        path_point,
        on_path,
    } = target;
    let melody = melody.filter(|id| state.melodies.get(*id).is_some());
    let title = melody.map_or_else(|| "No melody here".to_owned(), |id| state.title(id));
    let muted = theme_colours(ui).muted;
    ui.label(RichText::new(title).size(CAPTION).color(muted));
    match melody {
        Some(id) => melody_items(ui, state, id, out),
        None => {
            let key = input_text_of(ui.ctx(), "Show the whole map");
            add_item(ui, "Show the whole map", &key, vec![Command::FitMap], out);
        }
    }
    if let Some(index) = path_point {
        ui.separator();
        let remove = Command::Path(PathCommand::Remove(index));
        add_item(
            ui,
            "Remove this point of the path",
            Key::Delete.name(),
            vec![remove],
            out,
        );
    } else if on_path && !state.path.tool_active {
        ui.separator();
        let key = input_text_of(ui.ctx(), "Draw a path over the map");
        let key = key.split(',').next().unwrap_or_default();
        let edit = Command::Path(PathCommand::SetTool(true));
        add_item(ui, "Edit the path", key, vec![edit], out);
    }
}

/// The entries of a melody. The keys act on the selected melody in the same way.
fn melody_items(ui: &mut Ui, state: &AppState, id: MelodyId, out: &mut Vec<Command>) {
    let key = |ui: &Ui, action| input_text_of(ui.ctx(), action);
    let text = key(ui, "Find melodies similar to the selected one");
    let find = Command::Similar(SimilarCommand::Find(id));
    add_item(ui, "Find similar", &text, vec![find], out);
    let name = if state.is_kept(id) { "Remove" } else { "Keep" };
    // Keep and export apply to the selected melody.
    let keep = vec![Command::Select(id), Command::ToggleKept];
    let text = key(ui, "Keep or remove");
    add_item(ui, name, &text, keep, out);
    let export = Command::Export(ExportSelection::Shown, ExportGrouping::Folder);
    let text = key(ui, "Export the selected melody…");
    add_item(ui, "Export…", &text, vec![Command::Select(id), export], out);
    let add = Command::Timeline(TimelineCommand::Add(TimelineSource::Melody(id)));
    let text = key(ui, "Add the selected melody to the timeline");
    add_item(ui, "Add to timeline", &text, vec![add], out);
    let share = Command::Share(ShareCommand::Copy(id));
    let text = key(ui, "Copy the melody as a share text");
    add_item(ui, "Copy share text", &text, vec![share], out);
    if let Some(region) = id.region() {
        let all = state.melodies.region_ids(region);
        add_item(
            ui,
            "Select its region",
            "",
            vec![Command::SelectMany(all)],
            out,
        );
    }
    ui.separator();
    let steer = Command::Steer(SteerCommand::LikeThis(id));
    let text = key(ui, "Steer: new melodies like the selected one");
    add_item(ui, "Steer like this…", &text, vec![steer], out);
    let explore = Command::Generate(GenerateCommand::Explore(id));
    let text = key(ui, "Explore around the selected melody");
    add_item(ui, "Explore around it", &text, vec![explore], out);
    let blend = Command::Generate(GenerateCommand::BlendFrom(Some(id)));
    let text = key(ui, "Blend from the selected melody to the next one clicked");
    add_item(
        ui,
        "Blend to…",
        &text,
        vec![Command::Select(id), blend],
        out,
    );
    if let Some(entry) = state.melodies.get(id) {
        let name = if state.path.drawn.is_some() {
            "Continue the path here"
        } else {
            "Draw path from here"
        };
        let draw = [
            PathCommand::SetTool(true),
            PathCommand::Append(entry.position),
        ];
        let text = key(ui, "Draw a path over the map");
        add_item(ui, name, &text, draw.map(Command::Path).to_vec(), out);
    }
}

fn add_item(ui: &mut Ui, text: &str, key: &str, commands: Vec<Command>, out: &mut Vec<Command>) {
    let button = Button::new(text).shortcut_text(key);
    if ui.add(button).clicked() {
        out.extend(commands);
    }
}
