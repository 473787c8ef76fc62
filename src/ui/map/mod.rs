//! The map: melodies as coloured points that can be clicked, hovered and connected by a path.
//!
//! - `map_ui`: one frame; `map_view`: the state between frames; `repaint_rate`: when the next one is drawn
//! - `camera`, `navigation`: the visible part, zooming and panning
//! - `map_points`, `points_layer`, `disc_atlas`: the points, drawn as one mesh
//! - `screen_point`, `screen_points`, `grid`: their screen positions with a spatial index
//! - `field`, `field_layer`, `contours`: the attribute between the points, as a texture and contours
//! - `attribute_colours`, `colour_bar`: the colours of the points
//! - `marks`, `generated_marks`, `landmarks`, `axes`, `placement`, `thumbnails`: what is painted around the points
//! - `pointer`, `gesture`, `arrow_keys`, `probes`, `slice`, `menu`: input
//! - `overlays`, `overlay_frame`, `filter`, `hint`, `hover_card`, `mode_chip`, `highlight_chip`, `short_chip`,
//!   `layout_switch`, `notices`, `notice_places`, `quality_card`: what lies over the map
//! - `screen_reader`: the map for screen readers
//! - `path`: the path over the map
//!
//! Points and field are drawn again only when what they show changes, so that a frame costs a copy of the mesh.

mod arrow_keys;
mod attribute_colours;
mod axes;
mod camera;
mod colour_bar;
mod contours;
mod dashes;
mod disc_atlas;
mod field;
mod field_layer;
mod filter;
mod generated_marks;
mod gesture;
mod grid;
mod highlight_chip;
mod hint;
mod hover_card;
mod landmarks;
mod layout_switch;
mod map_points;
mod map_ui;
mod map_view;
mod marks;
mod menu;
mod mode_chip;
mod navigation;
mod notice_places;
mod notices;
mod overlay_frame;
mod overlays;
mod path;
mod placement;
mod pointer;
mod points_layer;
mod probes;
mod quality_card;
mod repaint_rate;
mod screen_point;
mod screen_points;
mod screen_reader;
mod selected_chip;
mod short_chip;
mod slice;
mod thumbnails;

pub use attribute_colours::melody_colour;
pub use map_ui::map_ui;
pub use map_view::MapView;
pub use path::map_index::MapIndex;
pub use repaint_rate::RepaintRate;
