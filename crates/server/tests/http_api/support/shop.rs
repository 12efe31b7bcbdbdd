//! A small catalog with everything in it, and short ways to ask for it.

use std::sync::atomic::{AtomicU32, Ordering};

use serde_json::{Value, json};

use super::{Answer, Caller, Clocked};

/// The instant at which the shop opens.
pub(crate) const OPENING: &str = "2026-04-16T05:00:00Z";

/// What the shop sells, beside the bootstrap catalog.
pub(crate) fn document() -> Value {
    json!({
        "permissions": {"finance.ticketing.read": {}, "basic.vendors.read": {}, "market.stalls.write": {}},
        "features": {
            "retention": {"name": "Retention", "kind": "toggle"},
            "storage-gb": {"name": "Storage", "kind": "limit", "unit": "GB"},
            "seats": {"name": "Seats", "kind": "limit", "combine": "max"},
            "renders": {"name": "Renders", "kind": "credit"},
            "ticketing-data": {"name": "Ticketing data", "kind": "toggle"}
        },
        "packages": {
            "basic": {"name": "Basic", "moduleKeys": ["basic"], "features": {"storage-gb": 10, "seats": 2},
                "upgradeTargets": ["premium-market"]},
            "premium-market": {"name": "Premium market", "moduleKeys": ["basic", "market"],
                "permissions": ["basic.vendors.read", "market.stalls.write"], "features": {"storage-gb": 100, "seats": 5},
                "addons": {"ai": "included", "venue": "forbidden"}, "downgradeTargets": ["basic"]}
        },
        "addons": {
            "ticket-reports": {"name": "Ticket reports", "permissions": ["finance.ticketing.read"],
                "compatiblePackages": ["basic", "premium-market"], "conflictsWith": ["addon:touring"],
                "requires": {"any": ["module:finance", "feature:ticketing-data"]}},
            "extra-storage": {"name": "Extra storage", "features": {"storage-gb": 50, "seats": 3}},
            "render-pack": {"name": "Render pack", "features": {"renders": 100}},
            "keeper": {"name": "Keeper", "features": {"retention": true}}
        }
    })
}

impl Clocked {
    /// A service that sells everything in the document.
    pub(crate) async fn shop() -> Self {
        let world = Self::at(OPENING).await;
        world.service.admin().post("/internal/catalog/apply", &document()).await.data();
        world
    }
}

impl Caller {
    /// The path of an item, by its id.
    pub(crate) async fn item(&self, list: &str, key: &str) -> String {
        let data = self.get(&format!("/internal/catalog/{list}/{key}")).await.data();
        format!("/internal/catalog/{list}/{}", data["id"].as_str().expect("an id"))
    }

    pub(crate) async fn put(&self, target: &str, body: &Value) -> Answer {
        self.ask("PUT", target).json(body).send().await
    }

    pub(crate) async fn delete(&self, target: &str) -> Answer {
        self.ask("DELETE", target).send().await
    }

    /// A POST under an idempotency key of its own.
    pub(crate) async fn post_once(&self, target: &str, body: &Value) -> Answer {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let key = format!("once-{}", NUMBER.fetch_add(1, Ordering::SeqCst));
        self.ask("POST", target).header("Idempotency-Key", &key).json(body).send().await
    }

    /// A POST without a body.
    pub(crate) async fn press(&self, target: &str) -> Answer {
        self.ask("POST", target).send().await
    }

    /// A PATCH on behalf of somebody.
    pub(crate) async fn patch_as(&self, actor: &str, target: &str, body: &Value) -> Answer {
        self.ask("PATCH", target).header("X-Actor-Id", actor).json(body).send().await
    }

    /// A POST without a body on behalf of somebody.
    pub(crate) async fn press_as(&self, actor: &str, target: &str) -> Answer {
        self.ask("POST", target).header("X-Actor-Id", actor).send().await
    }
}

impl Answer {
    /// The fields or rules that an error names.
    #[track_caller]
    pub(crate) fn broken(&self) -> Vec<String> {
        let json = self.json();
        let details = json["error"]["details"].as_array().cloned().unwrap_or_default();
        details.iter().map(|detail| detail["field"].as_str().expect("a field").to_owned()).collect()
    }

    /// The fields or rules that a success warns of.
    #[track_caller]
    pub(crate) fn warned(&self) -> Vec<String> {
        assert!(self.status < 300, "{} {}", self.status, self.text());
        let json = self.json();
        let warnings = json["warnings"].as_array().cloned().unwrap_or_default();
        warnings.iter().map(|warning| warning["field"].as_str().expect("a field").to_owned()).collect()
    }

    /// The strings of a list in `data`, or the keys of its members.
    #[track_caller]
    pub(crate) fn keys(&self, field: &str) -> Vec<String> {
        let data = self.data();
        let list = data[field].as_array().unwrap_or_else(|| panic!("no list `{field}` in {data}"));
        let key = |one: &Value| one.as_str().or_else(|| one["key"].as_str()).expect("a key").to_owned();
        list.iter().map(key).collect()
    }
}
