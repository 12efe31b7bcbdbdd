//! Permission families and permissions that entitlements make possible (requirements 000 §7.1, 002 §9).

use domain::{CatalogCommand, CreateModule, ModuleEdit, ModuleKey, ModuleKind, Patch, Status};

use crate::offer::{module_keys, offer, term};
use crate::story::{Story, addon, package, text, to};

#[test]
fn every_enabled_module_brings_its_family() {
    let mut story = Story::begin();
    assert_eq!(story.eligible(), "");
    story.activate(&[package("basic"), addon("finance")]);
    assert_eq!(story.eligible(), "basic.* finance.*");
    story.write(to(&addon("finance"), Status::Paused));
    assert_eq!(story.eligible(), "basic.*", "no finance entitlement, no finance permissions");
}

#[test]
fn single_permissions_come_from_packages_and_from_addons_that_work() {
    let mut story = Story::begin();
    story.permissions(&["basic.vendors.read", "basic.vendors.search", "finance.ticketing.read"]);
    story.offer(&addon("vendor-directory"), offer().permissions(&["basic.vendors.read", "basic.vendors.search"]));
    story.edit(&package("basic"), offer().permissions(&["finance.ticketing.read"]));

    story.activate(&[addon("vendor-directory"), package("basic")]);

    assert_eq!(story.eligible(), "basic.* basic.vendors.read basic.vendors.search finance.ticketing.read");
    story.edit(&package("basic"), offer().forbids(&["vendor-directory"]));
    assert_eq!(story.eligible(), "basic.* finance.ticketing.read");
}

#[test]
fn attached_permissions_count_only_while_their_addon_is_included_or_works() {
    let mut story = Story::begin();
    story.permissions(&["basic.reports.read"]);
    story.offer(&addon("reports"), offer().with_modules(&["basic"]));
    story.edit(&package("basic"), offer().allows(&["reports"]).attached(&["basic.reports.read"], "reports"));
    story.activate(&[package("basic")]);
    assert_eq!(story.eligible(), "basic.*");

    story.activate(&[addon("reports")]);
    assert_eq!(story.eligible(), "basic.* basic.reports.read");
    story.write(to(&addon("reports"), Status::Cancelled));
    assert_eq!(story.eligible(), "basic.*");
    story.edit(&package("basic"), offer().includes(&["reports"]));
    assert_eq!(story.eligible(), "basic.* basic.reports.read", "included");
    story.edit(&addon("reports"), offer().requires(term("module:finance")));
    assert_eq!(story.addons(), "", "included, and without what it needs");
    assert_eq!(story.eligible(), "basic.* basic.reports.read", "what the package attaches is the package's");
    story.offer(&package("strict"), offer().modules(&["venue"]).forbids(&["reports"]));
    story.activate(&[package("strict")]);
    assert_eq!(story.eligible(), "basic.* venue.*", "forbidden beats included");
}

#[test]
fn permissions_of_a_module_that_is_switched_off_are_possible_for_nobody() {
    let mut story = Story::begin();
    story.permissions(&["finance.ticketing.read", "basic.events.read"]);
    story.offer(&addon("tickets"), offer().permissions(&["finance.ticketing.read", "basic.events.read"]));
    story.activate(&[addon("tickets")]);
    let version = story.version();

    story.switch_module("finance", false);

    assert_eq!(story.eligible(), "basic.events.read");
    assert!(story.version() > version, "the answer is another one");
}

#[test]
fn a_renamed_family_keeps_its_old_name_beside_the_new_one() {
    let mut story = Story::begin();
    story.activate(&[package("basic")]);
    let mut untouched = story.another_company();
    untouched.activate(&[addon("finance")]);
    let version = story.version();

    let namespace = Patch::Set(ModuleKey::parse("promoter").unwrap());
    let namespace_aliases = Some(module_keys(&["basic"]).into_iter().collect());
    story.edit_module("basic", ModuleEdit { namespace, namespace_aliases, ..ModuleEdit::default() });

    assert_eq!((story.eligible(), story.enabled()), ("basic.* promoter.*".to_owned(), "basic".to_owned()));
    assert!(story.version() > version, "callers that keep the answer are told");
    untouched.catalog = story.catalog.clone();
    assert_eq!((untouched.eligible(), untouched.version()), ("finance.*".to_owned(), 1));
    story.permissions(&["promoter.events.read", "basic.events.write"]);
    let owner = |key: &str| &story.catalog.permission(&crate::offer::permission_key(key)).unwrap().module;
    assert_eq!((owner("promoter.events.read").as_str(), owner("basic.events.write").as_str()), ("basic", "basic"));

    let id = story.catalog.module(&ModuleKey::parse("basic").unwrap()).unwrap().id;
    let edit = ModuleEdit { namespace_aliases: Some([].into()), ..ModuleEdit::default() };
    let refusal = story.try_change(&CatalogCommand::UpdateModule { id, edit }).unwrap_err();
    assert!(refusal.message.contains("`basic.events.write`"), "the old name is in use: {}", refusal.message);
}

#[test]
fn a_module_may_have_another_namespace_than_its_key_and_be_named_by_an_alias() {
    let mut story = Story::begin();
    let edit = ModuleEdit {
        name: Some(text("Venue marketplace")),
        namespace: Patch::Set(ModuleKey::parse("venues").unwrap()),
        aliases: Some(module_keys(&["marketplace"]).into_iter().collect()),
        ..ModuleEdit::default()
    };
    let (id, key, kind) = (story.id(), ModuleKey::parse("venue-marketplace").unwrap(), ModuleKind::Addon);
    story.change(&CatalogCommand::CreateModule(CreateModule { id, key, kind, edit }));

    story.offer(&addon("places"), offer().modules(&["marketplace"])).activate(&[addon("places")]);

    assert_eq!((story.enabled(), story.eligible()), ("venue-marketplace".to_owned(), "venues.*".to_owned()));
}

#[test]
fn a_permission_belongs_to_the_namespace_that_it_begins_with() {
    let mut story = Story::begin();
    let (id, key) = (story.id(), crate::offer::permission_key("live-ticket-sales.read"));
    let create = CatalogCommand::CreatePermission { id, key, edit: domain::PermissionEdit::default() };

    let refusal = story.try_change(&create).unwrap_err();

    assert!(refusal.message.contains("`live-ticket-sales`"), "{}", refusal.message);
}
