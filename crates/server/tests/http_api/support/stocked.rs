//! A service in which every documented operation finds what it writes to, and one request for each.

use serde_json::{Value, json};
use store::{FeedPosition, ReplyKey, RollOutStatus, Store, WebhookStore};

use super::{
    Clocked, Operation, company, eventually, of,
    receiver::{RECEIVING, Receiver, Reply, make_endpoint},
    shop,
};

/// On whose behalf everything is asked: somebody who may approve what waits.
pub(crate) const ACTOR: &str = "berta";

/// A service with something of everything.
pub(crate) struct Stocked {
    pub(crate) world: Clocked,
    ids: Vec<(&'static str, String)>,
    receiver: Receiver,
    /// A roll-out stands as if its node had just stopped: nobody works on it for seconds.
    is_standing_still: bool,
}

/// What the backfill rules have something to do with.
fn unfinished() -> Value {
    json!({
        "packages": {"club": {"name": "Club", "moduleKeys": ["finance"], "permissions": ["finance.ticketing.read"]}},
        "addons": {"ticket-reports": {"name": "Ticket reports", "permissions": ["finance.ticketing.read"]}}
    })
}

impl Stocked {
    /// A service of which an operation is about to be asked.
    pub(crate) async fn for_operation(operation: &Operation) -> Self {
        let world = Clocked::with(shop::OPENING, &RECEIVING).await;
        let receiver = Receiver::start(Reply::Status(200)).await;
        let mut stocked = Self { world, ids: Vec::new(), receiver, is_standing_still: false };
        stocked.stock_catalog().await;
        stocked.stock_companies().await;
        stocked.stock_system().await;
        if operation.path.contains("{rollOutId}") {
            stocked.stock_roll_out(operation).await;
        }
        stocked
    }

    async fn stock_catalog(&mut self) {
        let admin = self.world.service.admin();
        admin.post("/internal/catalog/apply", &shop::document()).await.data();
        admin.post("/internal/catalog/apply", &unfinished()).await.data();
        let guarded = admin.item("addons", "extra-storage").await;
        admin.patch(&guarded, &json!({"governance": {"approvers": ["anna", ACTOR]}})).await.data();
        let waits = admin.patch_as("anna", &guarded, &json!({"features": {"storage-gb": 60, "seats": 3}})).await.data();
        self.note("requestId", &waits["changeRequest"]["id"]);
        for (name, list, key) in
            [("packageId", "packages", "basic"), ("addonId", "addons", "keeper"), ("moduleId", "modules", "market")]
        {
            let path = admin.item(list, key).await;
            let id = path.rsplit('/').next().unwrap_or_default();
            self.note(name, &json!(id));
            if list != "modules" {
                let next = json!({"features": {"storage-gb": 20}, "reach": "future"});
                admin.patch(&path, &next).await.data();
            }
        }
    }

    async fn stock_companies(&mut self) {
        let admin = self.world.service.admin();
        for number in [1, 2] {
            admin.post(&of(number, "basic"), &json!({"status": "active"})).await.data();
        }
        for addon in ["finance", "render-pack", "keeper"] {
            admin.post(&of(1, "addons"), &json!({"addonKey": addon, "status": "active"})).await.data();
        }
        let granted = admin.post(&of(1, "grants"), &json!({"moduleKey": "touring", "reason": "a trial show"})).await;
        self.note("grantId", &granted.data()["id"]);
        let later = json!({"packageKey": "premium-market", "effectiveAt": "2026-06-01T00:00:00Z"});
        admin.post(&of(2, "change-package"), &later).await.data();
        self.note("featureKey", &json!("renders"));
    }

    async fn stock_system(&mut self) {
        let admin = self.world.service.admin();
        let key = admin.post("/internal/keys", &json!({"name": "spare", "role": "job"})).await.data();
        self.note("keyId", &key["id"]);
        let endpoint = make_endpoint(&admin, &self.receiver.url(), &["catalog.changed"]).await;
        let tried = admin.press(&endpoint.path("/test")).await.data();
        self.note("endpointId", &json!(endpoint.id));
        self.note("deliveryId", &tried["id"]);
    }

    /// A roll-out that stands where the operation may take it from, and that nobody works on.
    async fn stock_roll_out(&mut self, operation: &Operation) {
        let admin = self.world.service.admin();
        let item = operation.target(|name| if name == "rollOutId" { String::new() } else { self.id(name) });
        let start = item.split("/roll-outs/").next().unwrap_or_default();
        let paused = json!({"toRevision": 2, "startPaused": true});
        let id = admin.post(&format!("{start}/roll-outs"), &paused).await.data()["id"].clone();
        self.note("rollOutId", &id);
        let status = match operation.path.rsplit('/').next() {
            Some("pause") => RollOutStatus::Running,
            Some("return") => RollOutStatus::Done,
            _ => return,
        };
        let mut stands = self.world.store.roll_outs(None).await.expect("the store answers").remove(0);
        self.is_standing_still = status == RollOutStatus::Running;
        let known = stands.step;
        (stands.status, stands.step) = (status, known + 1);
        self.world.store.move_roll_out(known, &stands).await.expect("the store answers");
    }

    fn note(&mut self, name: &'static str, id: &Value) {
        self.ids.push((name, id.as_str().unwrap_or_else(|| panic!("no {name}")).to_owned()));
    }

