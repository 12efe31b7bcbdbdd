//! The catalog as code, from the command line: exported, planned, applied, filled up, and tested without any database.

use std::sync::Arc;

use api::{
    Detail, Success,
    document::CatalogDocument,
    response::{AppliedView, BackfillView, PlanView},
};
use domain::{Breach, Catalog, CatalogFacts, Refusal, Text, Timestamp, apply_catalog, decide_catalog};
use serde::{Serialize, de::DeserializeOwned};
use store::{Store, StoreError, model::SystemClock};

use crate::{
    caller::{Caller, CallerKind, Role},
    config::DatabaseUrl,
    service::{
        Approval, Call, CatalogAsk, CatalogOutcome, CatalogWrite, Core, Rendered, Write, WriteError, backfill,
        foretold, planned_changes,
    },
    startup::{Access, open_for_command},
    telemetry::Metrics,
    wire::{GivenTextError, PromiseOutcome, declared, exported, given_line, kept_promises},
};

/// Memory for companies that a command looks at: it looks at none twice.
const CACHE_BYTES: usize = 0;

/// Why the catalog was not read or written.
#[derive(Debug, thiserror::Error)]
pub enum CatalogError {
    /// The store.
    #[error("{0}")]
    Store(#[from] StoreError),
    /// Another process writes the database.
    #[error("{0}")]
    Served(String),
    /// Everything that is wrong with what was asked, by its place.
    #[error("{}", .0.iter().map(|detail| detail.message.as_str()).collect::<Vec<_>>().join("; "))]
    Wrong(Vec<Detail>),
    /// Anything else.
    #[error("{0}")]
    Failed(String),
}

impl From<WriteError> for CatalogError {
    fn from(error: WriteError) -> Self {
        match error {
            WriteError::Refused(refusal) => refusal.into(),
            WriteError::Store(error) => Self::Store(error),
            WriteError::Precondition { .. }
            | WriteError::KeyReused
            | WriteError::KeyBusy
            | WriteError::Contended
            | WriteError::Defect(_) => Self::Failed(error.to_string()),
        }
    }
}

impl From<Refusal> for CatalogError {
    fn from(refusal: Refusal) -> Self {
        if refusal.breaches.is_empty() {
            return Self::Failed(refusal.message);
        }
        Self::Wrong(refusal.breaches.into_iter().map(detail).collect())
    }
}

/// What is wanted of a write.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Wanted {
    /// What it would change, whoever must approve that.
    Foresight,
    /// Whether it would be done as it stands.
    DryRun,
    /// That it is done.
    Done,
}

/// A database whose catalog is worked on, and on whose behalf.
#[derive(Clone, Debug)]
pub struct CatalogPlace<'a> {
    /// The database.
    pub url: &'a DatabaseUrl,
    /// The name that stands in the history, and that a catalog's governance may name.
    pub actor: Text,
}

impl<'a> CatalogPlace<'a> {
    /// The catalog of a database, on behalf of somebody.
    ///
    /// # Errors
    /// [`GivenTextError`] when that is no name.
    pub fn new(url: &'a DatabaseUrl, actor: &str) -> Result<Self, GivenTextError> {
        Ok(Self { url, actor: given_line(actor, Text::ACTOR_CHARS)? })
    }

    /// The whole catalog as a document. Works beside a running service.
    ///
    /// # Errors
    /// [`CatalogError`] when the database does not answer.
    pub async fn export(&self) -> Result<CatalogDocument, CatalogError> {
        let (catalog, _) = open_for_command(self.url, Access::Shared).await?.catalog().await?;
        Ok(exported(&catalog))
    }

    /// What applying a document would do, and to whom.
    ///
    /// # Errors
    /// [`CatalogError`] when the document is wrong, or the database is served by another process or does not answer.
    pub async fn plan(&self, document: CatalogDocument) -> Result<Success<PlanView>, CatalogError> {
        self.write(CatalogAsk::Document(Arc::new(document)), None, Wanted::Foresight, planned).await
    }

    /// Makes the catalog say what a document does, all of it or nothing; with a hash, only if the plan of that hash still holds.
    ///
    /// # Errors
    /// [`CatalogError`] as for [`Self::plan`], and when the plan has moved.
    pub async fn apply(
        &self,
        document: CatalogDocument,
        hash: Option<String>,
        dry_run: bool,
    ) -> Result<Success<AppliedView>, CatalogError> {
        let applied = |outcome: &CatalogOutcome| AppliedView {
            changes: planned_changes(outcome),
            generation: outcome.catalog.generation,
            foretold: foretold(outcome),
        };
        let wanted = if dry_run { Wanted::DryRun } else { Wanted::Done };
        self.write(CatalogAsk::Document(Arc::new(document)), hash, wanted, applied).await
    }

