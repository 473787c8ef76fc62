//! Stores pictures of the most crowded states, for a person to check, and tests that each shows a window.

use std::collections::HashSet;
use std::path::Path;

use eframe::App as _;
use egui_kittest::wgpu::default_wgpu_setup;
use tunescape::ui::ThemeChoice::{Dark, Light};
use tunescape::ui::{Command, ThemeChoice};

use crate::harness::{Missing, needs, tests};
use crate::menus::MENUS;
use crate::open;
use crate::states::{LONG_TIMELINE, STATES, Start};
use crate::view::View;

tests![pictures_of_the_most_crowded_states_show_a_window,];

/// Folder of the pictures, in the folder of test files.
const FOLDER: &str = "ui_layout_pictures";
/// Minimum number of colours of a picture with a map: panels and texts alone have fewer.
const MIN_MAP_COLOURS: usize = 500;
/// Minimum number of colours of a picture without a map.
const MIN_TEXT_COLOURS: usize = 50;

/// State, size and theme.
const PICTURES: [(&str, [f32; 2], ThemeChoice); 49] = [
    ("swept", [1440.0, 900.0], Light),
    ("analysis", [1440.0, 900.0], Light),
    ("no model", [1440.0, 900.0], Light),
    ("path playing", [1440.0, 900.0], Light),
    ("search", [1024.0, 640.0], Light),
    ("keys", [1024.0, 640.0], Dark),
    ("selected", [640.0, 440.0], Light),
    ("selected", [1440.0, 900.0], Dark),
    ("sweeping", [1440.0, 900.0], Dark),
    ("three errors", [1024.0, 640.0], Dark),
    ("export menu of the library", [1024.0, 640.0], Light),
    ("song", [1440.0, 900.0], Dark),
    ("path playing", [640.0, 440.0], Dark),
    ("what plays is named on the map", [640.0, 440.0], Dark),
    ("three errors", [640.0, 440.0], Light),
    ("dialog that chooses a folder", [640.0, 440.0], Dark),
    ("similar", [960.0, 540.0], Dark),
    ("kept", [960.0, 540.0], Light),
    ("kept with names, stars and marks", [1440.0, 900.0], Dark),
    ("kept with names, stars and marks", [640.0, 440.0], Light),
    ("name of a kept melody", [960.0, 540.0], Dark),
    ("sorting of the kept melodies", [640.0, 440.0], Light),
    ("filter menu", [1024.0, 640.0], Dark),
    ("song", [1024.0, 640.0], Light),
    ("steered", [1440.0, 900.0], Dark),
    ("steered like the selected", [1440.0, 900.0], Dark),
    ("held", [1024.0, 640.0], Light),
    ("steered in a key", [1440.0, 900.0], Dark),
    ("steered in a key", [1024.0, 640.0], Light),
    ("impossible values", [1440.0, 900.0], Light),
    ("like this", [640.0, 440.0], Dark),
    ("key menu", [640.0, 440.0], Light),
    ("steered like the selected", [640.0, 440.0], Dark),
    ("blended", [1440.0, 900.0], Light),
    ("analysis", [1440.0, 900.0], Dark),
    ("slice", [1440.0, 900.0], Dark),
    ("slice", [640.0, 440.0], Light),
    ("quality figures", [1440.0, 900.0], Dark),
    ("feel menu", [1024.0, 640.0], Light),
    ("output menu", [1024.0, 640.0], Light),
    ("settings", [1440.0, 900.0], Dark),
    ("settings", [1024.0, 640.0], Light),
    ("long timeline", [1440.0, 900.0], Dark),
    ("timeline", [960.0, 540.0], Light),
    ("long timeline", [1440.0, 900.0], Light),
    ("block menu", [640.0, 440.0], Dark),
    ("empty timeline", [1024.0, 640.0], Dark),
    ("editing notes", [1440.0, 900.0], Dark),
    ("editing notes", [960.0, 540.0], Light),
];

/// Blends a pixel with premultiplied alpha over the colour that the window is cleared with.
fn blend_over([r, g, b, a]: [u8; 4], background: [f32; 4]) -> [u8; 4] {
    let transparency = 1.0 - f32::from(a) / 255.0;
    let blend_channel =
        |top: u8, below: f32| (f32::from(top) + 255.0 * below * transparency).round() as u8;
    [
        blend_channel(r, background[0]),
        blend_channel(g, background[1]),
        blend_channel(b, background[2]),
        255,
    ]
}

fn pictures_of_the_most_crowded_states_show_a_window() -> Result<(), Missing> {
    let instance = pollster::block_on(default_wgpu_setup().new_instance());
    let all_backends = eframe::wgpu::Backends::all();
    if pollster::block_on(instance.enumerate_adapters(all_backends)).is_empty() {
        return Err(needs(
            "a driver for Vulkan or OpenGL, such as mesa-vulkan-drivers",
        ));
    }
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(FOLDER);
    std::fs::create_dir_all(&folder).unwrap();
    let mut pictures = HashSet::new();
    for (number, (name, size, theme)) in (1..).zip(PICTURES) {
        let mut states = STATES.iter().chain(MENUS).chain([&LONG_TIMELINE]);
        let state = states.find(|state| state.name == name).unwrap();
        let mut window = open(state);
        let view = View {
            size,
            pixels_per_point: 1.0,
            text_zoom: 1.0,
            theme,
        };
        view.show(&mut window, state);
        let harness = &mut window.harness;
        harness.set_render_cursor(false);
        let mut picture = harness.render().unwrap();
        let visuals = harness.ctx.global_style().visuals.clone();
        let background = harness.state().clear_color(&visuals);
        for pixel in picture.pixels_mut() {
            pixel.0 = blend_over(pixel.0, background);
        }
        harness.state_mut().command(Command::Panic);
        assert_eq!(
            [picture.width(), picture.height()],
            size.map(|edge| edge as u32)
        );
        let colours: HashSet<[u8; 4]> = picture.pixels().map(|pixel| pixel.0).collect();
        let min_colours = if state.start == Start::NoModel {
            MIN_TEXT_COLOURS
        } else {
            MIN_MAP_COLOURS
        };
        assert!(
            colours.len() > min_colours,
            "{name}: {} colours",
            colours.len()
        );
        assert!(
            pictures.insert(picture.as_raw().clone()),
            "{name} shows nothing new"
        );
        let name = format!(
            "{number:02}-{}-{}x{}.png",
            name.replace(' ', "-"),
            size[0],
            size[1]
        );
        picture.save(folder.join(name)).unwrap();
    }
    Ok(())
}
