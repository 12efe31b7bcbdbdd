//! Values that are of the right type and still none (requirements 004 §21).

use serde_json::{Value, json};

use crate::support::{Place, company, of};

/// A field, where it is sent, and the body with a text in it.
type Worded<'a> = (&'a str, String, &'a dyn Fn(&str) -> Value);

const GOOD: &str = "2030-01-01T00:00:00Z";

#[tokio::test(flavor = "multi_thread")]
async fn instants_that_are_none_are_refused() {
    let service = Place::sqlite().await.serve().await;
    let admin = service.admin();
    for odd in [
        "",
        "now",
        "infinity",
        "2030",
        "2030-01-01",
        "2030-01-01T00:00:00",
        "2030-01-01 00:00:00Z",
        "2030-01-01T00:00Z",
        "2030-01-01t00:00:00Z",
        "2030-01-01T00:00:00z",
        "2030-01-01T00:00:00+0100",
        "2030-01-01T00:00:00+24:00",
        "2030-01-01T00:00:00.Z",
        "2030-01-01T00:00:00.1234567Z",
        "2030-1-1T00:00:00Z",
        "2030-02-29T00:00:00Z",
        "2030-02-30T00:00:00Z",
        "2030-13-01T00:00:00Z",
        "2030-00-10T00:00:00Z",
        "2030-01-01T24:00:00Z",
        "2030-01-01T23:60:00Z",
        "2016-12-31T23:59:60Z",
        "10000-01-01T00:00:00Z",
        "+10000-01-01T00:00:00Z",
        "9999-12-31T23:59:59-01:00",
        "1969-12-31T23:59:59Z",
        "0000-01-01T00:00:00Z",
        "-0001-01-01T00:00:00Z",
        "2030-01-01T00:00:00Z ",
        " 2030-01-01T00:00:00Z",
        "2030-01-01T00:00:00Z\u{0}",
        "\u{662}030-01-01T00:00:00Z",
        "1893456000",
    ] {
        for field in ["startsAt", "endsAt", "graceEndsAt"] {
            let mut body = json!({"status": "active", "endsAt": GOOD});
            body[field] = json!(odd);
            let answer = admin.post(&of(1, "basic"), &body).await;
            assert_eq!(answer.outcome(), (400, "validation_error".to_owned()), "{field} {odd:?}");
            assert_eq!(answer.json()["error"]["details"][0]["field"], field, "{odd:?}");
        }
        let key = admin.post("/internal/keys", &json!({"name": "k", "role": "job", "expiresAt": odd})).await;
        assert_eq!(key.outcome(), (400, "validation_error".to_owned()), "{odd:?}");
    }
    assert_eq!(admin.get(&of(1, "entitlements")).await.status, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn instants_are_normalised_to_utc_on_every_store() {
    for place in [Place::sqlite().await, Place::postgres().await] {
        let service = place.serve().await;
        let admin = service.admin();
        for (given, printed) in [
            ("2199-04-16T14:00:00+14:00", "2199-04-16T00:00:00Z"),
            ("2199-04-15T12:00:00.25-12:00", "2199-04-16T00:00:00.250000Z"),
            ("2196-02-29T23:59:59.999999Z", "2196-02-29T23:59:59.999999Z"),
            ("9999-12-31T23:59:59.999999Z", "9999-12-31T23:59:59.999999Z"),
            ("2199-01-01T00:00:00.100000000Z", "2199-01-01T00:00:00.100000Z"),
        ] {
            let body =
                json!({"addonKey": "ai", "status": "active", "startsAt": "1970-01-01T00:00:00Z", "endsAt": given});
            admin.post(&of(1, "addons"), &body).await.data();
            let data = admin.get(&of(1, "entitlements")).await.data();
            assert_eq!(data["addons"][0]["endsAt"], printed);
            assert_eq!(data["validUntil"], printed);
            assert_eq!(data["addons"][0]["startsAt"], "1970-01-01T00:00:00Z");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn windows_that_end_before_they_start_are_refused() {
    let service = Place::sqlite().await.serve().await;
    let admin = service.admin();
    let (early, late) = ("2030-01-01T00:00:00Z", "2030-01-01T00:00:00.000001Z");
    for (body, field, message) in [
        (json!({"startsAt": late, "endsAt": early}), "endsAt", "endsAt must not be before startsAt"),
        (json!({"endsAt": late, "graceEndsAt": early}), "graceEndsAt", "graceEndsAt must not be before endsAt"),
        (json!({"graceEndsAt": early}), "graceEndsAt", "graceEndsAt needs an endsAt; clear it with null or set endsAt"),
    ] {
        let mut body = body;
        body["status"] = json!("active");
        let answer = admin.post(&of(1, "basic"), &body).await;
        assert_eq!(answer.error(), (400, "validation_error".to_owned(), message.to_owned()), "{body}");
        assert_eq!(answer.json()["error"]["details"][0]["field"], field);
    }
    admin.post(&of(1, "basic"), &json!({"status": "active", "startsAt": late})).await.data();
    let against_stored = admin.post(&of(1, "basic"), &json!({"status": "active", "endsAt": early})).await;
    assert_eq!(against_stored.error().2, "endsAt must not be before startsAt", "what is stored counts too");
    let both = json!({"status": "active", "startsAt": late, "endsAt": early, "graceEndsAt": "2029-01-01T00:00:00Z"});
    let details = admin.post(&of(1, "basic"), &both).await.json()["error"]["details"].clone();
    assert_eq!(details.as_array().map(Vec::len), Some(2), "every broken rule: {details}");
    assert_eq!(admin.get(&of(1, "entitlements")).await.version(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn texts_with_control_characters_or_of_the_wrong_length_are_refused_and_all_others_kept() {
    for place in [Place::sqlite().await, Place::postgres().await] {
        let service = place.serve().await;
        let admin = service.admin();
        let long = "x".repeat(256);
        for field in ["source", "externalReference"] {
            for odd in
                ["", " ", "nul\u{0}", "bell\u{7}", "line\nbreak", "tab\t", "del\u{7f}", "c1\u{85}", long.as_str()]
            {
                let mut body = json!({"status": "active"});
                body[field] = json!(odd);
                let answer = admin.post(&of(1, "basic"), &body).await;
                assert_eq!(answer.outcome(), (400, "validation_error".to_owned()), "{field} {odd:?}");
                assert_eq!(answer.json()["error"]["details"][0]["field"], field);
            }
        }
        for odd in ["nul\u{0}", "\u{b}", "\u{c}", "\u{85}"] {
            let module = json!({"key": "odd", "name": "Odd", "type": "addon", "description": odd});
            let answer = admin.post("/internal/catalog/modules?dryRun=true", &module).await;
            assert_eq!(answer.outcome(), (400, "validation_error".to_owned()), "description {odd:?}");
        }
        for fine in ["'; DROP TABLE companies; --", "Zoë 🎟 שלום", "<b>\"\\", "\u{10ffff}", "%00%0a"] {
            let module =
                json!({"key": "odd", "name": fine, "type": "addon", "description": format!("{fine}\n\t{fine}")});
            let dry = admin.post("/internal/catalog/modules?dryRun=true", &module).await;
            assert_eq!(dry.data()["name"], fine);
            let body = json!({"status": "active", "externalReference": fine, "source": fine});
            admin.post(&of(1, "basic"), &body).await.data();
            let history = admin.get(&of(1, "history?limit=1")).await.data();
            assert_eq!(history["history"][0]["source"], fine);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_that_are_no_slugs_are_refused() {
    let service = Place::sqlite().await.serve().await;
    let admin = service.admin();
    let long = "a".repeat(65);
    let odd_keys = [
        "",
        " ",
        "Finance",
        "fin ance",
        "1finance",
        "-finance",
        "finance-",
        "fin--ance",
        "fin-_ance",
        "finänce",
        "finance\u{0}",
        "ﬁnance",
        "fin.ance",
        "fin/ance",
        "../finance",
        long.as_str(),
    ];
    for odd in odd_keys {
        for (target, body, field) in [
            (of(1, "addons"), json!({"addonKey": odd, "status": "active"}), "addonKey"),
            (of(1, "packages"), json!({"packageKey": odd, "status": "active"}), "packageKey"),
            (of(1, "deactivate-addon"), json!({"addonKey": odd}), "addonKey"),
            ("/internal/catalog/modules".to_owned(), json!({"key": odd, "name": "N", "type": "addon"}), "key"),
            ("/internal/catalog/packages".to_owned(), json!({"key": odd, "name": "N"}), "key"),
            ("/internal/catalog/addons".to_owned(), json!({"key": odd, "name": "N"}), "key"),
            (
                "/internal/catalog/addons".to_owned(),
                json!({"key": "fine", "name": "N", "moduleKeys": ["ai", odd]}),
                "moduleKeys[1]",
            ),
        ] {
            let answer = admin.post(&target, &body).await;
            assert_eq!(answer.outcome(), (400, "validation_error".to_owned()), "{target} {odd:?}");
            assert_eq!(answer.json()["error"]["details"][0]["field"], field, "{target} {odd:?}");
        }
    }
    assert_eq!(admin.get("/internal/catalog/modules").await.header("etag"), Some("\"12\""));
}

#[tokio::test(flavor = "multi_thread")]
async fn identifiers_are_taken_in_their_canonical_form_only() {
    let service = Place::sqlite().await.serve().await;
    let admin = service.admin();
    let id = company(1);
    let odd_ids = [
        format!("%7B{id}%7D"),
        format!("{{{id}}}"),
        format!("urn:uuid:{id}"),
        id.replace('-', ""),
        id[..35].to_owned(),
        format!("{id}0"),
        format!("%20{id}"),
        format!("{id}%20"),
        format!("{id}%00"),
        id.replace('a', "g"),
        id.replace('-', "_"),
        "00000000-0000-0000-0000-000000000000".to_owned(),
        "cmp_001".to_owned(),
        "1".to_owned(),
        "%ff%ff".to_owned(),
        "null".to_owned(),
    ];
    for odd in odd_ids {
        for (method, rest) in
            [("GET", "entitlements"), ("GET", "history"), ("GET", "subscription-summary"), ("POST", "repair")]
        {
            let answer = admin.ask(method, &format!("/internal/companies/{odd}/{rest}")).send().await;
            assert_eq!(answer.outcome(), (400, "validation_error".to_owned()), "{method} {odd} {rest}");
        }
        let body: Value = json!({"name": "N"});
        for (method, path) in [
            ("PATCH", "catalog/modules"),
            ("PATCH", "catalog/packages"),
            ("PATCH", "catalog/addons"),
            ("DELETE", "keys"),
        ] {
            let asking = admin.ask(method, &format!("/internal/{path}/{odd}"));
            let asking = if method == "PATCH" { asking.json(&body) } else { asking };
            let answer = asking.send().await;
            assert_eq!(answer.outcome(), (400, "validation_error".to_owned()), "{method} {path} {odd}");
        }
    }
    let maximal = "ffffffff-ffff-ffff-ffff-ffffffffffff";
    let path = format!("/internal/companies/{maximal}/basic");
    assert_eq!(admin.post(&path, &json!({"status": "active"})).await.data()["companyId"], maximal);
}

#[tokio::test(flavor = "multi_thread")]
async fn quantities_are_whole_positive_and_bounded() {
    let service = Place::sqlite().await.serve().await;
    let admin = service.admin();
    let post = async |quantity: u64| {
        admin.post(&of(1, "addons"), &json!({"addonKey": "ai", "status": "active", "quantity": quantity})).await
    };
    for odd in [0, 1_000_001, 4_294_967_295] {
        assert_eq!(post(odd).await.outcome(), (400, "validation_error".to_owned()), "{odd}");
    }
    for (version, fine) in [(1, 1), (2, 1_000_000)] {
        assert_eq!(post(fine).await.version(), version);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_seen_is_refused_in_every_text_and_what_looks_the_same_is_the_same() {
    let service = Place::sqlite().await.serve().await;
    let admin = service.admin();
    let company = |field: &str| of(1, field);
    let modules = "/internal/catalog/modules".to_owned();
    let bodies: [Worded<'_>; 7] = [
        ("name", modules.clone(), &|text| json!({"key": "mine", "name": text, "type": "addon"})),
        ("description", modules, &|text| json!({"key": "mine", "name": "x", "description": text, "type": "addon"})),
        ("source", company("basic"), &|text| json!({"status": "active", "source": text})),
        ("externalReference", company("basic"), &|text| json!({"status": "active", "externalReference": text})),
        ("reason", company("grants"), &|text| json!({"moduleKey": "ai", "reason": text})),
        ("name", "/internal/keys".to_owned(), &|text| json!({"name": text, "role": "auth"})),
        ("name", "/internal/catalog/packages".to_owned(), &|text| json!({"key": "mine", "name": text})),
    ];
    for (field, target, body) in bodies {
        for (hidden, code) in [("\u{202e}", "U+202E"), ("\u{200b}", "U+200B"), ("\u{feff}", "U+FEFF")] {
            let answer = admin.post(&target, &body(&format!("a{hidden}b"))).await;
            let (status, _, message) = answer.error();
            assert_eq!(status, 400, "{target} {field}");
            assert!(message.contains(field) && message.contains(code), "{target} {message}");
        }
    }

    let body = json!({"status": "active", "source": " cafe\u{301} ", "externalReference": "\u{5e9}\u{5dc}"});
    let written = admin.post(&company("basic"), &body).await.data();
    let again = admin.post(&company("basic"), &json!({"status": "active", "source": "caf\u{e9}"})).await;
    assert_eq!(again.version(), 1, "the same source, so nothing changed: {written}");
    let key = admin.post("/internal/keys", &json!({"name": " Zoe\u{308} ", "role": "auth"})).await.data();
    assert_eq!(key["name"], "Zo\u{eb}");
}
