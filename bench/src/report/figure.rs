//! One figure.

use serde::Serialize;

/// What a figure must be.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Target {
    /// The ratio of ours to the floor is at least this.
    RatioAtLeast(f64),
    /// The ratio of ours to the floor is at most this.
    RatioAtMost(f64),
    /// The figure itself is at most this.
    AtMost(f64),
    /// It is shown for understanding only.
    Shown,
}

/// One figure beside its floor.
#[derive(Clone, Debug, Serialize)]
pub struct Figure {
    /// What was done.
    pub scenario: String,
    /// What was counted, with its unit.
    pub what: String,
    /// The program's.
    pub ours: f64,
    /// The floor's.
    pub floor: Option<f64>,
    /// The name of the floor.
    pub floor_name: Option<String>,
    /// Ours by the floor's: the median of the rounds' ratios, not the ratio of the medians.
    pub ratio: Option<f64>,
    /// What it must be.
    pub target: Target,
    /// Ours and the floor's in every round.
    pub rounds: Vec<(f64, f64)>,
}

impl Figure {
    /// A figure with nothing to compare.
    pub fn alone(scenario: &str, what: &str, ours: f64, target: Target) -> Self {
        let (scenario, what) = (scenario.to_owned(), what.to_owned());
        Self { scenario, what, ours, floor: None, floor_name: None, ratio: None, target, rounds: Vec::new() }
    }

    /// The same figure beside a floor that was measured once.
    pub fn beside(mut self, name: &str, floor: f64) -> Self {
        self.ratio = Some(self.ours / floor);
        self.floor = Some(floor);
        self.floor_name = Some(name.to_owned());
        self
    }

    /// Whether it is what it must be; `None` when it is only shown.
    pub fn is_met(&self) -> Option<bool> {
        match self.target {
            Target::RatioAtLeast(least) => Some(self.ratio.is_some_and(|ratio| ratio >= least)),
            Target::RatioAtMost(most) => Some(self.ratio.is_some_and(|ratio| ratio <= most)),
            Target::AtMost(most) => Some(self.ours <= most),
            Target::Shown => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_figure_is_met_only_on_the_right_side_of_its_target() {
        let figure = |target| Figure::alone("a", "b", 8.0, target).beside("floor", 10.0);

        assert_eq!(figure(Target::RatioAtLeast(0.8)).is_met(), Some(true));
        assert_eq!(figure(Target::RatioAtLeast(0.81)).is_met(), Some(false));
        assert_eq!(figure(Target::RatioAtMost(0.79)).is_met(), Some(false));
        assert_eq!(figure(Target::AtMost(7.9)).is_met(), Some(false));
        assert_eq!(Figure::alone("a", "b", 8.0, Target::RatioAtLeast(0.1)).is_met(), Some(false));
        assert_eq!(figure(Target::Shown).is_met(), None);
    }
}
