//! The path over the map: editing it, having its melodies decoded, and playing along it.

use std::sync::Arc;

use super::Services;
use super::listening::{hand_over_way, play_entry};
use crate::melody::{Melody, Walk};
use crate::playback::Entry;
use crate::sweep::{Along, MOST_ALONG, MOST_MADE, MadeMelody, Making, MelodyId};
use crate::ui::command::PathCommand;
use crate::ui::map::{Curve, Ground};
use crate::ui::state::{
    AppState, DrawnPath, MOST_POINTS, MOST_STATIONS, MadeSet, Selection, Stations, Undone,
    latent_of,
};
use crate::worker::{PathMade, PathWish, Wish};

/// Points decoded for every melody on the path, so that they can change evenly.
const FINER: u32 = 8;

pub(super) fn apply(state: &mut AppState, services: &mut Services, wish: PathCommand) {
    match wish {
        PathCommand::Tool(on) => {
            state.path.tool = on;
            if on {
                state.making.blend_from = None;
                state.analysis.open = false;
            }
        }
        PathCommand::Draw { points, closed } => {
            edit(state, services, |ground, state, path| {
                let anchors = points.iter().take(MOST_POINTS);
                path.points = anchors
                    .map(|place| ground.anchor(*place, &state.library))
                    .collect();
                path.closed = closed && path.points.len() > 2;
            });
            state.path.rest = 0.0;
            state.path.heard = None;
            state.path.begin = true;
        }
        PathCommand::Append(place) => edit(state, services, |ground, state, path| {
            path.points.push(ground.anchor(place, &state.library));
        }),
        PathCommand::Insert(before, place) => edit(state, services, |ground, state, path| {
            let before = before.min(path.points.len());
            path.points
                .insert(before, ground.anchor(place, &state.library));
        }),
        PathCommand::Move(index, place) => edit(state, services, |ground, state, path| {
            if let Some(point) = path.points.get_mut(index) {
                *point = ground.anchor(place, &state.library);
            }
        }),
        PathCommand::Remove(index) => edit(state, services, |_, _, path| {
            if index < path.points.len() {
                path.points.remove(index);
            }
        }),
        PathCommand::Close(closed) => edit(state, services, |_, _, path| path.closed = closed),
        PathCommand::Clear => clear(state, services),
        PathCommand::PlayStop => {
            if state.riding().is_some() {
                services.sound.stop();
                state.listening.playhead = services.sound.playhead();
            } else {
                play(state, services);
            }
        }
        PathCommand::Hold(at) => hold(state, services, at),
        PathCommand::LetGo => {
            if let Some(at) = state.path.held.take() {
                state.path.rest = at;
                state.path.heard = None;
                if std::mem::take(&mut state.path.resume) {
                    play(state, services);
                }
            }
        }
        PathCommand::SetWalk(walk) => {
            state.settings.path_walk = walk;
            play_on(state, services);
        }
        PathCommand::SetPace(pace) => {
            state.settings.path_pace = pace;
            play_on(state, services);
        }
        PathCommand::SetStations(count) => {
            state.settings.path_stations = count.clamp(2, MOST_STATIONS);
            if state.path.drawn.is_some() {
                state.path.heard = None;
                state.path.begin = state.riding().is_some() || state.path.begin;
                plan(state, services);
            }
        }
    }
}

/// Changes the path; one step to undo. The music goes along it once its melodies are decoded, unless somebody stopped it.
fn edit(
    state: &mut AppState,
    services: &mut Services,
    change: impl FnOnce(&Ground, &AppState, &mut DrawnPath),
) {
    let ground = Ground::new(&state.library);
    let before = state.path.drawn.clone();
    let mut path = before.clone().unwrap_or(DrawnPath {
        points: Vec::new(),
        closed: false,
        layout: state.layout.shown,
        stations: None,
    });
    let puck = path.curve(&state.library).at(state.path.rest);
    change(&ground, state, &mut path);
    let same = before
        .as_ref()
        .is_some_and(|before| before.points == path.points && before.closed == path.closed);
    if same || path.points.len() > MOST_POINTS {
        return;
    }
    state.settings.hint_done = true;
    path.layout = state.layout.shown;
    path.closed &= path.points.len() > 2;
    // Each of its own points is one of its melodies.
    let own = (path.points.len() as u32).clamp(2, MOST_STATIONS);
    state.settings.path_stations = state.settings.path_stations.max(own);
    state.remember(Some(Undone::Path(before.map(Box::new))));
    let curve = path.curve(&state.library);
    state.path.rest = curve.nearest(puck, None).map_or(0.0, |nearest| nearest.at);
    state.path.begin = state.listening.playhead.playing || path.stations.is_none();
    state.path.drawn = (!path.points.is_empty()).then_some(path);
    plan(state, services);
}

