//! The small world that the cases play in: a catalog, companies, and commands carried out the way the program does.

use std::time::{Duration, Instant};

use domain::{
    Catalog, CatalogChange, CatalogCommand, CatalogFacts, ChangeSet, Command, CompanyId, CompanyState, CreateItem,
    CreateModule, CreditScope, FeatureEdit, FeatureKey, FeatureKind, FeatureValue, ItemEdit, ItemKey, ItemKind,
    ItemRef, ModuleEdit, ModuleKey, ModuleKind, Patch, Reach, Refusal, SetHolding, Status, Text, Timestamp, Uuid,
    decide, decide_catalog,
};

use crate::{
    CatalogCommit, Committed, CompanyCommit, FeedEntry, FeedPosition, Store, StoreError, StoredReply, SystemChange,
    chain::Hash,
};

/// How long a case waits for something that must come. Far above what any store needs, so that it fails only when something is lost.
pub const DEADLINE: Duration = Duration::from_mins(1);

/// Asks again while the store is unavailable, as on a machine that is busy with other things: then nothing was changed. What a store
/// answers is what is looked at, not how soon.
pub async fn steadily<T>(ask: impl AsyncFn() -> Result<T, StoreError>) -> Result<T, StoreError> {
    let give_up = Instant::now() + DEADLINE;
    loop {
        match ask().await {
            Err(StoreError::Unavailable(_)) if Instant::now() < give_up => tokio::task::yield_now().await,
            answer => return answer,
        }
    }
}

/// Company number `n`.
pub fn company(n: u128) -> CompanyId {
    CompanyId::new(Uuid::from_u128(0xc0de_0000_0000_4000_8000_0000_0000_0000 + n + 1)).expect("is not nil")
}

/// A one-line text.
pub fn line(text: &str) -> Text {
    Text::line(text, Text::REFERENCE_CHARS).expect("is a line")
}

/// On whose behalf the cases write.
pub fn actor() -> Text {
    line("conformance")
}

/// The module of that key.
pub fn module(key: &str) -> ModuleKey {
    ModuleKey::parse(key).expect("is a key")
}

/// The add-on of that key.
pub fn addon(key: &str) -> ItemRef {
    ItemRef { kind: ItemKind::Addon, key: ItemKey::parse(key).expect("is a key") }
}

/// The package of that key.
pub fn package(key: &str) -> ItemRef {
    ItemRef { kind: ItemKind::Package, key: ItemKey::parse(key).expect("is a key") }
}

/// A command that gives a row a status and keeps the rest.
pub fn set(item: &ItemRef, status: Status) -> SetHolding {
    SetHolding {
        fresh: Uuid::new_v4(),
        item: item.clone(),
        status,
        starts_at: Patch::Keep,
        ends_at: Patch::Keep,
        grace_ends_at: Patch::Keep,
        quantity: None,
        source: Patch::Keep,
        external_reference: Patch::Keep,
    }
}

/// A command that makes a row active.
pub fn activate(item: &ItemRef) -> Command {
    Command::SetHolding(set(item, Status::Active))
}

/// A command that makes a row active with a quantity.
pub fn activate_many(item: &ItemRef, quantity: u32) -> Command {
    Command::SetHolding(SetHolding { quantity: Some(quantity), ..set(item, Status::Active) })
}

/// The feature of that key.
pub fn feature(key: &str) -> FeatureKey {
    FeatureKey::parse(key).expect("is a key")
}

/// A command that makes a module.
pub fn create_module(key: &str, kind: ModuleKind) -> CatalogCommand {
    let edit = ModuleEdit { name: Some(line(key)), ..ModuleEdit::default() };
    CatalogCommand::CreateModule(CreateModule { id: Uuid::new_v4(), key: module(key), kind, edit })
}

/// A command that makes a feature.
pub fn create_feature(key: &str, kind: FeatureKind) -> CatalogCommand {
    let edit = FeatureEdit { name: Some(line(key)), ..FeatureEdit::default() };
    CatalogCommand::CreateFeature { id: Uuid::new_v4(), key: feature(key), kind, edit }
}

/// A command that makes a package or an add-on.
pub fn create_item(item: &ItemRef, modules: &[&str]) -> CatalogCommand {
    let modules = Some(modules.iter().map(|key| module(key)).collect());
    create_item_with(item, ItemEdit { modules, ..ItemEdit::default() })
}

/// A command that makes a package or an add-on of which more is said.
pub fn create_item_with(item: &ItemRef, edit: ItemEdit) -> CatalogCommand {
    let edit = ItemEdit { name: edit.name.or_else(|| Some(line(item.key.as_str()))), ..edit };
    CatalogCommand::CreateItem(Box::new(CreateItem {
        id: Uuid::new_v4(),
        kind: item.kind,
        key: item.key.clone(),
        edit,
    }))
}