    fn id(&self, name: &str) -> String {
        let known = self.ids.iter().find(|(known, _)| *known == name);
        known.map_or_else(|| panic!("nothing is in stock for {{{name}}}"), |(_, id)| id.clone())
    }

    /// Where an operation is asked, of something that it can be asked of.
    pub(crate) fn target(&self, operation: &Operation) -> String {
        let is_second = operation.method == "DELETE" && operation.path.ends_with("/change-package");
        operation.target(|name| match name {
            "companyId" => company(if is_second { 2 } else { 1 }),
            name => self.id(name),
        })
    }

    /// A body with which the operation changes something; `None` for those without one.
    pub(crate) fn body(&self, operation: &Operation) -> Option<Value> {
        operation.body()?;
        let place = operation.path.strip_prefix("/internal/").unwrap_or_default();
        Some(match (operation.method, place) {
            ("POST", "catalog/addons" | "catalog/packages") => json!({"key": "brand-new", "name": "Brand new"}),
            ("POST", "catalog/modules") => json!({"key": "brand-new", "name": "Brand new", "type": "addon"}),
            ("POST", "catalog/features") => json!({"key": "brand-new", "name": "Brand new", "kind": "toggle"}),
            ("POST", "catalog/permissions") => json!({"key": "finance.brandnew.read"}),
            ("POST", "catalog/apply" | "catalog/plan") => json!({"addons": {"brand-new": {"name": "Brand new"}}}),
            ("PATCH", "catalog/policy") => json!({"pricingDuplicates": "strict"}),
            ("PATCH", place) if place.starts_with("catalog/") => json!({"name": "Another name"}),
            ("POST", place) if place.ends_with("/roll-outs") => json!({"toRevision": 2, "startPaused": true}),
            ("POST", "companies/{companyId}/addons") => json!({"addonKey": "venue", "status": "active"}),
            ("POST", "companies/{companyId}/basic") => json!({"status": "paused"}),
            ("POST", "companies/{companyId}/packages") => json!({"packageKey": "basic", "status": "paused"}),
            ("POST", "companies/{companyId}/change-package") => json!({"packageKey": "premium-market"}),
            ("POST", "companies/{companyId}/deactivate-addon") => json!({"addonKey": "finance"}),
            ("POST", "companies/{companyId}/grants") => json!({"moduleKey": "venue", "reason": "a show"}),
            ("POST", "companies/{companyId}/credits/{featureKey}/consume") => json!({"amount": 1}),
            ("POST", "companies/{companyId}/credits/{featureKey}/grant") => json!({"amount": 5, "reason": "a gift"}),
            ("PUT", "companies/{companyId}/profile") => json!({"name": "Acme"}),
            ("POST", "entitlements/batch") => json!({"companyIds": [company(1)]}),
            ("POST", "keys") => json!({"name": "late", "role": "auth"}),
            ("POST", "webhook-endpoints") => json!({"url": self.receiver.url()}),
            ("PATCH", "webhook-endpoints/{endpointId}") => json!({"description": "moved"}),
            ("POST", "webhook-endpoints/{endpointId}/rotate-secret") => json!({"overlapMinutes": 5}),
            (method, place) => panic!("{method} {place} is new: give it a body here, with which it changes something"),
        })
    }

    /// The body of the reply that is kept under an idempotency key.
    pub(crate) async fn kept(&self, key: &str) -> String {
        let key = ReplyKey { caller: "test-admin".to_owned(), key: key.to_owned() };
        let kept = self.world.store.reply(&key).await.expect("the store answers").expect("a reply is kept");
        String::from_utf8(kept.body).expect("a text")
    }

    /// Everything that is stored, but when keys were last used; once nothing is under way in the background.
    pub(crate) async fn stored(&self) -> String {
        let store = &self.world.store;
        let deliveries = async || {
            let mut all = Vec::new();
            for endpoint in store.webhook_endpoints().await.expect("the store answers") {
                all.push(store.deliveries(endpoint.id, None, None, 500).await.expect("the store answers"));
            }
            all
        };
        eventually("nothing is under way", async || {
            let moves = |status| matches!(status, RollOutStatus::Running | RollOutStatus::Returning);
            let roll_outs = store.roll_outs(None).await.expect("the store answers");
            let told = store.webhook_cursor().await.expect("the store answers").position;
            told == store.feed_end().await.expect("the store answers")
                && deliveries().await.iter().flatten().all(|delivery| delivery.settled_at.is_some())
                && (self.is_standing_still || roll_outs.iter().all(|one| !moves(one.status)))
        })
        .await;
        let mut ring = store.key_ring(None).await.expect("the store answers").expect("a ring");
        ring.keys.iter_mut().for_each(|key| key.last_used_at = None);
        let start = FeedPosition { transaction: 0, seq: 0 };
        format!(
            "{:#?}",
            (
                store.catalog().await.expect("the store answers"),
                store.company_heads(None, 500).await.expect("the store answers"),
                store.feed(start, 5_000).await.expect("the store answers").entries,
                (store.roll_outs(None).await, store.change_requests(None).await),
                (ring, store.webhook_endpoints().await, deliveries().await),
            )
        )
    }
}
