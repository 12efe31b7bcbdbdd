//! Waiting for what another process does.

use std::time::{Duration, Instant};

/// Between two looks at what is waited for.
const LOOK_EVERY: Duration = Duration::from_millis(5);

/// Looks again and again until there is what is waited for; fails, saying what it was, after a time.
pub(crate) fn until<T>(what: &str, within: Duration, mut look: impl FnMut() -> Option<T>) -> T {
    let give_up = Instant::now() + within;
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(Instant::now() < give_up, "within {within:?} there was not: {what}");
        pause(LOOK_EVERY);
    }
}

/// Lets time pass for another process.
#[expect(clippy::disallowed_methods, reason = "another process gives no signal that could be awaited")]
pub(crate) fn pause(time: Duration) {
    std::thread::sleep(time);
}
