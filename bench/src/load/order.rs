//! About which company the next request is.

use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// The order in which companies are asked about, by their numbers.
#[derive(Clone, Debug)]
pub enum Order {
    /// Any of the range, evenly, for ever; the seed makes rounds differ and runs alike.
    Random {
        /// The companies.
        among: Range<u64>,
        /// Where the draw begins.
        seed: u64,
    },
    /// Each of the range once; connections take turns.
    Each {
        /// The companies.
        among: Range<u64>,
        /// The next one, shared by all connections.
        next: Arc<AtomicU64>,
    },
}

impl Order {
    /// Each of the range once.
    pub fn each(among: Range<u64>) -> Self {
        let next = Arc::new(AtomicU64::new(among.start));
        Self::Each { among, next }
    }

    /// The order as one lane, for a loop that asks nobody else.
    pub fn single(self) -> impl Iterator<Item = (u64, u64)> {
        let mut lane = Arc::new(self).lane(0);
        std::iter::from_fn(move || lane.draw())
    }

    pub(super) fn lane(self: &Arc<Self>, lane: u32) -> Lane {
        let seed = match self.as_ref() {
            Self::Random { seed, .. } => *seed,
            Self::Each { .. } => 0,
        };
        let mut state = (seed << 32) ^ (u64::from(lane) + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        for _ in 0..8 {
            step(&mut state);
        }
        Lane { order: Arc::clone(self), state }
    }
}

/// One connection's share of an order.
pub(super) struct Lane {
    order: Arc<Order>,
    state: u64,
}

impl Lane {
    /// The next company, and a number that no other request of the run carries but by chance of one in 2⁶⁴.
    pub(super) fn draw(&mut self) -> Option<(u64, u64)> {
        let counter = step(&mut self.state);
        match self.order.as_ref() {
            Order::Random { among, .. } => {
                let width = u128::from(among.end - among.start);
                let offset = (u128::from(counter) * width) >> 64;
                Some((among.start + u64::try_from(offset).unwrap_or(0), counter))
            }
            Order::Each { among, next } => {
                let company = next.fetch_add(1, Ordering::Relaxed);
                (company < among.end).then_some((company, counter))
            }
        }
    }
}

/// xorshift64*: cheap, and even enough to spread requests over a million companies.
fn step(state: &mut u64) -> u64 {
    *state ^= *state >> 12;
    *state ^= *state << 25;
    *state ^= *state >> 27;
    state.wrapping_mul(0x2545_F491_4F6C_DD1D)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_gives_every_company_once_over_all_lanes() {
        let order = Arc::new(Order::each(5..25));
        let mut lanes = [order.lane(0), order.lane(1)];

        let mut drawn: Vec<u64> =
            (0..40).filter_map(|turn| lanes[turn % 2].draw()).map(|(company, _)| company).collect();

        drawn.sort_unstable();
        assert_eq!(drawn, (5..25).collect::<Vec<u64>>());
    }

    #[test]
    fn random_stays_in_its_range_and_reaches_both_ends() {
        let mut lane = Arc::new(Order::Random { among: 10..20, seed: 7 }).lane(3);

        let drawn: std::collections::BTreeSet<u64> =
            (0..1000).filter_map(|_| lane.draw()).map(|(company, _)| company).collect();

        assert_eq!(drawn, (10..20).collect());
    }

    #[test]
    fn seeds_and_lanes_draw_differently() {
        let first = |seed, lane| Arc::new(Order::Random { among: 0..1_000_000, seed }).lane(lane).draw();

        assert_ne!(first(1, 0), first(2, 0));
        assert_ne!(first(1, 0), first(1, 1));
        assert_eq!(first(1, 1), first(1, 1));
    }
}
