//! The tabs of the tray: the kept melodies, the history and the timeline. A melody can be dropped on a tab, and a drag that rests on a
//! tab opens it.

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
const NARROW_WIDTH: f32 = 330.0;

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

    /// The command that shows it.
    fn command(self) -> Command {
        match self {
            Self::Kept => Command::History(HistoryCommand::Show(false)),
            Self::History => Command::History(HistoryCommand::Show(true)),
            Self::Timeline => Command::Timeline(TimelineCommand::Show(true)),
        }
    }

    /// What dropping a melody on it does, as text and command; `None` if it does not accept the melody.
    fn drop_action(self, source: TimelineSource) -> Option<(&'static str, Command)> {
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
    let is_narrow = ui.available_width() < NARROW_WIDTH;
    let shown_tab = match () {
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
        let shown = tab == shown_tab;
        let text = if shown { text.strong() } else { text };
        let response = ui.add(Button::selectable(shown, text));
        response.widget_info(|| WidgetInfo::selected(Role::Button, true, shown, name));
        accept_drag(ui, tab, &response, shown, out);
        let key = input_text_of(ui.ctx(), action);
        if response.on_hover_text(format!("{name} ({key})")).clicked() {
            out.push(tab.command());
        }
    }
}

/// Accepts a melody that is dropped on a tab, and opens the tab once the drag has rested on it. During a drag, the tabs that accept the
/// melody have a line around them.
fn accept_drag(ui: &Ui, tab: Tab, response: &Response, shown: bool, out: &mut Vec<Command>) {
    // Also without a drag, which ends the rest of the one before.
    let has_rested = dragged_melody::has_rested_on(response);
    let Some(dragged) = dragged_melody::current(ui.ctx()) else {
        return;
    };
    if has_rested && !shown {
        out.push(tab.command());
    }
    let Some((text, command)) = tab.drop_action(dragged.source) else {
        return;
    };
    let hovering = dragged_melody::hovering(ui.ctx(), response.rect, text, |_| true);
    let c = theme_colours(ui);
    let colour = if hovering.is_some() {
        c.accent
    } else {
        c.muted
    };
    let corner = f32::from(CORNER);
    let line = Stroke::new(1.0, colour);
    ui.painter()
        .rect_stroke(response.rect, corner, line, StrokeKind::Inside);
    if hovering.is_some_and(|hovering| hovering.dropped) {
        out.push(command);
    }
}