    /// Carries out the backfill rules of requirements 003 §4, or says what they would do.
    ///
    /// # Errors
    /// [`CatalogError`] as for [`Self::plan`].
    pub async fn backfill(&self, dry_run: bool) -> Result<Success<BackfillView>, CatalogError> {
        let view = |outcome: &CatalogOutcome| BackfillView {
            steps: backfill(&outcome.before).steps,
            applied: !outcome.dry_run,
            foretold: foretold(outcome),
        };
        let wanted = if dry_run { Wanted::Foresight } else { Wanted::Done };
        self.write(CatalogAsk::Backfill, None, wanted, view).await
    }

    /// The store, to write it.
    async fn open(&self) -> Result<Arc<dyn Store>, CatalogError> {
        match open_for_command(self.url, Access::Sole).await {
            // What can be read beside somebody is there and is fine: it is somebody else's to write.
            Err(error) if open_for_command(self.url, Access::Shared).await.is_ok() => {
                Err(CatalogError::Served(error.to_string()))
            }
            opened => Ok(opened?),
        }
    }

    async fn write<V: Serialize, T: DeserializeOwned>(
        &self,
        ask: CatalogAsk,
        plan: Option<String>,
        wanted: Wanted,
        view: impl Fn(&CatalogOutcome) -> V + Send + Sync + 'static,
    ) -> Result<Success<T>, CatalogError> {
        // A command asks once: it has no use for what it remembers.
        let bound = std::time::Duration::ZERO;
        let core = Core::start(self.open().await?, Arc::new(SystemClock), Metrics::new(), CACHE_BYTES, bound).await?;
        let (name, role) = (self.actor.clone(), Role::Admin);
        let caller = Caller { name, role, scopes: role.scopes(), kind: CallerKind::Certificate };
        let call = Call {
            caller: Arc::new(caller),
            actor: self.actor.clone(),
            request_id: "command-line".to_owned(),
            dry_run: wanted != Wanted::Done,
            if_match: None,
            idempotency: None,
        };
        let render = Box::new(move |outcome: &CatalogOutcome| rendered(view(outcome), outcome));
        let approval = match wanted {
            // What must be approved before it is done may be looked at before that.
            Wanted::Foresight => Approval::Needed(String::new()),
            Wanted::DryRun | Wanted::Done => Approval::Impossible,
        };
        let write = CatalogWrite { ask, approval, preview: None, plan, render };
        let written = core.write(call, Write::Catalog(write)).await?;
        serde_json::from_slice(&written.body).map_err(|error| CatalogError::Failed(format!("defect: {error}")))
    }
}

/// Tries every promise of a document on the catalog that the document makes, in memory.
///
/// # Errors
/// [`CatalogError`] with everything that is wrong with the document.
pub fn promises(document: &CatalogDocument) -> Result<Vec<PromiseOutcome>, CatalogError> {
    let nothing = Catalog::empty();
    let commands = declared(document, &nothing).map_err(CatalogError::Wrong)?;
    let actor = Text::line("catalog test", Text::ACTOR_CHARS)
        .map_err(|error| CatalogError::Failed(format!("defect: {error}")))?;
    let facts = CatalogFacts::default();
    let change = decide_catalog(&commands, &nothing, &facts, Timestamp::clamped(0), &actor)?;
    let catalog = change.map_or_else(Catalog::empty, |change| apply_catalog(&nothing, &change));
    Ok(kept_promises(document, &catalog))
}

fn planned(outcome: &CatalogOutcome) -> Option<PlanView> {
    let weighed = outcome.weighed.as_ref()?;
    Some(PlanView { changes: planned_changes(outcome), impact: weighed.view(), hash: weighed.hash.clone() })
}

fn rendered(view: impl Serialize, outcome: &CatalogOutcome) -> Rendered {
    let warnings = outcome.change.iter().flat_map(|change| &change.warnings).cloned().map(detail).collect();
    let body = serde_json::to_vec(&Success::with(view, warnings)).unwrap_or_default();
    Rendered { status: 200, headers: Vec::new(), body }
}

/// A breach on the wire. One of a document itself says its place in the document.
fn detail(breach: Breach) -> Detail {
    let (field, item) = match (breach.rule, breach.subject) {
        ("document", Some(place)) => (place, None),
        (rule, subject) => (rule.to_owned(), subject),
    };
    Detail { field, message: breach.message, item, source: breach.source.map(ToOwned::to_owned) }
}
