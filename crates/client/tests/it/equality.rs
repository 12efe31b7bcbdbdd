//! Whatever is written and however often the wire is cut: in the end the replica answers what the service answers.

use platform_core_client::{
    Freshness, Read, Replica, Uuid, Write,
    api::{ItemStatus, response::EntitlementsView},
};
use proptest::prelude::*;

use crate::support::{PATIENCE, Proxy, World, addon, basic, eventually, micros};

const ADDONS: [&str; 3] = ["finance", "market", "venue"];
const COMPANIES: usize = 4;

/// What happens.
#[derive(Clone, Debug)]
enum Happening {
    /// An add-on of a company is switched on or off, from an instant until an instant, in milliseconds from now.
    Addon { company: usize, addon: usize, is_on: bool, starts_ms: Option<i64>, lasts_ms: Option<i64> },
    /// So is Basic.
    Basic { company: usize, is_on: bool },
    /// A module is switched on or off for everyone.
    Module { addon: usize, is_on: bool },
    /// So many milliseconds pass.
    Pass(i64),
    /// The wire is cut.
    Cut,
    /// The wire is mended.
    Mend,
}

fn happening() -> impl Strategy<Value = Happening> {
    let instant = || prop::option::of(1..4_000_i64);
    prop_oneof![
        6 => (0..COMPANIES, 0..ADDONS.len(), any::<bool>(), instant(), instant()).prop_map(
            |(company, addon, is_on, starts_ms, lasts_ms)| Happening::Addon { company, addon, is_on, starts_ms, lasts_ms }
        ),
        2 => (0..COMPANIES, any::<bool>()).prop_map(|(company, is_on)| Happening::Basic { company, is_on }),
        1 => (0..ADDONS.len(), any::<bool>()).prop_map(|(addon, is_on)| Happening::Module { addon, is_on }),
        3 => (1..3_000_i64).prop_map(Happening::Pass),
        2 => Just(Happening::Cut),
        3 => Just(Happening::Mend),
    ]
}

async fn carry_out(world: &World, proxy: &Proxy, companies: &[Uuid], happening: &Happening) {
    let status = |is_on: bool| if is_on { ItemStatus::Active } else { ItemStatus::Cancelled };
    let admin = world.admin();
    match happening {
        Happening::Addon { company, addon: place, is_on, starts_ms, lasts_ms } => {
            let starts = starts_ms.map(|millis| world.later(micros(millis)));
            let ends = lasts_ms.map(|millis| world.later(micros(starts_ms.unwrap_or(0) + millis)));
            let body = addon(ADDONS[*place], status(*is_on), starts, ends);
            admin.set_addon(companies[*company], &body, &Write::new()).await.expect("it is written");
        }
        Happening::Basic { company, is_on } => {
            admin.set_basic(companies[*company], &basic(status(*is_on)), &Write::new()).await.expect("it is written");
        }
        Happening::Module { addon, is_on } => world.switch(ADDONS[*addon], *is_on).await,
        Happening::Pass(millis) => world.pass(micros(*millis)),
        Happening::Cut => proxy.cut(),
        Happening::Mend => proxy.lead_to(world.address),
    }
}

/// An answer without the instant that it was computed for, which differs where nothing else does.
fn timeless(view: &EntitlementsView) -> EntitlementsView {
    let mut view = view.clone();
    view.as_of = view.updated_at;
    view
}

/// What the service answers, and what the replica does.
async fn both(
    world: &World,
    replica: &Replica,
    companies: &[Uuid],
) -> (Vec<Option<EntitlementsView>>, Vec<Option<EntitlementsView>>) {
    let batch = world.admin().batch(companies, 0, &Read::new().strong()).await.expect("an answer");
    let theirs = batch.companies.iter().map(|entry| entry.entitlements.as_ref().map(timeless)).collect();
    let ours = companies.iter().map(|company| replica.check(*company).ok()?.view().map(timeless)).collect();
    (theirs, ours)
}

async fn in_the_end_they_agree(world: &World, happenings: &[Happening]) {
    let companies: Vec<Uuid> = (0..COMPANIES).map(|_| Uuid::new_v4()).collect();
    let proxy = world.proxy().await;
    let replica = world.ready(&proxy, &companies).await;
    for happening in happenings {
        carry_out(world, &proxy, &companies, happening).await;
        // What it says at any time is of some version that there was, and a version never goes back.
        for company in &companies {
            if let Ok(answer) = replica.check_with(*company, Freshness::AnyAge) {
                let said = answer.version();
                let now = world.admin().entitlements(*company, &Read::new().strong()).await.expect("an answer");
                assert!(said <= now.entitlement_version, "{said} was never there: {now:?}");
            }
        }
    }
    proxy.lead_to(world.address);
    let mut last = None;
    let agree = async || {
        let (theirs, ours) = both(world, &replica, &companies).await;
        let is_same = theirs == ours;
        last = Some((theirs, ours));
        is_same
    };
    let agreed = tokio::time::timeout(PATIENCE, eventually("they agree", agree)).await;
    assert!(agreed.is_ok(), "they never agree: {last:#?}");
    for name in ADDONS {
        world.switch(name, true).await;
    }
}

#[test]
fn after_any_writes_and_cuts_the_replica_answers_what_the_service_does() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let world = runtime.block_on(World::start());
    let config =
        ProptestConfig { cases: 24, max_shrink_iters: 40, failure_persistence: None, ..ProptestConfig::default() };
    proptest!(config, |(happenings in prop::collection::vec(happening(), 1..14))| {
        runtime.block_on(in_the_end_they_agree(&world, &happenings));
    });
}
