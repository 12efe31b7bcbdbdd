//! Where the catalog is: in a database, or behind a running server. Both answer alike.

use api::{
    Success,
    document::CatalogDocument,
    response::{AppliedView, BackfillView, PlanView},
};
use server::{
    admin::catalog::{CatalogError, CatalogPlace as InDatabase},
    config::Config,
};

use super::{complaint, remote::Remote};
use crate::{args::CatalogPlace, commands::configuration, output::Failed};

/// On whose behalf the catalog of a database is written, when nobody is named.
const ACTOR: &str = "platform-core catalog";

/// Where the catalog is.
pub(super) enum Place {
    /// In a database that this program opens itself.
    Database(Box<Config>, String),
    /// Behind a running server.
    Server(Remote),
}

impl Place {
    /// The place that the command line names.
    pub(super) fn of(args: CatalogPlace) -> Result<Self, Failed> {
        if let Some(url) = args.server {
            return Remote::of(&url, args.actor).map(Self::Server);
        }
        let config = configuration(args.configured, None)?;
        Ok(Self::Database(Box::new(config), args.actor.unwrap_or_else(|| ACTOR.to_owned())))
    }

    pub(super) async fn export(&self) -> Result<CatalogDocument, Failed> {
        match self {
            Self::Database(config, actor) => database(config, actor)?.export().await.map_err(told),
            Self::Server(remote) => Ok(remote.get::<CatalogDocument>("/internal/catalog/export").await?.data),
        }
    }

    pub(super) async fn plan(&self, document: CatalogDocument) -> Result<Success<PlanView>, Failed> {
        match self {
            Self::Database(config, actor) => database(config, actor)?.plan(document).await.map_err(told),
            Self::Server(remote) => remote.post("/internal/catalog/plan", Some(&document)).await,
        }
    }

    pub(super) async fn apply(
        &self,
        document: CatalogDocument,
        hash: Option<String>,
        dry_run: bool,
    ) -> Result<Success<AppliedView>, Failed> {
        match self {
            Self::Database(config, actor) => {
                database(config, actor)?.apply(document, hash, dry_run).await.map_err(told)
            }
            Self::Server(remote) => {
                let hash = hash.map_or_else(String::new, |hash| format!("&hash={}", in_query(&hash)));
                let path = format!("/internal/catalog/apply?dryRun={dry_run}{hash}");
                remote.post(&path, Some(&document)).await
            }
        }
    }

    pub(super) async fn backfill(&self, dry_run: bool) -> Result<Success<BackfillView>, Failed> {
        match self {
            Self::Database(config, actor) => database(config, actor)?.backfill(dry_run).await.map_err(told),
            Self::Server(remote) => {
                let path = format!("/internal/catalog/backfill?dryRun={dry_run}");
                remote.post::<(), _>(&path, None).await
            }
        }
    }
}

fn database<'a>(config: &'a Config, actor: &str) -> Result<InDatabase<'a>, Failed> {
    InDatabase::new(&config.database, actor).map_err(|error| Failed::Usage(format!("--actor {error}")))
}

/// A text as it may stand in a query.
fn in_query(text: &str) -> String {
    let sign = |byte: u8| {
        if byte.is_ascii_alphanumeric() { char::from(byte).to_string() } else { format!("%{byte:02X}") }
    };
    text.bytes().map(sign).collect()
}

/// Why it did not work, for people.
pub(super) fn told(error: CatalogError) -> Failed {
    match error {
        CatalogError::Wrong(details) => Failed::Many(details.iter().map(complaint).collect()),
        CatalogError::Served(reason) => Failed::Because(format!(
            "{reason}, or let it do the work: repeat with --server and its URL, which asks it by POST /internal/catalog/… with the key in \
             PLATFORM_CORE_KEY"
        )),
        CatalogError::Store(_) | CatalogError::Failed(_) => Failed::because(error),
    }
}
