//! The context menu of a kept melody, and the actions on the marked ones.

use eframe::egui::{
    Button, Key, Popup, PopupCloseBehavior, Response, RichText, Role, Ui, WidgetInfo,
};
use egui_material_icons::icons::ICON_STAR;

use crate::session::library::MAX_STARS;
use crate::ui::actions::input_text_of;
use crate::ui::command::{Command, TimelineCommand, TimelineSource, TrayCommand};
use crate::ui::state::{AppState, KeptEntry, KeptOrder};
use crate::ui::theme::CAPTION;
use crate::ui::widget_rects::record_rect;
use crate::ui::widgets::controls::{short_caption, theme_colours};
use crate::ui::widgets::numbers::grouped;
use crate::ui::widgets::text_field::text_field;

/// Width of the field of tags, points.
const TAGS_WIDTH: f32 = 170.0;
/// Width of a star's button, points.
const STAR_SIZE: f32 = 22.0;

/// Opens the menu of a card on a right click, and draws it while it is open.
pub(super) fn show(
    card: &Response,
    state: &AppState,
    kept: &KeptEntry,
    index: usize,
    out: &mut Vec<Command>,
) {
    Popup::context_menu(card)
        .close_behavior(PopupCloseBehavior::CloseOnClickOutside)
        .show(|ui| {
            record_rect(ui.ctx(), "kept menu", ui.max_rect());
            ui.set_max_width(TAGS_WIDTH + 60.0);
            let muted = theme_colours(ui).muted;
            short_caption(ui, state.kept_melodies.label(kept), muted, 1);
            stars(ui, kept, out);
            tags(ui, kept, out);
            ui.separator();
            items(ui, state, kept, index, out);
            if !state.kept_melodies.marked().is_empty() {
                ui.separator();
                marked_items(ui, state, out);
            }
        });
}

/// A row of stars: a click gives so many, a click on the last of them none.
fn stars(ui: &mut Ui, kept: &KeptEntry, out: &mut Vec<Command>) {
    let current = kept.stored.annotations.stars;
    let c = theme_colours(ui);
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 2.0;
        for stars in 1..=MAX_STARS {
            let colour = if stars <= current { c.accent } else { c.muted };
            let icon = ICON_STAR.rich_text().size(16.0).color(colour);
            let button = Button::new(icon).frame_when_inactive(false);
            let star = ui.add(button.min_size([STAR_SIZE, STAR_SIZE].into()));
            let name = match stars {
                1 => "1 star".to_owned(),
                stars => format!("{stars} stars"),
            };
            star.widget_info(|| WidgetInfo::selected(Role::Button, true, stars == current, &name));
            if star
                .on_hover_text(format!("{name} (key {stars}; 0 takes them away)"))
                .clicked()
            {
                let new_stars = if stars == current { 0 } else { stars };
                out.push(Command::Tray(TrayCommand::SetStars(kept.number, new_stars)));
            }
        }
    });
}

/// The field of tags, separated by commas. They are set by Enter, or by a click elsewhere.
fn tags(ui: &mut Ui, kept: &KeptEntry, out: &mut Vec<Command>) {
    let id = ui.make_persistent_id(("tags", kept.number));
    let edited: Option<String> = ui.data(|data| data.get_temp(id));
    let stored = kept.stored.annotations.tags.join(", ");
    let mut text = edited.unwrap_or_else(|| stored.clone());
    let field = text_field(&mut text)
        .hint_text("Tags, separated by commas")
        .desired_width(TAGS_WIDTH);
    let field = ui.add(field).accessible_name("Tags");
    if field.lost_focus() {
        ui.data_mut(|data| data.remove::<String>(id));
        let cancelled = ui.input(|input| input.key_pressed(Key::Escape));
        if !cancelled && text != stored {
            let tags = text.split(',').map(|tag| tag.trim().to_owned()).collect();
            out.push(Command::Tray(TrayCommand::SetTags(kept.number, tags)));
        }
    } else if field.has_focus() {
        ui.data_mut(|data| data.insert_temp(id, text));
    }
}

fn items(ui: &mut Ui, state: &AppState, kept: &KeptEntry, index: usize, out: &mut Vec<Command>) {
    let number = kept.number;
    let tray = |command| Command::Tray(command);
    let key = input_text_of(ui.ctx(), "Rename the kept melody");
    item(
        ui,
        "Rename",
        &key,
        tray(TrayCommand::EditName(Some(number))),
        out,
    );
    let marked = state.kept_melodies.marked().contains(&number);
    let mark = if marked { "Unmark" } else { "Mark for export" };
    item(ui, mark, "", Command::ToggleKeptMarked(number), out);
    let add = TimelineCommand::Add(TimelineSource::Kept(number));
    item(ui, "Add to timeline", "", Command::Timeline(add), out);
    if state.kept_melodies.view().order == KeptOrder::ByHand && kept.saved {
        let number_at = |index: usize| state.kept_melodies.nth_shown(index).map(|kept| kept.number);
        if let Some(before) = index.checked_sub(1).and_then(number_at) {
            let earlier = tray(TrayCommand::Move(number, Some(before)));
            item(ui, "Move earlier", "", earlier, out);
        }
        if number_at(index + 1).is_some() {
            let before = state.kept_melodies.number_after_move(index + 2);
            let later = tray(TrayCommand::Move(number, before));
            item(ui, "Move later", "", later, out);
        }
    }
    item(ui, "Remove", "", Command::RemoveKept(number), out);
}

/// What can be done with the marked melodies. Exporting them has a button of its own.
pub(super) fn marked_items(ui: &mut Ui, state: &AppState, out: &mut Vec<Command>) {
    let marked = state.kept_melodies.marked().len() as u64;
    let muted = theme_colours(ui).muted;
    let text = format!("{} marked", grouped(marked));
    ui.label(RichText::new(text).size(CAPTION).color(muted));
    let key = Key::Escape.name();
    for (text, key, command) in [
        ("Play in turn", "", TrayCommand::PlayMarked),
        ("Remove from the library", "", TrayCommand::RemoveMarked),
        ("Unmark all", key, TrayCommand::UnmarkAll),
    ] {
        item(ui, text, key, Command::Tray(command), out);
    }
}

fn item(ui: &mut Ui, text: &str, key: &str, command: Command, out: &mut Vec<Command>) {
    let button = match key {
        "" => Button::new(text),
        key => Button::new(text).shortcut_text(key),
    };
    if ui.add(button).accessible_name(text).clicked() {
        out.push(command);
        ui.close();
    }
}
