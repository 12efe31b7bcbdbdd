//! Which add-ons work beside what: availability, compatibility, needs and conflicts.

use domain::{Combine, FeatureKind, FeatureValue, Granted, ModuleKey, Patch, SetHolding, Status};

use crate::offer::{Offer, all, any, feature_key, offer, term};
use crate::story::{Story, addon, between, day, package, right_before, to};

/// A story in which this is sold as well.
fn with_addon(key: &str, what: Offer) -> Story {
    let mut story = Story::begin();
    story.offer(&addon(key), what);
    story
}

fn module(key: &str) -> Granted {
    Granted::Module(ModuleKey::parse(key).unwrap())
}

#[test]
fn what_is_allowed_is_granted_only_when_it_is_bought() {
    let mut story = with_addon("seats", offer().modules(&["touring"]));
    story.edit(&package("basic"), offer().allows(&["seats"]));
    story.activate(&[package("basic")]);
    assert_eq!((story.enabled(), story.addons()), ("basic".to_owned(), String::new()));

    story.activate(&[addon("seats")]);

    assert_eq!((story.enabled(), story.addons()), ("basic touring".to_owned(), "seats".to_owned()));
}

#[test]
fn what_is_included_appears_among_the_addons_with_the_row_of_its_package() {
    let mut story = with_addon("seats", offer().modules(&["touring"]));
    story.edit(&package("basic"), offer().includes(&["seats"]));
    story.write(SetHolding { status: Status::Trial, ..between(&package("basic"), 0, 30) });

    let answer = story.answer();
    assert_eq!((story.enabled(), story.addons()), ("basic touring".to_owned(), "seats".to_owned()));
    assert_eq!(
        (answer.addons[0].status, answer.addons[0].starts_at, answer.addons[0].ends_at),
        (Status::Trial, Some(day(0)), Some(day(30)))
    );

    assert_eq!(story.on(day(30)).addons(), "");
}

#[test]
fn to_buy_what_is_included_is_a_conflict_that_says_so() {
    let mut story = with_addon("seats", offer().modules(&["touring"]));
    story.edit(&package("basic"), offer().includes(&["seats"]));
    story.activate(&[package("basic")]);

    let refusal = story.try_write(to(&addon("seats"), Status::Active)).unwrap_err();

    assert_eq!((refusal.code, refusal.breaches[0].rule), (domain::RefusalCode::Conflict, "included"));
    assert!(refusal.message.contains("included in package `basic`"), "{}", refusal.message);
    let later = SetHolding { starts_at: Patch::Set(day(9)), ..to(&addon("seats"), Status::Trial) };
    assert_eq!(story.refused(later), ["included"], "also when it would begin later");
}

#[test]
fn what_is_both_owned_and_included_is_listed_once_as_owned() {
    let mut story = with_addon("seats", offer().modules(&["touring"]));
    story.write(between(&addon("seats"), 0, 10));
    story.edit(&package("basic"), offer().includes(&["seats"]));
    story.activate(&[package("basic")]);

    assert_eq!(story.addons(), "seats");
    assert_eq!(story.answer().addons[0].ends_at, Some(day(10)));
    assert_eq!((story.on(day(10)).addons(), story.answer().addons[0].ends_at), ("seats".to_owned(), None));
}

#[test]
fn what_a_package_forbids_is_refused_and_what_is_owned_already_stops_until_the_package_ends() {
    let mut story = Story::begin();
    story.edit(&package("basic"), offer().forbids(&["venue"]));
    story.activate(&[addon("venue")]);

    let changes = story.try_write(between(&package("basic"), 5, 10)).unwrap().unwrap();

    assert_eq!(changes.warnings.len(), 1, "{:?}", changes.warnings);
    assert!(changes.warnings[0].message.contains("`venue`"), "{:?}", changes.warnings);
    assert_eq!(story.on(right_before(5)).enabled(), "venue");
    assert_eq!(
        (story.on(day(5)).enabled(), story.stopped()),
        ("basic".to_owned(), "venue: forbidden by basic".to_owned())
    );
    assert_eq!(story.on(day(10)).enabled(), "venue", "it comes back by itself");
    let mut newcomer = story.another_company();
    newcomer.on(day(0)).activate(&[package("basic")]);
    assert_eq!(newcomer.refused(to(&addon("venue"), Status::Active)), ["forbidden"]);
}

#[test]
fn forbidden_beats_included_and_included_beats_allowed() {
    let mut story = with_addon("seats", offer().modules(&["touring"]));
    story.offer(&package("allowing"), offer().modules(&["market"]).allows(&["seats"]));
    story.offer(&package("including"), offer().modules(&["ai"]).includes(&["seats"]));
    story.offer(&package("forbidding"), offer().modules(&["finance"]).forbids(&["seats"]));

    story.activate(&[package("allowing"), package("including")]);
    assert_eq!(story.addons(), "seats");
    story.activate(&[package("forbidding")]);

    assert_eq!((story.addons(), story.stopped()), (String::new(), "seats: forbidden by forbidding".to_owned()));
}

