//! Moving a company from one package to another (requirements 002 §6.5).

use domain::{
    ChangePackage, ChangeType, Combine, Command, Direction, FeatureKind, FeatureValue, Granted, ModuleKey, Patch,
    RefusalCode, SetHolding, Status,
};

use crate::offer::{feature_key, offer, term};
use crate::package_change_told::told;
use crate::story::{Story, addon, between, day, package, right_before, text, to};

/// Three tiers of one persona, from the small one up, and add-ons that work with some of them.
pub(crate) fn begin() -> Story {
    let mut story = Story::begin();
    story.feature("seats", FeatureKind::Limit, Combine::Sum).feature("mails", FeatureKind::Credit, Combine::Sum);
    story.offer(&package("small"), offer().modules(&["basic"]).feature("seats", FeatureValue::Amount(3)));
    story.offer(&package("middle"), offer().modules(&["basic", "market"]).feature("seats", FeatureValue::Amount(10)));
    story.offer(&addon("insight"), offer().modules(&["ai"]).with_modules(&["market"]));
    story.offer(&addon("stage"), offer().with_packages(&["small"]));
    story.offer(&addon("listing"), offer().redundant(&["module:touring"]));
    let large = offer().modules(&["basic", "market", "touring"]).feature("mails", FeatureValue::Amount(50));
    story.offer(&package("large"), large.includes(&["insight"]).feature("seats", FeatureValue::Unlimited));
    story.edit(&package("small"), offer().upgrades(&["middle", "large"]));
    story.edit(&package("middle"), offer().upgrades(&["large"]).downgrades(&["small"]));
    story.edit(&package("large"), offer().downgrades(&["middle"]));
    story
}

pub(crate) fn change_to(key: &str) -> ChangePackage {
    ChangePackage {
        fresh: domain::Uuid::from_u128(7_000),
        package: package(key).key,
        from: None,
        effective_at: None,
        deactivate_invalidated: false,
        source: Patch::Keep,
        external_reference: Patch::Keep,
    }
}

pub(crate) fn on(number: i64, change: ChangePackage) -> ChangePackage {
    ChangePackage { effective_at: Some(day(number)), ..change }
}

pub(crate) fn make(story: &mut Story, change: ChangePackage) -> domain::ChangeSet {
    story.command(&Command::ChangePackage(change))
}

fn refused(story: &mut Story, change: ChangePackage) -> &'static str {
    story.try_command(&Command::ChangePackage(change)).unwrap_err().breaches[0].rule
}

#[test]
fn an_upgrade_takes_effect_at_once_and_keeps_end_quantity_and_reference() {
    let mut story = begin();
    let reference = Patch::Set(text("sub_1"));
    story.write(SetHolding { quantity: Some(4), external_reference: reference, ..between(&package("small"), 0, 30) });

    let changes = make(story.on(day(5)), change_to("middle"));

    let types: Vec<_> = changes.events().iter().map(|event| event.change_type).collect();
    assert_eq!(types, [ChangeType::PackageDeactivated, ChangeType::PackageActivated, ChangeType::PackageChanged]);
    assert_eq!((story.enabled(), story.version()), ("basic market".to_owned(), 2));
    let row = story.row(&package("middle"));
    assert_eq!((row.terms.window.starts_at, row.terms.window.ends_at), (Some(day(5)), Some(day(30))));
    assert_eq!((row.terms.quantity, &row.origin.external_reference), (4, &Some(text("sub_1"))));
    assert_eq!(story.row(&package("small")).terms.status, Status::Inactive);
    assert_eq!(story.row(&package("small")).terms.window.ends_at, Some(day(5)));
}

