//! Anything that may be stored.

use std::collections::BTreeMap;

use domain::{
    AddonKind, AddonRules, Availability, Combine, CommercialType, CompanyProfile, CreditEntry, CreditMove, Definition,
    Entry, Feature, FeatureKey, FeatureKind, FeatureValue, Governance, Grant, GrantTerms, Granted, Holding, Item,
    ItemKey, ItemKind, ItemRef, Lifecycle, ListField, MAX_AMOUNT, Module, ModuleKey, ModuleKind, Orientation, Origin,
    Permission, PermissionKey, Policy, Profile, Reach, Record, Replaced, Requirement, Revision, Status, Strictness,
    Term, Terms, Text, Timestamp, Uuid, Visibility, Window,
};
use proptest::{
    collection::{btree_map, btree_set, vec},
    option,
    prelude::*,
    sample::select,
};

pub(super) fn maybe<T: std::fmt::Debug>(some: impl Strategy<Value = T>) -> impl Strategy<Value = Option<T>> {
    option::of(some)
}

fn slug() -> impl Strategy<Value = String> {
    "[a-z][a-z0-9]{0,5}([-_][a-z0-9]{1,4}){0,2}"
}

fn module_key() -> impl Strategy<Value = ModuleKey> {
    slug().prop_map(|key| ModuleKey::parse(&key).unwrap())
}

fn item_key() -> impl Strategy<Value = ItemKey> {
    slug().prop_map(|key| ItemKey::parse(&key).unwrap())
}

fn feature_key() -> impl Strategy<Value = FeatureKey> {
    slug().prop_map(|key| FeatureKey::parse(&key).unwrap())
}

fn permission_key() -> impl Strategy<Value = PermissionKey> {
    (slug(), slug()).prop_map(|(one, two)| PermissionKey::parse(&format!("{one}.{two}")).unwrap())
}

fn text() -> impl Strategy<Value = Text> {
    "[^\\p{Cc}]{1,20}".prop_filter_map("a text", |text| Text::line(&text, 200).ok())
}

fn instant() -> impl Strategy<Value = Timestamp> {
    (0..=Timestamp::MAX.micros()).prop_map(Timestamp::clamped)
}

fn id() -> impl Strategy<Value = Uuid> {
    any::<u128>().prop_map(Uuid::from_u128)
}

fn term() -> impl Strategy<Value = Term> {
    prop_oneof![
        item_key().prop_map(Term::Package),
        module_key().prop_map(Term::Module),
        item_key().prop_map(Term::Addon),
        feature_key().prop_map(Term::Feature),
        Just(Term::Base),
    ]
}

pub(super) fn requirement() -> impl Strategy<Value = Requirement> {
    term().prop_map(Requirement::Term).prop_recursive(4, 20, 4, |part| {
        prop_oneof![vec(part.clone(), 0..4).prop_map(Requirement::All), vec(part, 0..4).prop_map(Requirement::Any),]
    })
}

pub(super) fn feature_values() -> impl Strategy<Value = FeatureValue> {
    prop_oneof![
        Just(FeatureValue::Off),
        Just(FeatureValue::On),
        Just(FeatureValue::Unlimited),
        (0..=MAX_AMOUNT).prop_map(FeatureValue::Amount),
    ]
}

fn rules() -> impl Strategy<Value = AddonRules> {
    let modules = btree_set(module_key(), 0..3);
    let terms = btree_set(term(), 0..3);
    (maybe(any::<bool>()), btree_set(item_key(), 0..3), modules, maybe(requirement()), terms).prop_map(
        |(standalone, compatible_packages, compatible_modules, requires, conflicts_with)| AddonRules {
            standalone,
            compatible_packages,
            compatible_modules,
            requires,
            conflicts_with,
        },
    )
}

pub(super) fn definition() -> impl Strategy<Value = Definition> {
    let permissions = btree_set(permission_key(), 0..3);
    let attached = btree_map(permission_key(), item_key(), 0..3);
    let features = btree_map(feature_key(), feature_values(), 0..4);
    let addons = btree_map(item_key(), select(Availability::ALL.to_vec()), 0..4);
    (btree_set(module_key(), 0..4), permissions, attached, features, addons, rules()).prop_map(
        |(modules, permissions, attached_permissions, features, addons, rules)| Definition {
            modules,
            permissions,
            attached_permissions,
            features,
            addons,
            rules,
        },
    )
}