/// A command that changes a package or an add-on.
pub fn edit_item(catalog: &Catalog, item: &ItemRef, edit: ItemEdit) -> CatalogCommand {
    let item = catalog.item(item).expect("is in the catalog");
    CatalogCommand::UpdateItem { kind: item.kind, id: item.id, edit: Box::new(edit) }
}

/// A command that gives a package or an add-on another module set.
pub fn remap(catalog: &Catalog, item: &ItemRef, modules: &[&str], reach: Reach) -> CatalogCommand {
    let modules = Some(modules.iter().map(|key| module(key)).collect());
    edit_item(catalog, item, ItemEdit { modules, reach: Some(reach), ..ItemEdit::default() })
}

/// A command that switches a module on or off.
pub fn switch_module(catalog: &Catalog, key: &str, is_active: bool) -> CatalogCommand {
    let module = catalog.module(&module(key)).expect("is in the catalog");
    CatalogCommand::UpdateModule {
        id: module.id,
        edit: ModuleEdit { is_active: Some(is_active), ..ModuleEdit::default() },
    }
}

/// Adds to a seeded catalog a limit `seats`, a toggle `beta`, credits `sms`, and an add-on `sms-pack` that comes with 100 of them.
pub async fn seed_features(store: &dyn Store) -> Catalog {
    change_catalog(store, &create_feature("seats", FeatureKind::Limit)).await;
    change_catalog(store, &create_feature("beta", FeatureKind::Toggle)).await;
    change_catalog(store, &create_feature("sms", FeatureKind::Credit)).await;
    let features = Some([(feature("sms"), FeatureValue::Amount(100))].into());
    let pack = create_item_with(&addon("sms-pack"), ItemEdit { features, ..ItemEdit::default() });
    change_catalog(store, &pack).await;
    catalog(store).await
}

/// Modules `basic` (base), `finance`, `market`, `venue`; packages `basic` and `premium-market`; add-ons `finance`, `market`, `venue`.
pub async fn seed(store: &dyn Store) -> Catalog {
    change_catalog(store, &create_module("basic", ModuleKind::Base)).await;
    for key in ["finance", "market", "venue"] {
        change_catalog(store, &create_module(key, ModuleKind::Addon)).await;
    }
    change_catalog(store, &create_item(&package("basic"), &["basic"])).await;
    change_catalog(store, &create_item(&package("premium-market"), &["market"])).await;
    for key in ["finance", "market", "venue"] {
        change_catalog(store, &create_item(&addon(key), &[key])).await;
    }
    catalog(store).await
}

/// The catalog as it stands.
pub async fn catalog(store: &dyn Store) -> Catalog {
    store.catalog().await.expect("the store answers").0
}

/// The store's clock.
pub async fn now(store: &dyn Store) -> Timestamp {
    store.ready().await.expect("the store answers")
}

/// Stores a change of keys, webhook endpoints or deliveries.
pub(super) async fn change(store: &dyn Store, change: SystemChange) -> Committed {
    store.commit_system(change.into()).await.expect("the store answers")
}

/// A company's whole state, with all its credits.
pub async fn state_of(store: &dyn Store, company: CompanyId) -> CompanyState {
    store.load(company, CreditScope::All).await.expect("the store answers").state
}

/// Everything that the feed shows after a position.
pub async fn feed_after(store: &dyn Store, after: FeedPosition) -> Vec<FeedEntry> {
    let mut entries: Vec<FeedEntry> = Vec::new();
    loop {
        let from = entries.last().map_or(after, |entry| entry.position);
        let page = store.changes(from, 500).await.expect("the store answers");
        if page.is_empty() {
            return entries;
        }
        entries.extend(page);
    }
}

/// The place of the last entry that the feed shows.
pub async fn feed_end(store: &dyn Store) -> FeedPosition {
    feed_after(store, FeedPosition::default()).await.last().map_or_else(FeedPosition::default, |entry| entry.position)
}

/// Writes a mark to a company that no case looks at, and gives its request. A store may show an entry only once nothing can come before
/// it: when the mark shows, so does everything that was committed before it.
async fn mark(store: &dyn Store) -> (CompanyId, String) {
    let marked = company(u128::from(u64::MAX));
    let request = Uuid::new_v4().to_string();
    let known = state_of(store, marked).await.is_known();
    let catalog = catalog(store).await;
    let any = [ItemKind::Addon, ItemKind::Package].into_iter().flat_map(|kind| catalog.items(kind)).next();
    let first = set(&any.expect("the catalog sells something").reference(), Status::Inactive);
    let command = if known { Command::Repair } else { Command::SetHolding(first) };
    execute(store, marked, &command, &request).await;
    (marked, request)
}

/// The place of the last entry of the feed that is no mark.
pub async fn settled_end(store: &dyn Store) -> FeedPosition {
    settled_feed(store, FeedPosition::default()).await.last().map_or_else(FeedPosition::default, |entry| entry.position)
}

