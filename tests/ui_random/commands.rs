//! A random command: also those whose buttons random clicks seldom find, with values that no widget would give.

use std::path::PathBuf;

use rand::RngExt as _;
use tunescape::attributes::ATTRIBUTES;
use tunescape::latent::{Interpolation, LatentPoint, Scaling, Sigma};
use tunescape::melody::{PlayOrder, Scale, ScaleKind};
use tunescape::model::{DeviceChoice, MelodyModel as _, Sampling};
use tunescape::playback::OutputChoice;
use tunescape::session::share::{ShareSource, share};
use tunescape::sweep::{GenerateMethod, KeptAspect, LayoutKind, MelodyId, SweepConfig};
use tunescape::ui::{
    ChosenPath, Command, ExportGrouping, ExportSelection, GenerateCommand, HistoryCommand,
    ImportCommand, MixCommand, Motion, NeighbourMeasure, Palette, Panel, PathCommand, PlayBy,
    ProbeCommand, SearchScope, SelectedCommand, SessionCommand, ShareCommand, SimilarCommand,
    SliceCommand, SteerCommand, StopDuration, TasteCommand, ThemeChoice,
};

use crate::learn_commands;
use crate::playing_commands;
use crate::random_window::RandomWindow;
use crate::timeline_commands;
use crate::tray_commands;
use crate::window::fake_model::{FakeModel, LATENT};

/// A melody of the map; seldom an id that the map does not have.
pub fn melody(window: &mut RandomWindow) -> MelodyId {
    let points = window.window.harness.state().map().points();
    let ids: Vec<MelodyId> = points.iter().map(|point| point.id).collect();
    if ids.is_empty() || window.once_in(20) {
        let index = window.below(40) as u32;
        return match window.below(3) {
            0 => MelodyId::Centre { region: index },
            1 => MelodyId::Steered {
                steer: index,
                index,
            },
            _ => MelodyId::Generated {
                method: GenerateMethod::Path,
                set: index,
                index,
            },
        };
    }
    ids[window.below(ids.len())]
}

pub fn kept_number(window: &mut RandomWindow) -> u64 {
    let numbers: Vec<u64> = {
        let kept = &window.window.harness.state().state().kept_melodies;
        kept.iter().map(|kept| kept.number).collect()
    };
    if numbers.is_empty() {
        return 7;
    }
    numbers[window.below(numbers.len())]
}

fn random_number(window: &mut RandomWindow) -> f64 {
    match window.below(12) {
        0 => f64::NAN,
        1 => f64::INFINITY,
        2 => -1e9,
        _ => window.rng.random_range(0.0..16.0),
    }
}

fn random_position(window: &mut RandomWindow) -> [f64; 2] {
    [
        window.rng.random_range(-1.2..1.2),
        window.rng.random_range(-1.2..1.2),
    ]
}

fn attribute(window: &mut RandomWindow) -> usize {
    window.below(ATTRIBUTES.len() + 1)
}

fn scale(window: &mut RandomWindow) -> Option<Scale> {
    let kind = ScaleKind::ALL[window.below(ScaleKind::ALL.len())];
    let scale = Scale::new(window.below(12) as u8, kind);
    window.once_in(2).then_some(scale)
}

/// Any command except the one that closes the window.
pub fn random_command(window: &mut RandomWindow) -> Command {
    match window.below(32) {
        0..2 => selection(window),
        2..4 => playback(window),
        4..6 => steering(window),
        6..9 => path(window),
        9..11 => generating(window),
        11..14 => keeping(window),
        14..16 => showing(window),
        16 => importing(window),
        17 => export(window),
        18 => [Command::Undo, Command::Redo][window.below(2)].clone(),
        19 => model(window),
        20 => playing_commands::sound(window),
        21 => playing_commands::midi_input(window),
        22 => playing_commands::files(window),
        23 => sweeping(window),
        24 => sharing(window),
        25 | 26 => history(window),
        27 | 28 => timeline_commands::timeline(window),
        29 | 30 => timeline_commands::notes(window),
        _ => window_commands(window),
    }
}

/// The configuration of a sweep, also an invalid one.
fn sweeping(window: &mut RandomWindow) -> Command {
    Command::SetSweep(SweepConfig {
        regions: window.below(24) as u32,
        samples: window.below(5) as u32,
        scaling: [
            Scaling::default(),
            Scaling::Box {
                width: random_number(window),
            },
        ][window.below(2)],
        sigma: [Sigma::default(), Sigma::Fixed(random_number(window))][window.below(2)],
        seed: window.rng.random(),
        temperature: random_number(window) as f32,
    })
}

