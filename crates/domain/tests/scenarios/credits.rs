//! Credits: what refills add, what is used up first, and what is never spent.

use domain::{
    ChangeType, Combine, Command, ConsumeCredits, FeatureKind, FeatureValue, GrantCredits, Patch, RefusalCode,
    SetHolding, Status, Timestamp,
};

use crate::offer::{feature_key, offer};
use crate::story::{Story, addon, day, text, to};

/// A story in which `refill` adds 100 mails, once for each purchase.
fn begin() -> Story {
    let mut story = Story::begin();
    story.feature("mails", FeatureKind::Credit, Combine::Sum).feature("storage", FeatureKind::Limit, Combine::Sum);
    story.offer(&addon("refill"), offer().feature("mails", FeatureValue::Amount(100)));
    story
}

fn balance(story: &Story) -> u64 {
    story.state.credits.balance(&feature_key("mails"), story.now)
}

fn bought(reference: &str) -> SetHolding {
    SetHolding { external_reference: Patch::Set(text(reference)), ..to(&addon("refill"), Status::Active) }
}

fn granted(story: &mut Story, amount: u64, expires_at: Option<Timestamp>, reference: Option<&str>) -> Command {
    let (lot, entry) = (story.id(), story.id());
    let (feature, external_reference) = (feature_key("mails"), reference.map(text));
    Command::GrantCredits(GrantCredits { lot, entry, feature, amount, expires_at, reason: None, external_reference })
}

fn consumed(story: &mut Story, amount: u64) -> Command {
    let (entry, feature) = (story.id(), feature_key("mails"));
    Command::ConsumeCredits(ConsumeCredits { entry, feature, amount, reason: None, external_reference: None })
}

#[test]
fn a_refill_adds_its_amount_once_whatever_is_retried() {
    let mut story = begin();
    let told = story.try_write(bought("pay_1")).unwrap().unwrap().events();
    let types: Vec<_> = told.iter().map(|event| event.change_type).collect();
    assert_eq!((balance(&story), types), (100, vec![ChangeType::AddonActivated, ChangeType::CreditGranted]));

    assert_eq!(story.try_write(bought("pay_1")), Ok(None), "the same reference again");
    assert_eq!(story.try_write(to(&addon("refill"), Status::Active)), Ok(None), "the same status again");
    story.write(SetHolding { ends_at: Patch::Set(day(30)), ..to(&addon("refill"), Status::Active) });
    for status in [Status::Paused, Status::Cancelled, Status::Inactive, Status::Expired] {
        story.write(to(&addon("refill"), status));
        story.write(to(&addon("refill"), Status::Active));
    }
    story.on(day(40)).write(SetHolding { ends_at: Patch::Clear, ..bought("pay_1") });

    assert_eq!(balance(&story), 100, "however often it is activated again");
}

#[test]
fn another_reference_is_another_purchase_and_an_old_one_is_none() {
    let mut story = begin();
    for (reference, after) in [("pay_1", 100), ("pay_2", 200), ("pay_1", 200), ("pay_3", 300), ("pay_2", 300)] {
        story.try_write(bought(reference)).unwrap();
        assert_eq!(balance(&story), after, "{reference}");
    }
}

#[test]
fn a_purchase_adds_as_many_times_as_it_says() {
    let mut story = begin();
    story.try_write(SetHolding { quantity: Some(3), ..bought("pay_1") }).unwrap();
    assert_eq!(balance(&story), 300);
}

#[test]
fn without_a_reference_every_new_assignment_is_a_purchase() {
    let mut story = begin();
    let refill = || to(&addon("refill"), Status::Active);
    story.try_write(refill()).unwrap();
    story.write(SetHolding { quantity: Some(2), ..refill() });
    assert_eq!(balance(&story), 100, "a change of the row is none");
    story.write(to(&addon("refill"), Status::Cancelled));
    story.try_write(SetHolding { quantity: Some(1), ..refill() }).unwrap();
    assert_eq!(balance(&story), 200);
}

