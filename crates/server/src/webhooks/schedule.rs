//! When a delivery that was not taken is tried again.

use std::time::Duration;

/// The pauses after each failed attempt, as multiples of the first. With the first at five seconds: 5 s, 30 s, 2 min, 10 min, 30 min, 2 h,
/// 5 h, and five times 10 h. After the last one the delivery is given up.
const STEPS: [u32; 12] = [1, 6, 24, 120, 360, 1_440, 3_600, 7_200, 7_200, 7_200, 7_200, 7_200];

/// How much longer a pause may become by chance, as a part of it: so that what failed together does not come back together.
const JITTER: f64 = 0.1;

/// The pause after so many attempts in a row; `None` when the delivery is given up. `chance` is from 0 to 1.
pub(super) fn pause(tries: u32, first: Duration, chance: f64) -> Option<Duration> {
    let step = STEPS.get(usize::try_from(tries.checked_sub(1)?).ok()?)?;
    Some((first * *step).mul_f64(1.0 + JITTER * chance.clamp(0.0, 1.0)))
}

/// A number from 0 to 1 by chance.
pub(super) fn chance() -> f64 {
    let mut random = [0; 4];
    // Without chance the pauses are still right.
    let _ = aws_lc_rs::rand::fill(&mut random);
    f64::from(u32::from_le_bytes(random)) / f64::from(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIRST: Duration = Duration::from_secs(5);

    #[test]
    fn pauses_grow_from_five_seconds_to_ten_hours_and_end() {
        let pauses: Vec<u64> =
            (1..=12).filter_map(|tries| pause(tries, FIRST, 0.0)).map(|pause| pause.as_secs()).collect();

        assert_eq!(pauses, [5, 30, 120, 600, 1_800, 7_200, 18_000, 36_000, 36_000, 36_000, 36_000, 36_000]);
        assert_eq!(pause(13, FIRST, 0.0), None);
        assert_eq!(pause(u32::MAX, FIRST, 0.0), None);
        assert_eq!(pause(0, FIRST, 0.0), None);
    }

    #[test]
    fn chance_makes_a_pause_longer_by_at_most_a_tenth_and_never_shorter() {
        for tries in 1..=12 {
            let least = pause(tries, FIRST, 0.0).unwrap();
            let most = pause(tries, FIRST, 1.0).unwrap();
            assert!((most.as_secs_f64() / least.as_secs_f64() - 1.1).abs() < 1e-6, "{tries}");
            for _ in 0..100 {
                let pause = pause(tries, FIRST, chance()).unwrap();
                assert!(pause >= least && pause <= most);
            }
        }
        assert_eq!(pause(1, FIRST, 7.0), pause(1, FIRST, 1.0));
        assert_eq!(pause(1, FIRST, -7.0), pause(1, FIRST, 0.0));
    }

    #[test]
    fn chance_is_spread() {
        let drawn: Vec<f64> = (0..200).map(|_| chance()).collect();

        assert!(drawn.iter().all(|chance| (0.0..=1.0).contains(chance)));
        assert!(drawn.iter().any(|chance| *chance < 0.3) && drawn.iter().any(|chance| *chance > 0.7));
    }
}
