//! Catalogs, written down in a few words, and what is said of them.

use std::collections::{BTreeMap, BTreeSet};

use domain::{
    Availability, Breach, Catalog, Combine, Definition, Entry, Feature, FeatureKey, FeatureKind, FeatureValue, Item,
    ItemKey, ItemKind, Lifecycle, Module, ModuleKey, ModuleKind, Permission, PermissionKey, Profile, Reach,
    Requirement, Revision, Term, Text, Timestamp, Uuid, validate,
};

/// A catalog in the making. Entries are made one microsecond after the other.
#[derive(Clone, Debug)]
pub(crate) struct Shelf {
    pub(crate) catalog: Catalog,
    entries: u32,
}

pub(crate) fn text(text: &str) -> Text {
    Text::line(text, Text::NAME_CHARS).unwrap()
}

pub(crate) fn item(key: &str) -> ItemKey {
    ItemKey::parse(key).unwrap()
}

pub(crate) fn module(key: &str) -> ModuleKey {
    ModuleKey::parse(key).unwrap()
}

pub(crate) fn feature(key: &str) -> FeatureKey {
    FeatureKey::parse(key).unwrap()
}

pub(crate) fn items(keys: &[&str]) -> BTreeSet<ItemKey> {
    keys.iter().map(|key| item(key)).collect()
}

pub(crate) fn modules(keys: &[&str]) -> BTreeSet<ModuleKey> {
    keys.iter().map(|key| module(key)).collect()
}

pub(crate) fn permissions(keys: &[&str]) -> BTreeSet<PermissionKey> {
    keys.iter().map(|key| PermissionKey::parse(key).unwrap()).collect()
}

pub(crate) fn toggles(keys: &[&str]) -> BTreeMap<FeatureKey, FeatureValue> {
    keys.iter().map(|key| (feature(key), FeatureValue::On)).collect()
}

pub(crate) fn terms(terms: &[&str]) -> BTreeSet<Term> {
    terms.iter().map(|term| Term::parse(term).unwrap()).collect()
}

pub(crate) fn term(text: &str) -> Requirement {
    Requirement::Term(Term::parse(text).unwrap())
}

pub(crate) fn all(terms: &[&str]) -> Requirement {
    Requirement::All(terms.iter().map(|one| term(one)).collect())
}

pub(crate) fn any(terms: &[&str]) -> Requirement {
    Requirement::Any(terms.iter().map(|one| term(one)).collect())
}

pub(crate) fn addons(said: &[(&str, Availability)]) -> BTreeMap<ItemKey, Availability> {
    said.iter().map(|(key, availability)| (item(key), *availability)).collect()
}

/// The first definition of an item.
pub(crate) fn first(item: &mut Item) -> &mut Definition {
    &mut item.revisions[0].definition
}

/// An item with one empty definition.
pub(crate) fn blank(kind: ItemKind, key: &str, made_at: Timestamp) -> Item {
    let first = Revision {
        number: 1,
        reach: Reach::Existing,
        definition: Definition::default(),
        epoch: 0,
        epoch_grown_at: made_at,
        created_at: made_at,
    };
    Item {
        id: Uuid::from_u128(u128::from(made_at.micros().unsigned_abs())),
        kind,
        key: item(key),
        name: text(key),
        description: None,
        lifecycle: Lifecycle::Active,
        profile: Profile::default(),
        revisions: vec![first],
        created_at: made_at,
        updated_at: made_at,
    }
}

impl Shelf {
    pub(crate) fn new() -> Self {
        Self { catalog: Catalog::empty(), entries: 0 }
    }

    fn next(&mut self) -> Timestamp {
        self.entries += 1;
        Timestamp::clamped(i64::from(self.entries))
    }

    pub(crate) fn module(&mut self, kind: ModuleKind, key: &str, say: impl FnOnce(&mut Module)) {
        let at = self.next();
        let mut made = Module {
            id: Uuid::from_u128(u128::from(self.entries)),
            key: module(key),
            name: text(key),
            kind,
            description: None,
            is_active: true,
            namespace: module(key),
            namespace_aliases: BTreeSet::new(),
            aliases: BTreeSet::new(),
            epoch: 0,
            epoch_grown_at: at,
            created_at: at,
            updated_at: at,
        };
        say(&mut made);
        self.catalog.put(Entry::Module(made));
    }