/// Has the melodies along the path decoded; the newest wish wins.
fn plan(state: &mut AppState, services: &mut Services) {
    state.path.trouble = None;
    let Some(worker) = &services.worker else {
        return;
    };
    let single = match &state.path.drawn {
        Some(path) if path.points.len() > 1 => None,
        other => Some(other.as_ref().and_then(|path| path.points.first()).cloned()),
    };
    if let Some(point) = single {
        worker.forget_path();
        take_stations_away(state);
        // One point is no path yet, but a place that sounds.
        if let Some(point) = point
            && let Some(latent) = point.latent(&state.library)
        {
            state.spots.asked += 1;
            worker.wish(Wish {
                number: state.spots.asked,
                at: point.place(&state.library),
                latent,
            });
        }
        return;
    }
    let Some(path) = &state.path.drawn else {
        return;
    };
    let ground = Ground::new(&state.library);
    let route = Route::new(path, &ground, state);
    if route.along.points.len() < 2 {
        state.path.trouble = Some(
            "there are no melodies under the path yet; wait until the map has some".to_owned(),
        );
        return;
    }
    state.path.candidates = route.candidates;
    state.path.asked += 1;
    state.path.planning = true;
    worker.path(PathWish {
        number: state.path.asked,
        set: state.making.sets,
        along: route.along,
    });
    state.making.sets += 1;
}

/// The points that a path leads over.
struct Route {
    along: Along,
    /// Where on the curve each of them is, and what it is made of.
    candidates: Vec<(f64, Vec<(MelodyId, f64)>)>,
}

impl Route {
    fn new(path: &DrawnPath, ground: &Ground, state: &AppState) -> Self {
        let library = &state.library;
        let curve = path.curve(library);
        let segments = curve.segments();
        let closed = segments == path.points.len();
        let steps = state.settings.path_stations;
        let most = (FINER * steps).min(MOST_ALONG - 1).min(MOST_MADE) as usize;
        let lengths: Vec<f64> = (0..segments).map(|segment| curve.length(segment)).collect();
        let whole: f64 = lengths.iter().sum();
        let mut route = Self {
            along: Along {
                points: Vec::new(),
                shares: Vec::new(),
                kept: Vec::new(),
                steps,
                closed,
            },
            candidates: Vec::new(),
        };
        let spare = most.saturating_sub(segments);
        for (segment, length) in lengths.iter().enumerate() {
            let share = if whole > 0.0 { length / whole } else { 0.0 };
            let parts = 1 + (share * spare as f64) as usize;
            for part in 0..parts {
                route.add(
                    &curve,
                    segment,
                    part as f64 / parts as f64,
                    path,
                    ground,
                    state,
                );
            }
        }
        route.add(&curve, segments, 0.0, path, ground, state);
        let whole = route.along.shares.last().copied().unwrap_or(1.0);
        for share in &mut route.along.shares {
            *share /= whole;
        }
        route
    }

    /// One more point on the way; the path's own points are those it has to lead through.
    fn add(
        &mut self,
        curve: &Curve,
        segment: usize,
        part: f64,
        path: &DrawnPath,
        ground: &Ground,
        state: &AppState,
    ) {
        let at = segment as f64 + part;
        let own = (part == 0.0)
            .then(|| path.points.get(segment % path.points.len()))
            .flatten();
        let near = match own {
            Some(anchor) => anchor.near.clone(),
            None => ground.near(curve.at(at)),
        };
        let Some(latent) = latent_of(&near, &state.library) else {
            return;
        };
        // Places that coincide are still one after another.
        let before = self.candidates.last().map(|(at, _)| curve.at(*at));
        let step = before.map_or(0.0, |before| {
            let here = curve.at(at);
            (here[0] - before[0]).hypot(here[1] - before[1])
        });
        let share = self
            .along
            .shares
            .last()
            .map_or(0.0, |last| last + step.max(1e-9));
        if own.is_some() {
            self.along.kept.push(self.along.points.len());
        }
        self.along.points.push(latent);
        self.along.shares.push(share);
        self.candidates.push((at, near));
    }
}

