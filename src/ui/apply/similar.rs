//! The list of similar melodies.

use crate::ui::command::SimilarCommand;
use crate::ui::state::AppState;

pub(super) fn apply(state: &mut AppState, command: SimilarCommand) {
    match command {
        SimilarCommand::Find(id) => {
            if state.melodies.get(id).is_some() {
                let (title, generation) = (state.title(id), state.melodies.generation());
                state.similar.open(id, title, generation);
            }
        }
        SimilarCommand::SetMeasure(measure) => state.similar.measure = measure,
        SimilarCommand::Hover(id) => state.similar.hovered = id,
        SimilarCommand::Close => state.similar.close(),
    }
}
