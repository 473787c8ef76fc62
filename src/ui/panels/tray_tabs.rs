//! The tabs that choose between the kept melodies, what was heard, and the timeline. A melody that is dragged onto a tab goes there, and
//! one that rests on it opens it.

use eframe::egui::{Button, Response, RichText, Role, Stroke, StrokeKind, Ui, WidgetInfo};
use egui_material_icons::MaterialIcon;
use egui_material_icons::icons::{ICON_FAVORITE, ICON_HISTORY, ICON_VIEW_TIMELINE};

use crate::ui::actions::input_text_of;
use crate::ui::command::{Command, DragCommand, HistoryCommand, TimelineCommand, TimelineSource};
use crate::ui::dragged_melody;
use crate::ui::state::AppState;
use crate::ui::theme::CORNER;
use crate::ui::widgets::controls::theme_colours;

/// Width of a tray below which its tabs are icons, so that the buttons beside them have space.
const NARROW: f32 = 330.0;

/// What the tray shows.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Tab {
    Kept,
    History,
    Timeline,
}

impl Tab {
    /// Its icon, its text, its name, and the action that has its key.
    fn texts(self) -> (MaterialIcon, &'static str, &'static str, &'static str) {
        const HISTORY_ACTION: &str = "History of what was heard";
        match self {
            Self::Kept => (
                ICON_FAVORITE,
                "Kept",
                "Show the kept melodies",
                HISTORY_ACTION,
            ),
            Self::History => (
                ICON_HISTORY,
                "History",
                "Show what was heard",
                HISTORY_ACTION,
            ),
            Self::Timeline => (
                ICON_VIEW_TIMELINE,
                "Timeline",
                "Show the timeline",
                "Timeline",
            ),
        }
    }

    /// Shows it.
    fn command(self) -> Command {
        match self {
            Self::Kept => Command::History(HistoryCommand::Show(false)),
            Self::History => Command::History(HistoryCommand::Show(true)),
            Self::Timeline => Command::Timeline(TimelineCommand::Show(true)),
        }
    }

    /// What dropping a melody on it does, in words and as a command, if it takes it.
    fn drop(self, source: TimelineSource) -> Option<(&'static str, Command)> {
        match (self, source) {
            (Self::History, _)
            | (Self::Kept, TimelineSource::Kept(_))
            | (Self::Timeline, TimelineSource::Block(_)) => None,
            (Self::Kept, _) => Some(("Keep", Command::Drag(DragCommand::Keep(source)))),
            (Self::Timeline, _) => Some((
                "Add at the end of the timeline",
                Command::Drag(DragCommand::ToTimeline(usize::MAX, source)),
            )),
        }
    }
}

/// Draws the tabs. A narrow tray has their icons alone.
pub(super) fn tray_tabs(ui: &mut Ui, state: &AppState, out: &mut Vec<Command>) {
    let is_narrow = ui.available_width() < NARROW;
    let now = match () {
        () if state.timeline.shown => Tab::Timeline,
        () if state.history.shown => Tab::History,
        () => Tab::Kept,
    };
    for tab in [Tab::Kept, Tab::History, Tab::Timeline] {
        let (icon, text, name, action) = tab.texts();
        let text = if is_narrow {
            icon.rich_text().size(15.0)
        } else {
            RichText::new(text)
        };
        let shown = tab == now;
        let text = if shown { text.strong() } else { text };
        let response = ui.add(Button::selectable(shown, text));
        response.widget_info(|| WidgetInfo::selected(Role::Button, true, shown, name));
        take_drag(ui, tab, &response, shown, out);
        let key = input_text_of(ui.ctx(), action);
        if response.on_hover_text(format!("{name} ({key})")).clicked() {
            out.push(tab.command());
        }
    }
}

/// Takes a melody that is dropped on a tab, and opens the tab once the drag has rested on it. While something is dragged, a line around a
/// tab says that it takes it.
fn take_drag(ui: &Ui, tab: Tab, response: &Response, shown: bool, out: &mut Vec<Command>) {
    let Some(dragged) = dragged_melody::current(ui.ctx()) else {
        return;
    };
    if dragged_melody::opens(response) && !shown {
        out.push(tab.command());
    }
    let Some((text, command)) = tab.drop(dragged.source) else {
        return;
    };
    let over = dragged_melody::over(ui.ctx(), response.rect, text, |_| true);
    let c = theme_colours(ui);
    let colour = if over.is_some() { c.accent } else { c.muted };
    let corner = f32::from(CORNER);
    let line = Stroke::new(1.0, colour);
    ui.painter()
        .rect_stroke(response.rect, corner, line, StrokeKind::Inside);
    if over.is_some_and(|over| over.dropped) {
        out.push(command);
    }
}
