//! A check in a replica of the client: in-process, so in nanoseconds, beside a lookup in a map of the same companies.

use std::collections::HashMap;
use std::hint::black_box;
use std::time::{Duration, Instant};

use platform_core_client::{Client, Companies, Replica, Uuid};

use super::Stage;
use crate::Outcome;
use crate::dataset::company_id;
use crate::number::{median, real};
use crate::process::Served;
use crate::report::{Figure, Target};

/// So many companies are held, if there are as many.
const HELD: u64 = 100_000;

/// So many checks of one round.
const CHECKS: usize = 2_000_000;

/// A check takes at most this, in nanoseconds: "in under a microsecond".
const MOST_NS: f64 = 1_000.0;

/// How long loading may take, and how old what is known may be: a round holds up the tasks of the replica, which share its thread.
const PATIENCE: Duration = Duration::from_mins(5);

/// Loads a replica, and checks one module of random companies of it.
///
/// # Errors
/// When it cannot be loaded, or a check is refused.
pub async fn measure(stage: &mut Stage, served: &Served, key: &str) -> Outcome<()> {
    let held = HELD.min(stage.settings.companies);
    let scenario = format!("a check in a replica of {held} companies");
    stage.say(&scenario);
    let ids = (0..held).map(|company| Uuid::parse_str(&company_id(company))).collect::<Result<Vec<_>, _>>()?;
    let client = Client::builder(format!("http://{}", served.address)).api_key(key).build()?;
    let replica = Replica::builder(client).companies(Companies::These(ids.clone())).bound(PATIENCE).start()?;
    let began = Instant::now();
    replica.ready(PATIENCE).await?;
    let rate = real(held) / began.elapsed().as_secs_f64();
    let floor: HashMap<Uuid, bool> = ids.iter().map(|id| (*id, true)).collect();
    // A stride that is prime to the number of companies meets all of them, far apart.
    let asked: Vec<Uuid> =
        (0..CHECKS).filter_map(|check| ids.get(check.wrapping_mul(7_919) % ids.len()).copied()).collect();
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for _ in 0..stage.settings.rounds {
        tokio::time::sleep(Duration::from_secs(1)).await;
        ours.push(round(&asked, |id| replica.check(id).is_ok_and(|answer| answer.module("basic")))?);
        theirs.push(round(&asked, |id| floor.get(&id).copied().unwrap_or(false))?);
    }
    let figure = Figure::alone(&scenario, "median, ns", median(ours), Target::AtMost(MOST_NS));
    stage.figures.push(figure.beside("a lookup in a HashMap", median(theirs)));
    stage.figures.push(Figure::alone(&scenario, "companies loaded/s", rate, Target::Shown));
    Ok(())
}

/// The time of one check, in nanoseconds.
fn round(asked: &[Uuid], check: impl Fn(Uuid) -> bool) -> Outcome<f64> {
    let began = Instant::now();
    let found = asked.iter().filter(|id| check(black_box(**id))).count();
    let took = began.elapsed();
    if found != asked.len() {
        return Err(format!("{} of {} checks found nothing", asked.len() - found, asked.len()).into());
    }
    Ok(took.as_secs_f64() * 1e9 / real(u64::try_from(asked.len())?))
}