/// Takes the melodies along the path.
pub(in crate::ui) fn take(state: &mut AppState, services: &mut Services, answer: PathMade) {
    if answer.number != state.path.asked {
        return;
    }
    state.path.planning = false;
    let made = match answer.made {
        Ok(made) => made,
        Err(text) => {
            state.path.trouble = Some(text);
            return;
        }
    };
    let Some(path) = &state.path.drawn else {
        return;
    };
    let curve = path.curve(&state.library);
    let hash = state
        .model
        .info()
        .map(|info| info.weights_hash.clone())
        .unwrap_or_default();
    let (at, made_of): (Vec<f64>, Vec<_>) = made
        .chosen
        .iter()
        .filter_map(|index| state.path.candidates.get(*index).cloned())
        .unzip();
    let melodies: Vec<MadeMelody> = made.melodies.into_iter().take(at.len()).collect();
    let mut set = MadeSet::new(Making::Path, &melodies, Vec::new(), hash);
    for (entry, at) in set.entries.iter_mut().zip(&at) {
        entry.position = curve.at(*at);
    }
    let plays = state.riding().is_some() || std::mem::take(&mut state.path.begin);
    let stations = Arc::new(Stations {
        number: made.set,
        set,
        at,
        made_of,
    });
    show(state, stations);
    if plays {
        play(state, services);
    }
}

/// Puts stations in place of those that were there.
fn show(state: &mut AppState, stations: Arc<Stations>) {
    let focus = state.selection.focus;
    if let Some(old) = state.path.stations() {
        let number = old.number;
        state.library.remove_made(number);
    }
    state
        .library
        .add_made(stations.number, stations.set.clone());
    let nearest = stations.nearest(state.path.rest);
    let first = stations.set.entries.get(nearest).map(|entry| entry.id);
    if let Some(path) = &mut state.path.drawn {
        path.stations = Some(stations);
    }
    // The inspector stays with the path.
    if focus.is_some_and(on_path) {
        state.selection = first.map_or_else(Selection::default, Selection::one);
    }
}

fn on_path(id: MelodyId) -> bool {
    matches!(
        id,
        MelodyId::Made {
            by: Making::Path,
            ..
        }
    )
}

fn take_stations_away(state: &mut AppState) {
    state.path.planning = false;
    state.path.asked += 1;
    if let Some(number) = state.path.stations().map(|stations| stations.number) {
        state.library.remove_made(number);
    }
    if let Some(path) = &mut state.path.drawn {
        path.stations = None;
    }
    if state.selection.focus.is_some_and(on_path) {
        state.selection = Selection::default();
    }
}

fn clear(state: &mut AppState, services: &mut Services) {
    let Some(before) = state.path.drawn.clone() else {
        return;
    };
    if state.riding().is_some() {
        services.sound.finish_bar();
    }
    state.remember(Some(Undone::Path(Some(Box::new(before)))));
    drop_path(state, services);
}

fn drop_path(state: &mut AppState, services: &mut Services) {
    if let Some(worker) = &services.worker {
        worker.forget_path();
    }
    take_stations_away(state);
    state.path.drawn = None;
    state.path.held = None;
    state.path.rest = 0.0;
    state.path.trouble = None;
}

/// Puts the path back that was there before an edit. True if the music goes along it.
pub(super) fn put_back(
    state: &mut AppState,
    services: &mut Services,
    before: Option<DrawnPath>,
) -> bool {
    let plays = state.riding().is_some() || (state.path.begin && state.path.planning);
    if plays && before.is_none() {
        services.sound.finish_bar();
    }
    drop_path(state, services);
    state.path.drawn = before;
    state.path.begin = plays;
    if let Some(path) = &mut state.path.drawn {
        // Whether its stations are its own is not known: they are decoded again.
        path.stations = None;
        plan(state, services);
    }
    plays
}

/// Whether play goes along the path: it was heard last, or is being drawn.
pub(super) fn resumes(state: &AppState) -> bool {
    let Some(stations) = state.path.stations() else {
        return false;
    };
    let last = state.listening.last().and_then(|last| last.path_set());
    state.path.tool || last == Some(stations.number)
}

