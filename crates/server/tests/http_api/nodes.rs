//! Several nodes over one store: what each remembers, what it hears of, and what it does when it hears nothing.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use api::RoleWord;
use serde_json::{Value, json};
use server::service::seed_bootstrap_catalog;
use store::model::{ManualClock, ModelStore, SystemClock};

use crate::support::{Gate, Keys, NewCaller, Running, eventually, instant, new_key, of};

/// Two nodes on one store of which each is told that others write it, too.
struct Nodes {
    clock: Arc<ManualClock>,
    near: Running,
    near_gate: Arc<Gate>,
    far: Running,
    far_gate: Arc<Gate>,
}

impl Nodes {
    /// Nodes whose knowledge holds for so many milliseconds.
    async fn bound(bound_ms: &str) -> Self {
        let clock = Arc::new(ManualClock::at(instant("2026-04-16T05:00:00Z")));
        let store = Arc::new(ModelStore::new(Arc::<ManualClock>::clone(&clock)));
        seed_bootstrap_catalog(&*store).await.expect("it seeds");
        let now = instant("2026-04-16T05:00:00Z");
        let keys = Keys {
            admin: new_key(&*store, &NewCaller::new("test-admin", RoleWord::Admin), now).await,
            auth: new_key(&*store, &NewCaller::new("test-auth", RoleWord::Auth), now).await,
            job: new_key(&*store, &NewCaller::new("test-job", RoleWord::Job), now).await,
        };
        let (near_gate, far_gate) = (gate(&store), gate(&store));
        let (near, far) = (node(&near_gate, &keys, bound_ms).await, node(&far_gate, &keys, bound_ms).await);
        Self { clock, near, near_gate, far, far_gate }
    }

    /// Waits until the far node has heard of so many writes more than before.
    async fn far_hears(&self, before: u64) {
        eventually("the far node hears of it", async || heard(&self.far).await > before).await;
    }
}

fn gate(store: &Arc<ModelStore>) -> Arc<Gate> {
    Gate::before_shared(Arc::<ModelStore>::clone(store))
}

async fn node(gate: &Arc<Gate>, keys: &Keys, bound_ms: &str) -> Running {
    let settings = [("FEED__STALENESS_BOUND_MS", bound_ms), ("FEED__POLL_MS", "5")];
    // The node's own clock is not asked: it would be years away from the store's.
    Running::on(Arc::<Gate>::clone(gate), Arc::new(SystemClock), keys.clone(), &settings).await
}

async fn heard(node: &Running) -> u64 {
    node.metric("platform_core_writes_heard").await
}