#[test]
fn an_addon_that_names_nothing_works_alone_and_one_that_names_packages_only_with_one_of_them() {
    let mut story = with_addon("seats", offer().modules(&["touring"]).with_packages(&["basic"]));
    story.offer(&addon("both"), offer().modules(&["market"]).with_packages(&["basic"]).standalone(true));

    assert_eq!(story.refused(to(&addon("seats"), Status::Active)), ["compatible"]);
    story.activate(&[addon("venue"), addon("both")]);
    assert_eq!(story.addons(), "both venue");

    story.write(between(&package("basic"), 0, 10));
    story.activate(&[addon("seats")]);
    assert_eq!(story.addons(), "both seats venue");
    assert_eq!(
        (story.on(day(10)).addons(), story.stopped()),
        ("both venue".to_owned(), "seats: incompatible".to_owned())
    );
    story.write(SetHolding { ends_at: Patch::Clear, ..to(&package("basic"), Status::Active) });
    assert_eq!(story.addons(), "both seats venue", "it comes back by itself");
}

#[test]
fn a_compatible_module_may_come_from_a_package_an_addon_or_a_grant() {
    let seats = || offer().permissions(&[]).with_modules(&["touring"]);
    for way in 0..3 {
        let mut story = with_addon("seats", seats());
        assert_eq!(story.refused(to(&addon("seats"), Status::Active)), ["compatible"]);
        match way {
            0 => {
                story.offer(&package("tours"), offer().modules(&["touring"])).activate(&[package("tours")]);
            }
            1 => {
                story.activate(&[addon("touring")]);
            }
            _ => {
                story.grant(module("touring"));
            }
        }

        story.activate(&[addon("seats")]);
        assert!(story.addons().contains("seats"), "way {way}");

        story.switch_module("touring", false);
        assert_eq!(story.stopped(), "seats: incompatible", "way {way}: an inactive module is enabled for nobody");
    }
}

#[test]
fn a_tree_of_needs_is_kept_at_every_instant() {
    let needs = all(&[term("base"), any(&[term("module:finance"), all(&[term("addon:venue"), term("feature:data")])])]);
    let mut story = Story::begin();
    story.feature("data", FeatureKind::Toggle, Combine::Sum);
    story.offer(&addon("report"), offer().requires(needs));
    let report = || to(&addon("report"), Status::Active);

    assert_eq!(story.refused(report()), ["requires"]);
    story.activate(&[package("basic")]);
    let refusal = story.try_write(report()).unwrap_err();
    assert!(
        refusal.message.contains("(base and (module:finance or (addon:venue and feature:data)))"),
        "{}",
        refusal.message
    );
    story.activate(&[addon("venue")]);
    assert_eq!(story.refused(report()), ["requires"]);
    story.grant_between(Granted::Feature(feature_key("data"), FeatureValue::On), None, Some(day(10)));
    story.write(report());
    assert_eq!(story.addons(), "report venue");

    assert_eq!(story.on(day(10)).addons(), "venue");
    story.write(between(&addon("finance"), 12, 20));
    assert_eq!(story.on(day(12)).addons(), "finance report venue", "the other branch");
    assert_eq!(story.on(day(20)).addons(), "venue");
}

#[test]
fn a_chain_of_needs_falls_and_stands_together() {
    let mut story = with_addon("one", offer().requires(term("module:finance")));
    story.offer(&addon("two"), offer().requires(term("addon:one")));
    story.offer(&addon("three"), offer().requires(term("addon:two")));
    story.activate(&[addon("finance"), addon("one"), addon("two"), addon("three")]);
    assert_eq!(story.addons(), "finance one three two");

    story.write(to(&addon("finance"), Status::Paused));
    assert_eq!(story.stopped(), "one: requires module:finance; three: requires addon:two; two: requires addon:one");

    story.write(to(&addon("finance"), Status::Active));
    assert_eq!(story.addons(), "finance one three two");
}

#[test]
fn of_two_conflicting_addons_the_older_wins_whoever_declares_it_and_in_whatever_order_they_were_written() {
    for declares in ["red", "blue"] {
        for red_first in [true, false] {
            let mut story = Story::begin();
            for key in ["red", "blue"] {
                story.offer(&addon(key), offer());
            }
            let other = if declares == "red" { "addon:blue" } else { "addon:red" };
            story.edit(&addon(declares), offer().conflicts(&[other]));
            // Blue begins earlier, whichever is written first.
            let red = || between(&addon("red"), 5, 50);
            let blue = || between(&addon("blue"), 3, 20);
            if red_first {
                story.write(red());
                let changes = story.try_write(blue()).unwrap().unwrap();
                assert_eq!(changes.warnings[0].rule, "conflicts_with", "red has to give way");
            } else {
                story.write(blue());
                assert_eq!(story.refused(red()), ["conflicts_with"]);
                continue;
            }

            assert_eq!((story.on(day(4)).addons(), story.stopped()), ("blue".to_owned(), String::new()));
            assert_eq!(
                (story.on(day(6)).addons(), story.stopped()),
                ("blue".to_owned(), "red: gives way to blue".to_owned())
            );
            assert_eq!(story.on(day(20)).addons(), "red", "it comes back by itself");
        }
    }
}