/// Everything that was committed after a position, once it shows, without marks.
pub async fn settled_feed(store: &dyn Store, after: FeedPosition) -> Vec<FeedEntry> {
    let (marked, request) = mark(store).await;
    let (mut entries, give_up): (Vec<FeedEntry>, _) = (Vec::new(), Instant::now() + DEADLINE);
    while entries.last().is_none_or(|entry| entry.request_id.as_ref() != Some(&request)) {
        let from = entries.last().map_or(after, |entry| entry.position);
        entries.extend(store.changes(from, 500).await.expect("the store answers"));
        assert!(Instant::now() < give_up, "what was committed never shows in the feed");
        tokio::task::yield_now().await;
    }
    entries.retain(|entry| entry.company_id != Some(marked));
    entries
}

/// What a catalog command would change in a catalog without holders.
pub fn decided(command: &CatalogCommand, catalog: &Catalog, now: Timestamp) -> Option<CatalogChange> {
    let facts = CatalogFacts::default();
    decide_catalog(std::slice::from_ref(command), catalog, &facts, now, &actor()).expect("the command is accepted")
}

/// Carries out a catalog command that must be accepted: load, decide, commit, again when raced.
pub async fn change_catalog(store: &dyn Store, command: &CatalogCommand) -> CatalogChange {
    change_catalog_by(store, std::slice::from_ref(command)).await
}

/// Carries out catalog commands, all or nothing.
pub async fn change_catalog_by(store: &dyn Store, commands: &[CatalogCommand]) -> CatalogChange {
    let give_up = Instant::now() + DEADLINE;
    loop {
        let (catalog, now) = store.catalog().await.expect("the store answers");
        let items: Vec<ItemRef> = catalog.all_items().map(domain::Item::reference).collect();
        let facts = CatalogFacts { holders: store.holders(&items).await.expect("the store answers") };
        let decided = decide_catalog(commands, &catalog, &facts, now, &actor()).expect("the commands are accepted");
        let change = decided.expect("the commands change something");
        let commit = CatalogCommit {
            change: Some(change.clone()),
            request_id: "request".to_owned(),
            ..CatalogCommit::default()
        };
        match store.commit_catalog(commit).await.expect("the store answers") {
            Committed::Done => return change,
            Committed::Raced => assert!(Instant::now() < give_up, "the catalog command is raced for ever"),
        }
    }
}

/// What a company command would change now, with the catalog that it was decided on.
pub async fn prepare(
    store: &dyn Store,
    company: CompanyId,
    command: &Command,
) -> Result<(Option<ChangeSet>, Catalog), Refusal> {
    let give_up = Instant::now() + DEADLINE;
    loop {
        let catalog = catalog(store).await;
        let loaded = store.load(company, command.credit_scope(&catalog)).await.expect("the store answers");
        if loaded.generation == catalog.generation {
            return Ok((decide(command, &loaded.state, &catalog, loaded.now, &actor())?, catalog));
        }
        assert!(Instant::now() < give_up, "the catalog moves for ever");
    }
}

/// Commits a change set as it stands.
pub async fn commit(store: &dyn Store, changes: &ChangeSet, request_id: &str) -> Committed {
    commit_in_time(store, changes, request_id, None).await
}

/// Commits a change set that comes too late at an instant.
pub async fn commit_in_time(
    store: &dyn Store,
    changes: &ChangeSet,
    request_id: &str,
    too_late_at: Option<Timestamp>,
) -> Committed {
    let head = head_of(store, changes.company_id).await;
    let (changes, request_id) = (Some(changes.clone()), request_id.to_owned());
    let commit = CompanyCommit { changes, head, request_id, reply: None, too_late_at };
    store.commit(commit).await.expect("the store answers")
}

/// Commits a change set with a reply to keep.
pub async fn commit_with_reply(store: &dyn Store, changes: Option<&ChangeSet>, reply: &StoredReply) -> Committed {
    let head = match changes {
        Some(changes) => head_of(store, changes.company_id).await,
        None => None,
    };
    let (changes, request_id) = (changes.cloned(), "request".to_owned());
    let commit = CompanyCommit { changes, head, request_id, reply: Some(reply.clone()), too_late_at: None };
    store.commit(commit).await.expect("the store answers")
}

/// The link of the newest row of a company's history. Where it has moved since a change was decided, so has the write sequence.
pub async fn head_of(store: &dyn Store, company: CompanyId) -> Option<Hash> {
    store.load(company, CreditScope::None).await.expect("the store answers").head
}

/// Carries out a company command that must be accepted and change something: load, decide, commit, again when raced.
pub async fn execute(store: &dyn Store, company: CompanyId, command: &Command, request_id: &str) -> ChangeSet {
    let give_up = Instant::now() + DEADLINE;
    loop {
        let (changes, _) = prepare(store, company, command).await.expect("the command is accepted");
        let changes = changes.expect("the command changes something");
        match commit(store, &changes, request_id).await {
            Committed::Done => return changes,
            Committed::Raced => assert!(Instant::now() < give_up, "the command is raced for ever"),
        }
    }
}
