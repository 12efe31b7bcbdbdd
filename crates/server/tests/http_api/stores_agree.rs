//! One tour through the API gives the same answers on every store.

use serde_json::{Value, json};

use crate::support::{Clocked, Place, Running, of};

/// What happens on the tour: method, target (with `{…}` for the id of a catalog entry), body.
fn steps() -> Vec<(&'static str, String, Value)> {
    let addon = |key: &str, status: &str| json!({"addonKey": key, "status": status});
    let window = json!({"addonKey": "venue", "status": "trial", "startsAt": "2020-01-01T00:00:00Z", "endsAt": "2199-01-01T00:00:00Z", "source": "self_service"});
    vec![
        ("POST", of(1, "basic"), json!({"status": "active", "source": "platform_admin"})),
        ("POST", of(1, "addons"), addon("finance", "active")),
        ("POST", of(1, "addons"), window),
        ("POST", of(2, "addons"), addon("market", "active")),
        ("POST", of(2, "addons?dryRun=true"), addon("ai", "active")),
        ("POST", of(2, "addons"), addon("none", "active")),
        ("POST", of(2, "addons"), json!({"status": "active"})),
        ("POST", "/internal/catalog/modules".to_owned(), json!({"key": "loyalty", "name": "Loyalty", "type": "addon"})),
        (
            "POST",
            "/internal/catalog/addons".to_owned(),
            json!({"key": "club", "name": "Club", "moduleKeys": ["loyalty"]}),
        ),
        ("POST", "/internal/catalog/addons".to_owned(), json!({"key": "club", "name": "Club"})),
        ("POST", of(2, "addons"), addon("club", "active")),
        ("PATCH", "/internal/catalog/addons/{addons/finance}".to_owned(), json!({"moduleKeys": ["finance", "ai"]})),
        ("PATCH", "/internal/catalog/modules/{modules/market}".to_owned(), json!({"isActive": false})),
        ("PATCH", "/internal/catalog/packages/{packages/basic}".to_owned(), json!({"description": null})),
        ("POST", of(1, "deactivate-addon"), json!({"addonKey": "finance"})),
        ("POST", of(1, "packages"), json!({"packageKey": "basic", "status": "paused"})),
        ("POST", of(2, "repair"), Value::Null),
    ]
}

/// Takes the tour; `tick` is told before each step how many there were.
async fn tour(service: &Running, tick: impl Fn(usize)) -> Vec<String> {
    let admin = service.admin();
    let mut told = Vec::new();
    for (number, (method, target, body)) in steps().into_iter().enumerate() {
        tick(number);
        let target = match target.split_once('{') {
            Some((path, entry)) => {
                let entry = admin.get(&format!("/internal/catalog/{}", entry.trim_end_matches('}'))).await.data();
                format!("{path}{}", entry["id"].as_str().unwrap())
            }
            None => target,
        };
        let asking = admin.ask(method, &target);
        let asking = if body.is_null() { asking } else { asking.json(&body) };
        let answer = asking.send().await;
        told.push(format!("{} {:?} {}", answer.status, answer.header("etag"), answer.shown()));
        for company in [1, 2] {
            for rest in ["entitlements", "subscription-summary", "history"] {
                let answer = admin.get(&of(company, rest)).await;
                told.push(format!("{} {:?} {}", answer.status, answer.header("etag"), answer.shown()));
            }
        }
    }
    for list in ["modules", "packages", "addons"] {
        told.push(admin.get(&format!("/internal/catalog/{list}")).await.shown().to_string());
    }
    told
}

#[tokio::test(flavor = "multi_thread")]
async fn one_tour_has_the_same_answers_on_every_store() {
    let world = Clocked::at("2026-04-16T05:00:00Z").await;
    let model = tour(&world.service, |number| world.set(&format!("2026-04-16T05:00:{:02}Z", number + 1))).await;
    assert!(model.len() > 100);
    for place in [Place::sqlite().await, Place::postgres().await] {
        let real = tour(&place.serve().await, |_| ()).await;
        assert_eq!(real.len(), model.len());
        for (real, model) in real.iter().zip(&model) {
            assert_eq!(real, model);
        }
    }
}
