//! Small things that several panels draw.

pub mod compare_roll;
pub mod controls;
pub mod numbers;
pub mod piano_roll;
pub mod steer_slider;