fn window_commands(window: &mut RandomWindow) -> Command {
    match window.below(7) {
        0 | 1 => {
            let panel = [Panel::Left, Panel::Right, Panel::Bottom][window.below(3)];
            let size = 60.0 * random_number(window) as f32;
            Command::ResizePanel(panel, Some(size).filter(|_| !window.once_in(3)))
        }
        2 => Command::SetMotion([Motion::System, Motion::Full, Motion::Reduced][window.below(3)]),
        3 => Command::SetUiScale(window.below(300) as u16),
        4 => Command::ShowHelp(window.once_in(2)),
        5 => playing_commands::osc(window),
        _ => Command::ShowSearch(window.once_in(2)),
    }
}

fn selection(window: &mut RandomWindow) -> Command {
    let id = melody(window);
    match window.below(10) {
        8 | 9 => Command::Selected(
            [
                SelectedCommand::Play,
                SelectedCommand::Keep,
                SelectedCommand::RemoveKept,
            ][window.below(3)],
        ),
        0 => Command::Deselect,
        1 => Command::StepSample([-1, 1, 1_000_000][window.below(3)]),
        2 | 3 => Command::ToggleSelected(id),
        4 => {
            let count = window.below(6);
            Command::SelectMany((0..count).map(|_| melody(window)).collect())
        }
        _ => Command::Select(id),
    }
}

fn playback(window: &mut RandomWindow) -> Command {
    match window.below(12) {
        11 if window.once_in(2) => Command::Slice(SliceCommand::Close),
        11 => Command::Slice(SliceCommand::Open {
            at: random_position(window),
            centre: LatentPoint::new(vec![0.1; FakeModel::busy().latent_size()]),
        }),
        9 => Command::Taste(
            [
                TasteCommand::SetOn(true),
                TasteCommand::SetOn(false),
                TasteCommand::Forget,
                TasteCommand::CountAll,
            ][window.below(4)],
        ),
        10 => Command::Probe(ProbeCommand::Play {
            at: random_position(window),
            latent: LatentPoint::new(vec![0.1; FakeModel::busy().latent_size()]),
        }),
        0 => Command::SetTempo(10.0 * random_number(window)),
        1 => Command::TapTempo,
        2 => Command::SetLooping(window.once_in(2)),
        3 => Command::SetVolume(random_number(window) as f32),
        4 => Command::SetOutput(match window.below(3) {
            0 => OutputChoice::Synth,
            1 => OutputChoice::Port("A port that is gone".to_owned()),
            _ => OutputChoice::Silent,
        }),
        5 => Command::Panic,
        6 => Command::TestNote,
        7 => Command::Probe(ProbeCommand::PointerLeft),
        _ => Command::PlayStop,
    }
}

fn steering(window: &mut RandomWindow) -> Command {
    let attribute = attribute(window);
    match window.below(20) {
        0 | 1 => Command::Steer(SteerCommand::Start),
        5 => Command::Steer(SteerCommand::Hold(attribute)),
        6 => Command::Steer(SteerCommand::Free(attribute)),
        7 => Command::Steer([SteerCommand::HoldRest, SteerCommand::FreeAll][window.below(2)]),
        8 => Command::Steer(SteerCommand::SetScope(
            [SearchScope::Anywhere, SearchScope::LikeSelected][window.below(2)],
        )),
        9 => Command::Steer(SteerCommand::SetCloseness(random_number(window))),
        10 => Command::Steer(SteerCommand::SetKeep(KeptAspect::ALL[window.below(4)])),
        11 => Command::ClearHighlight,
        2 => Command::Steer(SteerCommand::SetCount(window.below(400) as u32)),
        12 => Command::Steer(SteerCommand::SetScale(scale(window))),
        13 => Command::Steer(SteerCommand::SetTemperature(random_number(window) as f32)),
        14 => Command::Steer(SteerCommand::SetAudition(window.once_in(2))),
        15 => Command::Steer(SteerCommand::ShowMore(window.once_in(2))),
        16 => Command::Steer(SteerCommand::LikeThis(melody(window))),
        3 if window.once_in(3) => Command::NewSweep,
        4 => Command::Cancel,
        _ => Command::Steer(SteerCommand::Want {
            attribute,
            value: random_number(window),
        }),
    }
}