#[test]
fn only_up_and_down_as_the_package_says() {
    let mut story = begin();
    assert_eq!(story.try_command(&Command::ChangePackage(change_to("small"))).unwrap_err().code, RefusalCode::NotFound);
    story.activate(&[package("small")]);
    assert_eq!(refused(&mut story, change_to("basic")), "change_target");
    assert_eq!(refused(&mut story, change_to("small")), "change_target");
    assert_eq!(story.try_command(&Command::ChangePackage(change_to("no"))).unwrap_err().code, RefusalCode::NotFound);
    assert_eq!(told(&story, &change_to("large")).0, Direction::Upgrade);
    make(&mut story, change_to("large"));
    assert_eq!(refused(&mut story, change_to("small")), "change_target", "only by way of the middle");
    assert_eq!(told(&story, &change_to("middle")).0, Direction::Downgrade);
    story.lead(&package("middle"), domain::Lifecycle::Deprecated);
    assert_eq!(refused(&mut story, change_to("middle")), "item_active");
}

#[test]
fn where_several_packages_lead_there_the_change_says_from_which() {
    let mut story = begin();
    story.offer(&package("side"), offer().modules(&["venue"]).upgrades(&["large"]));
    let mut aliased = offer();
    aliased.0.aliases = Some(crate::offer::item_keys(&["beside"]));
    story.edit(&package("side"), aliased);
    story.activate(&[package("small"), package("side")]);
    assert_eq!(refused(&mut story, change_to("large")), "change_target");

    let from_side = ChangePackage { from: Some(package("beside").key), ..change_to("large") };
    assert_eq!(refused(&mut story, from_side), "one_base_package", "small would stay");
    make(&mut story, ChangePackage { from: Some(package("small").key), ..change_to("large") });
    assert_eq!(story.answer().base_package, Some(package("large").key));
}

#[test]
fn an_addon_that_the_change_invalidates_waits_or_is_ended() {
    for end in [false, true] {
        let mut story = begin();
        story.activate(&[package("middle"), addon("insight")]);
        let change = ChangePackage { deactivate_invalidated: end, ..change_to("small") };
        assert_eq!(told(&story, &change).1.invalidated[0].0, addon("insight").key, "told either way");

        let changes = make(&mut story, change);

        assert_eq!(story.enabled(), "basic");
        assert_eq!(changes.warnings.is_empty(), end, "{:?}", changes.warnings);
        make(story.on(day(1)), change_to("middle"));
        assert_eq!(story.enabled(), if end { "basic market" } else { "basic ai market" });
    }
}

#[test]
fn a_planned_change_takes_effect_at_its_instant() {
    let mut story = begin();
    story.activate(&[package("small")]);
    make(&mut story, on(10, change_to("middle")));
    assert_eq!((story.enabled(), story.answer().valid_until), ("basic".to_owned(), Some(day(10))));

    assert_eq!(story.on(right_before(10)).answer().base_package, Some(package("small").key));
    assert_eq!(story.on(day(10)).answer().base_package, Some(package("middle").key));
    assert_eq!(story.enabled(), "basic market");
}

#[test]
fn a_change_is_not_planned_in_the_past_nor_twice() {
    let mut story = begin();
    story.on(day(5)).activate(&[package("small")]);
    assert_eq!(refused(&mut story, on(4, change_to("middle"))), "effectiveAt");
    make(&mut story, on(10, change_to("middle")));
    assert_eq!(refused(&mut story, on(20, change_to("large"))), "planned_change");
    assert_eq!(refused(story.on(day(6)), change_to("large")), "planned_change");
    make(story.on(day(10)), on(20, change_to("large")));
}

/// What a company has at every instant to come, apart from versions.
fn to_come(story: &Story) -> Vec<String> {
    let mut story = story.clone();
    let now = story.now;
    let mut days: Vec<_> = (0..80).map(day).filter(|at| *at >= now).collect();
    days.insert(0, now);
    let tell = |at| {
        story.on(at);
        format!("{} | {} | {} | {}", story.enabled(), story.addons(), story.features(), story.eligible())
    };
    days.into_iter().map(tell).collect()
}

