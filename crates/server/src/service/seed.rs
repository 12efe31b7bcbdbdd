//! The bootstrap catalog (requirements 004 §9). Seeding makes what is missing and never changes what is there.

use domain::{
    Catalog, CatalogCommand, CatalogFacts, CreateItem, CreateModule, ItemEdit, ItemKey, ItemKind, ModuleEdit,
    ModuleKey, ModuleKind, Patch, Text, Uuid, decide_catalog,
};
use store::{CatalogCommit, Committed, Store, StoreError};

const MODULES: [(&str, &str, ModuleKind, &str); 6] = [
    ("basic", "Core App", ModuleKind::Base, "Core App / Basic product module"),
    ("finance", "Finance", ModuleKind::Addon, "Finance module"),
    ("market", "Market", ModuleKind::Addon, "Market module"),
    ("touring", "Touring", ModuleKind::Addon, "Touring module"),
    ("venue", "Venue", ModuleKind::Addon, "Venue module"),
    ("ai", "AI", ModuleKind::Addon, "AI module"),
];

const ITEMS: [(ItemKind, &str, &str, &str); 6] = [
    (ItemKind::Package, "basic", "Basic", "Basic subscription that enables Core App"),
    (ItemKind::Addon, "finance", "Finance", "Finance add-on"),
    (ItemKind::Addon, "market", "Market", "Market add-on"),
    (ItemKind::Addon, "touring", "Touring", "Touring add-on"),
    (ItemKind::Addon, "venue", "Venue", "Venue add-on"),
    (ItemKind::Addon, "ai", "AI", "AI add-on"),
];

/// How often one entry is tried again because somebody else changed the catalog meanwhile.
const MAX_ATTEMPTS: u32 = 64;

/// Makes every missing entry of the bootstrap catalog; says how many it made.
///
/// # Errors
/// [`StoreError`] when the store fails; what was made until then stays, and a second run makes the rest.
pub async fn seed_bootstrap_catalog(store: &dyn Store) -> Result<usize, StoreError> {
    let defect = |what: &str| StoreError::Defect(format!("bootstrap catalog: {what}"));
    let actor = Text::line("platform-core migrate", Text::ACTOR_CHARS).map_err(|error| defect(&error.to_string()))?;
    let mut made = 0;
    for entry in 0..MODULES.len() + ITEMS.len() {
        let mut attempts = 0;
        loop {
            let (catalog, now) = store.catalog().await?;
            if exists(entry, &catalog) {
                break;
            }
            let command = command(entry).ok_or_else(|| defect("impossible key"))?;
            // A key that collides with an operator's entry is left to the operator.
            let facts = CatalogFacts::default();
            let Ok(Some(change)) = decide_catalog(&[command], &catalog, &facts, now, &actor) else { break };
            let commit =
                CatalogCommit { change: Some(change), request_id: "seed".to_owned(), ..CatalogCommit::default() };
            attempts += 1;
            match store.commit_catalog(commit).await? {
                Committed::Done => {
                    made += 1;
                    break;
                }
                Committed::Raced if attempts >= MAX_ATTEMPTS => return Err(defect("the catalog keeps changing")),
                Committed::Raced => {}
            }
        }
    }
    Ok(made)
}

/// Whether nothing of the bootstrap catalog is missing.
///
/// # Errors
/// [`StoreError`] when the store fails.
pub async fn has_bootstrap_catalog(store: &dyn Store) -> Result<bool, StoreError> {
    let (catalog, _) = store.catalog().await?;
    Ok((0..MODULES.len() + ITEMS.len()).all(|entry| exists(entry, &catalog)))
}

/// Whether the catalog has an entry of that key.
fn exists(entry: usize, catalog: &Catalog) -> bool {
    match MODULES.get(entry) {
        Some((key, ..)) => catalog.modules().any(|module| module.key.as_str() == *key),
        None => item(entry).is_some_and(|(kind, key, ..)| catalog.item_by_text(*kind, key).is_some()),
    }
}

fn item(entry: usize) -> Option<&'static (ItemKind, &'static str, &'static str, &'static str)> {
    ITEMS.get(entry.checked_sub(MODULES.len())?)
}

/// The command that makes an entry; `None` when a constant above is wrong.
fn command(entry: usize) -> Option<CatalogCommand> {
    let text = |text: &str| Text::paragraph(text, Text::DESCRIPTION_CHARS).ok();
    let id = Uuid::now_v7();
    if let Some((key, name, kind, description)) = MODULES.get(entry) {
        let (key, name, description) = (ModuleKey::parse(key).ok()?, text(name)?, text(description));
        let (name, description) = (Some(name), Patch::Set(description?));
        let edit = ModuleEdit { name, description, ..ModuleEdit::default() };
        return Some(CatalogCommand::CreateModule(CreateModule { id, key, kind: *kind, edit }));
    }
    let (kind, key, name, description) = item(entry)?;
    let modules = vec![ModuleKey::parse(key).ok()?];
    let (key, name, description) = (ItemKey::parse(key).ok()?, text(name)?, text(description));
    let edit = ItemEdit {
        name: Some(name),
        description: Patch::Set(description?),
        modules: Some(modules),
        ..ItemEdit::default()
    };
    Some(CatalogCommand::CreateItem(Box::new(CreateItem { id, kind: *kind, key, edit })))
}
