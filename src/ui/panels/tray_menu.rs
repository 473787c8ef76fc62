//! The menu that sorts the kept melodies and chooses those that are shown.

use eframe::egui::containers::menu::{MenuConfig, SubMenuButton};
use eframe::egui::{Button, Popup, PopupCloseBehavior, Role, ScrollArea, Ui, WidgetInfo, vec2};
use egui_material_icons::icons::ICON_SORT;

use crate::attributes::ATTRIBUTES;
use crate::session::library::MAX_STARS;
use crate::ui::command::{Command, TrayCommand};
use crate::ui::state::{AppState, KeptOrder, TrayView};
use crate::ui::widgets::controls::{caption, icon_only, link, theme_colours};
use crate::ui::widgets::text_field::text_field;

/// Width of the fields, points.
const WIDTH: f32 = 190.0;
/// Height of the window that a list of choices leaves free, points.
const OTHER_HEIGHT: f32 = 90.0;
/// Longest name of a tag in the list, in letters; the whole name is shown on hover.
const MAX_TAG_LETTERS: usize = 32;

/// Draws the button that opens the menu.
pub(super) fn button(ui: &mut Ui, state: &AppState, out: &mut Vec<Command>) {
    let view = state.kept_melodies.view();
    let c = theme_colours(ui);
    let is_default = *view == TrayView::default();
    let colour = if is_default { c.muted } else { c.accent };
    let name = "Sort and filter the kept melodies";
    let response = ui.add(icon_only(ICON_SORT, colour)).on_hover_text(name);
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, name));
    Popup::menu(&response)
        .close_behavior(PopupCloseBehavior::CloseOnClickOutside)
        .show(|ui| {
            let mut edited = view.clone();
            ui.set_max_width(WIDTH + 20.0);
            caption(ui, "Sort by");
            order(ui, &mut edited);
            caption(ui, "Show only");
            search(ui, &mut edited);
            stars(ui, &mut edited);
            tag(ui, state, &mut edited);
            if view.is_filtered() && link(ui, "Show all").clicked() {
                edited = view.unfiltered();
            }
            if edited != *view {
                out.push(Command::Tray(TrayCommand::SetView(edited)));
            }
        });
}

fn order(ui: &mut Ui, view: &mut TrayView) {
    let first = [
        (KeptOrder::ByHand, "As kept and moved"),
        (KeptOrder::Name, "Name"),
        (KeptOrder::Stars, "Stars"),
        (KeptOrder::Key, "Key"),
    ];
    let attributes = ATTRIBUTES.iter().enumerate();
    let attributes =
        attributes.map(|(index, attribute)| (KeptOrder::Attribute(index), attribute.name));
    let all: Vec<(KeptOrder, &str)> = first.into_iter().chain(attributes).collect();
    let now = all.iter().find(|(order, _)| *order == view.order);
    let now = now.map_or("As kept and moved", |(_, name)| *name);
    choice(ui, "Order of the kept melodies", now, |ui| {
        for (order, name) in &all {
            if ui
                .add(Button::selectable(view.order == *order, *name))
                .clicked()
            {
                view.order = *order;
            }
        }
    });
}

fn search(ui: &mut Ui, view: &mut TrayView) {
    let field = text_field(&mut view.search)
        .hint_text("Words of names and tags")
        .desired_width(WIDTH - 8.0);
    ui.add(field).accessible_name("Search the kept melodies");
}

/// The fewest stars.
fn stars(ui: &mut Ui, view: &mut TrayView) {
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 2.0;
        ui.label("Stars");
        for stars in 0..=MAX_STARS {
            let text = match stars {
                0 => "any".to_owned(),
                MAX_STARS => stars.to_string(),
                stars => format!("{stars}+"),
            };
            let name = match stars {
                0 => "Any stars".to_owned(),
                stars => format!("At least {stars} stars"),
            };
            let chosen = view.stars == stars;
            let button = ui.add(Button::selectable(chosen, text));
            button.widget_info(|| WidgetInfo::selected(Role::Button, true, chosen, &name));
            if button.clicked() {
                view.stars = stars;
            }
        }
    });
}

fn tag(ui: &mut Ui, state: &AppState, view: &mut TrayView) {
    let tags = state.kept_melodies.tags();
    if tags.is_empty() && view.tag.is_none() {
        return;
    }
    let now = view
        .tag
        .as_deref()
        .map_or_else(|| "Any tag".to_owned(), shortened_tag);
    choice(ui, "Tag of the kept melodies", &now, |ui| {
        if ui
            .add(Button::selectable(view.tag.is_none(), "Any tag"))
            .clicked()
        {
            view.tag = None;
        }
        for tag in tags {
            let chosen = view.tag.as_deref() == Some(tag);
            let button = ui.add(Button::selectable(chosen, shortened_tag(tag)));
            if button.on_hover_text(tag).clicked() {
                view.tag = Some(tag.to_owned());
            }
        }
    });
}

fn shortened_tag(tag: &str) -> String {
    let mut shortened_tag: String = tag.chars().take(MAX_TAG_LETTERS).collect();
    if shortened_tag.len() < tag.len() {
        shortened_tag.push('…');
    }
    shortened_tag
}

/// A button with what is chosen, which opens a further menu of the choices.
fn choice(ui: &mut Ui, name: &str, now: &str, choices: impl FnOnce(&mut Ui)) {
    let config = MenuConfig::new().close_behavior(PopupCloseBehavior::CloseOnClickOutside);
    let button = Button::new(now)
        .right_text(SubMenuButton::arrow_atom(None))
        .min_size(vec2(WIDTH, 0.0));
    let height = ui.ctx().content_rect().height() - OTHER_HEIGHT;
    let (button, _) = SubMenuButton::from_button(button)
        .config(config)
        .ui(ui, |ui| {
            ScrollArea::vertical().max_height(height).show(ui, choices);
        });
    button.widget_info(|| WidgetInfo::labeled(Role::Button, true, format!("{name}: {now}")));
}