#[test]
fn a_planned_change_that_is_taken_back_leaves_no_trace_in_entitlements() {
    for end in [false, true] {
        let mut story = begin();
        let small = SetHolding { grace_ends_at: Patch::Set(day(45)), ..between(&package("small"), 0, 40) };
        story.write(small);
        story.write(between(&addon("stage"), 0, 60));
        let before = to_come(&story);

        make(story.on(day(1)), ChangePackage { deactivate_invalidated: end, ..on(10, change_to("middle")) });
        assert_ne!(to_come(&story), before[1..].to_vec());
        let changes = story.on(day(2)).command(&Command::CancelPackageChange);

        assert_eq!(to_come(&story), before[2..].to_vec(), "with the add-ons ended: {end}");
        assert!(changes.events().iter().any(|event| event.change_type == ChangeType::PackageChanged));
        assert_eq!(story.try_command(&Command::CancelPackageChange).unwrap_err().code, RefusalCode::NotFound);
        make(&mut story, on(10, change_to("middle")));
    }
}

#[test]
fn a_change_that_has_taken_effect_is_not_taken_back_and_a_later_one_brings_no_addon_back_that_it_ended() {
    let mut story = begin();
    story.activate(&[package("small"), addon("stage")]);
    make(&mut story, ChangePackage { deactivate_invalidated: true, ..on(10, change_to("middle")) });
    assert_eq!(story.on(day(10)).try_command(&Command::CancelPackageChange).unwrap_err().code, RefusalCode::NotFound);
    make(story.on(day(11)), change_to("small"));
    make(story.on(day(12)), on(20, change_to("middle")));
    story.on(day(13)).command(&Command::CancelPackageChange);

    assert_eq!(story.addons(), "", "it ended on day 10");
}

#[test]
fn an_end_that_a_caller_moved_since_is_not_given_back() {
    let mut story = begin();
    story.activate(&[package("small"), addon("stage")]);
    make(&mut story, ChangePackage { deactivate_invalidated: true, ..on(10, change_to("middle")) });
    story.on(day(1)).write(SetHolding { ends_at: Patch::Set(day(7)), ..to(&addon("stage"), Status::Active) });

    story.on(day(2)).command(&Command::CancelPackageChange);

    assert_eq!(story.row(&addon("stage")).terms.window.ends_at, Some(day(7)));
}

#[test]
fn the_whole_timeline_is_judged_and_not_its_first_moment() {
    let mut story = begin();
    story.write(between(&package("small"), 0, 40));
    story.offer(&addon("late"), offer().requires(term("package:small")).with_modules(&["basic"]));
    story.write(between(&addon("late"), 20, 30));

    let report = told(&story, &on(10, change_to("middle"))).1;

    assert_eq!(report.invalidated.len(), 1, "{report:?}");
    assert_eq!((report.invalidated[0].0.as_str(), report.invalidated[0].1), ("late", day(20)));
    let changes = make(&mut story, on(10, change_to("middle")));
    assert_eq!(changes.warnings.len(), 1);
}

#[test]
fn an_addon_that_stops_later_is_ended_later() {
    let mut story = begin();
    story.write(between(&package("middle"), 0, 60));
    story.offer(&package("extra"), offer().modules(&["market"]));
    story.write(between(&package("extra"), 0, 30));
    story.activate(&[addon("insight")]);

    let change = ChangePackage { deactivate_invalidated: true, ..change_to("small") };
    let report = told(story.on(day(10)), &change).1;
    assert_eq!(
        report.invalidated.iter().map(|(key, at, _)| (key.as_str(), *at)).collect::<Vec<_>>(),
        [("insight", day(30))]
    );
    assert!(
        report.access_review_required && report.preserved.is_empty(),
        "nothing is lost yet, but it will be: {report:?}"
    );
    make(&mut story, change);

    assert_eq!(story.on(right_before(30)).enabled(), "basic ai market");
    assert_eq!(story.on(day(30)).enabled(), "basic");
    story.grant(Granted::Module(ModuleKey::parse("market").unwrap()));
    assert_eq!(story.enabled(), "basic market", "it does not come back");
}

