//! Pictures of the most crowded states, kept to be looked at, and each shown to be one of a window.

use std::collections::HashSet;
use std::path::Path;

use egui_kittest::wgpu::default_wgpu_setup;
use tunescape::ui::ThemeChoice::{Dark, Light};
use tunescape::ui::{Command, ThemeChoice};

use crate::harness::{Missing, needs, tests};
use crate::menus::MENUS;
use crate::open;
use crate::states::STATES;
use crate::view::View;

tests![the_most_crowded_states_are_pictured,];

/// Where the pictures are kept, below the folder of test files.
const FOLDER: &str = "ui_layout_pictures";
/// Fewer colours than this are no map: panels and texts alone have a few hundred.
const COLOURS: usize = 500;

/// State, size and theme.
const PICTURES: [(&str, [f32; 2], ThemeChoice); 24] = [
    ("path playing", [640.0, 440.0], Dark),
    ("what plays is named on the map", [640.0, 440.0], Dark),
    ("three errors", [640.0, 440.0], Light),
    ("dialog that chooses a folder", [640.0, 440.0], Dark),
    ("similar", [960.0, 540.0], Dark),
    ("kept", [960.0, 540.0], Light),
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
    ("quality figures", [1440.0, 900.0], Dark),
    ("feel menu", [1024.0, 640.0], Light),
    ("output menu", [1024.0, 640.0], Light),
    ("settings", [1440.0, 900.0], Dark),
    ("settings", [1024.0, 640.0], Light),
];

fn the_most_crowded_states_are_pictured() -> Result<(), Missing> {
    let instance = pollster::block_on(default_wgpu_setup().new_instance());
    let all = eframe::wgpu::Backends::all();
    if pollster::block_on(instance.enumerate_adapters(all)).is_empty() {
        return Err(needs(
            "a driver for Vulkan or OpenGL, such as mesa-vulkan-drivers",
        ));
    }
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(FOLDER);
    std::fs::create_dir_all(&folder).unwrap();
    let mut seen = HashSet::new();
    for (number, (name, size, theme)) in (1..).zip(PICTURES) {
        let mut states = STATES.iter().chain(MENUS);
        let state = states.find(|state| state.name == name).unwrap();
        let mut window = open(state);
        let view = View {
            size,
            scale: 1.0,
            text: 1.0,
            theme,
        };
        view.show(&mut window, state);
        let harness = &mut window.harness;
        harness.set_render_cursor(false);
        let picture = harness.render().unwrap();
        harness.state_mut().command(Command::Panic);
        assert_eq!(
            [picture.width(), picture.height()],
            size.map(|edge| edge as u32)
        );
        let colours: HashSet<[u8; 4]> = picture.pixels().map(|pixel| pixel.0).collect();
        assert!(colours.len() > COLOURS, "{name}: {} colours", colours.len());
        assert!(
            seen.insert(picture.as_raw().clone()),
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
