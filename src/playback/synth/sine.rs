//! A fast sine: the electric piano needs four per sample and voice.

use std::f32::consts::PI;

/// The sine of a phase in turns (1.0 is a full circle), to within 6e-6; `turns` between -1000 and 1000.
///
/// Taylor series up to the ninth power within a quarter turn, where the next term is below 4e-6.
pub(super) fn sine(turns: f32) -> f32 {
    let turns = turns - (turns as i32) as f32;
    let within_half_turn = if turns > 0.5 {
        turns - 1.0
    } else if turns < -0.5 {
        turns + 1.0
    } else {
        turns
    };
    // Symmetric about a quarter turn.
    let within_quarter_turn = if within_half_turn.abs() > 0.25 {
        0.5_f32.copysign(within_half_turn) - within_half_turn
    } else {
        within_half_turn
    };
    let x = 2.0 * PI * within_quarter_turn;
    let x_squared = x * x;
    x * (1.0
        - x_squared / 6.0
            * (1.0 - x_squared / 20.0 * (1.0 - x_squared / 42.0 * (1.0 - x_squared / 72.0))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_agrees_with_the_exact_sine() {
        for k in -30_000..=30_000 {
            let turns = f64::from(k) / 10_000.0;
            let exact = (std::f64::consts::TAU * turns).sin();
            let error = f64::from(sine(turns as f32)) - exact;
            assert!(error.abs() < 6e-6, "{turns}: {error}");
        }
    }
}
