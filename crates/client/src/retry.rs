//! When a call is made again, and how long it waits before.

use std::time::Duration;

/// How often a call is made again, and how long it waits before. Only where that is safe and may help: no connection came about, or the
/// service said 503. `Retry-After` is a least wait. The time of the call includes all its attempts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retry {
    /// Most attempts of one call, the first among them. At least 1.
    pub attempts: u32,
    /// The longest wait before the second attempt; it doubles for each one after.
    pub first_wait: Duration,
    /// The longest wait before any attempt, unless `Retry-After` asks for more.
    pub longest_wait: Duration,
}

impl Default for Retry {
    fn default() -> Self {
        Self { attempts: 4, first_wait: Duration::from_millis(50), longest_wait: Duration::from_secs(2) }
    }
}

impl Retry {
    /// No second attempt.
    pub fn never() -> Self {
        Self { attempts: 1, ..Self::default() }
    }

    /// How long to wait after that many failed attempts: somewhere between half and the whole of the longest wait, so that callers who
    /// failed together do not come back together.
    pub(crate) fn wait(&self, failed: u32, asked_for: Option<Duration>) -> Duration {
        let doubled = self.first_wait.saturating_mul(1_u32.checked_shl(failed.saturating_sub(1)).unwrap_or(u32::MAX));
        let longest = doubled.min(self.longest_wait);
        let jittered = longest / 2 + longest.mul_f64(random_share() / 2.0);
        asked_for.map_or(jittered, |least| least + jittered)
    }
}

/// A random number from 0 to 1.
fn random_share() -> f64 {
    // Random identifiers are here anyway; 16 bits of one are plenty for this.
    let [first, second, ..] = uuid::Uuid::new_v4().into_bytes();
    f64::from(u16::from_le_bytes([first, second])) / f64::from(u16::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_to_their_limit_and_are_never_all_alike() {
        let retry = Retry { attempts: 9, first_wait: Duration::from_millis(100), longest_wait: Duration::from_secs(1) };
        for (failed, longest_ms) in [(1, 100), (2, 200), (4, 800), (5, 1_000), (40, 1_000)] {
            let waits: Vec<_> = (0..64).map(|_| retry.wait(failed, None)).collect();
            let (least, most) = (waits.iter().min().unwrap(), waits.iter().max().unwrap());
            assert!(least.as_millis() * 2 >= longest_ms && most.as_millis() <= longest_ms, "{failed}: {waits:?}");
            assert_ne!(least, most);
        }
    }

    #[test]
    fn retry_after_is_a_least_wait() {
        let retry = Retry::default();
        assert!(retry.wait(1, Some(Duration::from_secs(3))) > Duration::from_secs(3));
    }
}
