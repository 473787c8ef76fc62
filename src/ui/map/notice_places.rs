//! The places of the notices: each keeps its place until it goes, and a newer one comes below it.

/// Space between two notices, points.
const GAP: f32 = 8.0;

/// The places, from the top down.
#[derive(Clone, Debug, Default)]
pub(super) struct NoticePlaces {
    list: Vec<Place>,
    /// Notices that wait, because there is no space for all.
    hidden_count: usize,
}

#[derive(Clone, Copy, Debug)]
struct Place {
    notice: u64,
    /// Distances from the upper edge of the area, points.
    top: f32,
    height: f32,
}

impl NoticePlaces {
    /// Gives places to new notices in an area of this height and forgets those that are gone; `notices` has the newest last.
    /// Returns how many of the oldest have no space.
    pub(super) fn arrange(&mut self, notices: &[u64], height: f32) -> usize {
        self.list.retain(|place| notices.contains(&place.notice));
        for notice in notices {
            if self.list.iter().all(|place| place.notice != *notice) {
                self.list.push(Place {
                    notice: *notice,
                    top: self.list.last().map_or(0.0, |last| last.bottom() + GAP),
                    height: 0.0,
                });
            }
        }
        if self.hidden_count > 0 || self.bottom() > height {
            self.hidden_count = 0;
            self.close_gaps();
        }
        while self.bottom() > height && self.hidden_count + 1 < self.list.len() {
            self.hidden_count += 1;
            self.close_gaps();
        }
        self.hidden_count
    }

    /// Distance of a notice from the upper edge of the area.
    pub(super) fn top(&self, notice: u64) -> f32 {
        let place = self.list.iter().find(|place| place.notice == notice);
        place.map_or(0.0, |place| place.top)
    }

    /// Sets the height that a notice was drawn with; those below it move by the difference.
    pub(super) fn set_height(&mut self, notice: u64, height: f32) {
        let mut moved = 0.0;
        for place in &mut self.list {
            place.top += moved;
            if place.notice == notice {
                moved = height - place.height;
                place.height = height;
            }
        }
    }

    fn bottom(&self) -> f32 {
        self.list.last().map_or(0.0, |last| last.bottom())
    }

    /// Places the shown notices without gaps, from the top.
    fn close_gaps(&mut self) {
        let mut top = 0.0;
        for place in self.list.iter_mut().skip(self.hidden_count) {
            place.top = top;
            top = place.bottom() + GAP;
        }
    }
}

impl Place {
    fn bottom(&self) -> f32 {
        self.top + self.height
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn_tops(places: &mut NoticePlaces, notices: &[u64], height: f32) -> Vec<f32> {
        let hidden = places.arrange(notices, height);
        let shown = &notices[hidden..];
        for notice in shown {
            places.set_height(*notice, 40.0);
        }
        shown.iter().map(|notice| places.top(*notice)).collect()
    }

    #[test]
    fn a_notice_keeps_its_place_when_an_older_one_goes_and_newer_ones_come_below() {
        let mut places = NoticePlaces::default();
        assert_eq!(drawn_tops(&mut places, &[1, 2], 400.0), [0.0, 48.0]);
        assert_eq!(drawn_tops(&mut places, &[2], 400.0), [48.0]);
        assert_eq!(drawn_tops(&mut places, &[2, 3], 400.0), [48.0, 96.0]);
    }

    #[test]
    fn gaps_close_when_there_is_no_space_below_and_then_the_oldest_wait() {
        let mut places = NoticePlaces::default();
        assert_eq!(drawn_tops(&mut places, &[1, 2], 100.0), [0.0, 48.0]);
        drawn_tops(&mut places, &[2, 3], 100.0);
        assert_eq!(drawn_tops(&mut places, &[2, 3], 100.0), [0.0, 48.0]);
        drawn_tops(&mut places, &[2, 3, 4], 100.0);
        assert_eq!(drawn_tops(&mut places, &[2, 3, 4], 100.0), [0.0, 48.0]);
        assert_eq!(drawn_tops(&mut places, &[2, 4], 100.0), [0.0, 48.0]);
    }
}