fn governance() -> impl Strategy<Value = Governance> {
    let people = || btree_set(text(), 0..3);
    (maybe(text()), people(), people(), people()).prop_map(|(owner, assigners, retirers, approvers)| Governance {
        owner,
        assigners,
        retirers,
        approvers,
    })
}

fn texts() -> impl Strategy<Value = BTreeMap<Text, Text>> {
    btree_map(text(), text(), 0..3)
}

pub(super) fn item_profile() -> impl Strategy<Value = Profile> {
    let targets = || btree_set(item_key(), 0..3);
    let of_package = (
        maybe(select(CommercialType::ALL.to_vec())),
        any::<bool>(),
        (targets(), targets()),
        (maybe(text()), maybe(text())),
    );
    let kinds = (maybe(select(AddonKind::ALL.to_vec())), maybe(select(Orientation::ALL.to_vec())));
    let of_addon = (kinds, maybe(text()), btree_set(term(), 0..3));
    let days = (maybe(any::<u32>()), maybe(item_key()), maybe(any::<u32>()));
    let none = btree_set(select(ListField::ALL.to_vec()), 0..3);
    let rest = (maybe(select(Visibility::ALL.to_vec())), governance(), texts(), targets(), none);
    (of_package, of_addon, days, rest).prop_map(
        |(
            (commercial_type, requires_base_package, (upgrade_targets, downgrade_targets), (customer, problem)),
            ((addon_kind, orientation), business_purpose, redundant_with),
            (trial_days, trial_group, grace_days),
            (visibility, governance, attributes, aliases, none),
        )| Profile {
            visibility,
            commercial_type,
            requires_base_package,
            upgrade_targets,
            downgrade_targets,
            target_customer: customer,
            business_problem: problem,
            addon_kind,
            orientation,
            business_purpose,
            redundant_with,
            trial_days,
            trial_group,
            grace_days,
            governance,
            attributes,
            aliases,
            none,
        },
    )
}

type Stamps = (u64, Timestamp, Timestamp, Timestamp);

fn stamps() -> impl Strategy<Value = Stamps> {
    (0..u64::MAX >> 1, instant(), instant(), instant())
}

fn module() -> impl Strategy<Value = Module> {
    let keys = (module_key(), module_key(), btree_set(module_key(), 0..3), btree_set(module_key(), 0..3));
    let kind = select(vec![ModuleKind::Base, ModuleKind::Addon]);
    (id(), keys, text(), kind, maybe(text()), any::<bool>(), stamps()).prop_map(
        |(id, (key, namespace, namespace_aliases, aliases), name, kind, description, is_active, stamps)| {
            let (epoch, epoch_grown_at, created_at, updated_at) = stamps;
            Module {
                id,
                key,
                name,
                kind,
                description,
                is_active,
                namespace,
                namespace_aliases,
                aliases,
                epoch,
                epoch_grown_at,
                created_at,
                updated_at,
            }
        },
    )
}

fn feature() -> impl Strategy<Value = Feature> {
    let words = (text(), maybe(text()), maybe(text()), texts());
    let kinds = (select(FeatureKind::ALL.to_vec()), select(vec![Combine::Sum, Combine::Max]));
    (id(), feature_key(), words, kinds, stamps()).prop_map(
        |(id, key, (name, description, unit, attributes), (kind, combine), stamps)| {
            let (epoch, epoch_grown_at, created_at, updated_at) = stamps;
            Feature {
                id,
                key,
                name,
                description,
                kind,
                unit,
                combine,
                attributes,
                epoch,
                epoch_grown_at,
                created_at,
                updated_at,
            }
        },
    )
}

fn item() -> impl Strategy<Value = Item> {
    let kind = select(vec![ItemKind::Package, ItemKind::Addon]);
    let revision = (1..u32::MAX, select(vec![Reach::Existing, Reach::Future]), definition(), stamps()).prop_map(
        |(number, reach, definition, (epoch, epoch_grown_at, created_at, _))| Revision {
            number,
            reach,
            definition,
            epoch,
            epoch_grown_at,
            created_at,
        },
    );
    let words = (text(), maybe(text()), select(Lifecycle::ALL.to_vec()));
    (id(), kind, item_key(), words, item_profile(), maybe(revision), stamps()).prop_map(
        |(id, kind, key, (name, description, lifecycle), profile, revision, (_, _, created_at, updated_at))| Item {
            id,
            kind,
            key,
            name,
            description,
            lifecycle,
            profile,
            revisions: revision.into_iter().collect(),
            created_at,
            updated_at,
        },
    )
}

