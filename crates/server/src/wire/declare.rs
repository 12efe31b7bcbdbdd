//! From a catalog document to the commands that make the catalog so.

use api::{
    Detail,
    document::{CatalogDocument, FeatureEntry, ModuleEntry, PermissionEntry},
    request::ItemBody,
};
use domain::{
    Catalog, CatalogCommand, Combine, CreateItem, CreateModule, FeatureEdit, FeatureKey, FeatureKind, ItemEdit,
    ItemKey, ItemKind, ItemRef, Lifecycle, ModuleEdit, ModuleKey, ModuleKind, PermissionEdit, PermissionKey, Policy,
    Strictness, Text, Uuid,
};

use super::{
    item_in::{ItemFields, Mode, attributes_of, said},
    reader::{Reader, to_word},
    text::given_line,
};

/// The commands that make the catalog say what a document does. What the document does not name is not touched.
///
/// # Errors
/// Everything that is wrong with the document in itself, by its place in it.
pub fn declared(document: &CatalogDocument, catalog: &Catalog) -> Result<Vec<CatalogCommand>, Vec<Detail>> {
    let mut reader = Reader::default();
    let mut commands = Vec::new();
    if let Some(policy) = &document.policy {
        let strictness = |word: Option<api::StrictnessWord>| {
            word.and_then(|word| Strictness::parse(&to_word(&word))).unwrap_or_default()
        };
        let (completeness, pricing_duplicates) =
            (strictness(policy.completeness), strictness(policy.pricing_duplicates));
        commands.push(CatalogCommand::SetPolicy(Policy { completeness, pricing_duplicates }));
    }
    for (key, entry) in &document.modules {
        reader.at(format!("modules.{key}."));
        commands.extend(module(key, entry, catalog, &mut reader));
    }
    for (key, entry) in &document.permissions {
        reader.at(format!("permissions.{key}."));
        commands.extend(permission(key, entry, catalog, &mut reader));
    }
    for (key, entry) in &document.features {
        reader.at(format!("features.{key}."));
        commands.extend(feature(key, entry, catalog, &mut reader));
    }
    for (kind, place, items) in
        [(ItemKind::Addon, "addons", &document.addons), (ItemKind::Package, "packages", &document.packages)]
    {
        for (key, body) in items {
            reader.at(format!("{place}.{key}."));
            commands.extend(item(kind, key, body, catalog, &mut reader));
        }
    }
    let details = reader.into_details();
    if details.is_empty() { Ok(commands) } else { Err(details) }
}

fn module(text: &str, entry: &ModuleEntry, catalog: &Catalog, reader: &mut Reader) -> Option<CatalogCommand> {
    let key = reader.parsed("key", text, ModuleKey::parse)?;
    let namespace = reader.patch("namespace", &said(entry.namespace.as_ref()), ModuleKey::parse);
    let edit = ModuleEdit {
        name: reader.parsed("name", &entry.name, |text| given_line(text, Text::NAME_CHARS)),
        description: reader.paragraph("description", &said(entry.description.as_ref())),
        is_active: Some(entry.is_active),
        namespace,
        namespace_aliases: Some(reader.set("namespaceAliases", &entry.namespace_aliases, ModuleKey::parse)),
        aliases: Some(reader.set("aliases", &entry.aliases, ModuleKey::parse)),
    };
    let kind = ModuleKind::parse(&to_word(&entry.module_type))?;
    match catalog.module(&key) {
        Some(known) if known.kind != kind => {
            reader.breach("type", format!("is `{}` and cannot be changed", known.kind.as_str()));
            None
        }
        Some(known) => Some(CatalogCommand::UpdateModule { id: known.id, edit }),
        None => Some(CatalogCommand::CreateModule(CreateModule { id: Uuid::now_v7(), key, kind, edit })),
    }
}

fn permission(text: &str, entry: &PermissionEntry, catalog: &Catalog, reader: &mut Reader) -> Option<CatalogCommand> {
    let key = reader.parsed("key", text, PermissionKey::parse)?;
    let module = entry.module_key.as_ref();
    let edit = PermissionEdit {
        module: module.and_then(|module| reader.parsed("moduleKey", module, ModuleKey::parse)),
        description: reader.paragraph("description", &said(entry.description.as_ref())),
    };
    Some(match catalog.permission(&key) {
        Some(known) => CatalogCommand::UpdatePermission { id: known.id, edit },
        None => CatalogCommand::CreatePermission { id: Uuid::now_v7(), key, edit },
    })
}

fn feature(text: &str, entry: &FeatureEntry, catalog: &Catalog, reader: &mut Reader) -> Option<CatalogCommand> {
    let key = reader.parsed("key", text, FeatureKey::parse)?;
    let edit = FeatureEdit {
        name: reader.parsed("name", &entry.name, |text| given_line(text, Text::NAME_CHARS)),
        description: reader.paragraph("description", &said(entry.description.as_ref())),
        unit: reader.line("unit", &said(entry.unit.as_ref()), Text::SOURCE_CHARS),
        combine: Some(entry.combine.and_then(|word| Combine::parse(&to_word(&word))).unwrap_or_default()),
        attributes: Some(attributes_of(&entry.attributes, reader)),
    };
    let kind = FeatureKind::parse(&to_word(&entry.kind))?;
    match catalog.feature(&key) {
        Some(known) if known.kind != kind => {
            reader.breach("kind", format!("is `{}` and cannot be changed", known.kind.as_str()));
            None
        }
        Some(known) => Some(CatalogCommand::UpdateFeature { id: known.id, edit }),
        None => Some(CatalogCommand::CreateFeature { id: Uuid::now_v7(), key, kind, edit }),
    }
}

fn item(kind: ItemKind, text: &str, body: &ItemBody, catalog: &Catalog, reader: &mut Reader) -> Vec<CatalogCommand> {
    let Some(key) = reader.parsed("key", text, ItemKey::parse) else { return Vec::new() };
    if body.key.as_ref().is_some_and(|named| named != text) {
        reader.breach("key", "differs from the name of the table that it stands in; leave it out");
    }
    if body.name.is_none() {
        reader.breach("name", "is required");
    }
    let mut edit = ItemFields { body, mode: Mode::Declare }.edit(reader);
    if let Some(known) = catalog.item(&ItemRef { kind, key: key.clone() }) {
        return vec![CatalogCommand::UpdateItem { kind, id: known.id, edit: Box::new(edit) }];
    }
    let id = Uuid::now_v7();
    let mut over = None;
    if edit.lifecycle == Some(Lifecycle::Archived) {
        // Nothing begins archived: it is a draft first. Who may retire it is said last, for nobody retires it here.
        edit.lifecycle = Some(Lifecycle::Draft);
        let archive = ItemEdit {
            lifecycle: Some(Lifecycle::Archived),
            governance: edit.governance.take(),
            ..ItemEdit::default()
        };
        over = Some(CatalogCommand::UpdateItem { kind, id, edit: Box::new(archive) });
    }
    let create = CatalogCommand::CreateItem(Box::new(CreateItem { id, kind, key, edit }));
    std::iter::once(create).chain(over).collect()
}