fn path(window: &mut RandomWindow) -> Command {
    let position = random_position(window);
    let index = window.below(6);
    Command::Path(match window.below(16) {
        0..3 => {
            let count = window.below(6);
            PathCommand::Draw {
                points: (0..count).map(|_| random_position(window)).collect(),
                closed: window.once_in(2),
            }
        }
        3 => PathCommand::Append(position),
        4 => PathCommand::Insert(index, position),
        5 => PathCommand::Move(index, position),
        6 => PathCommand::Remove(index),
        7 => PathCommand::SetClosed(window.once_in(2)),
        8 => PathCommand::Clear,
        9 => PathCommand::DragMarker(random_number(window)),
        10 => PathCommand::ReleaseMarker,
        11 => PathCommand::SetPlayOrder(
            [PlayOrder::Loop, PlayOrder::PingPong, PlayOrder::Once][window.below(3)],
        ),
        12 => {
            PathCommand::SetStopDuration(StopDuration::ALL[window.below(StopDuration::ALL.len())])
        }
        13 => PathCommand::SetStops(window.below(80) as u32),
        14 => PathCommand::SetTool(window.once_in(2)),
        _ => PathCommand::PlayStop,
    })
}

fn generating(window: &mut RandomWindow) -> Command {
    let (id, other) = (melody(window), melody(window));
    if window.once_in(4) {
        return Command::Similar(match window.below(4) {
            0 => SimilarCommand::SetMeasure(
                [NeighbourMeasure::Sound, NeighbourMeasure::Latent][window.below(2)],
            ),
            1 => SimilarCommand::Hover(Some(id)),
            2 => SimilarCommand::Close,
            _ => SimilarCommand::Find(id),
        });
    }
    Command::Generate(match window.below(9) {
        0 => GenerateCommand::Explore(id),
        1 => GenerateCommand::SetCloseness(random_number(window)),
        2 => GenerateCommand::SetCount(window.below(300) as u32),
        3 => GenerateCommand::Blend(id, other),
        4 => GenerateCommand::SetBlendCount(window.below(80) as u32),
        5 => GenerateCommand::SetInterpolation(
            [Interpolation::Spherical, Interpolation::Linear][window.below(2)],
        ),
        6 => GenerateCommand::PlaySet(window.below(9) as u32),
        _ => GenerateCommand::BlendFrom(Some(id).filter(|_| !window.once_in(4))),
    })
}

fn keeping(window: &mut RandomWindow) -> Command {
    let (number, other) = (kept_number(window), kept_number(window));
    match window.below(16) {
        9..16 => Command::Tray(tray_commands::random(window, number, other)),
        0 | 1 => Command::RemoveKept(number),
        2 => Command::PlayKept(number),
        3 => Command::ToggleKeptMarked(number),
        4 => Command::SaveUnsaved,
        5 => Command::ToggleKeptPlaying,
        _ => Command::ToggleKept,
    }
}

fn showing(window: &mut RandomWindow) -> Command {
    let attribute = attribute(window);
    match window.below(18) {
        0 => Command::ShowMap(window.below(6) as u32),
        1 | 2 => Command::StepMap([-1, 1][window.below(2)]),
        3 => Command::SetLayout(LayoutKind::ALL[window.below(LayoutKind::ALL.len())]),
        4 => Command::SetLayout(LayoutKind::Axes {
            x: window.below(ATTRIBUTES.len()),
            y: window.below(ATTRIBUTES.len()),
        }),
        5 => Command::ColourBy(attribute),
        6 => {
            let range = (random_number(window), random_number(window));
            Command::SetFilter(attribute, Some(range).filter(|_| window.once_in(2)))
        }
        17 => Command::SetScaleFilter(scale(window)),
        7 => Command::SetPalette(Palette::ALL[window.below(Palette::ALL.len())]),
        8 => Command::ShowFill(window.once_in(2)),
        9 => Command::ShowContours(window.once_in(2)),
        10 => Command::FitMap,
        // The figures are slow to draw.
        11 => Command::ShowAnalysis(window.once_in(4)),
        12 => Command::SetTheme(
            [ThemeChoice::Dark, ThemeChoice::Light, ThemeChoice::System][window.below(3)],
        ),
        13 | 14 => {
            Command::TogglePanel([Panel::Left, Panel::Right, Panel::Bottom][window.below(3)])
        }
        15 => Command::Probe(ProbeCommand::SetPlayBy(
            [PlayBy::Hover, PlayBy::Drag, PlayBy::Click][window.below(3)],
        )),
        _ => {
            let notices = window.window.harness.state().state().notices.iter();
            let ids: Vec<u64> = notices.map(|notice| notice.id).collect();
            Command::Dismiss(ids.first().copied().unwrap_or(3))
        }
    }
}

