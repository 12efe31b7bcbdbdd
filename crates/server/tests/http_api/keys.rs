//! `/internal/keys`: made and revoked once, on every store and from several nodes, and no secret is ever kept.

use serde_json::{Value, json};

use crate::support::{Caller, Place, eventually};

const ALL: &str = "/internal/keys";

async fn named(admin: &Caller, name: &str) -> Vec<Value> {
    let listed = admin.get(ALL).await.data();
    let keys = listed["keys"].as_array().expect("a list");
    keys.iter().filter(|key| key["name"] == name).cloned().collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repeat_makes_no_second_key_and_says_which_one_was_made_and_what_to_do() {
    for place in [Place::sqlite().await, Place::postgres().await] {
        let service = place.serve().await;
        let admin = service.admin();
        let make = |key: &str| {
            let body = json!({"name": "late", "role": "auth"});
            admin.ask("POST", ALL).header("Idempotency-Key", key).json(&body).send()
        };

        let first = make("one").await;
        let again = make("one").await;

        assert_eq!(first.status, 201);
        let (id, secret) = (first.data()["id"].clone(), first.data()["key"].clone());
        let (id, secret) = (id.as_str().unwrap(), secret.as_str().unwrap());
        assert!(secret.starts_with("pc_"));
        assert_eq!(again.outcome(), (409, "conflict".to_owned()));
        let message = again.error().2;
        assert!(message.contains(id) && message.contains(&format!("DELETE {ALL}/{id}")), "{message}");
        assert!(!again.text().contains(secret));
        assert_eq!(named(&admin, "late").await.len(), 1);

        let revoke = || admin.ask("DELETE", &format!("{ALL}/{id}")).header("Idempotency-Key", "two").send();
        let (revoked, repeated) = (revoke().await, revoke().await);
        assert_eq!((revoked.status, revoked.text()), (200, repeated.text()));
        assert_eq!(named(&admin, "late").await, [revoked.data()]);
        assert_eq!(make("three").await.status, 201, "another key makes another one");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_on_two_nodes_under_one_idempotency_key_one_makes_a_key() {
    let place = Place::postgres().await;
    let nodes = [place.serve().await, place.serve().await];
    for round in 0..4 {
        let name = format!("late-{round}");
        let asked: Vec<_> = (0..12)
            .map(|number: usize| {
                let admin = nodes[number % nodes.len()].admin();
                let body = json!({"name": name, "role": "auth"});
                tokio::spawn(admin.ask("POST", ALL).header("Idempotency-Key", &name).json(&body).send())
            })
            .collect();
        let mut statuses = Vec::new();
        for one in asked {
            statuses.push(one.await.unwrap().status);
        }
        statuses.sort_unstable();
        assert_eq!((statuses[0], &statuses[1..]), (201, &[409; 11][..]));
        assert_eq!(named(&nodes[0].admin(), &name).await.len(), 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dry_run_judges_a_key_and_makes_none() {
    let service = Place::sqlite().await.serve().await;
    let admin = service.admin();
    let before = admin.get(ALL).await.data()["keys"].as_array().unwrap().len();

    let dry = admin.post("/internal/keys?dryRun=true", &json!({"name": "late", "role": "auth"})).await;

    assert_eq!((dry.status, &dry.data()["name"], &dry.data()["key"]), (200, &json!("late"), &Value::Null));
    assert_eq!(admin.get(ALL).await.data()["keys"].as_array().unwrap().len(), before);
    let beyond = json!({"name": "late", "role": "auth", "scopes": ["system:admin"]});
    assert_eq!(admin.post("/internal/keys?dryRun=true", &beyond).await.outcome().0, 400);

    let made = admin.post(ALL, &json!({"name": "late", "role": "auth"})).await.data();
    let (path, late) = (format!("{ALL}/{}", made["id"].as_str().unwrap()), service.caller(made["key"].as_str()));
    let dry = admin.ask("DELETE", &format!("{path}?dryRun=true")).send().await.data();
    assert!(dry["revokedAt"].is_string());
    assert_eq!(named(&admin, "late").await[0]["revokedAt"], Value::Null);
    eventually("it is known", async || late.get(ALL).await.status == 403).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_node_that_made_or_revoked_a_key_knows_it_at_once() {
    for place in [Place::sqlite().await, Place::postgres().await] {
        let service = place.serve().await;
        let admin = service.admin();
        for round in 0..20 {
            let made = admin.post(ALL, &json!({"name": format!("at-once-{round}"), "role": "admin"})).await.data();
            let caller = service.caller(made["key"].as_str());

            assert_eq!(caller.get(ALL).await.status, 200);
            admin.ask("DELETE", &format!("{ALL}/{}", made["id"].as_str().unwrap())).send().await.data();
            assert_eq!(caller.get(ALL).await.status, 401);
        }
    }
}