#[test]
fn a_second_base_package_to_come_is_a_conflict_of_the_change() {
    let mut story = begin();
    story.write(between(&package("small"), 0, 20));
    story.write(between(&package("basic"), 20, 40));
    story.offer(&package("side"), offer().modules(&["venue"]).upgrades(&["large"]));
    story.write(between(&package("side"), 0, 30));
    assert_eq!(
        refused(&mut story, ChangePackage { from: Some(package("side").key), ..change_to("large") }),
        "one_base_package"
    );
}

#[test]
fn a_package_that_is_held_already_is_no_target() {
    let mut story = begin();
    story.offer(&package("venues"), offer().modules(&["venue"]));
    story.offer(&package("tours"), offer().modules(&["touring"]).upgrades(&["venues"]));
    story.activate(&[package("venues"), package("tours")]);
    assert_eq!(refused(&mut story, on(10, change_to("venues"))), "change_target", "its window would begin on day 10");
    story.write(to(&package("venues"), Status::Paused));
    assert_eq!(refused(&mut story, change_to("venues")), "change_target", "the paused row would be lost");
    story.write(to(&package("venues"), Status::Cancelled));
    make(&mut story, change_to("venues"));
    assert_eq!(story.enabled(), "venue");
}

#[test]
fn a_change_in_the_days_of_grace_goes_on_with_them() {
    let mut story = begin();
    story.write(SetHolding { grace_ends_at: Patch::Set(day(15)), ..between(&package("small"), 0, 10) });

    make(story.on(day(12)), change_to("middle"));

    let window = story.row(&package("middle")).terms.window;
    assert_eq!((window.ends_at, window.grace_ends_at), (Some(day(12)), Some(day(15))));
    assert_eq!(story.on(right_before(15)).enabled(), "basic market");
    story.write(SetHolding { quantity: Some(2), ..to(&package("middle"), Status::Active) });
    assert_eq!(story.on(day(15)).enabled(), "");
}

#[test]
fn a_trial_that_was_planned_and_taken_back_was_none() {
    let mut story = begin();
    story.edit(&package("middle"), offer().trial(14));
    story.write(to(&package("small"), Status::Trial));
    make(&mut story, on(5, change_to("middle")));
    story.command(&Command::CancelPackageChange);
    story.write(to(&package("small"), Status::Cancelled));

    story.write(SetHolding { starts_at: Patch::Clear, ..to(&package("middle"), Status::Trial) });
}

#[test]
fn credits_of_the_new_package_come_once_however_often_the_change_is_planned_and_taken_back() {
    let mut story = begin();
    story.activate(&[package("small")]);
    for _ in 0..3 {
        make(&mut story, on(5, change_to("large")));
        story.command(&Command::CancelPackageChange);
    }
    make(&mut story, on(5, change_to("large")));
    let balance = |at| story.state.credits.balance(&feature_key("mails"), at);
    assert_eq!((balance(right_before(5)), balance(day(5)), balance(day(99))), (0, 50, 50));
}

#[test]
fn only_its_assigners_change_a_company_to_a_package() {
    let mut story = begin();
    story.activate(&[package("small")]);
    story.edit(&package("middle"), offer().governed(&["ann"], &[]));

    let refusal = story.by("bob").try_command(&Command::ChangePackage(change_to("middle"))).unwrap_err();

    assert_eq!((refusal.code, refusal.breaches[0].rule), (RefusalCode::Forbidden, "governance.assigners"));
    make(story.by("ann"), change_to("middle"));
    story.edit(&package("small"), offer().governed(&["ann"], &[]));
    assert_eq!(refused(story.by("bob"), on(9, change_to("small"))), "governance.assigners", "nor later");
}

#[test]
fn a_package_that_needs_a_base_package_does_not_take_its_place() {
    let mut story = begin();
    let mut beside = offer().modules(&["venue"]);
    beside.0.own.requires_base_package = Some(true);
    story.offer(&package("beside"), beside);
    story.edit(&package("small"), offer().upgrades(&["beside"]));
    story.activate(&[package("small")]);

    assert_eq!(refused(&mut story, change_to("beside")), "requires_base_package");
}