/// Plays along the path from where the puck is. In a loop that sounds, the music keeps its place in the bar.
pub(super) fn play(state: &mut AppState, services: &mut Services) {
    let Some(stations) = state.path.stations().cloned() else {
        state.path.begin |= state.path.planning;
        return;
    };
    let entries = &stations.set.entries;
    let Some(length) = entries.first().map(|entry| entry.melody.steps().max(1)) else {
        return;
    };
    let walk = state.settings.path_walk;
    let each = state.settings.path_pace.steps(length);
    let visits = walk.visits(entries.len());
    let station = match state.path.heard {
        Some((station, _)) => station.min(entries.len() - 1),
        None => stations.nearest(state.path.rest),
    };
    // Once it has ended, it begins again.
    let ended =
        walk == Walk::Once && station + 1 == entries.len() && !state.listening.playhead.playing;
    let station = if ended { 0 } else { station };
    // On the way back it stays on the way back.
    let visit = state
        .path
        .heard
        .map(|(_, visit)| visit)
        .filter(|visit| visits.get(*visit) == Some(&station))
        .or_else(|| visits.iter().position(|visit| *visit == station))
        .unwrap_or(0);
    let way: Vec<(MelodyId, Arc<Melody>)> = visits
        .iter()
        .filter_map(|index| entries.get(*index))
        .map(|entry| (entry.id, Arc::clone(&entry.melody)))
        .collect();
    let row: Vec<&Melody> = way.iter().map(|(_, melody)| &**melody).collect();
    let piece = Arc::new(Melody::walked(&row, each));
    let entry = Entry {
        from: visit * each,
        base: visit * each / length * length,
        round: length,
        once: walk == Walk::Once,
    };
    // A spot that is still being decoded is no longer wanted.
    state.spots.forget();
    if let Some(id) = entries.get(station).map(|entry| entry.id) {
        state.selection = Selection::one(id);
    }
    hand_over_way(state, services, piece, way, each, entry);
}

/// The path as one melody, as it is heard once through, and in words.
pub(super) fn piece_to_export(state: &AppState) -> Option<(Melody, String)> {
    let stations = state.path.stations()?;
    let length = stations.set.entries.first()?.melody.steps();
    let walk = state.settings.path_walk;
    let pace = state.settings.path_pace;
    let melodies: Vec<&Melody> = walk
        .visits(stations.set.entries.len())
        .into_iter()
        .filter_map(|index| Some(&*stations.set.entries.get(index)?.melody))
        .collect();
    let way = match walk {
        Walk::ToAndFro => "to and fro",
        Walk::Loop | Walk::Once => "from one end to the other",
    };
    let origins: Vec<String> = stations.made_of.iter().map(|near| origin(near)).collect();
    let text = format!(
        "{} melodies {way}, a new one every {}, made of: {}",
        stations.at.len(),
        pace.name(length),
        origins.join("; ")
    );
    Some((Melody::walked(&melodies, pace.steps(length)), text))
}

/// Plays on in another way, if it plays.
fn play_on(state: &mut AppState, services: &mut Services) {
    if state.riding().is_some() {
        play(state, services);
    }
}

/// Plays the melody at which a hand holds the puck.
fn hold(state: &mut AppState, services: &mut Services, at: f64) {
    let Some(stations) = state.path.stations().cloned() else {
        return;
    };
    if state.path.held.is_none() {
        state.path.resume = state.riding().is_some();
    }
    state.path.held = Some(at);
    let station = stations.nearest(at);
    let Some(id) = stations.set.entries.get(station).map(|entry| entry.id) else {
        return;
    };
    let last = state.listening.last();
    let sounds = state.listening.playhead.playing
        && last.is_some_and(|last| last.id == Some(id) && last.way.is_empty());
    if !sounds {
        state.selection = Selection::one(id);
        play_entry(state, services, id);
    }
}

/// Which melody is heard along the path, and which visit of the walk that is.
fn heard(state: &AppState) -> Option<(usize, usize)> {
    let sounding = state.listening.sounding()?;
    let (visit, _) = sounding.visit(state.listening.playhead.step)?;
    match sounding.way.get(visit)?.0 {
        MelodyId::Made { index, .. } => Some((index as usize, visit)),
        _ => None,
    }
}

/// The inspector and the puck go along with the music.
pub(in crate::ui) fn follow(state: &mut AppState) {
    let Some(at) = state.puck_of_the_music() else {
        return;
    };
    if state.path.held.is_some() {
        return;
    }
    state.path.rest = at;
    state.path.heard = heard(state);
    if let (Some((id, _)), Some(focus)) = (state.listening.step_of_way(), state.selection.focus)
        && on_path(focus)
        && focus != id
        && !state.selection.is_many()
    {
        state.selection = Selection::one(id);
    }
}

/// The melodies of the path go where its points have gone.
pub(in crate::ui) fn settle(state: &mut AppState) {
    let (Some(path), Some(stations)) = (&state.path.drawn, state.path.stations()) else {
        return;
    };
    let curve = path.curve(&state.library);
    let ids: Vec<MelodyId> = stations.set.entries.iter().map(|entry| entry.id).collect();
    let places: Vec<[f64; 2]> = stations.at.iter().map(|at| curve.at(*at)).collect();
    state.library.move_to(&ids, &places, false);
}

/// An anchor's melodies and weights in words, for files.
pub(super) fn origin(near: &[(MelodyId, f64)]) -> String {
    near.iter()
        .map(|(id, weight)| format!("{} {weight:.4}", id.slug()))
        .collect::<Vec<_>>()
        .join(" + ")
}
