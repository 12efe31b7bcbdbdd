//! Roll-outs of packages and add-ons that are steered while a batch is under way.

use std::sync::Arc;

use serde_json::{Value, json};
use store::model::{ManualClock, ModelStore};

use crate::support::{Caller, Clocked, Gate, Running, eventually, of};

const HOLDERS: u32 = 12;
const BATCH: u32 = 5;

/// Something whose newest revision has reached none of its holders, behind a gate.
struct Staged {
    world: Clocked,
    gate: Arc<Gate>,
    service: Running,
    roll_outs: String,
    revision: Value,
}

impl Staged {
    /// Of a package, or of an add-on.
    async fn of(list: &str) -> Self {
        let world = Clocked::shop().await;
        let admin = world.service.admin();
        let (key, field, features) = match list {
            "packages" => ("basic", "packageKey", json!({"storage-gb": 20, "seats": 2})),
            _ => ("keeper", "addonKey", json!({"retention": true, "storage-gb": 20})),
        };
        for number in 1..=HOLDERS {
            admin.post(&of(number, list), &json!({field: key, "status": "active"})).await.data();
        }
        let path = admin.item(list, key).await;
        admin.patch(&path, &json!({"features": features, "reach": "future"})).await.data();
        let revision = admin.get(&path).await.data()["revision"].clone();
        let gate = Gate::before(Arc::<ModelStore>::clone(&world.store));
        let clock = Arc::<ManualClock>::clone(&world.clock);
        let service = Running::on(Arc::<Gate>::clone(&gate), clock, world.service.keys().clone(), &[]).await;
        Self { world, gate, service, roll_outs: format!("{path}/roll-outs"), revision }
    }

    fn admin(&self) -> Caller {
        self.service.admin()
    }

    /// Starts a roll-out and holds it where it has moved the first company.
    async fn held_in_its_first_batch(&self) -> String {
        self.gate.hold_commits();
        let all = json!({"toRevision": self.revision, "batchSize": BATCH});
        let started = self.admin().post(&self.roll_outs, &all).await;
        assert_eq!(started.status, 201, "{}", started.text());
        eventually("the first company is moved", async || self.gate.waiting() == 1).await;
        format!("{}/{}", self.roll_outs, started.data()["id"].as_str().unwrap())
    }

    async fn settled(&self, path: &str, status: &str, moved: u32) -> Value {
        let admin = self.admin();
        let is_so = |data: &Value| data["status"] == status && data["moved"] == moved;
        eventually(&format!("{status} with {moved}"), async || is_so(&admin.get(path).await.data())).await;
        admin.get(path).await.data()
    }

    /// How many companies have the newest revision.
    async fn moved(&self) -> u32 {
        let admin = self.admin();
        let mut moved = 0;
        for number in 1..=HOLDERS {
            let value = admin.get(&of(number, "features/storage-gb")).await.data()["value"].clone();
            moved += u32::from(value == 20);
        }
        moved
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_roll_out_that_is_paused_in_the_middle_ends_its_batch_and_goes_on_from_there() {
    for list in ["packages", "addons"] {
        let staged = Staged::of(list).await;
        let admin = staged.admin();
        let path = staged.held_in_its_first_batch().await;

        assert_eq!(admin.press(&format!("{path}/pause")).await.data()["status"], "paused");
        staged.gate.release_commits();

        let paused = staged.settled(&path, "paused", BATCH).await;
        assert_eq!((&paused["unchanged"], &paused["refused"]), (&json!(0), &json!(0)), "{list}");
        assert_eq!(staged.moved().await, BATCH, "{list}");
        assert_eq!(admin.press(&format!("{path}/resume")).await.data()["status"], "running");
        let done = staged.settled(&path, "done", HOLDERS).await;
        assert_eq!(done["unchanged"], 0, "{list}: nobody was looked at twice: {done}");
        assert_eq!(staged.moved().await, HOLDERS, "{list}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_roll_out_that_is_paused_and_resumed_within_one_batch_moves_everyone_once() {
    let staged = Staged::of("packages").await;
    let admin = staged.admin();
    let path = staged.held_in_its_first_batch().await;
    for (step, status) in [("pause", "paused"), ("resume", "running"), ("pause", "paused"), ("resume", "running")] {
        assert_eq!(admin.press(&format!("{path}/{step}")).await.data()["status"], status);
    }

    staged.gate.release_commits();

    let done = staged.settled(&path, "done", HOLDERS).await;
    assert_eq!((&done["unchanged"], staged.moved().await), (&json!(0), HOLDERS), "{done}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_roll_out_that_is_returned_in_the_middle_leaves_nobody_behind() {
    for list in ["packages", "addons"] {
        let staged = Staged::of(list).await;
        let admin = staged.admin();
        let path = staged.held_in_its_first_batch().await;

        assert_eq!(admin.press(&format!("{path}/return")).await.data()["status"], "returning");
        staged.gate.release_commits();

        staged.settled(&path, "returned", BATCH).await;
        assert_eq!(staged.moved().await, 0, "{list}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_paused_roll_out_is_returned_and_another_may_follow() {
    let staged = Staged::of("packages").await;
    let admin = staged.admin();
    let path = staged.held_in_its_first_batch().await;
    admin.press(&format!("{path}/pause")).await.data();
    staged.gate.release_commits();
    staged.settled(&path, "paused", BATCH).await;

    assert_eq!(admin.press(&format!("{path}/return")).await.data()["status"], "returning");

    staged.settled(&path, "returned", BATCH).await;
    assert_eq!(staged.moved().await, 0);
    let second = admin.post(&staged.roll_outs, &json!({"toRevision": staged.revision})).await.data();
    let path = format!("{}/{}", staged.roll_outs, second["id"].as_str().unwrap());
    staged.settled(&path, "done", HOLDERS).await;
    assert_eq!(staged.moved().await, HOLDERS);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_return_that_another_node_has_made_is_made_again_for_whoever_is_moved_behind_it() {
    for list in ["packages", "addons"] {
        let staged = Staged::of(list).await;
        let path = staged.held_in_its_first_batch().await;
        let other = staged.world.service.admin();
        assert_eq!(other.press(&format!("{path}/return")).await.data()["status"], "returning");
        eventually("the other node is through", async || other.get(&path).await.data()["status"] == "returned").await;

        staged.gate.release_commits();

        eventually("whoever was moved behind it is moved back", async || {
            let data = other.get(&path).await.data();
            data["status"] == "returned" && data["moved"] == BATCH
        })
        .await;
        // Whoever remembers nothing is asked: each of the two has written behind the other's back.
        let fresh = staged.world.again("2026-04-16T06:00:00Z").await;
        for number in 1..=HOLDERS {
            let value = fresh.admin().get(&of(number, "features/storage-gb")).await.data()["value"].clone();
            assert_ne!(value, 20, "{list}: company {number}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_fails_in_the_middle_of_a_batch_leaves_nobody_out() {
    let staged = Staged::of("addons").await;
    let path = staged.held_in_its_first_batch().await;
    staged.gate.fail_once();

    staged.gate.release_commits();

    let done = staged.settled(&path, "done", HOLDERS).await;
    assert_eq!((&done["unchanged"], &done["refused"], staged.moved().await), (&json!(0), &json!(0), HOLDERS));
}
