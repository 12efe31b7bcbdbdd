//! The differential test: one random sequence of commands goes through any number of stores at once and through the oracle, and after
//! every step everything that can be asked is compared.
//!
//! `PLATFORM_CORE_DIFFERENTIAL_OPERATIONS` sets how many steps are compared, `PLATFORM_CORE_DIFFERENTIAL_SEED` which ones; without it
//! every run draws its own, and prints it.

mod compare;
mod law;
mod stage;
mod step;

use std::cell::Cell;

use proptest::{
    collection::vec,
    test_runner::{Config, RngSeed, TestRunner},
};
use stage::Stage;

use super::Fresh;

/// Steps that one sequence has at most.
const STEPS: usize = 120;

/// How long a shorter sequence that fails is looked for, in milliseconds.
const SHRINK_MS: u32 = 60_000;

/// How much is compared where nobody asks for more.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// Steps, over all sequences. The environment's word goes first.
    pub operations: u32,
}

fn number_from_environment(name: &str) -> Option<u64> {
    let text = std::env::var(name).ok()?;
    Some(text.parse().unwrap_or_else(|_| panic!("`{name}` must be a whole number, is `{text}`")))
}

/// Drives random sequences through stores, each made fresh for every sequence and named, and through the oracle. Panics with the
/// shortest sequence found on which two of them differ, or a law is broken. Prints how many steps were compared.
///
/// Starts its own runtime: call it from a plain test.
pub fn differential<Making>(plan: Plan, make: impl Fn() -> Making)
where
    Making: Future<Output = Vec<(&'static str, Fresh)>>,
{
    let wanted = number_from_environment("PLATFORM_CORE_DIFFERENTIAL_OPERATIONS").unwrap_or(plan.operations.into());
    let random = || u64::try_from(uuid::Uuid::new_v4().as_u128() & u128::from(u64::MAX)).unwrap_or_default();
    let seed = number_from_environment("PLATFORM_CORE_DIFFERENTIAL_SEED").unwrap_or_else(random);
    let cases = u32::try_from(wanted.div_ceil(STEPS as u64 / 2).max(1)).unwrap_or(u32::MAX);
    let config = Config {
        cases,
        rng_seed: RngSeed::Fixed(seed),
        failure_persistence: None,
        max_shrink_iters: 2_000,
        max_shrink_time: SHRINK_MS,
        ..Config::default()
    };
    eprintln!("differential: about {wanted} operations, seed {seed}");
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let runtime = runtime.expect("a runtime starts");
    let tally = Cell::new(stage::Tally::default());

    let outcome = TestRunner::new(config).run(&vec(step::step(), 1..STEPS), |steps| {
        let counted = runtime.block_on(async {
            let mut stage = Stage::open(make().await).await;
            for step in step::opening().iter().chain(&steps) {
                stage.play(step).await;
            }
            stage.close().await
        });
        tally.set(tally.get().plus(counted));
        Ok(())
    });

    let counted = tally.get();
    eprintln!("differential: {counted}");
    if let Err(failure) = outcome {
        panic!("seed {seed}: {failure}");
    }
    assert!(u64::from(counted.operations) >= wanted.min(u64::from(cases)), "too few operations were compared");
}