/// A command on the session. Without a session file it only opens dialogs; `ui_session` has windows with one.
fn session(window: &mut RandomWindow) -> Command {
    let path = window.folder().join("a.tunescape");
    Command::Session(match window.below(5) {
        0 => SessionCommand::New,
        1 => SessionCommand::ChooseFile,
        2 => SessionCommand::SaveAs,
        3 => SessionCommand::SaveTo(ChosenPath {
            path,
            may_replace: window.once_in(2),
        }),
        _ => SessionCommand::Open(path),
    })
}

/// A command on the history, also with numbers that no entry has.
fn history(window: &mut RandomWindow) -> Command {
    let number = window.below(40) as u64;
    Command::History(match window.below(10) {
        9 => HistoryCommand::Compare,
        0..3 => HistoryCommand::Step(-1),
        3..5 => HistoryCommand::Step(1),
        5 => HistoryCommand::Play(number),
        6 => HistoryCommand::ToggleKept(number),
        7 => HistoryCommand::Show(window.once_in(2)),
        _ => HistoryCommand::Search(["", "region", "map 1 blend"][window.below(3)].to_owned()),
    })
}

/// A command on share texts: of melodies of the map, a valid text and damaged ones.
fn sharing(window: &mut RandomWindow) -> Command {
    let valid_text = "tunescape:1:0123456789ab:AAABACAAGAUAAIA_AAAAAA";
    Command::Share(match window.below(6) {
        0 => ShareCommand::Paste(valid_text[..window.below(valid_text.len())].to_owned()),
        1 => ShareCommand::Paste(share_text(window)),
        2 => ShareCommand::PasteFromClipboard,
        3 => ShareCommand::PasteFiles,
        _ => ShareCommand::Copy(melody(window)),
    })
}

/// The share text of a random melody of the fake model.
fn share_text(window: &mut RandomWindow) -> String {
    let mut model = FakeModel::busy();
    let coordinate = |_| window.rng.random_range(-2.0_f32..2.0);
    let latent = LatentPoint::new((0..LATENT).map(coordinate).collect());
    let tokens = model.decode(std::slice::from_ref(&latent), &Sampling::Greedy);
    let source = ShareSource {
        weights_hash: "0123456789ab".to_owned(),
        latent,
        sampling: Sampling::Greedy,
        tokens: tokens.unwrap().remove(0),
    };
    share(&mut model, &source).unwrap().to_string()
}

fn importing(window: &mut RandomWindow) -> Command {
    if window.once_in(6) {
        return session(window);
    }
    if window.once_in(2) {
        return learn_commands::random(window);
    }
    let song = window.folder().join("song.mid");
    Command::Import(match window.below(12) {
        10 => ImportCommand::ChooseFile,
        11 => ImportCommand::CancelReading,
        0 => ImportCommand::Open(PathBuf::from("/nowhere/song.mid")),
        1 => ImportCommand::SetPart(window.below(3)),
        2 => ImportCommand::SetExcerpts(vec![window.below(3)]),
        3 => ImportCommand::ShowExcerpt(window.below(3)),
        4 => ImportCommand::Play {
            excerpt: window.below(3),
            reconstructed: window.once_in(2),
        },
        5 => ImportCommand::Place,
        6 | 7 => ImportCommand::Close,
        8 => ImportCommand::ShowReconstructions(window.once_in(2)),
        _ => ImportCommand::Open(song),
    })
}

fn export(window: &mut RandomWindow) -> Command {
    if window.once_in(6) {
        return Command::CopyFiles(ExportSelection::Selected);
    }
    let selection = [
        ExportSelection::Shown,
        ExportSelection::Selected,
        ExportSelection::Kept,
        ExportSelection::Path,
        ExportSelection::Timeline,
    ][window.below(5)];
    let grouping = [
        ExportGrouping::Folder,
        ExportGrouping::Tracks,
        ExportGrouping::Piece,
        ExportGrouping::Blocks,
    ][window.below(4)];
    Command::Export(selection, grouping)
}

fn model(window: &mut RandomWindow) -> Command {
    match window.below(8) {
        0 => Command::OpenModel(Some(PathBuf::from("/nowhere/model.safetensors"))),
        // The fake model opens any file, as other weights.
        1 => Command::OpenModel(Some(window.folder().join("song.mid"))),
        2 => Command::SetDevice(DeviceChoice::Cpu),
        3 => Command::ChooseModel,
        4 => Command::Mix(MixCommand::SetPercent(window.rng.random())),
        5 => Command::Mix(MixCommand::Use),
        _ => Command::OpenModel(None),
    }
}