#[test]
fn a_row_that_does_not_entitle_yet_brings_its_credits_when_it_does() {
    for status in [Status::Paused, Status::Inactive] {
        let mut story = begin();
        story.write(SetHolding { status, ..bought("pay_1") });
        assert_eq!(balance(&story), 0);

        story.try_write(bought("pay_1")).unwrap();

        assert_eq!(balance(&story), 100, "{status:?}");
    }
}

#[test]
fn a_grant_of_credits_is_made_once_for_each_reference() {
    let mut story = begin();
    for (reference, after) in [(Some("a"), 5), (Some("a"), 5), (Some("b"), 10), (None, 15), (None, 20), (Some("b"), 20)]
    {
        let before = balance(&story);
        let command = granted(&mut story, 5, None, reference);
        let changes = story.try_command(&command).unwrap();
        assert_eq!((balance(&story), changes.is_some()), (after, after != before), "{reference:?}");
    }
}

#[test]
fn what_expires_first_is_used_first_and_what_has_expired_is_gone() {
    let mut story = begin();
    for (amount, expires) in [(10, None), (10, Some(20)), (10, Some(5)), (10, Some(20))] {
        let command = granted(&mut story, amount, expires.map(day), None);
        story.command(&command);
    }
    let command = consumed(&mut story, 15);
    story.command(&command);
    assert_eq!(balance(&story), 25);

    assert_eq!(balance(story.on(day(5))), 25, "what expired on day 5 was used up");
    let command = consumed(&mut story, 7);
    story.command(&command);
    assert_eq!(balance(story.on(day(20))), 10, "what never expires was not touched");
    let changes = {
        let command = consumed(&mut story, 10);
        story.command(&command)
    };
    assert_eq!(changes.credit_entries[0].balance, 0);
}

#[test]
fn nothing_is_used_that_is_not_there_and_the_refusal_names_the_balance() {
    let mut story = begin();
    story.try_write(bought("pay_1")).unwrap();
    let command = consumed(&mut story, 101);

    let refusal = story.try_command(&command).unwrap_err();

    assert_eq!((refusal.code, refusal.breaches[0].rule), (RefusalCode::Conflict, "balance"));
    assert!(refusal.message.contains("is 100"), "{}", refusal.message);
    assert_eq!(balance(&story), 100);
    let command = consumed(&mut story, 100);
    story.command(&command);
    assert_eq!(balance(&story), 0);
}

#[test]
fn credits_move_no_version_but_make_a_company_known() {
    let mut story = begin();
    let command = granted(&mut story, 5, None, None);
    story.command(&command);
    assert_eq!((story.version(), story.state.is_known()), (1, true));

    let updated_at = story.answer().updated_at;
    let command = consumed(&mut story, 5);
    let changes = story.on(day(3)).command(&command);
    assert_eq!((story.version(), changes.moves_the_version()), (1, false));
    assert_eq!(story.answer().updated_at, updated_at);
    assert_eq!(changes.events()[0].change_type, ChangeType::CreditConsumed);
}

#[test]
fn credits_of_what_is_no_credit_are_refused() {
    let mut story = begin();
    story.activate(&[addon("finance")]);
    let mut refused = |feature: &str, amount: u64, expires_at: Option<Timestamp>| {
        let mut command = granted(&mut story, amount, expires_at, None);
        if let Command::GrantCredits(grant) = &mut command {
            grant.feature = feature_key(feature);
        }
        story.try_command(&command).unwrap_err().code
    };
    assert_eq!(refused("storage", 1, None), RefusalCode::Validation);
    assert_eq!(refused("nothing", 1, None), RefusalCode::NotFound);
    assert_eq!(refused("mails", 0, None), RefusalCode::Validation);
    assert_eq!(refused("mails", domain::MAX_AMOUNT + 1, None), RefusalCode::Validation);
    assert_eq!(refused("mails", 1, Some(day(0))), RefusalCode::Validation);
    let command = consumed(&mut story, 0);
    assert_eq!(story.try_command(&command).unwrap_err().code, RefusalCode::Validation);
    let command = granted(&mut story, domain::MAX_AMOUNT, None, None);
    story.command(&command);
    let command = granted(&mut story, 1, None, None);
    assert_eq!(story.try_command(&command).unwrap_err().breaches[0].rule, "balance");
}
