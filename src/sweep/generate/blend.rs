//! Melodies on the way from one latent point to another, as they are found and chosen.

use crate::latent::LatentPoint;
use crate::melody::Melody;

/// Melodies on a way, in order.
#[derive(Debug, Default)]
pub(super) struct Blend {
    /// Share of the way at each, from 0 to 1.
    pub shares: Vec<f64>,
    pub points: Vec<LatentPoint>,
    pub melodies: Vec<Melody>,
}

impl Blend {
    /// At most `most` of the candidates, evenly taken.
    pub(super) fn at_most(self, most: usize) -> Self {
        let count = self.points.len();
        if count <= most {
            return self;
        }
        let some: Vec<usize> = (0..most).map(|k| k * count / most).collect();
        self.choose(&some)
    }

    /// Puts candidates in before the last one, which stays the end of the way.
    pub(super) fn put_in(&mut self, more: Self) {
        let last = self.points.len().saturating_sub(1);
        self.shares.splice(last..last, more.shares);
        self.points.splice(last..last, more.points);
        self.melodies.splice(last..last, more.melodies);
    }

    pub(super) fn choose(self, chosen: &[usize]) -> Self {
        let mut blend = Self::default();
        for k in chosen {
            let found = (
                self.shares.get(*k),
                self.points.get(*k),
                self.melodies.get(*k),
            );
            if let (Some(share), Some(point), Some(melody)) = found {
                blend.shares.push(*share);
                blend.points.push(point.clone());
                blend.melodies.push(melody.clone());
            }
        }
        blend
    }
}
