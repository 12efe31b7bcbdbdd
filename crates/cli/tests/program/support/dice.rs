//! Chance that can be repeated.

/// Numbers that look random and follow from a seed (SplitMix64).
#[derive(Clone, Debug)]
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(crate) fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `limit`, which is not 0.
    pub(crate) fn below(&mut self, limit: u64) -> u64 {
        self.roll() % limit
    }

    /// One of several, of which there is at least one.
    pub(crate) fn pick<T: Clone>(&mut self, several: &[T]) -> T {
        several[self.index(several.len())].clone()
    }

    /// A place among so many, of which there is at least one.
    pub(crate) fn index(&mut self, places: usize) -> usize {
        usize::try_from(self.below(places as u64)).unwrap()
    }
}