pub(super) fn catalog_entry() -> impl Strategy<Value = Entry> {
    let permission = (id(), permission_key(), module_key(), maybe(text()), stamps()).prop_map(
        |(id, key, module, description, (_, _, created_at, updated_at))| Permission {
            id,
            key,
            module,
            description,
            created_at,
            updated_at,
        },
    );
    let strictness = || select(vec![Strictness::Lenient, Strictness::Strict]);
    let policy = (strictness(), strictness())
        .prop_map(|(completeness, pricing_duplicates)| Policy { completeness, pricing_duplicates });
    prop_oneof![
        module().prop_map(Entry::Module),
        permission.prop_map(Entry::Permission),
        feature().prop_map(Entry::Feature),
        item().prop_map(|item| Entry::Item(Box::new(item))),
        policy.prop_map(Entry::Policy),
    ]
}

pub(super) fn replaced() -> impl Strategy<Value = Replaced> {
    (item_key(), maybe(instant()), maybe(instant())).prop_map(|(package, ends_at, grace_ends_at)| Replaced {
        package,
        ends_at,
        grace_ends_at,
    })
}

fn window() -> impl Strategy<Value = Window> {
    (maybe(instant()), maybe(instant()), maybe(instant())).prop_map(|(starts_at, ends_at, grace_ends_at)| Window {
        starts_at,
        ends_at,
        grace_ends_at,
    })
}

fn holding() -> impl Strategy<Value = Holding> {
    let kind = select(vec![ItemKind::Package, ItemKind::Addon]);
    let item = (kind, item_key()).prop_map(|(kind, key)| ItemRef { kind, key });
    let numbers = (1..=u32::MAX, 1..=u32::MAX, instant());
    let terms = (item, select(Status::ALL.to_vec()), window(), numbers).prop_map(
        |(item, status, window, (quantity, assigned_revision, created_at))| Terms {
            item,
            status,
            window,
            quantity,
            assigned_revision,
            created_at,
        },
    );
    let origin = (maybe(text()), maybe(text()), text(), text(), instant()).prop_map(
        |(source, external_reference, created_by, updated_by, updated_at)| Origin {
            source: source.and_then(|source| Text::line(source.as_str(), Text::SOURCE_CHARS).ok()),
            external_reference,
            created_by,
            updated_by,
            updated_at,
        },
    );
    let paused = maybe(select(Status::ALL.to_vec()));
    (terms, origin, maybe(instant()), paused, maybe(replaced()), any::<bool>()).prop_map(
        |(terms, origin, trialed_at, paused_from, replaces, lapsed)| Holding {
            terms,
            origin,
            trialed_at,
            paused_from,
            replaces,
            lapsed,
        },
    )
}

fn grant() -> impl Strategy<Value = Grant> {
    let granted = prop_oneof![
        module_key().prop_map(Granted::Module),
        (feature_key(), feature_values()).prop_map(|(key, value)| Granted::Feature(key, value)),
    ];
    let ends = (maybe(instant()), maybe(instant()));
    (id(), granted, ends, instant(), text(), maybe(text()), text()).prop_map(
        |(id, granted, (starts_at, ends_at), created_at, reason, source, created_by)| {
            let window = Window { starts_at, ends_at, grace_ends_at: None };
            Grant { terms: GrantTerms { id, granted, window, created_at }, reason, source, created_by }
        },
    )
}

pub(super) fn history_record() -> impl Strategy<Value = Record> {
    let kind = select(vec![CreditMove::Grant, CreditMove::Consume, CreditMove::TakeBack]);
    let amounts = (1..=MAX_AMOUNT, 0..=MAX_AMOUNT);
    let words = (maybe(text()), maybe(text()));
    let window = (maybe(instant()), maybe(instant()));
    let credit =
        (id(), feature_key(), kind, amounts, window, words).prop_map(
            |(id, feature, kind, (amount, balance), (starts_at, expires_at), (reason, external_reference))| {
                CreditEntry { id, feature, kind, amount, balance, starts_at, expires_at, reason, external_reference }
            },
        );
    let profile =
        (maybe(text()), texts()).prop_map(|(name, external_references)| CompanyProfile { name, external_references });
    prop_oneof![
        holding().prop_map(|holding| Record::Holding(Box::new(holding))),
        grant().prop_map(Record::Grant),
        credit.prop_map(Record::Credit),
        profile.prop_map(Record::Profile),
    ]
}