#[test]
fn the_younger_of_two_conflicting_addons_is_refused_and_says_beside_what() {
    let mut story = with_addon("rival", offer().conflicts(&["module:venue"]));
    story.activate(&[addon("venue")]);

    let refusal = story.on(day(1)).try_write(to(&addon("rival"), Status::Active)).unwrap_err();

    assert_eq!(refusal.breaches.len(), 1);
    assert!(refusal.message.contains("`venue`"), "{}", refusal.message);
}

#[test]
fn a_conflict_with_what_a_package_or_a_grant_gives_stops_the_addon_whatever_its_age() {
    let mut story = Story::begin();
    story.offer(&package("tours"), offer().modules(&["touring"]));
    story.offer(&addon("rival"), offer().conflicts(&["module:venue", "base", "package:tours"]));
    story.activate(&[addon("rival")]);

    story.on(day(1)).grant_between(module("venue"), None, Some(day(5)));
    assert_eq!(story.stopped(), "rival: conflicts with module:venue");
    assert_eq!(story.on(day(5)).addons(), "rival");
    story.write(between(&package("basic"), 6, 8));
    assert_eq!(story.on(day(6)).stopped(), "rival: conflicts with base");
    story.write(between(&package("tours"), 8, 9));
    assert_eq!(story.on(day(8)).stopped(), "rival: conflicts with package:tours");
    assert_eq!(story.on(day(9)).addons(), "rival");
}

#[test]
fn a_conflicting_addon_that_is_stopped_itself_stops_nobody() {
    let mut story = with_addon("young", offer());
    story.offer(&addon("old"), offer().requires(term("module:finance")).conflicts(&["addon:young"]));
    story.activate(&[addon("finance"), addon("old")]);
    story.on(day(1)).write(to(&addon("finance"), Status::Paused));

    story.activate(&[addon("young")]);
    assert_eq!(story.addons(), "young");

    story.write(to(&addon("finance"), Status::Active));
    assert_eq!((story.addons(), story.stopped()), ("finance old".to_owned(), "young: gives way to old".to_owned()));
}

#[test]
fn every_rule_that_does_not_hold_is_told_at_once() {
    let rival = offer().with_packages(&["basic"]).requires(term("module:finance")).conflicts(&["module:venue"]);
    let mut story = with_addon("rival", rival);
    story.offer(&package("tours"), offer().modules(&["touring"]).forbids(&["rival"]));
    story.activate(&[package("tours"), addon("venue")]);

    let rules = story.on(day(1)).refused(to(&addon("rival"), Status::Active));

    assert_eq!(rules, ["forbidden", "compatible", "requires", "conflicts_with"]);
}

#[test]
fn a_package_that_stands_only_beside_a_base_package_is_refused_without_one() {
    let mut story = Story::begin();
    story.offer(&package("extra"), offer().modules(&["market"]).beside_a_base_package());

    assert_eq!(story.refused(to(&package("extra"), Status::Active)), ["requires_base_package"]);
    story.write(between(&package("basic"), 5, 30));
    assert_eq!(
        story.refused(to(&package("extra"), Status::Active)),
        ["requires_base_package"],
        "it would begin earlier"
    );

    story.write(SetHolding { starts_at: Patch::Set(day(5)), ..to(&package("extra"), Status::Active) });
    assert_eq!(story.on(day(5)).enabled(), "basic market");
}

#[test]
fn an_addon_that_something_else_makes_superfluous_is_accepted_with_a_warning() {
    let mut story = with_addon("listing", offer().redundant(&["module:venue"]));
    story.activate(&[addon("venue")]);

    let changes = story.try_write(to(&addon("listing"), Status::Active)).unwrap().unwrap();

    assert_eq!(changes.warnings.iter().map(|warning| warning.rule).collect::<Vec<_>>(), ["redundant_with"]);
    assert_eq!(story.addons(), "listing venue");
}

#[test]
fn no_addon_is_superfluous_because_of_what_it_gives_itself() {
    let mut story = Story::begin();
    story.feature("retention", FeatureKind::Toggle, Combine::Max);
    let own = offer().modules(&["venue"]).feature("retention", FeatureValue::On);
    story.offer(&addon("listing"), own.redundant(&["module:venue", "feature:retention", "addon:listing"]));
    let warned = |story: &mut Story| {
        let changes = story.try_write(to(&addon("listing"), Status::Active)).unwrap().unwrap();
        changes.warnings.iter().map(|warning| warning.message.clone()).collect::<Vec<_>>()
    };
    assert_eq!(warned(&mut story), Vec::<String>::new());

    story.write(to(&addon("listing"), Status::Inactive));
    story.activate(&[addon("venue")]);
    assert_eq!(warned(&mut story), ["add-on `listing` adds nothing beside module:venue, which the company has"]);
}
