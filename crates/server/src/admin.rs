//! What an operator does from the command line, next to a running service or without one.

pub mod catalog;
mod sheet;
mod upkeep;

use std::{path::Path, sync::Arc, time::Duration};

use api::{Instant, RoleWord, request::CreateKey};
use domain::{Command, CompanyId, ItemKey, ItemKind, ItemRef, Patch, SetHolding, Status, Text};
pub use sheet::{AskedFor, CompanySheet, show_company};
use store::{
    Committed, KeyRecord, StoreError, SystemChange,
    model::{Clock, SystemClock},
};

use crate::{
    caller::{ApiKey, Caller, CallerKind, NewKey, NewKeyError, Role, Scope, Secret},
    config::DatabaseUrl,
    http::App,
    service::{
        Call, CompanyOutcome, CompanyWrite, Rendered, Write, WriteError, from_instant, has_bootstrap_catalog,
        seed_bootstrap_catalog, to_instant,
    },
    startup::{Access, open_for_command},
};
pub use upkeep::{grant_service_role, sweep, verify};

/// How long seeding waits for another process that writes the catalog.
const SEED_WAIT: Duration = Duration::from_secs(5);

/// Between two looks at whether it has ended.
const SEED_LOOK: Duration = Duration::from_millis(20);

/// What `migrate` did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Migrated {
    /// The schema version before; 0 is an empty database.
    pub from: u32,
    /// The schema version now.
    pub to: u32,
    /// How many catalog entries were made.
    pub seeded: usize,
}