fn basic(status: &str) -> Value {
    json!({"status": status})
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_remembered_and_known_to_be_fresh_is_answered_without_asking_the_database() {
    let nodes = Nodes::bound("60000").await;
    nodes.near.admin().post(&of(1, "basic"), &basic("active")).await.data();
    for node in [&nodes.near, &nodes.far] {
        eventually("it is remembered", async || {
            let before = node.metric("platform_core_entitlement_lookups_total{source=\"memory\"}").await;
            assert_eq!(node.auth().get(&of(1, "entitlements")).await.version(), 1);
            node.metric("platform_core_entitlement_lookups_total{source=\"memory\"}").await > before
        })
        .await;
    }
    let asked = [nodes.near_gate.asked(), nodes.far_gate.asked()];

    for _ in 0..100 {
        assert_eq!(nodes.near.auth().get(&of(1, "entitlements")).await.version(), 1);
        assert_eq!(nodes.far.auth().get(&of(1, "entitlements")).await.version(), 1);
    }

    assert_eq!([nodes.near_gate.asked(), nodes.far_gate.asked()], asked);
    nodes.far.auth().ask("GET", &of(1, "entitlements")).header("Consistency", "strong").send().await.data();
    assert_eq!(nodes.far_gate.asked(), asked[1] + 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_write_is_answered_at_once_where_it_was_made_and_elsewhere_once_it_is_heard_of() {
    let nodes = Nodes::bound("60000").await;
    for round in 0..20_u64 {
        let before = heard(&nodes.far).await;
        let status = if round.is_multiple_of(2) { "active" } else { "paused" };
        let version = nodes.near.admin().post(&of(1, "basic"), &basic(status)).await.version();
        assert_eq!(nodes.near.auth().get(&of(1, "entitlements")).await.version(), version);
        let at_least = of(1, &format!("entitlements?atLeastVersion={version}"));
        assert_eq!(nodes.far.auth().get(&at_least).await.version(), version, "round {round}");
        nodes.far_hears(before).await;
        assert_eq!(nodes.far.auth().get(&of(1, "entitlements")).await.version(), version, "round {round}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_hears_nothing_asks_the_database_beyond_its_bound_and_is_not_ready() {
    let nodes = Nodes::bound("300").await;
    nodes.near.admin().post(&of(1, "basic"), &basic("active")).await.data();
    assert_eq!(nodes.far.auth().get(&of(1, "entitlements")).await.version(), 1);

    nodes.far_gate.set_deaf(true);
    eventually("it is not ready", async || nodes.far.nobody().get("/ready").await.status == 503).await;
    let version = nodes.near.admin().post(&of(1, "basic"), &basic("paused")).await.version();

    assert_eq!(nodes.far.auth().get(&of(1, "entitlements")).await.version(), version, "confirmed by the database");
    nodes.far_gate.set_gone(true);
    assert_eq!(nodes.far.auth().get(&of(1, "entitlements")).await.outcome(), (503, "service_unavailable".to_owned()));
    nodes.far_gate.set_gone(false);
    nodes.far_gate.set_deaf(false);
    eventually("it is ready again", async || nodes.far.nobody().get("/ready").await.status == 200).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_was_read_before_a_write_was_heard_of_is_not_remembered_after_it() {
    let nodes = Nodes::bound("60000").await;
    let before = heard(&nodes.far).await;
    nodes.near.admin().post(&of(1, "basic"), &basic("active")).await.data();
    nodes.far_hears(before).await;
    let before = heard(&nodes.far).await;

    nodes.far_gate.hold_reads();
    let (auth, target) = (nodes.far.auth(), of(1, "entitlements"));
    let reading = tokio::spawn(async move { auth.get(&target).await.version() });
    eventually("the read is on its way back", async || nodes.far_gate.waiting() == 1).await;
    let version = nodes.near.admin().post(&of(1, "basic"), &basic("paused")).await.version();
    nodes.far_hears(before).await;
    nodes.far_gate.release_reads();
    assert_eq!(reading.await.unwrap(), 1, "it was asked before the write");

    for _ in 0..10 {
        assert_eq!(nodes.far.auth().get(&of(1, "entitlements")).await.version(), version);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_catalog_change_is_heard_of_and_never_mixed_with_what_a_company_was_before() {
    let nodes = Nodes::bound("60000").await;
    let module = nodes.near.admin().item("modules", "finance").await;
    nodes.near.admin().post(&of(1, "addons"), &json!({"addonKey": "finance", "status": "active"})).await.data();
    for round in 0..10_u64 {
        let is_active = !round.is_multiple_of(2);
        nodes.near.admin().patch(&module, &json!({"isActive": is_active})).await.data();
        let strong = nodes.near.auth().ask("GET", &of(1, "entitlements")).header("Consistency", "strong").send().await;
        eventually("the far node hears of it", async || {
            let answer = nodes.far.auth().get(&of(1, "entitlements")).await;
            let is_enabled = answer.data()["enabledModules"] == json!(["finance"]);
            assert_eq!(is_enabled, answer.version() % 2 == 1, "the body is that of its version");
            answer.version() == strong.version()
        })
        .await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn instants_are_judged_by_the_database_whose_clock_takes_nothing_back() {
    let nodes = Nodes::bound("60000").await;
    let window = json!({"addonKey": "finance", "status": "active", "endsAt": "2026-04-16T06:00:00Z"});
    nodes.near.admin().post(&of(1, "addons"), &window).await.data();
    for node in [&nodes.near, &nodes.far] {
        assert_eq!(node.auth().get(&of(1, "entitlements")).await.data()["enabledModules"], json!(["finance"]));
    }

    nodes.clock.set(instant("2026-04-16T06:00:00Z"));
    for node in [&nodes.near, &nodes.far] {
        eventually("it is over", async || {
            node.auth().get(&of(1, "entitlements")).await.data()["enabledModules"] == json!([])
        })
        .await;
    }
    nodes.clock.set(instant("2026-04-16T05:30:00Z"));
    for node in [&nodes.near, &nodes.far] {
        let heard = node.metric("platform_core_writes_heard").await;
        nodes.near.admin().post(&of(2, "basic"), &basic("active")).await;
        nodes.near.admin().post(&of(2, "basic"), &basic("paused")).await.data();
        eventually("it has looked since", async || node.metric("platform_core_writes_heard").await > heard).await;
        for header in ["strong", ""] {
            let asking = node.auth().ask("GET", &of(1, "entitlements"));
            let asking = if header.is_empty() { asking } else { asking.header("Consistency", header) };
            assert_eq!(asking.send().await.data()["enabledModules"], json!([]), "nothing comes back to life");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_several_companies_written_between_two_looks_each_is_heard_of() {
    let nodes = Nodes::bound("60000").await;
    for company in 1..=5 {
        nodes.near.admin().post(&of(company, "basic"), &basic("active")).await.data();
        eventually("the far node remembers it", async || {
            nodes.far.auth().get(&of(company, "entitlements")).await.status == 200
        })
        .await;
    }
    eventually("the far node has heard of all", async || heard(&nodes.far).await >= 5).await;
    nodes.far_gate.set_deaf(true);
    for company in 1..=5 {
        nodes.near.admin().post(&of(company, "basic"), &basic("paused")).await.data();
    }
    let before = heard(&nodes.far).await;

    nodes.far_gate.set_deaf(false);

    nodes.far_hears(before).await;
    for company in 1..=5 {
        assert_eq!(nodes.far.auth().get(&of(company, "entitlements")).await.version(), 2, "company {company}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn knowledge_is_as_old_as_its_question_however_late_the_answer_comes() {
    const BOUND: Duration = Duration::from_millis(600);
    let nodes = Nodes::bound("600").await;
    nodes.near.admin().post(&of(1, "basic"), &basic("active")).await.data();
    eventually("the far node remembers it", async || {
        let before = nodes.far.metric("platform_core_entitlement_lookups_total{source=\"memory\"}").await;
        nodes.far.auth().get(&of(1, "entitlements")).await.version();
        nodes.far.metric("platform_core_entitlement_lookups_total{source=\"memory\"}").await > before
    })
    .await;
    // A look that was answered before the write is on its way, and stays there for most of the bound.
    nodes.far_gate.hold_looks();
    eventually("a look is held", async || nodes.far_gate.has_looked()).await;
    nodes.near.admin().post(&of(1, "basic"), &basic("paused")).await.data();
    let written = Instant::now();
    eventually("it is late", async || written.elapsed() > BOUND * 2 / 3).await;
    nodes.far_gate.release_one_look();

    eventually("the far node answers what was written", async || {
        let asked = Instant::now();
        let version = nodes.far.auth().get(&of(1, "entitlements")).await.version();
        assert!(version == 2 || asked < written + BOUND, "older than the bound: {:?}", asked - written);
        version == 2
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_freshness_may_not_be_is_refused() {
    let nodes = Nodes::bound("60000").await;
    for target in [
        "entitlements?atLeastVersion=x",
        "entitlements?atLeastVersion=-1",
        "entitlements?atLeastVersion=9007199254740992",
    ] {
        assert_eq!(nodes.near.auth().get(&of(1, target)).await.status, 400, "{target}");
    }
    let weak = nodes.near.auth().ask("GET", &of(1, "entitlements")).header("Consistency", "weak");
    assert_eq!(weak.send().await.status, 400);
}
