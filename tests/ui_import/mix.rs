//! Tests of the slider between the open model and the one that it was taught from.

use std::path::{Path, PathBuf};

use eframe::egui::accesskit::Role;
use egui_kittest::kittest::{By, Queryable as _};
use tunescape::model::{FloatFormat, Weights};
use tunescape::session::FineTunedModels;
use tunescape::worker::{LibraryLocation, find_mix_range};

use crate::setup;
use crate::window::Window;

/// Writes the tiny model and two with other weights: one with the record that it was fine-tuned from the tiny model, and one
/// that was fine-tuned from an unknown model.
fn write_models(folder: &Path) {
    std::fs::create_dir_all(folder).unwrap();
    let base = Weights::open(Path::new(crate::command::TINY)).unwrap();
    std::fs::copy(crate::command::TINY, folder.join("Base.safetensors")).unwrap();
    let parameters = tunescape::model::Parameters::initialise(base.config(), 5);
    for (name, started_from) in [("Mine", base.hash()), ("Orphan", "0123456789ab")] {
        let record = serde_json::json!({ "config": { "started_from": started_from } });
        let weights = Weights::new(name, base.config().clone(), parameters.clone(), record);
        let path = folder.join(format!("{name}.safetensors"));
        weights.unwrap().save(&path, FloatFormat::Float32).unwrap();
    }
}

/// A window with this model open, whose models are in `data`.
fn open(data: &Path, model: &Path) -> Window {
    let mut setup = setup();
    setup.library = LibraryLocation::File(data.join("library.sqlite"));
    setup.first_model = Some(model.to_owned());
    setup.open().swept()
}

fn open_menu(window: &mut Window) {
    let chip = window.state().model.info().unwrap();
    let chip = format!("{} 2 bars, {}-D", chip.name, chip.latent_size);
    window.click(&chip);
}

fn run_until_open(window: &mut Window, path: &Path) {
    window.run_until("the model is open and its range is known", |app| {
        let state = app.state();
        let is_searched = state.mix.searched_for.as_ref();
        let is_searched = is_searched.is_some_and(|(_, found)| found.as_deref() == Some(path));
        state.model.info().is_some() && is_searched && state.mix.range.is_some()
    });
}

/// Moves the slider.
fn set_percent(window: &mut Window, percent: f64) {
    let slider = By::new().label("Percentage of Mine").role(Role::Slider);
    window.harness.get(slider).set_value_accesskit(percent);
    window.harness.run_steps(3);
}

#[test]
fn the_slider_makes_one_file_of_its_own_on_use_and_leads_back_to_both_ends() {
    let data = tempfile::tempdir().unwrap();
    let models = data.path().join("models");
    write_models(&models);
    let path = |name: &str| -> PathBuf { models.join(format!("{name}.safetensors")) };
    let file_count = || std::fs::read_dir(&models).unwrap().count();
    let mut window = open(data.path(), &path("Mine"));
    run_until_open(&mut window, &path("Mine"));
    open_menu(&mut window);
    assert!(window.has("Between Base and Mine") && window.has("100 %"));
    // Moving it writes nothing, and does not close the menu.
    for percent in [25.0, 75.0, 50.0] {
        set_percent(&mut window, percent);
        assert!(window.has(&format!("{percent} %")));
    }
    assert_eq!(file_count(), 3);
    window.click("Use");
    let half = path("Mine, 50 %");
    run_until_open(&mut window, &half);
    assert_eq!(file_count(), 4);
    let mixed = Weights::open(&half).unwrap();
    let [base, mine] = ["Base", "Mine"].map(|name| Weights::open(&path(name)).unwrap());
    let ends = &mixed.provenance()["mixed_from"];
    assert_eq!(
        [&ends[0]["hash"], &ends[1]["hash"]],
        [base.hash(), mine.hash()]
    );

    // The slider stays, at the place of the mix, and its ends are the models themselves.
    open_menu(&mut window);
    assert!(window.has("50 %"));
    set_percent(&mut window, 0.0);
    window.click("Use");
    window.run_until("the base is open", |app| {
        let state = app.state();
        state.model.info().is_some() && state.sweep.weights_path == Some(path("Base"))
    });
    // The same mix again is the same file.
    open_menu(&mut window);
    assert!(!window.has_containing("Between"));
    window.click("Mine");
    run_until_open(&mut window, &path("Mine"));
    open_menu(&mut window);
    set_percent(&mut window, 50.0);
    window.click("Use");
    run_until_open(&mut window, &half);
    assert_eq!(file_count(), 4);
}

#[test]
fn without_the_model_that_it_was_taught_from_there_is_no_slider() {
    let data = tempfile::tempdir().unwrap();
    let folder = data.path().join("models");
    write_models(&folder);
    let models = FineTunedModels::new(folder.clone());
    for name in ["Base", "Orphan"] {
        let path = folder.join(format!("{name}.safetensors"));
        assert_eq!(find_mix_range(&path, &models), None, "{name}");
    }
    let range = find_mix_range(&folder.join("Mine.safetensors"), &models).unwrap();
    assert_eq!(
        (range.first.name, range.second.name),
        ("Base".into(), "Mine".into())
    );
    assert_eq!(range.fraction, 1.0);
}