/// Why an operator's command failed.
#[derive(Debug, thiserror::Error)]
pub enum AdminError {
    /// The store.
    #[error("{0}")]
    Store(#[from] StoreError),
    /// The key cannot be made.
    #[error("{0}")]
    Key(#[from] NewKeyError),
    /// There is no such scope.
    #[error("`{0}` is no scope; there are {all}", all = Scope::ALL.map(Scope::as_str).join(", "))]
    NoSuchScope(String),
    /// There is no such live key.
    #[error("no live key has the name or id `{0}`; `platform-core keys list` shows them")]
    NoSuchKey(String),
    /// It is not done here, or not like this; the text says what to do.
    #[error("{0}")]
    Told(String),
}

/// Brings a database to this program's schema, and seeds the bootstrap catalog if asked. Safe to repeat, and to run twice at once.
///
/// # Errors
/// [`AdminError`] when the database does not answer, or is newer than this program.
pub async fn migrate(url: &DatabaseUrl, seed: bool) -> Result<Migrated, AdminError> {
    let from = match url {
        DatabaseUrl::Sqlite(path) => store_sqlite::migrate(path)?.from,
        DatabaseUrl::Postgres(url) => store_postgres::migrate(url.reveal()).await?,
    };
    let seeded = if seed { seed_catalog(url).await? } else { 0 };
    Ok(Migrated { from, to: store::SCHEMA_VERSION, seeded })
}

/// Makes what is missing of the bootstrap catalog. The embedded store lets one process at a time write the catalog, and that may be
/// another migration: it is waited for. Where nothing is missing a running server is no hindrance.
async fn seed_catalog(url: &DatabaseUrl) -> Result<usize, StoreError> {
    let give_up = tokio::time::Instant::now() + SEED_WAIT;
    loop {
        if has_bootstrap_catalog(&*open_for_command(url, Access::Shared).await?).await? {
            return Ok(0);
        }
        match open_for_command(url, Access::Sole).await {
            Ok(store) => return seed_bootstrap_catalog(&*store).await,
            Err(error) if tokio::time::Instant::now() >= give_up => return Err(error),
            Err(_) => tokio::time::sleep(SEED_LOOK).await,
        }
    }
}

/// Makes an API key. Gives its secret, which is stored nowhere.
///
/// # Errors
/// [`AdminError`] when the key cannot be made or stored.
pub async fn create_key(url: &DatabaseUrl, request: &CreateKey) -> Result<Secret<String>, AdminError> {
    let store = open_for_command(url, Access::Shared).await?;
    let scope = |word: &String| Scope::parse(word).ok_or_else(|| AdminError::NoSuchScope(word.clone()));
    let scopes = request.scopes.iter().map(scope).collect::<Result<Vec<_>, _>>()?;
    let new = NewKey {
        name: &request.name,
        role: match request.role {
            RoleWord::Auth => Role::Auth,
            RoleWord::Admin => Role::Admin,
            RoleWord::Job => Role::Job,
        },
        scopes: &scopes,
        now: SystemClock.now(),
        expires_at: request.expires_at.map(from_instant),
    };
    let (secret, record) = ApiKey::generate(&new)?;
    store.commit_system(SystemChange::AddKey(record).into()).await?;
    Ok(secret)
}

/// An API key, as a list shows it.
#[derive(Clone, Debug)]
pub struct KeyLine {
    /// Identifier.
    pub id: domain::Uuid,
    /// The caller's name.
    pub name: String,
    /// The caller's role.
    pub role: String,
    /// Scopes on top of the role's.
    pub scopes: Vec<String>,
    /// `live`, `revoked` or `expired`.
    pub state: &'static str,
    /// When it was made.
    pub created_at: Instant,
    /// First instant at which it is no longer accepted.
    pub expires_at: Option<Instant>,
    /// When it was last accepted, to within a minute.
    pub last_used_at: Option<Instant>,
}

impl KeyLine {
    fn of(key: KeyRecord) -> Self {
        let is_expired = key.expires_at.is_some_and(|at| at <= SystemClock.now());
        Self {
            id: key.id,
            name: key.name,
            role: key.role,
            scopes: key.scopes,
            state: match (key.revoked_at, is_expired) {
                (Some(_), _) => "revoked",
                (None, true) => "expired",
                (None, false) => "live",
            },
            created_at: to_instant(key.created_at),
            expires_at: key.expires_at.map(to_instant),
            last_used_at: key.last_used_at.map(to_instant),
        }
    }
}

/// Every API key, oldest first.
///
/// # Errors
/// [`AdminError`] when the database does not answer.
pub async fn list_keys(url: &DatabaseUrl) -> Result<Vec<KeyLine>, AdminError> {
    let store = open_for_command(url, Access::Shared).await?;
    let ring = store.key_ring(None).await?;
    Ok(ring.into_iter().flat_map(|ring| ring.keys).map(KeyLine::of).collect())
}

/// Revokes the live keys of a name, or the one of an id.
///
/// # Errors
/// [`AdminError`] when there is none, or the database does not answer.
pub async fn revoke_keys(url: &DatabaseUrl, name_or_id: &str) -> Result<Vec<KeyLine>, AdminError> {
    let store = open_for_command(url, Access::Shared).await?;
    loop {
        let at = store.ready().await?;
        let ring = store.key_ring(None).await?;
        let live: Vec<KeyRecord> = ring.iter().flat_map(|ring| ring.live(name_or_id)).cloned().collect();
        if live.is_empty() {
            return Err(AdminError::NoSuchKey(name_or_id.to_owned()));
        }
        let ids = live.iter().map(|key| key.id).collect();
        // Raced, somebody else has just revoked one of them.
        if store.commit_system(SystemChange::RevokeKeys { ids, at }.into()).await? == Committed::Done {
            let revoked = live.into_iter().map(|key| KeyRecord { revoked_at: Some(at), ..key });
            return Ok(revoked.map(KeyLine::of).collect());
        }
    }
}

/// The company of a UUID in canonical form.
pub fn company_id(text: &str) -> Option<CompanyId> {
    api::canonical_uuid(text).and_then(CompanyId::new)
}

/// The company that `dev` makes, so that there is something to ask about.
pub const EXAMPLE_COMPANY: &str = "0190a5c2-7c1e-7b3a-9a39-1d2f4e6b8c01";

/// How often each write of the example company is tried.
const EXAMPLE_ATTEMPTS: u32 = 10;

/// Makes the example company, with Basic and Finance where the catalog sells them, unless it is there.
///
/// # Errors
/// [`WriteError`] when it cannot be written.
pub async fn make_example_company(app: &App) -> Result<(), WriteError> {
    let Some(company) = company_id(EXAMPLE_COMPANY) else { return Ok(()) };
    if app.core.store().load(company, domain::CreditScope::None).await?.state.is_known() {
        return Ok(());
    }
    for (kind, key) in [(ItemKind::Package, "basic"), (ItemKind::Addon, "finance")] {
        let Ok(key) = ItemKey::parse(key) else { continue };
        let item = ItemRef { kind, key };
        for attempt in 1..=EXAMPLE_ATTEMPTS {
            match write_example(app, company, &item).await {
                // A disk that is busy for a second is no reason not to start: the same written twice is written once.
                Err(WriteError::Store(StoreError::Unavailable(_) | StoreError::OutcomeUnknown(_)))
                    if attempt < EXAMPLE_ATTEMPTS => {}
                // A catalog that does not sell it has no example of it.
                Ok(()) | Err(WriteError::Refused(_)) => break,
                Err(error) => return Err(error),
            }
        }
    }
    Ok(())
}

async fn write_example(app: &App, company: CompanyId, item: &ItemRef) -> Result<(), WriteError> {
    // A catalog may say who assigns what; in development anybody may stand in for them.
    let catalog = app.core.current_catalog().await?;
    let assigner = catalog.item_named(item).and_then(|item| item.profile.governance.assigners.first()).cloned();
    let Some(actor) = assigner.or_else(|| Text::line("platform-core dev", Text::ACTOR_CHARS).ok()) else {
        return Ok(());
    };
    let command = Command::SetHolding(SetHolding {
        fresh: domain::Uuid::now_v7(),
        item: item.clone(),
        status: Status::Active,
        starts_at: Patch::Keep,
        ends_at: Patch::Keep,
        grace_ends_at: Patch::Keep,
        quantity: None,
        source: Patch::Keep,
        external_reference: Patch::Keep,
    });
    let scopes = Role::Admin.scopes();
    let caller = Caller { name: actor.clone(), role: Role::Admin, scopes, kind: CallerKind::Certificate };
    let call = Call {
        caller: Arc::new(caller),
        actor,
        request_id: "dev".to_owned(),
        dry_run: false,
        if_match: None,
        idempotency: None,
    };
    let nothing = |_: &CompanyOutcome| Rendered { status: 200, headers: Vec::new(), body: Vec::new() };
    let write = CompanyWrite { company, command, render: Box::new(nothing) };
    app.core.write(call, Write::Company(write)).await.map(drop)
}

/// Takes a consistent snapshot of the embedded store, also while it is served.
///
/// # Errors
/// [`AdminError`] when it cannot be taken; for PostgreSQL it names the command that does.
pub fn backup(url: &DatabaseUrl, to: &Path) -> Result<(), AdminError> {
    match url {
        DatabaseUrl::Sqlite(from) => store_sqlite::backup(from, to).map_err(about_files),
        DatabaseUrl::Postgres(_) => Err(AdminError::Told(format!(
            "PostgreSQL has its own backup: run `pg_dump --format=custom --file={} \"$PLATFORM_CORE_DATABASE_URL\"`, \
             or set up continuous archiving",
            to.display()
        ))),
    }
}

/// Whether a database can be asked for, as far as the text of its URL says.
///
/// # Errors
/// What is wrong with the URL, without the URL itself: it may hold a password.
pub fn check_url(url: &DatabaseUrl) -> Result<(), &'static str> {
    match url {
        DatabaseUrl::Sqlite(_) => Ok(()),
        DatabaseUrl::Postgres(url) => store_postgres::check_url(url.reveal()),
    }
}

/// Puts a snapshot in the place of the embedded store.
///
/// # Errors
/// [`AdminError`] when there is a database already and `force` is not given, when it is being served, or when the snapshot is none;
/// for PostgreSQL it names the command that does.
pub fn restore(url: &DatabaseUrl, from: &Path, force: bool) -> Result<(), AdminError> {
    match url {
        DatabaseUrl::Sqlite(to) => store_sqlite::restore(from, to, force).map_err(about_files),
        DatabaseUrl::Postgres(_) => Err(AdminError::Told(format!(
            "PostgreSQL has its own restore: run `pg_restore --clean --if-exists --dbname=\"$PLATFORM_CORE_DATABASE_URL\" {}`; \
             who followed the feed then loads everything again",
            from.display()
        ))),
    }
}

/// Here it is files that are in the way, not a database that is away.
fn about_files(error: StoreError) -> AdminError {
    match error {
        StoreError::Unavailable(reason) | StoreError::Defect(reason) => AdminError::Told(reason),
        StoreError::OutcomeUnknown(_) | StoreError::Schema { .. } => error.into(),
    }
}
