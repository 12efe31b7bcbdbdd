//! Typed calls against the service.

use std::collections::BTreeMap;

use platform_core_client::{
    About, CallError, Client, Read, Uuid, Write,
    api::{
        ErrorCode, FeatureAmount, Given, ItemStatus,
        request::{AddGrant, ChangePackage, ConsumeCredits, GrantCredits, PutProfile, SetPackage},
    },
};
use serde_json::json;

use crate::support::{World, addon, basic, micros};

/// A service that sells a package to change to and credits, and a company with Basic.
async fn shop() -> (World, Client, Uuid) {
    let world = World::start().await;
    let document = json!({
        "features": {"seats": {"name": "Seats", "kind": "limit"}, "renders": {"name": "Renders", "kind": "credit"}},
        "packages": {
            "basic": {"name": "Basic", "moduleKeys": ["basic"], "features": {"seats": 2}, "upgradeTargets": ["premium"]},
            "premium": {"name": "Premium", "moduleKeys": ["basic", "market"], "features": {"seats": 5}, "downgradeTargets": ["basic"]}
        }
    });
    world.raw("POST", "/internal/catalog/apply", Some(&document)).await;
    let (admin, company) = (world.admin(), Uuid::new_v4());
    admin.set_basic(company, &basic(ItemStatus::Active), &Write::new().actor("anna")).await.unwrap();
    (world, admin, company)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_written_is_read() {
    let (world, admin, company) = shop().await;
    let read = Read::new();
    let ends = world.later(micros(5_000));
    let written =
        admin.set_addon(company, &addon("finance", ItemStatus::Active, None, Some(ends)), &Write::new()).await;
    let version = written.unwrap().answer.entitlement_version;

    let view = admin.entitlements(company, &read.clone().at_least(version)).await.unwrap();
    assert_eq!(
        (view.entitlement_version, &view.enabled_modules),
        (version, &vec!["basic".to_owned(), "finance".to_owned()])
    );
    assert_eq!(view.valid_until, Some(ends));

    for read in [read.clone(), read.clone().strong()] {
        let later = admin.entitlements(company, &read.at_least(version + 1)).await.unwrap_err();
        let CallError::VersionNotReached { version: has, wanted, company: of, .. } = &later else { panic!("{later}") };
        assert_eq!((*has, *wanted, *of), (version, version + 1, company));
        assert!(later.is_unavailable() && later.code() == Some(ErrorCode::Conflict), "{later}");
    }

    let batch = admin.batch(&[company, Uuid::new_v4()], 3, &read.clone().strong()).await.unwrap();
    assert_eq!(batch.companies[0].entitlements.as_ref(), Some(&*view));
    assert_eq!(batch.companies[0].upcoming.as_ref().unwrap()[0].enabled_modules, ["basic"]);
    assert_eq!(batch.companies[1].error.as_ref().unwrap().code, ErrorCode::NotFound);

    let eligibility = admin.eligibility(company, &read).await.unwrap();
    assert!(eligibility.permission_families.contains(&"finance.*".to_owned()), "{eligibility:?}");
    assert_eq!(admin.features(company, &read).await.unwrap().features[0].key, "seats");
    assert_eq!(admin.feature(company, "seats", &read).await.unwrap().value, FeatureAmount::Amount(2));
    let explained = admin.explain(company, &About::Module("market".to_owned()), &read).await.unwrap();
    assert!(explained.asked.is_some_and(|asked| !asked.has && !asked.considered.is_empty()));
    let history = admin.history(company, 1, None, &read).await.unwrap();
    assert_eq!((history.history[0].change_type.as_str(), history.history.len()), ("addon_activated", 1));
    let older = admin.history(company, 5, history.next_cursor.as_deref(), &read).await.unwrap();
    let by_anna = older.history.iter().filter(|entry| entry.changed_by.as_deref() == Some("anna"));
    assert_eq!(by_anna.map(|entry| entry.entity_type.as_str()).collect::<Vec<_>>(), ["package"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn packages_grants_and_credits_are_written() {
    let (_world, admin, company) = shop().await;
    let write = Write::new();
    let change = ChangePackage {
        package_key: "premium".to_owned(),
        from_package_key: None,
        effective_at: None,
        deactivate_invalidated: false,
        source: Given::Missing,
        external_reference: Given::Missing,
    };
    let planned = admin.change_package(company, &change, &Write::new().dry_run()).await.unwrap();
    assert!(planned.preview.is_some() && planned.answer.direction == "upgrade");
    let changed = admin.change_package(company, &change, &write).await.unwrap();
    assert_eq!((changed.answer.from_package_key.as_str(), changed.preview), ("basic", None));

    let package = SetPackage {
        package_key: "premium".to_owned(),
        status: ItemStatus::Paused,
        starts_at: Given::Missing,
        ends_at: Given::Missing,
        grace_ends_at: Given::Missing,
        source: Given::Missing,
        external_reference: Given::Missing,
    };
    assert_eq!(admin.set_package(company, &package, &write).await.unwrap().answer.status, ItemStatus::Paused);

    let grant = AddGrant {
        feature_key: None,
        module_key: Some("venue".to_owned()),
        value: Given::Missing,
        starts_at: None,
        ends_at: None,
        reason: "a promotion".to_owned(),
        source: None,
    };
    let granted = admin.add_grant(company, &grant, &write).await.unwrap().answer;
    assert_eq!(admin.grants(company, &Read::new()).await.unwrap().grants.len(), 1);
    admin.remove_grant(company, granted.id, &write).await.unwrap();
    assert_eq!(admin.grants(company, &Read::new()).await.unwrap().grants.len(), 0);

    let more = GrantCredits { amount: 10, expires_at: None, reason: None, external_reference: None };
    assert_eq!(admin.grant_credits(company, "renders", &more, &write).await.unwrap().answer.balance, 10);
    let less = ConsumeCredits { amount: 4, reason: None, external_reference: None };
    let once = Write::new().key("order-17");
    for _ in 0..2 {
        assert_eq!(admin.consume_credits(company, "renders", &less, &once).await.unwrap().answer.balance, 6);
    }
    let credits = admin.credits(company, &Read::new()).await.unwrap().credits;
    assert_eq!((credits[0].feature_key.as_str(), credits[0].balance), ("renders", 6));
    let refused = admin.cancel_package_change(company, &write).await.unwrap_err();
    assert!(refused.code().is_some() && refused.idempotency_key().is_some(), "{refused}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_past_what_is_to_come_and_how_a_company_is_shown_are_read() {
    let (world, admin, company) = shop().await;
    let read = Read::new();
    let before = admin.entitlements(company, &read.clone().strong()).await.unwrap();
    world.pass(micros(1_000));
    let ends = world.later(micros(60_000));
    admin.set_addon(company, &addon("finance", ItemStatus::Active, None, Some(ends)), &Write::new()).await.unwrap();

    assert_eq!(admin.entitlements_at(company, before.as_of, &read).await.unwrap(), *before);
    assert_eq!(admin.entitlements_at(company, ends, &read).await.unwrap().enabled_modules, before.enabled_modules);
    let timeline = admin.timeline(company, 5, &read).await.unwrap();
    assert_eq!(timeline.moments.iter().map(|moment| moment.at).collect::<Vec<_>>(), [ends]);
    let summary = admin.subscription_summary(company, &read).await.unwrap();
    assert_eq!((summary.addons, summary.has_basic), (vec!["finance".to_owned()], true));

    let shown = PutProfile { name: Some("Acme".to_owned()), external_references: BTreeMap::new() };
    let put = admin.put_profile(company, &shown, &Write::new()).await.unwrap().answer;
    assert_eq!(admin.profile(company, &read).await.unwrap(), put);
    for amount in [3, 4] {
        let more = GrantCredits { amount, expires_at: None, reason: None, external_reference: None };
        admin.grant_credits(company, "renders", &more, &Write::new()).await.unwrap();
    }
    let first = admin.ledger(company, "renders", 1, None, &read).await.unwrap();
    let rest = admin.ledger(company, "renders", 9, first.next_cursor.as_deref(), &read).await.unwrap();
    let balances: Vec<u64> = first.entries.iter().chain(&rest.entries).map(|entry| entry.balance).collect();
    assert_eq!((balances, rest.next_cursor), (vec![7, 3], None));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_has_its_code_its_rules_and_its_request() {
    let (_world, admin, company) = shop().await;

    let unknown = admin.entitlements(Uuid::new_v4(), &Read::new()).await.unwrap_err();
    assert!(unknown.is_not_found() && !unknown.is_unavailable());
    let bad = addon("No Such", ItemStatus::Active, None, None);
    let invalid = admin.set_addon(company, &bad, &Write::new().request_id("my-request")).await.unwrap_err();
    let CallError::Refused(refused) = &invalid else { panic!("{invalid}") };
    assert_eq!((refused.code, refused.details[0].field.as_str()), (Some(ErrorCode::ValidationError), "addonKey"));
    assert_eq!(invalid.request_id(), Some("my-request"));
    let moved = admin.set_basic(company, &basic(ItemStatus::Paused), &Write::new().if_version(99)).await.unwrap_err();
    assert_eq!((moved.code(), moved.status()), (Some(ErrorCode::PreconditionFailed), Some(412)));
    let unsendable =
        admin.set_basic(company, &basic(ItemStatus::Paused), &Write::new().actor("a\nb")).await.unwrap_err();
    assert!(unsendable.request_id().is_none(), "{unsendable}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_still_holds_is_not_sent_again() {
    let (_world, admin, company) = shop().await;
    let first = admin.entitlements(company, &Read::new()).await.unwrap();
    let second = admin.entitlements(company, &Read::new()).await.unwrap();
    assert_eq!((&first, admin.counts().not_modified), (&second, 1));

    admin.set_basic(company, &basic(ItemStatus::Cancelled), &Write::new()).await.unwrap();

    let third = admin.entitlements(company, &Read::new()).await.unwrap();
    assert!(!third.has_basic && third.entitlement_version > first.entitlement_version);
    assert_eq!(admin.counts().not_modified, 1);

    admin.forget_answers();

    assert_eq!(admin.entitlements(company, &Read::new()).await.unwrap().entitlement_version, third.entitlement_version);
    assert_eq!(admin.counts().not_modified, 1, "what was forgotten is asked for whole");
    let _remembered_again = admin.entitlements(company, &Read::new()).await.unwrap();
    assert_eq!(admin.counts().not_modified, 2);
}
