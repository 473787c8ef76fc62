//! Small widgets of several panels.
//!
//! - `click_modifiers`: the keys held during a click; `controls`: buttons, captions, bars; `export_menu`: the menu of ways to export
//! - `edge`: the edge of a panel, for resizing it
//! - `steer_slider`: the slider over a histogram; `obtained_marks`: what a steer obtained, under its track
//! - `piano_roll`: a melody; `compare_roll`: a melody and its reconstruction
//! - `modal_header`: title and close button of a page over the window
//! - `now_playing`: the line that names what plays, with a button that keeps it
//! - `timeline_menu`: the menu that adds a card's melody to the timeline
//! - `scale_choice`: the menu of scales
//! - `text_field`: a field for a line of text; `typed_field`: one for a typed value; `numbers`: numbers as text

pub mod click_modifiers;
pub mod compare_roll;
pub mod controls;
pub mod edge;
pub mod export_menu;
pub mod modal_header;
pub mod now_playing;
pub mod numbers;
pub mod obtained_marks;
pub mod piano_roll;
pub mod scale_choice;
pub mod steer_slider;
pub mod text_field;
pub mod timeline_menu;
pub mod typed_field;