    pub(crate) fn bases(&mut self, keys: &[&str]) {
        for key in keys {
            self.module(ModuleKind::Base, key, |_| ());
        }
    }

    pub(crate) fn extras(&mut self, keys: &[&str]) {
        for key in keys {
            self.module(ModuleKind::Addon, key, |_| ());
        }
    }

    pub(crate) fn permissions(&mut self, owner: &str, keys: &[&str]) {
        for key in keys {
            let at = self.next();
            self.catalog.put(Entry::Permission(Permission {
                id: Uuid::from_u128(u128::from(self.entries)),
                key: PermissionKey::parse(key).unwrap(),
                module: module(owner),
                description: None,
                created_at: at,
                updated_at: at,
            }));
        }
    }

    pub(crate) fn features(&mut self, kind: FeatureKind, keys: &[&str]) {
        for key in keys {
            let at = self.next();
            self.catalog.put(Entry::Feature(Feature {
                id: Uuid::from_u128(u128::from(self.entries)),
                key: feature(key),
                name: text(key),
                description: None,
                kind,
                unit: None,
                combine: Combine::Sum,
                attributes: BTreeMap::new(),
                epoch: 0,
                epoch_grown_at: at,
                created_at: at,
                updated_at: at,
            }));
        }
    }

    pub(crate) fn package(&mut self, key: &str, say: impl FnOnce(&mut Item)) {
        self.item(ItemKind::Package, key, say);
    }

    pub(crate) fn addon(&mut self, key: &str, say: impl FnOnce(&mut Item)) {
        self.item(ItemKind::Addon, key, say);
    }

    fn item(&mut self, kind: ItemKind, key: &str, say: impl FnOnce(&mut Item)) {
        let mut made = blank(kind, key, self.next());
        say(&mut made);
        self.catalog.put(Entry::Item(Box::new(made)));
    }

    /// Changes what is there.
    pub(crate) fn change(&mut self, kind: ItemKind, key: &str, say: impl FnOnce(&mut Item)) {
        let mut changed = self.catalog.item_by_text(kind, key).unwrap().clone();
        say(&mut changed);
        self.catalog.put(Entry::Item(Box::new(changed)));
    }

    /// The breaches, as lines.
    pub(crate) fn breaches(&self) -> Vec<String> {
        lines(&validate(&self.catalog).breaches)
    }

    /// What active items do not say, as `subject field`.
    pub(crate) fn incomplete(&self) -> Vec<String> {
        fields(&validate(&self.catalog).incomplete)
    }

    /// The pricing duplicates, as lines.
    pub(crate) fn duplicates(&self) -> Vec<String> {
        lines(&validate(&self.catalog).duplicates)
    }
}

pub(crate) fn fields(breaches: &[Breach]) -> Vec<String> {
    breaches.iter().map(|breach| format!("{}: {}", breach.subject.as_deref().unwrap_or("?"), breach.rule)).collect()
}

/// Breaches as `subject: field: message [source]`.
pub(crate) fn lines(breaches: &[Breach]) -> Vec<String> {
    let line = |breach: &Breach| {
        let (subject, source) = (breach.subject.as_deref().unwrap_or("?"), breach.source.unwrap_or("?"));
        format!("{subject}: {}: {} [{source}]", breach.rule, breach.message)
    };
    breaches.iter().map(line).collect()
}

/// A shelf with the base modules `basic` and `core`, the modules `finance` and `ai`, a toggle, a limit and a credit, and the package
/// `basic` with its module.
pub(crate) fn stocked() -> Shelf {
    let mut shelf = Shelf::new();
    shelf.bases(&["basic", "core"]);
    shelf.extras(&["finance", "ai"]);
    shelf.features(FeatureKind::Toggle, &["retention"]);
    shelf.features(FeatureKind::Limit, &["storage"]);
    shelf.features(FeatureKind::Credit, &["batches"]);
    shelf.package("basic", |basic| first(basic).modules = modules(&["basic"]));
    shelf
}
