//! Names that stand for one thing only: keys, aliases, and the namespaces of permissions.

use std::collections::BTreeMap;

use super::Catalog;
use crate::{Breach, ItemKind, Timestamp};

const SOURCE: &str = "requirements 004 §21.2";

/// One name of one entry.
struct Name<'a> {
    text: &'a str,
    field: Field,
    /// The key of the entry that has it.
    owner: &'a str,
    made_at: Timestamp,
}

/// Where an entry has a name.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Field {
    Key,
    Alias,
    Namespace,
    NamespaceAlias,
}

impl Field {
    /// The word of the API.
    fn as_str(self) -> &'static str {
        match self {
            Self::Key => "key",
            Self::Alias => "aliases",
            Self::Namespace => "namespace",
            Self::NamespaceAlias => "namespaceAliases",
        }
    }

    fn spoken(self) -> &'static str {
        match self {
            Self::Key => "key",
            Self::Alias => "alias",
            Self::Namespace => "namespace",
            Self::NamespaceAlias => "namespace alias",
        }
    }
}

/// Tells of names that more than one entry of a kind has, or that differ only by `-` and `_`.
pub(super) fn check(catalog: &Catalog, breaches: &mut Vec<Breach>) {
    let modules = catalog.modules().flat_map(|module| {
        let aliases = module.aliases.iter().map(|alias| (alias.as_str(), Field::Alias));
        let names = std::iter::once((module.key.as_str(), Field::Key)).chain(aliases);
        names.map(|(text, field)| Name { text, field, owner: module.key.as_str(), made_at: module.created_at })
    });
    collisions("module", SOURCE, modules.collect(), breaches);
    let namespaces = catalog.modules().flat_map(|module| {
        let aliases = module.namespace_aliases.iter().map(|alias| (alias.as_str(), Field::NamespaceAlias));
        let names = std::iter::once((module.namespace.as_str(), Field::Namespace)).chain(aliases);
        names.map(|(text, field)| Name { text, field, owner: module.key.as_str(), made_at: module.created_at })
    });
    collisions("module", "requirements 000 §7.1", namespaces.collect(), breaches);
    let features = catalog.features().map(|feature| Name {
        text: feature.key.as_str(),
        field: Field::Key,
        owner: feature.key.as_str(),
        made_at: feature.created_at,
    });
    collisions("feature", SOURCE, features.collect(), breaches);
    let permissions = catalog.permissions().map(|permission| Name {
        text: permission.key.as_str(),
        field: Field::Key,
        owner: permission.key.as_str(),
        made_at: permission.created_at,
    });
    collisions("permission", SOURCE, permissions.collect(), breaches);
    for kind in [ItemKind::Package, ItemKind::Addon] {
        let names = catalog.items(kind).flat_map(|item| {
            let aliases = item.profile.aliases.iter().map(|alias| (alias.as_str(), Field::Alias));
            let names = std::iter::once((item.key.as_str(), Field::Key)).chain(aliases);
            names.map(|(text, field)| Name { text, field, owner: item.key.as_str(), made_at: item.created_at })
        });
        collisions(kind.as_str(), SOURCE, names.collect(), breaches);
    }
}

/// Of names that collide, the one that came first stands, and each other one is a breach of its entry.
fn collisions(kind: &str, source: &'static str, mut names: Vec<Name<'_>>, breaches: &mut Vec<Breach>) {
    names.sort_by_key(|name| (name.field, name.made_at, name.owner));
    let mut known: BTreeMap<String, &Name<'_>> = BTreeMap::new();
    for name in &names {
        let first = *known.entry(name.text.replace('_', "-")).or_insert(name);
        if first.owner == name.owner {
            continue;
        }
        let (spoken, text) = (name.field.spoken(), name.text);
        let message = if first.text != text && (first.field, name.field) == (Field::Key, Field::Key) {
            format!("{kind} key `{text}` differs from `{}` only by `-` and `_`; choose another key", first.text)
        } else {
            let difference = if first.text == text { "is" } else { "differs only by `-` and `_` from" };
            let (owner, other) = (first.owner, first.field.spoken());
            format!(
                "{spoken} `{text}` of {kind} `{}` {difference} the {other} `{}` of {kind} `{owner}`; choose another {spoken}",
                name.owner, first.text
            )
        };
        breaches.push(Breach::of_entry(format!("{kind} {}", name.owner), name.field.as_str(), source, message));
    }
}
